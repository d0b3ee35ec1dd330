/**
 * Additions without inversions: in Jacobian coordinates x = X/Z^2, y = Y/Z^3 the slope of an addition is a quotient of two
 * of its own intermediate values, so that the slopes of a long chain take one batch inversion at the end.
 */
import type { Field } from './field.ts';
import type { Affine } from './params.ts';

export interface Jacobian {
  readonly X: bigint;
  readonly Y: bigint;
  readonly Z: bigint;
}

export interface MixedSum extends Jacobian {
  /** The slope of the line through both points is rise / Z, with the sum's Z. */
  readonly rise: bigint;
  /** The first point in coordinates with the sum's Z. */
  readonly before: { readonly X: bigint; readonly Y: bigint };
}

/** p + q for an affine q on a curve y^2 = x^3 + b. Z is zero when p = q or p = -q, and stays so. 11 multiplications. */
export function addMixed(F: Field, { X, Y, Z }: Jacobian, { x, y }: Affine): MixedSum {
  const zz = F.mul(Z, Z);
  const h = F.sub(F.mul(x, zz), X);
  const rise = F.sub(F.mul(y, F.mul(zz, Z)), Y);
  const hh = F.mul(h, h);
  const hhh = F.mul(h, hh);
  const before = { X: F.mul(X, hh), Y: F.mul(Y, hhh) };
  const sum = F.create(rise * rise - hhh - 2n * before.X);
  return { X: sum, Y: F.create(rise * (before.X - sum) - before.Y), Z: F.mul(Z, h), rise, before };
}

/** rise[k] / Z[k], with one inversion. */
export function slopesOf(F: Field, rises: readonly bigint[], zs: readonly bigint[]): bigint[] {
  return F.batchInv(zs).map((inverse, k) => F.mul(rises[k]!, inverse));
}
