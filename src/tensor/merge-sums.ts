/**
 * A sum of what a linear operation makes and other numbers as one linear operation: the sum behind a convolution in a residual block.
 * The other numbers become taps of the positions that the inner operation has, each with a weight in the kernels of those elements
 * that add it. So the sum is one row of the machine where it was two, and is rounded once.
 */
import { entryCount } from '../layers/tensor-shape.ts';
import type { Computed, LinearOperation } from './graph.ts';

/** A tap, or a column, and its weight. */
type Weight = readonly [tap: number, weight: number];

/** Where an outer element reads the inner operation, and its other taps; undefined if it does so never or more than once. */
function split(
  { width, taps, weights, position, kernel }: LinearOperation,
  element: number,
  isInner: (tap: number) => boolean,
): { from: number; factor: number; others: Weight[] } | undefined {
  let from = -1;
  let factor = 0;
  const others: Weight[] = [];
  for (let k = 0; k < width; k++) {
    const tap = taps[position[element]! * width + k]!;
    if (tap < 0) continue;
    const weight = weights[kernel[element]! * width + k]!;
    if (weight === 0) continue;
    if (!isInner(tap)) others.push([tap, weight]);
    else if (from >= 0) return undefined;
    else [from, factor] = [tap, weight];
  }
  return from < 0 ? undefined : { from, factor, others };
}

/** Sources one after another, each once, and where a number of the given ones stands in them. */
function joint(sources: readonly Computed[]): { readonly sources: Computed[]; readonly at: (tap: number) => number } {
  const distinct = [...new Map(sources.map((source) => [source.id, source])).values()];
  const starts = new Map<number, number>();
  let start = 0;
  for (const source of distinct) {
    starts.set(source.id, start);
    start += entryCount(source.shape);
  }
  const places = new Int32Array(sources.reduce((sum, { shape }) => sum + entryCount(shape), 0));
  let at = 0;
  for (const { id, shape } of sources) {
    const end = at + entryCount(shape);
    for (let place = starts.get(id)!; at < end; at++) places[at] = place++;
  }
  return { sources: distinct, at: (tap) => places[tap]! };
}

function sameWeights(a: readonly Weight[], b: readonly Weight[]): boolean {
  return a.length === b.length && a.every(([tap, weight], k) => tap === b[k]![0] && weight === b[k]![1]);
}

/** Kernels of the sum: those of the inner operation times a factor, with the weights of what is added. */
class SumKernels {
  readonly #numbers = new Map<string, number>();
  #last = { own: -1, factor: 0, added: [] as readonly Weight[], number: -1 };
  readonly #all: { readonly own: number; readonly factor: number; readonly added: readonly Weight[] }[] = [];

  number(own: number, factor: number, added: readonly Weight[]): number {
    const last = this.#last;
    // neighbours are often alike, and a text of each takes long
    const isLast = last.own === own && last.factor === factor && sameWeights(last.added, added);
    if (!isLast) this.#last = { own, factor, added, number: this.#find(own, factor, added) };
    return this.#last.number;
  }

  #find(own: number, factor: number, added: readonly Weight[]): number {
    const key = [own, factor, ...added.flat()].join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#all.length);
    return this.#all.push({ own, factor, added }) - 1;
  }

  get count(): number {
    return this.#all.length;
  }

  weights(inner: LinearOperation, width: number): Float64Array {
    const weights = new Float64Array(this.count * width);
    this.#all.forEach(({ own, factor, added }, n) => {
      for (let k = 0; k < inner.width; k++) weights[n * width + k] = factor * inner.weights[own * inner.width + k]!;
      for (const [column, weight] of added) weights[n * width + column]! += weight;
    });
    return weights;
  }
}

/**
 * `outer` with its source `place`, which nothing else reads, put into it. Undefined where that is not once in each element, where more
 * would be added than is there, or where there would be more than twice as many weights or taps.
 */
