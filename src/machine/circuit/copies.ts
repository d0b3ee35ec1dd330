/** Families of rows over ranges of indices: the copies of one pattern for all of them, cut into aligned powers of two. */
import { type AlignedRange, alignedRanges } from '../../circuit/aligned-ranges.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';

/** [0, n), or [from, to). */
export type Range = number | readonly [from: number, to: number];

/**
 * Runs `body` for all tuples of indices. The rows of a tuple are a copy, the last index in the lowest bits of its number; each
 * combination of the ranges' pieces is a family.
 */
export function overCopies(cs: ShapeBuilder, ranges: readonly Range[], body: (...indices: number[]) => void): void {
  const cuts = ranges.map((range) =>
    typeof range === 'number' ? alignedRanges(range) : alignedRanges(range[1], range[0]),
  );
  const combinations = cuts.reduce<AlignedRange[][]>(
    (all, cut) => all.flatMap((own) => cut.map((piece) => [...own, piece])),
    [[]],
  );
  for (const combination of combinations) {
    const log = combination.reduce((sum, piece) => sum + piece.log, 0);
    cs.replicate(log, (copy) => {
      let rest = copy;
      const indices: number[] = [];
      for (const { from, log: own } of [...combination].reverse()) {
        indices.unshift(from + (rest % 2 ** own));
        rest = Math.floor(rest / 2 ** own);
      }
      body(...indices);
    });
  }
}
