/**
 * The machine's inner products on doubles, exactly: zero weights and zero operands are skipped, and whether a sum may have been
 * rounded is seen from sums of absolute values, which are computed only where a bound by norms does not settle it.
 */

/** Integers up to here are exact in a double, and so is every sum of products whose absolute values stay below it. */
export const EXACT = 2 ** 53;

/** Where the numbers of a vector stand that is in several runs: run n at starts[n]. */
export interface Runs {
  readonly starts: ArrayLike<number>;
  readonly length: number;
}

/** The entries of a vector that are not zero. */
export class SparseVector {
  /** Where the operands stand that the entries are multiplied by, less the first one's place. */
  readonly indices: Int32Array;
  readonly values: Float64Array;
  count = 0;
  /** Sum and maximum of the absolute values. */
  norm = 0;
  most = 0;

  constructor(length: number) {
    this.indices = new Int32Array(length);
    this.values = new Float64Array(length);
  }

  /**
   * Takes the entries of `from` in these runs, each moved by `at`.
   * @param operands where operands stand: as many runs
   */
  take(from: Float64Array, { starts, length }: Runs, at: number, operands: ArrayLike<number>): void {
    let count = 0;
    let norm = 0;
    let most = 0;
    for (let n = 0; n < starts.length; n++) {
      const start = starts[n]! + at;
      const operand = operands[n]!;
      for (let i = 0; i < length; i++) {
        const v = from[start + i]!;
        if (v === 0) continue;
        this.indices[count] = operand + i;
        this.values[count++] = v;
        const size = Math.abs(v);
        norm += size;
        if (size > most) most = size;
      }
    }
    this.count = count;
    this.norm = norm;
    this.most = most;
  }

  clear(): void {
    this.count = 0;
    this.norm = 0;
    this.most = 0;
  }

  /** Inner product with the operands, of which the first stands at `at`. */
  dot(other: Float64Array, at: number): number {
    const { indices, values, count } = this;
    let s = 0;
    for (let k = 0; k < count; k++) s += values[k]! * other[at + indices[k]!]!;
    return s;
  }

  /** The sum of the absolute values of that inner product's terms. */
  size(other: Float64Array, at: number): number {
    const { indices, values, count } = this;
    let s = 0;
    for (let k = 0; k < count; k++) s += Math.abs(values[k]! * other[at + indices[k]!]!);
    return s;
  }
}
