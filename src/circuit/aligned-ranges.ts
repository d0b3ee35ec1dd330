/** Ranges cut into aligned powers of two: what a family's copies and the arrays of their variables run over (families.ts). */

/** [from, from + 2^log), from a multiple of 2^log. */
export interface AlignedRange {
  readonly from: number;
  readonly log: number;
}

/** The fewest aligned powers of two that make up [from, to), in their order: of a range from 0 the largest first. */
export function alignedRanges(to: number, from = 0): AlignedRange[] {
  const all: AlignedRange[] = [];
  for (let at = from; at < to; ) {
    let log = 0;
    while (at % 2 ** (log + 1) === 0 && at + 2 ** (log + 1) <= to) log++;
    all.push({ from: at, log });
    at += 2 ** log;
  }
  return all;
}
