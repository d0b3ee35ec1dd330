/**
 * The points that digits choose: for each generator G, 3G, 5G, 7G, and their coordinates as polynomials in the digit
 * (protocol section 9.4).
 *
 * x depends on the size of the digit d only and y changes its sign with d. Through four sizes there is one cubic in d^2 each:
 *   x(d) = a_0 + a_1 d^2 + a_2 d^4 + a_3 d^6        y(d) = d (b_0 + b_1 d^2 + b_2 d^4 + b_3 d^6)
 * The tables depend on the generator alone, not on the place, because the accumulator is doubled between the places.
 */
import { field } from '../../algebra/field.ts';
import { type Affine, GRUMPKIN_PARAMS } from '../../algebra/params.ts';
import { DIGIT_SIZES } from './digits.ts';
import { inverseVandermonde } from './vandermonde.ts';

const F = field(GRUMPKIN_PARAMS.base);

export interface DigitTables {
  /** multiples[j][i] = DIGIT_SIZES[j] G_i. */
  readonly multiples: readonly (readonly Affine[])[];
  /** Coefficients a_0..a_3 and b_0..b_3, one list over the generators each. */
  readonly x: readonly (readonly bigint[])[];
  readonly y: readonly (readonly bigint[])[];
}

const known = new WeakMap<readonly Affine[], DigitTables>();

/** Made once for a list of generators. */
export function digitTables(generators: readonly Affine[]): DigitTables {
  let tables = known.get(generators);
  if (!tables) {
    tables = build(generators);
    known.set(generators, tables);
  }
  return tables;
}

function build(one: readonly Affine[]): DigitTables {
  const two = doubled(one);
  const three = added(one, two);
  const five = added(three, two);
  const multiples = [one, three, five, added(five, two)];
  const ys = multiples.map((points, j) => points.map(({ y }) => F.mul(y, INVERSE_SIZES[j]!)));
  return {
    multiples,
    x: interpolate(multiples.map((points) => points.map(({ x }) => x))),
    y: interpolate(ys),
  };
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

/** Coefficient lists from a list of values at each size. */
function interpolate(values: readonly (readonly bigint[])[]): bigint[][] {
  return FROM_VALUES.map((line) =>
    values[0]!.map((_, i) => F.create(line.reduce((sum, c, j) => sum + c * values[j]![i]!, 0n))),
  );
}
