/**
 * Grumpkin inside a circuit over Fr: C + n(s_a) C_a + n(s_b) C_b (protocol section 4, plain 128-bit scalars).
 *
 * n(s) = 2^128 + 1 + 2 s = 2^129 + sum over 128 bits of (2 s_k - 1) 2^k: start at 2P, then 128 rounds of
 * acc <- 2 acc +- P. acc is m P with 2 <= m < 2^130 < q, so that no round is exceptional for a point P of the group
 * (which is the whole curve: it has prime order). The final additions are exceptional with probability 2^-128.
 */
import { concat } from '../../algebra/concat.ts';
import { neg } from '../../algebra/curve.ts';
import type { Engine, Vec } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { GRUMPKIN_PARAMS } from '../../algebra/params.ts';
import { invariant } from '../../errors.ts';
import { type ConstraintSystem, multiply } from '../constraint-system.ts';
import { pack } from './bits.ts';
import type { Multiplier } from './fq.ts';
import {
  affineOf,
  afterRound,
  assertOnCurve,
  type LadderPoint,
  ladderAdd,
  ladderRound,
  type PointOf,
  ROUND_VARIABLES,
  type Round,
  writeRounds,
} from './ladder.ts';

/** The scalar of a 128-bit challenge in CycleFold's own folds. */
export function plainScalar(s: bigint): bigint {
  return (1n << 128n) + 1n + 2n * s;
}

/** `plainScalar` of challenge bits as a multiplier of Fq elements: forms, no row. */
export function plainMultiplier<E>(cs: ConstraintSystem<E>, bits: readonly E[]): Multiplier<E> {
  const one = cs.constant(1n);
  const half0 = cs.sum([
    [1n, one],
    [2n, pack(cs, bits.slice(0, 67))],
  ]);
  const half1 = cs.sum([
    [1n << 60n, one],
    [1n, pack(cs, bits.slice(67))],
  ]);
  return {
    half0,
    half1,
    whole: cs.sum([
      [1n, half0],
      [1n << 68n, half1],
    ]),
  };
}

/** n(s) P for a point P on the curve, s in 128 bits, lowest first. 515 rows. */
export function multiplyByChallenge<E>(cs: ConstraintSystem<E>, point: PointOf<E>, bits: readonly E[]): LadderPoint<E> {
  const one = cs.constant(1n);
  const start = doubled(cs, point);
  const highestFirst = [...bits].reverse();
  const build = (): Round<E> => {
    let acc = start;
    let round: Round<E> | undefined;
    for (const bit of highestFirst) {
      const sign = cs.sub(cs.scale(2n, bit), one);
      round = ladderRound(cs, acc, { x: point.x, y2: [[cs.scale(2n, sign), point.y]] });
      acc = afterRound(cs, round);
    }
    invariant(round, 'a challenge has bits');
    return round;
  };
  const write = ({ fr, grumpkin }: Engine, fields: Vec): readonly bigint[] => {
    const plus = { x: cs.value(point.x), y: cs.value(point.y) };
    const signed = [neg(GRUMPKIN_PARAMS, plus), plus].map((p) => grumpkin.encodePoints([p]));
    const points = concat(highestFirst.map((bit) => signed[Number(cs.value(bit))]!));
    return writeRounds(fr, grumpkin, affineOf(cs, start), points, fields);
  };
  return afterRound(cs, cs.block(ROUND_VARIABLES * bits.length, build, write) as Round<E>);
}

/** 2P. Three rows: the square of x, the slope (2 y l = 3 x^2), the new x. */
export function doubled<E>(cs: ConstraintSystem<E>, { x, y }: PointOf<E>): LadderPoint<E> {
  const F = field(cs.modulus);
  const one = cs.constant(1n);
  const square = multiply(cs, x, x);
  const slope = cs.field(() => F.mul(F.mul(3n, cs.value(square)), F.inv(F.add(cs.value(y), cs.value(y)))));
  cs.row([cs.scale(2n, y), slope], [cs.scale(-3n, square), one]);
  const x2 = cs.field(() => cs.value(slope) ** 2n - 2n * cs.value(x));
  cs.row([slope, slope], [cs.scale(-1n, cs.add(x2, cs.scale(2n, x))), one]);
  return {
    x: x2,
    y2: [
      [cs.scale(2n, slope), cs.sub(x, x2)],
      [cs.scale(-2n, y), one],
    ],
  };
}

/** C + n(s_a) C_a + n(s_b) C_b; the two fresh points are checked to be on the curve. */
export function foldPoints<E>(
  cs: ConstraintSystem<E>,
  c: PointOf<E>,
  terms: readonly { readonly point: PointOf<E>; readonly bits: readonly E[] }[],
): PointOf<E> {
  return terms.reduce((sum, { point, bits }) => {
    assertOnCurve(cs, point, GRUMPKIN_PARAMS.b);
    const product = multiplyByChallenge(cs, point, bits);
    return ladderAdd(cs, product, sum, ({ x, y }) => ({ x: cs.field(x), y: cs.field(y) }));
  }, c);
}
