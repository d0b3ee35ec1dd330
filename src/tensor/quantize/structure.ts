/**
 * What the numbers of tensors can be, as far as their operations say: interval arithmetic over a resolved graph, and what operators
 * say of their results (graph.ts, StructuralRange). It holds for every input, where a range of samples holds for inputs like them.
 */
import type { Range } from '../graph.ts';
import type { Codes } from './integer.ts';
import type { ResolvedGraph, ResolvedOperation, ResolvedTensor } from './resolve.ts';

const ANYTHING: Range = { low: -Infinity, high: Infinity };
export const NOTHING: Range = { low: Infinity, high: -Infinity };

export const union = (a: Range, b: Range): Range => ({ low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) });

/** Largest absolute number. */
export const reachOf = ({ low, high }: Range): number => Math.max(-low, high, 0);

/** What is in both; of ranges that do not meet, the end of the first that is nearer to the second. */
export function common(a: Range, b: Range): Range {
  const into = (x: number): number => Math.min(Math.max(x, b.low), b.high);
  return { low: into(a.low), high: into(a.high) };
}

/** Places of an argument's range at which a function is looked at. */
const PLACES = 2048;

/** 0 times anything is 0. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

function product(a: Range, b: Range): Range {
  const ends = [times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)];
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

const sameCodes = (a: Codes, b: Codes): boolean => a.length === b.length && a.every((code, i) => code === b[i]);

/** Whether a result is squares of numbers. */
export const isSquare = (operation: ResolvedOperation): boolean =>
  operation.op === 'multiply' && sameCodes(operation.a, operation.b);

/** Every sum of some of the terms, so that what a row adds up on the way is inside too. */
function sums({ width, weights, bias }: Extract<ResolvedOperation, { op: 'linear' }>, x: Range): Range {
  const [least, most] = [Math.min(x.low, 0), Math.max(x.high, 0)];
  let all: Range = { low: 0, high: 0 };
  for (let row = 0; row < weights.length; row += width) {
    let [low, high] = [0, 0];
    for (let k = row; k < row + width; k++) {
      const [a, b] = [times(weights[k]!, least), times(weights[k]!, most)];
      low += Math.min(a, b);
      high += Math.max(a, b);
    }
    all = union(all, { low, high });
  }
  let [low, high] = [0, 0];
  for (const b of bias ?? []) [low, high] = [Math.min(low, b), Math.max(high, b)];
  return { low: all.low + low, high: all.high + high };
}

function valuesOf(f: (x: number) => number, { low, high }: Range): Range {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return ANYTHING;
  let all = NOTHING;
  for (let n = 0; n <= PLACES; n++) {
    const y = f(low + ((high - low) * n) / PLACES);
    // where a function is not defined nothing is computed
    if (!Number.isNaN(y)) all = union(all, { low: y, high: y });
  }
  return all.low <= all.high ? all : ANYTHING;
}

/** Ranges of the tensors of a graph. */
export class Structure {
  /** By tensor: what its operation and its operator say. */
  readonly ranges: Range[] = [];
  /** By tensor: what its readers may meet. */
  readonly #met: Range[] = [];
  readonly #owner: Int32Array;

  /** @param meets what readers of a tensor may meet, which has a range by its structure */
  constructor(
    private readonly graph: ResolvedGraph,
    meets: (t: number, range: Range) => Range,
  ) {
    this.#owner = new Int32Array(graph.elements);
    graph.tensors.forEach((tensor, t) => {
      const { start, size, bounds } = tensor;
      this.#owner.fill(t, start, start + size);
      const own = this.#rangeOf(tensor);
      this.ranges.push(bounds ? common(own, bounds) : own);
      this.#met.push(meets(t, this.ranges[t]!));
    });
  }

  /** Of numbers that an operation reads. */
  of(codes: Codes): Range {
    let all = NOTHING;
    let last = -1;
    for (const code of codes) {
      if (code < 0) {
        const value = this.graph.constants[-1 - code]!;
        if (value < all.low || value > all.high) all = union(all, { low: value, high: value });
      } else if (this.#owner[code] !== last) {
        last = this.#owner[code]!;
        all = union(all, this.#met[last]!);
      }
    }
    return all.low <= all.high ? all : { low: 0, high: 0 };
  }

  #rangeOf({ operation, result }: ResolvedTensor): Range {
    switch (operation.op) {
      case 'input':
        return result.kind === 'boolean' ? { low: 0, high: 1 } : ANYTHING;
      case 'linear':
        return sums(operation, this.of(operation.taps));
      case 'multiply': {
        const range = product(this.of(operation.a), this.of(operation.b));
        return isSquare(operation) ? { low: Math.max(range.low, 0), high: range.high } : range;
      }
      case 'matmul': {
        const one = product(this.of(operation.a), this.of(operation.b));
        return { low: operation.inner * Math.min(one.low, 0), high: operation.inner * Math.max(one.high, 0) };
      }
      case 'maximum':
        return this.#largest(operation.leaves);
      case 'function':
        return valuesOf(operation.f, this.of(operation.x));
      case 'step':
        return { low: 0, high: 1 };
      case 'floor': {
        const { low, high } = this.of(operation.x);
        return { low: Math.floor(low), high: Math.floor(high) };
      }
      case 'take':
        return this.of(operation.table);
    }
  }

  /** Not below its constants; what is computed may be, and counts only where nothing is constant: a range is no promise. */
  #largest(leaves: readonly Codes[]): Range {
    const ranges = leaves.map((leaf) => this.of(leaf));
    const known = leaves.map((leaf, i) => (leaf.every((code) => code < 0) ? ranges[i]!.low : -Infinity));
    const floor = Math.max(...known);
    return {
      low: floor > -Infinity ? floor : Math.max(...ranges.map(({ low }) => low)),
      high: Math.max(...ranges.map(({ high }) => high)),
    };
  }
}
