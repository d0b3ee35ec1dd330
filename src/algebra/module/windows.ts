/** Pippenger's method with signed windows over the points of one curve: sort digits into buckets, sum, weigh, join. */

import { bucketSums, joinBuckets } from './buckets.ts';
import { DigitSorter, type Magnitudes } from './digits.ts';
import { checkSmall } from './fields.ts';
import { bitLength } from './point-bytes.ts';
import type { PointSums } from './point-sums.ts';

/** Digits sorted at once. */
const GROUP_POINTS = 1 << 17;
/** A bucket costs one addition more (its first point is free, weighing takes two) and some work of its own. */
export const BUCKET_COST = 1.5;
export const MAX_WINDOW_BITS = 16;
export const WORD = 2 ** 32;

/**
 * Address of the sum of scalars times the points at `table`. Call within arena.scratch.
 * @param c the window, by default the cheapest for random scalars
 */
export function windowSums(sums: PointSums, table: number, scalars: Magnitudes, c?: number): number {
  const { arena } = sums.module;
  const n = scalars.negative.length;
  const bits = bitLength(scalars.words, scalars.perScalar);
  const window = c ?? windowBits(bits, n);
  const windows = windowCount(bits, window);
  const perWindow = 2 ** (window - 1);
  const buckets = arena.alloc(windows * perWindow * sums.pointBytes);
  const sorter = new DigitSorter(sums.module, scalars, window);
  const group = Math.max(1, Math.floor(GROUP_POINTS / Math.max(n, 1)));
  for (let w = 0; w < windows; w += group) {
    const size = Math.min(group, windows - w);
    arena.scratch(() => {
      bucketSums(sums, table, sorter.next(size), buckets + w * perWindow * sums.pointBytes);
    });
  }
  return joinBuckets(sums, buckets, windows, window - 1, window);
}

/** Points whose multiples 2^(bits w) P are stored for every window w: entry w n + i of the table for the i-th of n points. */
export interface StoredMultiples {
  readonly table: number;
  readonly bits: number;
  readonly windows: number;
}

/** As windowSums; all windows share one set of buckets. Call within arena.scratch. */
export function storedSums(sums: PointSums, { table, bits, windows }: StoredMultiples, scalars: Magnitudes): number {
  const { module } = sums;
  const buckets = module.arena.alloc(2 ** (bits - 1) * sums.pointBytes);
  module.arena.scratch(() => {
    bucketSums(sums, table, new DigitSorter(module, scalars, bits).next(windows, true), buckets);
  });
  return joinBuckets(sums, buckets, 1, bits - 1, bits);
}

/** The window for n points with stored multiples. */
export function storedWindowBits(bits: number, n: number): number {
  return cheapest(bits, (c) => windowCount(bits, c) * n + BUCKET_COST * 2 ** (c - 1));
}

/** Signed integers up to 2^53 as two words and a sign. */
export function magnitudesOf(values: Float64Array): Magnitudes {
  checkSmall(values);
  const words = new Uint32Array(2 * values.length);
  const negative = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const v = Math.abs(values[i]!);
    negative[i] = values[i]! < 0 ? 1 : 0;
    words[2 * i] = v % WORD;
    words[2 * i + 1] = Math.floor(v / WORD);
  }
  return { words, perScalar: 2, negative };
}

/** The top digit may carry: one bit more than the scalars have. */
export function windowCount(bits: number, c: number): number {
  return Math.floor(bits / c) + 1;
}

/** The window that costs the fewest additions for n scalars of that many bits. */
export function windowBits(bits: number, n: number): number {
  return cheapest(bits, (c) => windowCount(bits, c) * (n + BUCKET_COST * 2 ** (c - 1)));
}

function cheapest(bits: number, cost: (c: number) => number): number {
  let best = 1;
  for (let c = 2; c <= Math.min(bits + 1, MAX_WINDOW_BITS); c++) if (cost(c) < cost(best)) best = c;
  return best;
}
