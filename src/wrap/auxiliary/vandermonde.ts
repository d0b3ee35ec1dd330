/** Interpolation at fixed points: of the window tables in the digit, and of the integer polynomials of the rows. */
import type { Field } from '../../algebra/field.ts';

/** The matrix that takes the values of a polynomial at distinct `nodes` to its coefficients, lowest first. */
export function inverseVandermonde(F: Field, nodes: readonly bigint[]): bigint[][] {
  /** poly (T - root) */
  const times = (poly: readonly bigint[], root: bigint): bigint[] =>
    Array.from({ length: poly.length + 1 }, (_, k) => F.create((poly[k - 1] ?? 0n) - root * (poly[k] ?? 0n)));
  const bases = nodes.map((node, j) => {
    const others = nodes.filter((_, k) => k !== j);
    const scale = F.inv(others.reduce((product, other) => F.create(product * (node - other)), 1n));
    return others.reduce(times, [scale]);
  });
  return nodes.map((_, coefficient) => bases.map((basis) => basis[coefficient]!));
}
