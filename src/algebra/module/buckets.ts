/**
 * Buckets of Pippenger's method. First half (`bucketSums`): every bucket is the sum of its points.
 *
 * Second half (`joinBuckets`): window w has points B_0 .. B_(m - 1), m = 2^k, and wants sum (d + 1) B_d.
 *
 * With batched additions this is done by bits: level j adds neighbours, T_i = B_2i + B_2i+1, and
 *     sum d B_d = 2 sum i T_i + sum B_2i+1,
 * so that the odd ones of every level, summed, weigh 2^j. All levels together cost 2 m additions, as the usual running
 * sums do, but all of them are independent within a round. What is left are k points per window, 2^j apart, and the
 * total of the last level, sum B_d, for the + 1; Horner's rule joins them with those of the other windows.
 */

import { ADDITION_BYTES } from '../kernels/curve/addition-batch.ts';
import type { Arena } from './arena.ts';
import type { Sorted } from './digits.ts';
import type { PointSums } from './point-sums.ts';

/** Points in work at once (1 MB, in G2 2 MB): they stay in the second-level cache from the first round to the last. */
const BLOCK_POINTS = 1 << 14;
const WORD_BYTES = 4;

/** Writes the sum of every bucket's points of `table` to `out`, infinity for an empty one. Call within arena.scratch. */
export function bucketSums(sums: PointSums, table: number, { starts, buckets, entries }: Sorted, out: number): void {
  const { arena } = sums.module;
  const { pointBytes } = sums;
  for (const { from, to, first, count } of blocksOf(arena, starts, buckets)) {
    arena.scratch(() => {
      const work = arena.alloc(count * pointBytes);
      const bounds = starts + from * WORD_BYTES;
      // Where entry 0 of all would be.
      const points = work - first * pointBytes;
      sums.fn('gather')(table, entries + first * WORD_BYTES, work, count);
      sums.sumSegments(points, bounds, to - from, count);
      sums.fn('collect')(bounds, points, out + from * pointBytes, to - from);
    });
  }
}

interface Block {
  /** Buckets [from, to) with `count` entries from number `first` on. */
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly count: number;
}

/** As many buckets at once as fit, at least one. */
function blocksOf(arena: Arena, starts: number, buckets: number): Block[] {
  return arena.view(starts, (buckets + 1) * WORD_BYTES, (view) => {
    const bounds = new Uint32Array(view.buffer, view.byteOffset, buckets + 1);
    const blocks: Block[] = [];
    for (let from = 0; from < buckets; ) {
      const first = bounds[from]!;
      let to = from + 1;
      while (to < buckets && bounds[to + 1]! - first <= BLOCK_POINTS) to++;
      blocks.push({ from, to, first, count: bounds[to]! - first });
      from = to;
    }
    return blocks;
  });
}

/**
 * Weighs and joins all buckets. `buckets`: address of windows * m points, which are overwritten; window w weighs
 * 2^(bits w). Returns the address of one affine point. Call within arena.scratch.
 */
export function joinBuckets(sums: PointSums, buckets: number, windows: number, levels: number, bits: number): number {
  const { arena } = sums.module;
  const { pointBytes } = sums;
  const m = 2 ** levels;
  const at = (window: number, index: number) => buckets + (window * m + index) * pointBytes;
  const pairs = sums.module.fn('strided_pairs');

  // Windows are neighbours too: one stride runs through all of them.
  sums.listed(windows * (m / 2), (j, list) => {
    const distance = 2 ** j * pointBytes;
    return j < levels ? pairs(buckets, distance, 2 * distance, at(windows, 0), list) : 0;
  });
  // Level j's odd points stand at odd multiples of 2^j; their sum goes to the first of them.
  sums.listed(windows * (m / 2), (r, list) => {
    let count = 0;
    for (let w = 0; w < windows; w++) {
      for (let j = 0; j + r + 1 < levels; j++) {
        const distance = 2 ** (j + 1 + r) * pointBytes;
        count += pairs(at(w, 2 ** j), distance, 2 * distance, at(w + 1, 0), list + count * ADDITION_BYTES);
      }
    }
    return count;
  });
  if (levels > 0) {
    sums.listed(windows, (r, list) =>
      r === 0 ? pairs(at(0, 1), -pointBytes, m * pointBytes, at(windows, 0), list) : 0,
    );
  }

  const length = windows * bits;
  const weighed = arena.alloc(length * pointBytes);
  arena.view(weighed, length * pointBytes, (view) => {
    view.fill(0);
    const memory = new Uint8Array(view.buffer);
    for (let w = 0; w < windows; w++) {
      for (let j = 0; j < Math.max(levels, 1); j++) {
        const from = at(w, levels > 0 ? 2 ** j : 0);
        memory.copyWithin(weighed + (w * bits + j) * pointBytes, from, from + pointBytes);
      }
    }
  });
  return sums.horner(weighed, length);
}
