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
import { apply, identity, invert, type Matrix, multiply, transpose, type Vector } from './matrix.ts';

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
  let power: Matrix = identity(A.length);
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
