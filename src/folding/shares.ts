/**
 * What each kind of rows contributes to a fold's messages t_1..t_4 (protocol section 3).
 *
 * Rows count as homogeneous of degree five: Q(z1 + X z2) = Q(z1) + sum_{k=1..4} X^k T_k + X^5 Q(z2), and t_k = <eq(rho*), T_k>.
 * With u_2 = 1 a row p of degree d counts as (u + X)^(5 - d) p(z1 + X z2), so that what the prover sums over the rows are the
 * coefficients of p(z1 + X z2) alone, whatever u is. A kind of rows is a list of such parts: a further kind adds one.
 * X^5 has no message: its coefficient is 0 for a satisfied fresh instance, and that is what the fold checks.
 */
import { field } from '../algebra/field.ts';
import { R } from '../algebra/params.ts';

/** All rows count with this degree. */
const ROW_DEGREE = 5;
/** Messages t_1..t_4 of a fold. */
export const CROSS_TERMS = ROW_DEGREE - 1;

/** Weighted sums over S-boxes with operands l1, out1 at z1 and l2, out2 at z2 (`boxSums` in algebra/engine.ts). */
export interface BoxSums {
  /** Of l1^4 l2, l1^3 l2^2, l1^2 l2^3, l1 l2^4. */
  readonly powers: readonly bigint[];
  readonly out1: bigint;
  readonly out2: bigint;
}

const F = field(R);
const BINOMIALS = [1n, 5n, 10n, 10n, 5n, 1n];

/** Quadratic rows: A = <eq, q(z1)>, B = <eq, T>, T the cross term of q. */
export function quadraticShare(u: bigint, A: bigint, B: bigint): bigint[] {
  return crossTerms(u, 3, [A, B]);
}

/** S-boxes: of (l1 + X l2)^5 - (out1 + X out2) (u + X)^4. */
export function boxShare(u: bigint, { powers, out1, out2 }: BoxSums): bigint[] {
  const outputs = crossTerms(u, 4, [out1, out2]);
  return outputs.map((output, k) => F.create(BINOMIALS[k + 1]! * powers[k]! - output));
}

/** Coefficients of X^1..X^4 in (u + X)^power (c_0 + c_1 X + ...). */
export function crossTerms(u: bigint, power: number, coefficients: readonly bigint[]): bigint[] {
  let product = [...coefficients];
  for (let k = 0; k < power; k++) {
    product = [...product, 0n].map((c, d) => F.create(c * u + (product[d - 1] ?? 0n)));
  }
  return Array.from({ length: CROSS_TERMS }, (_, k) => product[k + 1] ?? 0n);
}
