/**
 * A fold over rows of any degrees up to five, on bigints and by definition (protocol section 3): the rows are functions, the
 * coefficients of Q(z1 + X z2) come from its values. Twin of shares.ts and of the sweeps, and a model in which a build that forgets
 * to make the rows of one degree can be attacked.
 */
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import { dot, eqValues, linePolynomial } from './small-system.ts';

const F = field(R);

/** A row homogeneous of its degree in z = (u, ...). */
export interface PlainRow {
  readonly degree: number;
  value(z: readonly bigint[]): bigint;
}

/** The row vector of z. */
export type RowVector = (z: readonly bigint[]) => bigint[];

/** The rows at degree five, each times a power of u = z[0], padded with zeros to 2^log. */
export function atDegreeFive(rows: readonly PlainRow[], log: number): RowVector {
  return padded(rows, log, ({ degree, value }, z) => F.mul(F.pow(z[0]!, BigInt(5 - degree)), value(z)));
}

/** The rows as they are, whatever their degrees. */
export function asTheyAre(rows: readonly PlainRow[], log: number): RowVector {
  return padded(rows, log, ({ value }, z) => F.create(value(z)));
}

function padded(
  rows: readonly PlainRow[],
  log: number,
  entry: (row: PlainRow, z: readonly bigint[]) => bigint,
): RowVector {
  return (z) => Array.from({ length: 2 ** log }, (_, i) => (i < rows.length ? entry(rows[i]!, z) : 0n));
}

/** A running claim <eq(rho), Q(z)> = v. */
export interface Claim {
  readonly z: readonly bigint[];
  readonly rho: readonly bigint[];
  readonly v: bigint;
}

export interface Challenges {
  readonly c: bigint;
  readonly b: bigint;
  readonly scalar: bigint;
}

export const holds = (Q: RowVector, { z, rho, v }: Claim): boolean => dot(eqValues(rho), Q(z)) === v;

const combined = (z1: readonly bigint[], k: bigint, z2: readonly bigint[]): bigint[] =>
  z1.map((v, i) => F.create(v + k * z2[i]!));

/** Coefficients X^0..X^5 of <eq(point), Q(z1 + X z2)>. */
export function coefficientsAt(
  Q: RowVector,
  point: readonly bigint[],
  z1: readonly bigint[],
  z2: readonly bigint[],
): bigint[] {
  const weights = eqValues(point);
  return interpolate([0n, 1n, 2n, 3n, 4n, 5n].map((X) => dot(weights, Q(combined(z1, X, z2)))));
}

/**
 * Folds z2 into the claim as the verifier would; `choose` is the prover: it gets the true coefficients X^1..X^5 and gives
 * t_1..t_4.
 */
export function foldClaim(
  Q: RowVector,
  { z, rho, v }: Claim,
  z2: readonly bigint[],
  { c, b, scalar }: Challenges,
  choose: (truth: readonly bigint[]) => readonly bigint[] = (truth) => truth.slice(0, 4),
): Claim & { readonly h: readonly bigint[]; readonly t: readonly bigint[] } {
  const delta = rho.map((coordinate, j) => F.sub(F.pow(c, 1n << BigInt(j)), coordinate));
  const h = linePolynomial(Q(z), rho, delta).with(0, v);
  const point = rho.map((coordinate, j) => F.create(coordinate + b * delta[j]!));
  const t = choose(coefficientsAt(Q, point, z, z2).slice(1));
  const folded = evaluate(h, b) + t.reduce((sum, term, k) => sum + term * F.pow(scalar, BigInt(k + 1)), 0n);
  return { z: combined(z, scalar, z2), rho: point, v: F.create(folded), h, t };
}

export function evaluate(polynomial: readonly bigint[], x: bigint): bigint {
  return polynomial.reduceRight((s, k) => F.create(k + x * s), 0n);
}

/** Coefficients of the polynomial with these values at 0, 1, 2, ... */
export function interpolate(values: readonly bigint[]): bigint[] {
  const total = values.map(() => 0n);
  values.forEach((value, i) => {
    let [basis, denominator] = [[1n], 1n];
    values.forEach((_, j) => {
      if (j === i) return;
      basis = [...basis, 0n].map((k, d) => F.create((basis[d - 1] ?? 0n) - BigInt(j) * k));
      denominator = F.mul(denominator, BigInt(i - j));
    });
    const factor = F.mul(value, F.inv(F.create(denominator)));
    basis.forEach((k, d) => {
      total[d] = F.create(total[d]! + factor * k);
    });
  });
  return total;
}
