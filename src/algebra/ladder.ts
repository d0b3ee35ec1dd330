/**
 * The rounds acc <- (acc + Q_k) + acc of a scalar multiplication on bigints: slopes and x-coordinates of both additions, as the
 * witness of such a ladder has them (src/circuit/gadgets/ladder.ts). The twin of the kernel, and the engine's own where there is none.
 *
 * Adding the affine Q gives R = acc + Q and acc itself with the Z of R, so that R + acc is an addition with a common Z. A round
 * costs about 26 multiplications and the inversion is one for all, where two inversions are as many as 150 multiplications.
 */
import { invariant } from '../errors.ts';
import { field } from './field.ts';
import { addMixed, type Jacobian, slopesOf } from './jacobian.ts';
import type { Affine } from './params.ts';

export const EXCEPTIONAL = 'an addition of a ladder is exceptional';

/**
 * l1, l2, xR, x of each round from `start` on a curve y^2 = x^3 + b over that modulus: R = acc + points[k] has slope l1, the new
 * acc = R + acc slope l2. Throws E_BUG when an addition is exceptional.
 */
export function ladderRounds(modulus: bigint, start: Affine, points: readonly Affine[]): bigint[] {
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
  invariant(acc.Z !== 0n, EXCEPTIONAL);
  const slopes = slopesOf(F, rises, zs);
  let { x } = start;
  return points.flatMap((point, k) => {
    const [l1, l2] = [slopes[2 * k]!, slopes[2 * k + 1]!];
    const xr = F.create(l1 * l1 - x - point.x);
    x = F.create(l2 * l2 - xr - x);
    return [l1, l2, xr, x];
  });
}
