/**
 * The machine's inner products on doubles, exactly: zero weights and zero operands are skipped, and whether a sum may have been
 * rounded is seen from sums of absolute values, which are computed only where a bound by norms does not settle it.
 */

/** Integers up to here are exact in a double, and so is every sum of products whose absolute values stay below it. */
export const EXACT = 2 ** 53;

/** The entries of a vector that are not zero. */
export class SparseVector {
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

  /** Takes the entries of `from` at [at, at + length), `more` added where given. */
  take(from: Float64Array, at: number, length: number, more?: Float64Array, moreAt = 0): void {
    let count = 0;
    let norm = 0;
    let most = 0;
    for (let i = 0; i < length; i++) {
      const v = more ? from[at + i]! + more[moreAt + i]! : from[at + i]!;
      if (v === 0) continue;
      this.indices[count] = i;
      this.values[count++] = v;
      const size = Math.abs(v);
      norm += size;
      if (size > most) most = size;
    }
    this.count = count;
    this.norm = norm;
    this.most = most;
  }

  /** Inner product with the vector at `at`. */
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
