/**
 * Tables of the fixed-base windows (protocol section 9, step 4): for generator i and place k the multiples
 * 8^k G_i, 3 8^k G_i, 5 8^k G_i, 7 8^k G_i, kept as polynomials in the digit.
 *
 * x depends on the size of the digit d only and y changes its sign with d. Through four sizes there is one cubic in d^2 each:
 *   x(d) = a_0 + a_1 d^2 + a_2 d^4 + a_3 d^6        y(d) = d (b_0 + b_1 d^2 + b_2 d^4 + b_3 d^6)
 * so that a circuit which knows d^2, d^4, d^6 has x for free and y for one multiplication.
 */
import { field } from '../../algebra/field.ts';
import { type Affine, GRUMPKIN_PARAMS } from '../../algebra/params.ts';
import type { Interruptible } from '../../turns.ts';
import { DIGIT_SIZES, DIGITS } from './digits.ts';
import { inverseVandermonde } from './vandermonde.ts';

const F = field(GRUMPKIN_PARAMS.base);

/** Coefficients of one window: a_0..a_3 of x, b_0..b_3 of y / d. */
export interface Window {
  readonly x: readonly bigint[];
  readonly y: readonly bigint[];
}

const known = new WeakMap<readonly Affine[], readonly Window[]>();

/** Window k of generator i at index 85 i + k. About two seconds for the 779 generators at the first call, then cached. */
export function* windowsOf(generators: readonly Affine[]): Interruptible<readonly Window[]> {
  let windows = known.get(generators);
  if (!windows) {
    windows = yield* build(generators);
    known.set(generators, windows);
  }
  return windows;
}

function* build(generators: readonly Affine[]): Interruptible<Window[]> {
  const windows: Window[] = new Array(generators.length * DIGITS);
  let one = generators;
  for (let k = 0; k < DIGITS; k++) {
    const two = doubled(one);
    const three = added(one, two);
    const five = added(three, two);
    const seven = added(five, two);
    for (let i = 0; i < generators.length; i++) {
      windows[DIGITS * i + k] = interpolate([one[i]!, three[i]!, five[i]!, seven[i]!]);
    }
    if (k + 1 < DIGITS) one = doubled(doubled(two));
    yield;
  }
  return windows;
}

// The group has the large prime order q: none of these multiples is infinity, equal or opposite to another.

/** 2 P for every point, with one inversion. */
function doubled(points: readonly Affine[]): Affine[] {
  const inverses = F.batchInv(points.map((p) => 2n * p.y));
  return points.map((p, i) => third(p, p, F.mul(3n * p.x * p.x, inverses[i]!)));
}

/** P + Q for every pair, with one inversion. */
function added(ps: readonly Affine[], qs: readonly Affine[]): Affine[] {
  const inverses = F.batchInv(ps.map((p, i) => F.sub(qs[i]!.x, p.x)));
  return ps.map((p, i) => third(p, qs[i]!, F.mul(F.sub(qs[i]!.y, p.y), inverses[i]!)));
}

function third(p: Affine, q: Affine, slope: bigint): Affine {
  const x = F.create(slope * slope - p.x - q.x);
  return { x, y: F.create(slope * (p.x - x) - p.y) };
}

/** From values at the squares of the digit sizes to coefficients: row j holds coefficient j of every Lagrange basis polynomial. */
const FROM_VALUES = inverseVandermonde(
  F,
  DIGIT_SIZES.map((d) => d * d),
);
const INVERSE_SIZES = F.batchInv(DIGIT_SIZES);

function interpolate(points: readonly Affine[]): Window {
  const values = points.map((p, j) => F.mul(p.y, INVERSE_SIZES[j]!));
  return {
    x: FROM_VALUES.map((line) => F.create(line.reduce((s, c, j) => s + c * points[j]!.x, 0n))),
    y: FROM_VALUES.map((line) => F.create(line.reduce((s, c, j) => s + c * values[j]!, 0n))),
  };
}
