/**
 * Signed windows (Pippenger's method): a scalar is written sum d_w 2^(c w) with digits |d_w| <= 2^(c - 1), so that there
 * are half as many buckets as values of c bits; a negative digit takes the negative point. The kernels are in digit-sort.ts.
 */
import type { WasmModule } from './instance.ts';

const WORD_BYTES = 4;

/** Magnitudes as little-endian words, `perScalar` each, and a byte each that is 1 for a negative one. */
export interface Magnitudes {
  readonly words: Uint32Array;
  readonly perScalar: number;
  readonly negative: Uint8Array;
  /** Numbers of their points, where these are not the first ones of a table. */
  readonly points?: Uint32Array | undefined;
}

/** Points by bucket, in the module's memory: entries [starts[b], starts[b + 1]) belong to bucket b. */
export interface Sorted {
  /** Address of buckets + 1 words. */
  readonly starts: number;
  readonly buckets: number;
  /** Address of a word each: index of the point times 2, plus 1 where it is to be negated. */
  readonly entries: number;
}

/** Sorts windows of `c` bits by digit, the lowest first. Call within arena.scratch. */
export class DigitSorter {
  private readonly module: WasmModule;
  private readonly perScalar: number;
  private readonly n: number;
  private readonly c: number;
  private readonly words: number;
  private readonly points: Uint32Array | undefined;
  private readonly negative: number;
  /** Addresses of the carries into the next window, of either sweep. */
  private readonly carries: { readonly count: number; readonly place: number };
  private window = 0;

  constructor(module: WasmModule, { words, perScalar, negative, points }: Magnitudes, c: number) {
    const { arena } = module;
    this.module = module;
    this.perScalar = perScalar;
    this.n = negative.length;
    this.c = c;
    this.words = arena.putWords(words);
    this.points = points;
    this.negative = arena.put(negative);
    const none = new Uint8Array(this.n);
    this.carries = { count: arena.put(none), place: arena.put(none) };
  }

  /**
   * The next windows: point i of the k-th of them belongs with digit d to bucket k 2^(c - 1) + |d| - 1. With `stored` multiples
   * every window has points of its own, k n + i, and all of them share the buckets |d| - 1. Call within arena.scratch.
   */
  next(windows: number, stored = false): Sorted {
    const { module, words, perScalar, n, c, carries } = this;
    const { arena } = module;
    const [bucketStep, pointStep] = stored ? [0, n] : [2 ** (c - 1), 0];
    const buckets = 2 ** (c - 1) + (windows - 1) * bucketStep;
    const starts = arena.putWords(new Uint32Array(buckets + 1));
    const places = arena.alloc((buckets + 1) * WORD_BYTES);
    const entries = arena.alloc(windows * n * WORD_BYTES);
    const every = (run: (k: number, bucket: number) => void): void => {
      for (let k = 0; k < windows; k++) run(k, k * bucketStep * WORD_BYTES);
    };
    const [count, place] = [module.fn('count_digits'), module.fn('place_digits')];
    every((k, at) => count(words, perScalar, n, this.window + k, c, carries.count, starts + at));
    module.fn('starts_of_counts')(starts, places, buckets);
    every((k, at) => {
      const first = k * pointStep;
      place(words, perScalar, n, this.window + k, c, carries.place, this.negative, places + at, entries, first);
    });
    this.window += windows;
    if (this.points) this.relabel(entries, starts + buckets * WORD_BYTES, this.points);
    return { starts, buckets, entries };
  }

  /** Entries of scalars become those of their points. `count`: address of the number of entries. */
  private relabel(entries: number, count: number, points: Uint32Array): void {
    const { arena } = this.module;
    const n = arena.view(count, WORD_BYTES, (view) => new DataView(view.buffer).getUint32(count, true));
    arena.view(entries, n * WORD_BYTES, ({ buffer }) => {
      const own = new Uint32Array(buffer, entries, n);
      for (let k = 0; k < n; k++) own[k] = 2 * points[own[k]! >>> 1]! + (own[k]! & 1);
    });
  }
}

/**
 * Sorts by scalar instead, signs of scalars not looked at: the points of one are entry k 2^(c - 1) + |d| - 1 of a table, one for
 * each window k. Call within arena.scratch.
 */
export function sortByScalar(module: WasmModule, { words, perScalar }: Magnitudes, c: number, windows: number): Sorted {
  const { arena } = module;
  const n = words.length / perScalar;
  const scalars = arena.putWords(words);
  const [starts, entries] = [arena.alloc((n + 1) * WORD_BYTES), arena.alloc(n * windows * WORD_BYTES)];
  module.fn('sort_by_scalar')(scalars, perScalar, n, windows, c, starts, entries);
  return { starts, buckets: n, entries };
}
