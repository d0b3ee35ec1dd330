/**
 * Poseidon's partial rounds with 2t - 1 multiplications instead of t^2 (the Poseidon paper, appendix B).
 *
 * Two facts: (a) the S-box of a partial round touches element 0 only, so constants of the other elements pass through
 * it: pushed forward round by round they end in the first full round after. (b) a matrix diag(1, A) commutes with that
 * S-box as well. Write M = [[m, v], [w, A]] (v a row, w a column). Then, from the last partial round backwards,
 *     diag(1, A^(k-1)) M = [[m, v], [A^(k-1) w, A^k]] = [[m, v A^-k], [A^(k-1) w, I]] diag(1, A^k):
 * the k-th round from the end keeps a sparse matrix and hands diag(1, A^k) to the round before it. What arrives at the
 * beginning, diag(1, A^R_P), is merged into the matrix of the last full round before. A is a Cauchy matrix as M is, hence
 * invertible. Element 0 is never changed by diag(1, .), so that every S-box sees the same input as in the plain
 * form: the trace is the same.
 */
import { field } from '../field.ts';
import { R } from '../params.ts';
import { poseidonConstants } from './constants.ts';

type Vector = readonly bigint[];
type Matrix = readonly Vector[];

interface SparseRound {
  /** Added to element 0 before its S-box. */
  readonly constant: bigint;
  /** Row 0 of the sparse matrix without its corner: v A^-k. */
  readonly row: Vector;
  /** Column 0 without its corner: A^(k-1) w. The rest of the matrix is the identity. */
  readonly column: Vector;
}

export interface SparsePoseidon {
  /** Constants of the full rounds before and after the partial ones, those pushed forward included. */
  readonly before: Matrix;
  readonly after: Matrix;
  readonly mds: Matrix;
  /** Replaces `mds` in the last full round before the partial ones. */
  readonly bridge: Matrix;
  readonly rounds: readonly SparseRound[];
}

const F = field(R);
const inner = (a: Vector, b: Vector): bigint => a.reduce((sum, x, i) => sum + x * b[i]!, 0n) % R;
const apply = (m: Matrix, v: Vector): bigint[] => m.map((row) => inner(row, v));
const transpose = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map((row) => row[j]!));
const multiply = (a: Matrix, b: Matrix): Matrix => {
  const columns = transpose(b);
  return a.map((row) => apply(columns, row));
};

/** The factored form of width t. */
export function sparsePoseidon(t: number): SparsePoseidon {
  const { roundsFull, roundsPartial, roundConstants, mds } = poseidonConstants(t);
  const half = roundsFull / 2;
  const v = mds[0]!.slice(1);
  const A = mds.slice(1).map((row) => row.slice(1));

  // (a) forward: `carried` is what the constants of elements 1..t-1 have become so far.
  const constants: bigint[] = [];
  let carried: Vector = new Array(t).fill(0n);
  for (let k = 0; k < roundsPartial; k++) {
    const sum = roundConstants[half + k]!.map((c, i) => F.add(c, carried[i]!));
    constants.push(sum[0]!);
    carried = apply(mds, [0n, ...sum.slice(1)]);
  }
  const after = roundConstants.slice(half + roundsPartial).map((row) => [...row]);
  after[0] = after[0]!.map((c, i) => F.add(c, carried[i]!));

  // (b) backward.
  const inverseTransposed = transpose(invert(A));
  let row: Vector = v;
  let column: Vector = mds.slice(1).map((line) => line[0]!);
  let power = A.map((_, i) => A.map((_, j) => (i === j ? 1n : 0n))) as Matrix;
  const rounds: SparseRound[] = [];
  for (let k = 1; k <= roundsPartial; k++) {
    row = apply(inverseTransposed, row);
    rounds.unshift({ constant: constants[roundsPartial - k]!, row, column });
    column = apply(A, column);
  }
  for (let bits = roundsPartial, square: Matrix = A; bits > 0; bits >>= 1, square = multiply(square, square)) {
    if (bits & 1) power = multiply(power, square);
  }
  const bridge = [mds[0]!, ...multiply(power, mds.slice(1))];
  return { before: roundConstants.slice(0, half), after, mds, bridge, rounds };
}

/** Gauss-Jordan elimination on [m | I]; every pivot of a Cauchy matrix is non-zero (all its minors are). */
function invert(m: Matrix): Matrix {
  const n = m.length;
  const work = m.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1n : 0n))]);
  for (let p = 0; p < n; p++) {
    const scale = F.inv(work[p]![p]!);
    work[p] = work[p]!.map((x) => F.mul(x, scale));
    for (let i = 0; i < n; i++) {
      const factor = work[i]![p]!;
      if (i !== p && factor !== 0n) work[i] = work[i]!.map((x, j) => F.sub(x, F.mul(factor, work[p]![j]!)));
    }
  }
  return work.map((row) => row.slice(n));
}
