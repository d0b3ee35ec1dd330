/**
 * Poseidon's partial rounds as one recurrence: 2t - 1 multiplications a round as in poseidon/sparse.ts, but by the SAME
 * 2t - 1 constants in every round. For a machine that pays for the bytes of constants, such as a contract.
 *
 * Write M = [[m, v], [w, A]] (v a row, w a column) and let the elements y of the state beside element 0 be described by
 * e = P y, which no S-box of a partial round sees. With the rows p_1 = v, p_(i+1) = p_i A - c_i v of P, c_i the
 * coefficients of A's characteristic polynomial, X^n = c_1 X^(n-1) + ... + c_n, a round with S-box output s becomes
 *     x' = m s + e_1,   e_i' = e_(i+1) + c_i e_1 + h_i s,   h = P w,   e_(n+1) = 0
 * (the observer form of control theory: P A P^-1 is a companion matrix; p_(n+1) = 0 is the theorem of Cayley and
 * Hamilton). P is merged into the matrix of the full round before; P^-1 is applied once after the last partial round.
 */
import { R } from '../params.ts';
import { apply, invert, type Matrix, multiply, transpose, type Vector, withUnit } from './matrix.ts';
import { sparsePoseidon } from './sparse.ts';

export interface CompanionPoseidon {
  /** Constants of the full rounds before and after the partial ones, those pushed forward included. */
  readonly before: Matrix;
  readonly after: Matrix;
  /** One constant for each partial round, added to x before its S-box. */
  readonly partial: Vector;
  readonly mds: Matrix;
  /** diag(1, P) M: replaces `mds` in the last full round before the partial ones. */
  readonly entry: Matrix;
  /** diag(1, P^-1), after the partial rounds. */
  readonly exit: Matrix;
  /** c_1 to c_(t-1). */
  readonly feedback: Vector;
  /** h_1 to h_(t-1). */
  readonly drive: Vector;
}

/** The form of width t (3 to 17). */
export function companionPoseidon(t: number): CompanionPoseidon {
  const { before, after, mds, rounds } = sparsePoseidon(t);
  const v = mds[0]!.slice(1);
  const w = mds.slice(1).map((row) => row[0]!);
  const A = mds.slice(1).map((row) => row.slice(1));
  const n = t - 1;

  const columns = transpose(A);
  const krylov: Vector[] = [v];
  for (let k = 1; k <= n; k++) krylov.push(apply(columns, krylov[k - 1]!));
  // v A^n in terms of v, v A, ..., v A^(n-1) has the coefficients c_n, ..., c_1
  const feedback = apply(transpose(invert(krylov.slice(0, n))), krylov[n]!).reverse();

  const P: Vector[] = [v];
  for (let i = 1; i < n; i++) {
    const next = apply(columns, P[i - 1]!);
    P.push(next.map((x, j) => (x + (R - feedback[i - 1]!) * v[j]!) % R));
  }
  return {
    ...{ before, after, mds, partial: rounds.map(({ constant }) => constant) },
    ...{ entry: multiply(withUnit(P), mds), exit: withUnit(invert(P)) },
    ...{ feedback, drive: apply(P, w) },
  };
}
