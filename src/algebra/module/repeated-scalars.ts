/**
 * Scalars that come often in one sum: their points are added first, and only the sums are multiplied. A step of the tensor machine
 * reads the same vector in many rows, which all have the same fingerprint and the same inverse, and whatever it does not use reads
 * zeros.
 */
import type { Vec } from '../engine.ts';
import { FIELD_BYTES } from '../engine.ts';

const WORDS = FIELD_BYTES / 4;
/** Fewer scalars are not looked through. */
const MIN_SCALARS = 256;
/** A scalar is taken out where it comes so often: multiplying the sum of its points costs as much as three of them. */
const OFTEN = 4;
/** Joining the buckets of a second sum costs as much as so many scalars. */
const WORTH = 128;

export interface RepeatedScalars {
  /** The others: 0 where a scalar was taken out. */
  readonly rest: Vec;
  /** Each scalar that was taken out, once. */
  readonly values: Vec;
  /** Points of scalar g: entries [starts[g], starts[g + 1]), each the point's index times 2, as `Sorted` has them. */
  readonly starts: Uint32Array;
  readonly entries: Uint32Array;
}

/** Undefined where too few scalars repeat. */
export function repeatedScalars(values: Vec): RepeatedScalars | undefined {
  const n = values.length / FIELD_BYTES;
  if (n < MIN_SCALARS) return undefined;
  const words = wordsOf(values);
  const { first, times } = occurrences(words, n);
  const number = new Map<number, number>();
  let entriesCount = 0;
  for (let i = 0; i < n; i++)
    if (times[i]! >= OFTEN) {
      number.set(i, number.size);
      entriesCount += times[i]!;
    }
  if (entriesCount - (OFTEN - 1) * number.size < WORTH) return undefined;
  const starts = new Uint32Array(number.size + 1);
  for (const [i, g] of number) starts[g + 1] = times[i]!;
  for (let g = 0; g < number.size; g++) starts[g + 1]! += starts[g]!;
  const next = starts.slice();
  const entries = new Uint32Array(entriesCount);
  const rest = values.slice();
  const taken = new Uint8Array(number.size * FIELD_BYTES);
  for (let i = 0; i < n; i++) {
    const g = number.get(first[i]!);
    if (g === undefined) continue;
    if (first[i] === i) taken.set(values.subarray(i * FIELD_BYTES, (i + 1) * FIELD_BYTES), g * FIELD_BYTES);
    entries[next[g]!++] = 2 * i;
    rest.fill(0, i * FIELD_BYTES, (i + 1) * FIELD_BYTES);
  }
  return { rest, values: taken, starts, entries };
}

/** How many of the scalars are other than zero, as a part of all. */
export function shareOfNonZero(values: Vec): number {
  const words = wordsOf(values);
  let found = 0;
  for (let at = 0; at < words.length; at += WORDS) if (!isZero(words, at)) found++;
  return found === 0 ? 0 : found / (words.length / WORDS);
}

function wordsOf(values: Vec): Uint32Array {
  const aligned = values.byteOffset % 4 === 0 ? values : values.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

/** Of each scalar the index of the first one equal to it (-1 for zero), and at that index how many there are. */
function occurrences(words: Uint32Array, n: number): { first: Int32Array; times: Uint32Array } {
  const size = 2 ** Math.ceil(Math.log2(2 * n));
  const table = new Int32Array(size).fill(-1);
  const first = new Int32Array(n).fill(-1);
  const times = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const at = i * WORDS;
    if (isZero(words, at)) continue;
    let slot = Math.imul(words[at]! ^ words[at + 1]!, 0x9e3779b1) >>> 0;
    for (slot %= size; ; slot = (slot + 1) % size) {
      const other = table[slot]!;
      if (other < 0) table[slot] = i;
      if (other < 0 || areEqual(words, at, other * WORDS)) break;
    }
    first[i] = table[slot]!;
    times[first[i]!]!++;
  }
  return { first, times };
}

function isZero(words: Uint32Array, at: number): boolean {
  for (let k = 0; k < WORDS; k++) if (words[at + k] !== 0) return false;
  return true;
}

function areEqual(words: Uint32Array, a: number, b: number): boolean {
  for (let k = 0; k < WORDS; k++) if (words[a + k] !== words[b + k]) return false;
  return true;
}
