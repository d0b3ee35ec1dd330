/**
 * Signed windows (Pippenger's method): a scalar is written sum of d_w 2^(c w) with digits |d_w| <= 2^(c - 1), so that there
 * are half as many buckets as values of c bits; a negative digit takes the negative point.
 */

const WORD_BITS = 32;

/** Magnitudes as little-endian words, `perScalar` each, and a byte each that is 1 for a negative one. */
export interface Magnitudes {
  readonly words: Uint32Array;
  readonly perScalar: number;
  readonly negative: Uint8Array;
}

/** Points by bucket: entries [starts[b], starts[b + 1]) belong to bucket b. */
export interface Sorted {
  readonly starts: Uint32Array;
  /** Index of the point times 2, plus 1 where it is to be negated. */
  readonly entries: Uint32Array;
}

/** Reads windows of `c` bits, the lowest first; keeps the carries from one window to the next. */
export class DigitReader {
  private readonly scalars: Magnitudes;
  private readonly c: number;
  private readonly carry: Uint8Array;
  private window = 0;

  constructor(scalars: Magnitudes, c: number) {
    this.scalars = scalars;
    this.c = c;
    this.carry = new Uint8Array(scalars.negative.length);
  }

  /** The digits of the next window, one per scalar, each in -(2^(c - 1) - 1) .. 2^(c - 1); signs of scalars are not in. */
  next(): Int32Array {
    const { words, perScalar } = this.scalars;
    const { c, carry } = this;
    const [word, shift] = [Math.floor((this.window * c) / WORD_BITS), (this.window * c) % WORD_BITS];
    const [size, half] = [2 ** c, 2 ** (c - 1)];
    const takesNext = shift + c > WORD_BITS && word + 1 < perScalar;
    const out = new Int32Array(carry.length);
    for (let i = 0; i < out.length; i++) {
      const at = i * perScalar + word;
      let bits = word < perScalar ? words[at]! >>> shift : 0;
      if (takesNext) bits |= words[at + 1]! << (WORD_BITS - shift);
      const digit = (bits & (size - 1)) + carry[i]!;
      const over = digit > half ? 1 : 0;
      carry[i] = over;
      out[i] = digit - over * size;
    }
    this.window++;
    return out;
  }
}

/**
 * Sorts some windows' digits: point i of the k-th window belongs with digit d to bucket k 2^(c - 1) + |d| - 1. With `stored`
 * multiples every window has points of its own, k n + i, and all of them share the buckets |d| - 1.
 */
export function sortByDigit(windows: readonly Int32Array[], c: number, negative: Uint8Array, stored = false): Sorted {
  const [bucketStep, pointStep] = stored ? [0, negative.length] : [2 ** (c - 1), 0];
  const starts = new Uint32Array(2 ** (c - 1) + (windows.length - 1) * bucketStep + 1);
  // Counted one place further on, sums of the counts are the starts.
  windows.forEach((digits, k) => {
    for (const digit of digits) if (digit !== 0) starts[k * bucketStep + Math.abs(digit)]!++;
  });
  for (let b = 1; b < starts.length; b++) starts[b]! += starts[b - 1]!;
  const entries = new Uint32Array(starts[starts.length - 1]!);
  const place = starts.slice();
  windows.forEach((digits, k) => {
    for (let i = 0; i < digits.length; i++) {
      const digit = digits[i]!;
      if (digit === 0) continue;
      const sign = (digit < 0 ? 1 : 0) ^ negative[i]!;
      entries[place[k * bucketStep + Math.abs(digit) - 1]!++] = 2 * (k * pointStep + i) + sign;
    }
  });
  return { starts, entries };
}

/** Sorts by scalar instead: its points are entry k 2^(c - 1) + |d| - 1 of a table, one for each window k. */
export function sortByScalar(windows: readonly Int32Array[], c: number): Sorted {
  const perWindow = 2 ** (c - 1);
  const n = windows[0]!.length;
  const starts = new Uint32Array(n + 1);
  const entries = new Uint32Array(n * windows.length);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < windows.length; k++) {
      const digit = windows[k]![i]!;
      if (digit !== 0) entries[at++] = 2 * (k * perWindow + Math.abs(digit) - 1) + (digit < 0 ? 1 : 0);
    }
    starts[i + 1] = at;
  }
  return { starts, entries: entries.subarray(0, at) };
}