export function summed(inner: LinearOperation, outer: LinearOperation, place: number): LinearOperation | undefined {
  const count = outer.position.length;
  if (count > inner.position.length || outer.sources.length < 2 || outer.width - 1 > inner.width) return undefined;
  const sizes = outer.sources.map((source) => entryCount(source.shape));
  const start = sizes.slice(0, place).reduce((sum, size) => sum + size, 0);
  const end = start + sizes[place]!;
  const reads = inner.sources.reduce((sum, source) => sum + entryCount(source.shape), 0);
  const isInner = (tap: number): boolean => tap >= start && tap < end;
  const { sources, at } = joint(outer.sources.toSpliced(place, 1, ...inner.sources));
  const ofInner = (tap: number): number => at(start + tap);
  const ofOuter = (tap: number): number => at(tap >= end ? tap - (end - start) + reads : tap);

  const most = 2 * (inner.weights.length + outer.weights.length);
  const columns = new Columns(inner, ofInner, outer.width * count);
  const kernels = new SumKernels();
  const position = new Int32Array(count);
  const kernel = new Int32Array(count);
  const bias = outer.bias === undefined ? new Float64Array(count) : outer.bias.slice();
  for (let i = 0; i < count; i++) {
    const parts = split(outer, i, isInner);
    if (parts === undefined) return undefined;
    const element = parts.from - start;
    position[i] = inner.position[element]!;
    if (inner.bias) bias[i]! += parts.factor * inner.bias[element]!;
    const own = position[i]!;
    const added = parts.others.map(([tap, weight]): Weight => [columns.of(own, ofOuter(tap)), weight]);
    kernel[i] = kernels.number(inner.kernel[element]!, parts.factor, added);
    if (kernels.count * columns.widthOf(own) > most) return undefined;
  }
  const width = columns.most;
  const positions = inner.taps.length / inner.width;
  if (kernels.count * width > most || positions * width > 2 * (inner.taps.length + outer.taps.length)) return undefined;
  const taps = columns.table();
  return { op: 'linear', sources, width, taps, weights: kernels.weights(inner, width), position, kernel, bias };
}

/**
 * What each position of the inner operation reads: its own taps, and behind them those that are added to it, a list of each in arrays
 * of all, since there may be millions of positions.
 */
class Columns {
  readonly width: number;
  /** Taps of the inner operation as those of the sum, -1 for none. */
  readonly #own: Int32Array;
  /** Of the list of a position: its length and its latest entry; of an entry: its tap and the entry before. */
  readonly #lengths: Int32Array;
  readonly #latest: Int32Array;
  readonly #taps: Int32Array;
  readonly #before: Int32Array;
  #entries = 0;
  #longest = 0;

  /** @param most entries of all lists */
  constructor({ width, taps }: LinearOperation, place: (tap: number) => number, most: number) {
    this.width = width;
    this.#own = taps.map((tap) => (tap < 0 ? -1 : place(tap)));
    this.#lengths = new Int32Array(taps.length / width);
    this.#latest = new Int32Array(taps.length / width).fill(-1);
    this.#taps = new Int32Array(most);
    this.#before = new Int32Array(most);
  }

  /** The column of a tap of the sum, a new one where the position does not read it. */
  of(position: number, tap: number): number {
    const start = position * this.width;
    for (let k = 0; k < this.width; k++) if (this.#own[start + k] === tap) return k;
    let column = this.widthOf(position) - 1;
    for (let entry = this.#latest[position]!; entry >= 0; entry = this.#before[entry]!, column--)
      if (this.#taps[entry] === tap) return column;
    const entry = this.#entries++;
    this.#taps[entry] = tap;
    this.#before[entry] = this.#latest[position]!;
    this.#latest[position] = entry;
    this.#longest = Math.max(this.#longest, ++this.#lengths[position]!);
    return this.widthOf(position) - 1;
  }

  widthOf(position: number): number {
    return this.width + this.#lengths[position]!;
  }

  /** Columns that every position gets. */
  get most(): number {
    return this.width + this.#longest;
  }

  /** Taps of all positions. */
  table(): Int32Array {
    const taps = new Int32Array(this.#lengths.length * this.most).fill(-1);
    for (let p = 0; p < this.#lengths.length; p++) {
      for (let k = 0; k < this.width; k++) taps[p * this.most + k] = this.#own[p * this.width + k]!;
      let at = p * this.most + this.widthOf(p) - 1;
      for (let entry = this.#latest[p]!; entry >= 0; entry = this.#before[entry]!) taps[at--] = this.#taps[entry]!;
    }
    return taps;
  }
}
