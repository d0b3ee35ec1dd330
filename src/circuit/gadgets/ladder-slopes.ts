/**
 * The slopes of a whole ladder acc <- (acc + Q_k) + acc, natively: what a witness divides for, with one inversion in all.
 *
 * In Jacobian coordinates, x = X/Z^2 and y = Y/Z^3, nothing is inverted. Adding the affine Q gives R with Z_R = Z h, and
 * acc itself has the coordinates (X h^2, Y h^3) for that same Z_R, so that R + acc is an addition with a common Z. Both slopes
 * are a difference of Ys over the new Z. A round costs about 26 multiplications, where two inversions are as many as 150.
 */
import { field } from '../../algebra/field.ts';
import type { Affine } from '../../algebra/params.ts';

/** Of the line through acc and Q, and of the one through acc and acc + Q. */
export type RoundSlopes = readonly [bigint, bigint];

/**
 * Slopes of each round of start, points[0], points[1], ... on a curve y^2 = x^3 + b over that modulus.
 * None at all when one of the additions is exceptional (then Z is zero from there on).
 */
export function ladderSlopes(modulus: bigint, start: Affine, points: readonly Affine[]): RoundSlopes[] {
  const F = field(modulus);
  let { x: X, y: Y } = start;
  let Z = 1n;
  const numerators: bigint[] = [];
  const denominators: bigint[] = [];
  for (const { x, y } of points) {
    const zz = F.mul(Z, Z);
    const h = F.sub(F.mul(x, zz), X);
    const rise = F.sub(F.mul(y, F.mul(zz, Z)), Y);
    const hh = F.mul(h, h);
    // acc with the Z of R
    const [xa, ya] = [F.mul(X, hh), F.mul(Y, F.mul(h, hh))];
    const zr = F.mul(Z, h);
    const xr = F.create(rise * rise - h * hh - 2n * xa);
    const yr = F.create(rise * (xa - xr) - ya);
    const d = F.sub(xa, xr);
    const e = F.sub(ya, yr);
    const dd = F.mul(d, d);
    const b = F.mul(xa, dd);
    X = F.create(e * e - b - xr * dd);
    Y = F.create(e * (b - X) - F.mul(d, dd) * ya);
    Z = F.mul(zr, d);
    numerators.push(rise, e);
    denominators.push(zr, Z);
  }
  if (Z === 0n) return [];
  const slopes = F.batchInv(denominators).map((inverse, k) => F.mul(numerators[k]!, inverse));
  return points.map((_, k) => [slopes[2 * k]!, slopes[2 * k + 1]!]);
}
