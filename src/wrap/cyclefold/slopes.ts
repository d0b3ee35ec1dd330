/**
 * The slopes of a long chain of affine additions, natively: advice for the wrap circuit.
 *
 * One inversion per addition would take minutes for 66,215 of them. In Jacobian coordinates, x = X/Z^2 and y = Y/Z^3, the
 * mixed addition of an affine point is free of inversions, and its slope is R / Z3 with R and Z3 its own intermediate values:
 * so one batch inversion at the end gives all slopes.
 */
import { field } from '../../algebra/field.ts';
import { type Affine, GRUMPKIN_PARAMS } from '../../algebra/params.ts';

const F = field(GRUMPKIN_PARAMS.base);

/**
 * Slope of each addition in start + points[0] + points[1] + ... on Grumpkin.
 * Throws E_BUG when an addition is exceptional; the wrap's are not but with negligible probability.
 */
export function additionSlopes(start: Affine, points: Iterable<Affine>): bigint[] {
  let { x: X, y: Y } = start;
  let Z = 1n;
  const numerators: bigint[] = [];
  const denominators: bigint[] = [];
  for (const { x, y } of points) {
    const zz = F.mul(Z, Z);
    const h = F.sub(F.mul(x, zz), X);
    const rise = F.sub(F.mul(y, F.mul(zz, Z)), Y);
    const hh = F.mul(h, h);
    const hhh = F.mul(h, hh);
    const v = F.mul(X, hh);
    X = F.create(rise * rise - hhh - 2n * v);
    Y = F.create(rise * (v - X) - Y * hhh);
    Z = F.mul(Z, h);
    numerators.push(rise);
    denominators.push(Z);
  }
  return F.batchInv(denominators).map((inverse, k) => F.mul(numerators[k]!, inverse));
}
