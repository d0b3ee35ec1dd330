/**
 * The CycleFold circuit over Fq: C = A + n(r) B on G1 (protocol section 4). 391 rows, 387 variables, 7 public inputs.
 *
 * Every row and variable is a scalar of the final proof's auxiliary vector, so the circuit is minimal: 64 rounds over pairs of bits of
 * r, each adding one of +-B, +-phi(B), with phi(x, y) = (BETA x, y). The accumulator starts at phi(B) + B, linear in
 * B. No addition in the loop is exceptional for B in the group; the final one is with probability 2^-128.
 */
import { concat } from '../algebra/concat.ts';
import type { Engine, Vec } from '../algebra/engine.ts';
import { BETA, G1_PARAMS } from '../algebra/params.ts';
import { type ConstraintSystem, multiply } from '../circuit/constraint-system.ts';
import {
  affineOf,
  afterRound,
  type LadderPoint,
  ladderAdd,
  ladderRound,
  type PointOf,
  ROUND_VARIABLES,
  type Round,
  writeRounds,
} from '../circuit/gadgets/ladder.ts';

const ROUNDS = 64;

/** (r, A, B, C) in the order of the public input; C must be A + n(r) B. */
export type CycleFoldInput = readonly bigint[];

export function cycleFoldCircuit<E>(cs: ConstraintSystem<E>, input: () => CycleFoldInput): void {
  const one = cs.constant(1n);
  const [r, xa, ya, xb, yb, xc, yc] = cs.publicInputs(input, 7) as [E, E, E, E, E, E, E];
  const B: PointOf<E> = { x: xb, y: yb };

  // phi(B) + B = (BETA^2 xB, -yB), since 1 + BETA + BETA^2 = 0
  const start: LadderPoint<E> = { x: cs.scale(BETA * BETA, xb), y2: [[cs.scale(-2n, yb), one]] };
  const [betaX, minusY] = [cs.scale(BETA, xb), cs.scale(-1n, yb)];
  const bit = (at: number): bigint => (cs.value(r) >> BigInt(at)) & 1n;
  const xOfRound = (k: number): E => (bit(2 * k + 1) ? betaX : xb);
  const yOfRound = (k: number): E => (bit(2 * k) ? yb : minusY);
  const build = (): E[] => {
    const xs: E[] = [];
    const ys: E[] = [];
    let acc = start;
    let round: Round<E> | undefined;
    for (let k = ROUNDS - 1; k >= 0; k--) {
      const x = cs.field(() => cs.value(xOfRound(k)));
      const y = cs.field(() => cs.value(yOfRound(k)));
      round = ladderRound(cs, acc, { x, y2: [[cs.scale(2n, y), one]] });
      acc = afterRound(cs, round);
      cs.row([cs.sub(x, xb), cs.sub(x, betaX)]);
      cs.row([cs.sub(y, yb), cs.add(y, yb)]);
      xs.push(x);
      ys.push(y);
    }
    return [...xs, ...ys, ...round!];
  };
  const write = ({ fq, g1 }: Engine, fields: Vec): bigint[] => {
    const ks = Array.from({ length: ROUNDS }, (_, j) => ROUNDS - 1 - j);
    const [xs, ys] = [ks.map((k) => cs.value(xOfRound(k))), ks.map((k) => cs.value(yOfRound(k)))];
    const encoded = new Map([xb, betaX, yb, minusY].map((e) => [cs.value(e), fq.encode([cs.value(e)])]));
    const points = concat(ks.flatMap((_, j) => [encoded.get(xs[j]!)!, encoded.get(ys[j]!)!]));
    return [...xs, ...ys, ...writeRounds(fq, g1, affineOf(cs, start), points, fields, true)];
  };
  const rounds = cs.block((2 + ROUND_VARIABLES) * ROUNDS, build, write);
  const [xs, ys] = [rounds.slice(0, ROUNDS), rounds.slice(ROUNDS, 2 * ROUNDS)];
  const acc = afterRound(cs, rounds.slice(2 * ROUNDS) as unknown as Round<E>);
  ladderAdd(cs, acc, { x: xa, y: ya }, () => ({ x: xc, y: yc }));

  // the digits d_k (which x) and e_k (which sign) that the rounds used are those of r = sum 4^k (2 d_k + e_k)
  const weights = xs.map((_, j) => 4n ** BigInt(ROUNDS - 1 - j));
  const digits = cs.field(() => weights.reduce((s, w, j) => s + (cs.value(xs[j]!) === cs.value(xb) ? 0n : w), 0n));
  cs.row([one, cs.sum(weights.map((w, j) => [w, cs.sub(xs[j]!, xb)] as const))], [cs.scale(1n - BETA, xb), digits]);
  cs.row(
    [one, cs.sum(weights.map((w, j) => [w, cs.add(ys[j]!, yb)] as const))],
    [cs.scale(-2n, yb), cs.sub(r, cs.scale(2n, digits))],
  );

  // B on the curve: without it xB = 0 or yB = 0 would make the digit rows vacuous
  const square = multiply(cs, B.x, B.x);
  cs.row([B.y, B.y], [cs.scale(-1n, square), B.x], [cs.constant(-G1_PARAMS.b), one]);
}
