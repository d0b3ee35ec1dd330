/**
 * Sums of points with small integers. A network's numbers are of different sizes: most weights and activations have 10 to 16 bits,
 * accumulators and addresses up to 32, and many are zero. One window for all would cut the many short ones as the few long ones
 * need it. So the numbers are cut into short and long ones, and either gets the window that costs it the fewest additions: one as long as
 * nearly all weights, for example, in which equal weights meet in one bucket.
 */
import type { Points } from '../engine.ts';
import type { Magnitudes } from './digits.ts';
import { checkSmall } from './fields.ts';
import type { PointSums } from './point-sums.ts';
import { BUCKET_COST, MAX_WINDOW_BITS, WORD, windowSums } from './windows.ts';

/** Bits of 2^53. */
const MOST_BITS = 54;
/** Further windows and a second sum cost as much as so many additions, for what is done point by point. */
const JOIN_COST = 500;

/** Numbers of one class, and the window for them. */
interface Class {
  readonly scalars: Magnitudes;
  readonly window: number;
}

/** Address of the sum of integers up to 2^53 times points. Call within arena.scratch. */
export function smallSums(sums: PointSums, bases: Points, values: Float64Array): number {
  const table = sums.module.arena.put(bases);
  const [first, ...others] = classes(values).map(({ scalars, window }) => windowSums(sums, table, scalars, window));
  sums.rounds(1, (round, pair) => {
    if (round === 0) for (const other of others) pair(first!, other);
  });
  return first!;
}

/** The numbers other than zero, in one class or two. */
function classes(values: Float64Array): Class[] {
  checkSmall(values);
  const lengths = new Uint8Array(values.length);
  const counts = new Uint32Array(MOST_BITS + 1);
  for (let i = 0; i < values.length; i++) {
    const bits = bitsOf(Math.abs(values[i]!));
    lengths[i] = bits;
    counts[bits]!++;
  }
  const { cut, windows } = cheapestCut(counts);
  return windows.map((window, k) => {
    const [from, to] = k === 0 ? [1, cut] : [cut + 1, MOST_BITS];
    return { scalars: select(values, lengths, from, to, countOf(counts, from, to)), window };
  });
}

function bitsOf(v: number): number {
  return v < WORD ? 32 - Math.clz32(v) : 64 - Math.clz32(v / WORD);
}

function countOf(counts: Uint32Array, from: number, to: number): number {
  let n = 0;
  for (let bits = from; bits <= to; bits++) n += counts[bits]!;
  return n;
}

/** The `count` numbers of `from` to `to` bits. */
function select(values: Float64Array, lengths: Uint8Array, from: number, to: number, count: number): Magnitudes {
  const [words, negative, points] = [new Uint32Array(2 * count), new Uint8Array(count), new Uint32Array(count)];
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    if (lengths[i]! < from || lengths[i]! > to) continue;
    const v = Math.abs(values[i]!);
    negative[at] = values[i]! < 0 ? 1 : 0;
    words[2 * at] = v % WORD;
    words[2 * at + 1] = v / WORD;
    points[at++] = i;
  }
  return { words, perScalar: 2, negative, points };
}

/** Where short numbers end, and the windows of the classes. `counts`: of numbers of so many bits. */
function cheapestCut(counts: Uint32Array): { readonly cut: number; readonly windows: readonly number[] } {
  /** Numbers of at least so many bits. */
  const atLeast = new Uint32Array(counts.length + MAX_WINDOW_BITS);
  for (let bits = MOST_BITS; bits > 0; bits--) atLeast[bits] = atLeast[bits + 1]! + counts[bits]!;
  const most = counts.findLastIndex((n, bits) => n > 0 && bits > 0);
  let best = { cost: Number.POSITIVE_INFINITY, cut: Math.max(1, most), windows: [1] };
  for (let cut = 1; cut <= most; cut++) {
    if (counts[cut] === 0) continue;
    const short = cheapestWindow(atLeast, 1, cut);
    const long = cut < most ? [cheapestWindow(atLeast, cut + 1, most)] : [];
    const cost = [short, ...long].reduce((sum, part) => sum + part.cost, 0);
    if (cost < best.cost) best = { cost, cut, windows: [short, ...long].map((part) => part.window) };
  }
  return best;
}

/** The window that costs the numbers of `from` to `to` bits the fewest additions. */
function cheapestWindow(atLeast: Uint32Array, from: number, to: number): { window: number; cost: number } {
  let best = { window: 1, cost: Number.POSITIVE_INFINITY };
  for (let window = 1; window <= Math.min(to + 1, MAX_WINDOW_BITS); window++) {
    let cost = JOIN_COST;
    for (let low = 0; low <= to; low += window) {
      const digits = atLeast[Math.max(from, low)]! - atLeast[to + 1]!;
      // of few digits most buckets stay empty, which costs nothing
      cost += digits + BUCKET_COST * Math.min(2 ** (window - 1), 2 * digits);
    }
    if (cost < best.cost) best = { window, cost };
  }
  return best;
}
