/**
 * The CycleFold commitment opened inside the wrap: C = sum V_i G_i over 779 generators of Grumpkin, whose coordinates are native
 * (protocol section 9, step 4). 8 constraints a digit, 680 a scalar and 5 for its limbs: 533,618 in all.
 *
 * Additions are incomplete, and no case is told apart. The accumulator starts at H0, the next point of the generators' own
 * hash-to-curve sequence, which no commitment uses: it is always H0 + (a combination of the G_i that the prover knows),
 * while the point added is a multiple of one G_i. Were they equal or opposite, the prover would know a linear
 * relation between H0 and the generators, that is solve discrete logarithms. So each sum is the true one.
 */
import { grumpkinGenerators } from '../../algebra/grumpkin-generators.ts';
import type { Affine } from '../../algebra/params.ts';
import { type ConstraintSystem, multiply } from '../../circuit/constraint-system.ts';
import type { PointOf } from '../../circuit/gadgets/ladder.ts';
import type { Interruptible } from '../../turns.ts';
import { DIGIT_BITS, DIGITS, oddRepresentative, signedDigits } from './digits.ts';
import { LIMB_BITS, LIMBS, type Limbs, named } from './limbs.ts';
import { once } from './once.ts';
import { additionSlopes } from './slopes.ts';
import { type Window, windowsOf } from './windows.ts';

const DIGITS_PER_LIMB = LIMB_BITS / DIGIT_BITS;
/** Scalars whose slopes are computed at once, with one inversion. */
const GROUP = 64;

/** Where the accumulator starts: a point of which nobody knows a relation to the first n generators. */
export function startingPoint(n: number): Affine {
  return grumpkinGenerators(n + 1)[n]!;
}

/**
 * Asserts C = sum w_i G_i and returns odd integers V_i congruent to w_i modulo q in limbs, |V_i| < 2^255, limbs below 2^51
 * in size. The V_i are not unique, the w_i modulo q are, for C binds them.
 * @param generators G_i; H0 is the next point after as many in the sequence of hashes
 * @param scalars the w_i in [0, q); called once, when a witness is written
 */
export function* openCommitment<E>(
  cs: ConstraintSystem<E>,
  generators: readonly Affine[],
  c: PointOf<E>,
  scalars: () => readonly bigint[],
): Interruptible<Limbs<E>[]> {
  const windows = yield* windowsOf(generators);
  const start = startingPoint(generators.length);
  const given = once(scalars);
  let sum: PointOf<E> = { x: cs.constant(start.x), y: cs.constant(start.y) };
  /** Digits of the scalars from i on, and the slopes of their additions to the sum so far. */
  const adviceFrom = (i: number) => {
    const before = sum;
    return once(() => {
      const digits = given()
        .slice(i, i + GROUP)
        .flatMap((w) => signedDigits(oddRepresentative(w)));
      const points = pointsOf(windows.slice(DIGITS * i, DIGITS * (i + GROUP)), digits);
      return { digits, slopes: additionSlopes(valuesOf(cs, before), points) };
    });
  };
  const values: Limbs<E>[] = [];
  let advice = adviceFrom(0);
  for (const i of generators.keys()) {
    if (i % GROUP === 0) advice = adviceFrom(i);
    const digits: E[] = [];
    for (let k = 0; k < DIGITS; k++) {
      const n = DIGITS * (i % GROUP) + k;
      const digit = cs.field(() => advice().digits[n]!);
      const point = windowPoint(cs, windows[DIGITS * i + k]!, digit);
      sum = add(cs, sum, point, () => advice().slopes[n]!);
      digits.push(digit);
    }
    values.push(limbsOfDigits(cs, digits));
    yield;
  }
  assertSum(cs, sum, start, c);
  return values;
}

/** The points that the digits choose, in order. */
function* pointsOf(windows: readonly Window[], digits: readonly bigint[]): Iterable<Affine> {
  for (const [n, d] of digits.entries()) {
    const square = d * d;
    const at = ([c0, c1, c2, c3]: readonly bigint[]): bigint => c0! + square * (c1! + square * (c2! + square * c3!));
    yield { x: at(windows[n]!.x), y: d * at(windows[n]!.y) };
  }
}

/** The point of a window for a digit, which is shown to be +-1, +-3, +-5 or +-7. Five constraints. */
function windowPoint<E>(cs: ConstraintSystem<E>, { x, y }: Window, digit: E): PointOf<E> {
  const one = cs.constant(1n);
  const d2 = multiply(cs, digit, digit);
  const d4 = multiply(cs, d2, d2);
  const d6 = multiply(cs, d2, d4);
  const powers = [one, d2, d4, d6];
  const form = (coefs: readonly bigint[]): E => cs.sum(coefs.map((c, j) => [c, powers[j]!] as const));
  // (d^2 - 1)(d^2 - 49) (d^2 - 9)(d^2 - 25) = 0
  cs.row([form([49n, -50n, 1n]), form([225n, -34n, 1n])]);
  return { x: form(x), y: multiply(cs, digit, form(y)) };
}

/** a + b for a != +-b, equal to `expected` or new: the slope, x and y. Three constraints. */
function add<E>(
  cs: ConstraintSystem<E>,
  a: PointOf<E>,
  b: PointOf<E>,
  slope: () => bigint,
  expected?: PointOf<E>,
): PointOf<E> {
  const one = cs.constant(1n);
  const s = cs.field(slope);
  cs.row([s, cs.sub(b.x, a.x)], [cs.sub(a.y, b.y), one]);
  const xs = cs.add(a.x, b.x);
  const x = expected?.x ?? cs.field(() => cs.value(s) * cs.value(s) - cs.value(xs));
  cs.row([s, s], [cs.scale(-1n, cs.add(x, xs)), one]);
  const y = expected?.y ?? cs.field(() => cs.value(s) * (cs.value(a.x) - cs.value(x)) - cs.value(a.y));
  cs.row([s, cs.sub(a.x, x)], [cs.scale(-1n, cs.add(y, a.y)), one]);
  return { x, y };
}

/**
 * Asserts sum - H0 = C. Three constraints. Nothing is asked of C but to be the result: sum = -H0 would be a relation,
 * and sum = H0, which a commitment to zeros would have, has no slope, since y = -y has no solution.
 */
function assertSum<E>(cs: ConstraintSystem<E>, sum: PointOf<E>, start: Affine, c: PointOf<E>): void {
  const minus = { x: cs.constant(start.x), y: cs.constant(-start.y) };
  add(cs, sum, minus, () => additionSlopes(valuesOf(cs, sum), [valuesOf(cs, minus)])[0]!, c);
}

const valuesOf = <E>(cs: ConstraintSystem<E>, { x, y }: PointOf<E>): Affine => ({ x: cs.value(x), y: cs.value(y) });

/** V = sum 8^k d_k in limbs of 17 digits, each below 8^17 = 2^51 in size. One constraint a limb. */
function limbsOfDigits<E>(cs: ConstraintSystem<E>, digits: readonly E[]): Limbs<E> {
  return Array.from({ length: LIMBS }, (_, l) => {
    const part = digits.slice(DIGITS_PER_LIMB * l, DIGITS_PER_LIMB * (l + 1));
    return named(cs, cs.sum(part.map((d, k) => [1n << BigInt(DIGIT_BITS * k), d] as const)));
  });
}
