/**
 * Where the arrays of a block stand. Copies of a pattern of rows can only be evaluated together where the place of each variable is
 * affine in the bits of the copy's indices, with a power of two for each bit (docs/protocol.md, section 11.3). So an array's inner
 * indices have strides that are powers of two; its first one is cut into aligned pieces of powers of two, each a run of its own,
 * which costs no padding; and runs stand in the order of their alignments, so that there are no gaps between them.
 */
import { alignedRanges } from '../circuit/aligned-ranges.ts';
import { invariant } from '../errors.ts';

/** Of an entry of an array. */
export type Indices = Parameters<Place['at']>;

/** An array of entries; of several at each index where it has more than one element: bits of a number, multipliers of a row. */
export class Place {
  /** By first index: its first element, and the distance between its elements. Set when the block is arranged. */
  readonly first: Int32Array;
  readonly step: Int32Array;
  /** Strides of the indices after the first. */
  readonly #five: readonly [number, number, number, number, number];
  /** Entries at one first index and element, padding included. */
  readonly inner: number;

  constructor(
    readonly counts: readonly number[],
    readonly elements: number,
  ) {
    this.first = new Int32Array(counts[0]!);
    this.step = new Int32Array(counts[0]!);
    let inner = 1;
    const strides: number[] = [];
    for (const count of counts.slice(1).reverse()) {
      strides.unshift(inner);
      inner *= 2 ** Math.ceil(Math.log2(count));
    }
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = strides;
    this.#five = [a, b, c, d, e];
    this.inner = inner;
  }

  /** The (first) element at these indices. */
  at(i: number, j = 0, k = 0, l = 0, m = 0, n = 0): number {
    return this.first[i]! + this.offset(j, k, l, m, n);
  }

  /** How far the element at the indices after the first is from that at zeros. */
  offset(j = 0, k = 0, l = 0, m = 0, n = 0): number {
    const [a, b, c, d, e] = this.#five;
    return a * j + b * k + c * l + d * m + e * n;
  }

  /** All tuples of indices, the last one running fastest. */
  indices(): Indices[] {
    return this.counts
      .reduce<number[][]>((all, n) => all.flatMap((own) => Array.from({ length: n }, (_, i) => [...own, i])), [[]])
      .map((indices) => indices as Indices);
  }
}

/** Entries of an array that stand together: those at some first indices. */
interface Run {
  readonly place: Place;
  readonly from: number;
  readonly count: number;
  /** What its first entry is aligned to. */
  readonly alignment: number;
}

/** The arrays of a block while they are named; then their places. */
export class Arrangement {
  readonly #runs: Run[] = [];

  array(...counts: number[]): Place {
    return this.elements(1, ...counts);
  }
  /** An array that is not cut: what stands at one first index follows what stands at the one before. */
  whole(...counts: number[]): Place {
    const place = new Place(counts, 1);
    const alignment = place.inner * 2 ** Math.floor(Math.log2(counts[0]!));
    if (counts[0]! > 0) this.#runs.push({ place, from: 0, count: counts[0]!, alignment });
    return place;
  }
  /** An array with so many elements at each index, far from one another. */
  elements(elements: number, ...counts: number[]): Place {
    const place = new Place(counts, elements);
    if (counts.every((n) => n > 0))
      for (const { from, log } of alignedRanges(counts[0]!))
        this.#runs.push({ place, from, count: 2 ** log, alignment: place.inner * 2 ** log });
    return place;
  }

  /** Gives every array its place; returns the number of entries. */
  arrange(): number {
    const size = ({ place, count }: Run): number => place.elements * count * place.inner;
    // of equal alignments those last that leave the next one unaligned
    const isOdd = (run: Run): number => Number(size(run) % run.alignment !== 0);
    let at = 0;
    for (const run of this.#runs.sort((a, b) => b.alignment - a.alignment || isOdd(a) - isOdd(b))) {
      const { place, from, count, alignment } = run;
      at = Math.ceil(at / alignment) * alignment;
      for (let i = 0; i < count; i++) {
        place.first[from + i] = at + i * place.inner;
        place.step[from + i] = count * place.inner;
      }
      at += size(run);
    }
    invariant(at < 2 ** 28, 'a block that is too long');
    return at;
  }
}
