/**
 * The slopes of a long chain of affine additions, natively: advice for the wrap circuit. One inversion per addition would
 * take minutes for 66,215 of them; here one serves all (algebra/jacobian.ts).
 */
import { field } from '../../algebra/field.ts';
import { addMixed, type Jacobian, slopesOf } from '../../algebra/jacobian.ts';
import { type Affine, GRUMPKIN_PARAMS } from '../../algebra/params.ts';

const F = field(GRUMPKIN_PARAMS.base);

/**
 * Slope of each addition in start + points[0] + points[1] + ... on Grumpkin.
 * Throws E_BUG when an addition is exceptional; the wrap's are not but with negligible probability.
 */
export function additionSlopes(start: Affine, points: Iterable<Affine>): bigint[] {
  let sum: Jacobian = { X: start.x, Y: start.y, Z: 1n };
  const rises: bigint[] = [];
  const zs: bigint[] = [];
  for (const point of points) {
    const next = addMixed(F, sum, point);
    rises.push(next.rise);
    zs.push(next.Z);
    sum = next;
  }
  return slopesOf(F, rises, zs);
}
