/**
 * The slopes of a whole ladder acc <- (acc + Q_k) + acc, natively: what a witness divides for, with one inversion in all.
 *
 * Adding the affine Q gives R = acc + Q and acc itself with the Z of R, so that R + acc is an addition with a common Z. A round
 * costs about 26 multiplications, where two inversions are as many as 150.
 */
import { field } from '../../algebra/field.ts';
import { addMixed, type Jacobian, slopesOf } from '../../algebra/jacobian.ts';
import type { Affine } from '../../algebra/params.ts';

/** Of the line through acc and Q, and of the one through acc and acc + Q. */
export type RoundSlopes = readonly [bigint, bigint];

/**
 * Slopes of each round of start, points[0], points[1], ... on a curve y^2 = x^3 + b over that modulus.
 * None at all when one of the additions is exceptional (then Z is zero from there on).
 */
export function ladderSlopes(modulus: bigint, start: Affine, points: readonly Affine[]): RoundSlopes[] {
  const F = field(modulus);
  let acc: Jacobian = { X: start.x, Y: start.y, Z: 1n };
  const rises: bigint[] = [];
  const zs: bigint[] = [];
  for (const point of points) {
    const r = addMixed(F, acc, point);
    const { before } = r;
    const d = F.sub(before.X, r.X);
    const e = F.sub(before.Y, r.Y);
    const dd = F.mul(d, d);
    const b = F.mul(before.X, dd);
    const X = F.create(e * e - b - r.X * dd);
    acc = { X, Y: F.create(e * (b - X) - F.mul(d, dd) * before.Y), Z: F.mul(r.Z, d) };
    rises.push(r.rise, e);
    zs.push(r.Z, acc.Z);
  }
  if (acc.Z === 0n) return [];
  const slopes = slopesOf(F, rises, zs);
  return points.map((_, k) => [slopes[2 * k]!, slopes[2 * k + 1]!]);
}
