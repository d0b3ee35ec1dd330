/**
 * What the argument of a function's table can be. A root has no result below zero, and ONNX has NaN there: a run with such an argument is
 * refused, and has no witness (docs/protocol.md, section 11.5). Integers are rounded, so that some beside the domain stand for its end.
 */
import { VALUE_BITS } from '../../machine/shape.ts';
import type { Range } from '../graph.ts';

const HALF = 2 ** (VALUE_BITS - 1);
const COUNT = 2 * HALF;

/** Units of its last place by which an argument may be wrong. */
export const ROUNDINGS = 128;

export interface Argument {
  /** The first and the last integer that it can be. */
  readonly low: number;
  readonly high: number;
  /** f of an integer, or of a number between two; beside the domain, that of its end. */
  readonly at: (x: number) => number;
  /** Whether the integers from `from` to before `to` may be a cell: between its ends all are defined, and none behind the first is a pole. */
  readonly isWhole: (from: number, to: number) => boolean;
}

/** Of a function that is defined everywhere. Integer q stands for q / scale. */
export function totalArgument(f: (x: number) => number, scale: number): Argument {
  return { low: -HALF, high: HALF - 1, at: (x) => f(x / scale), isWhole: () => true };
}

/** How many of the first n hold, by n. */
function countsOf(holds: (i: number) => boolean): Int32Array {
  const counts = new Int32Array(COUNT + 1);
  for (let i = 0; i < COUNT; i++) counts[i + 1] = counts[i]! + (holds(i) ? 1 : 0);
  return counts;
}

/** By integer, the one that it stands for: itself where f is defined, the end of a domain that it is rounded from, or -1. */
function meaningsOf(values: Float64Array): Int32Array {
  const isDefined = (i: number): boolean => i >= 0 && i < COUNT && !Number.isNaN(values[i]!);
  const meanings = new Int32Array(COUNT).map((_, i) => (isDefined(i) ? i : -1));
  for (const step of [1, -1])
    for (let [i, end] = [step > 0 ? 0 : COUNT - 1, -1]; i >= 0 && i < COUNT; i += step) {
      // a number alone is no domain that something is rounded into
      if (isDefined(i)) end = isDefined(i - 1) || isDefined(i + 1) ? i : -1;
      else if (end >= 0 && Math.abs(i - end) <= ROUNDINGS) {
        const other = meanings[i]!;
        if (other < 0 || Math.abs(i - end) < Math.abs(i - other)) meanings[i] = end;
      }
    }
  return meanings;
}

/**
 * Of a partial function. All integers are looked at: it may be made of several functions (fuse.ts), each with a domain of its own.
 * @param domain what the argument can be by what computes it: an end for which f is defined excludes nothing
 * @param far what no result can be: from beyond it to beyond its opposite f comes by a pole between two integers
 */
export function partialArgument(f: (x: number) => number, scale: number, domain: Range, far: number): Argument {
  const values = Float64Array.from({ length: COUNT }, (_, i) => f((i - HALF) / scale));
  const meanings = meaningsOf(values);
  const first = meanings.findIndex((i) => i >= 0);
  const last = meanings.findLastIndex((i) => i >= 0);
  const known = countsOf((i) => meanings[i]! >= 0);
  const poles = countsOf((i) => Math.abs(values[i]!) === Infinity);
  const leaps = countsOf((i) => {
    const [y, next] = [values[i]!, values[i + 1] ?? 0];
    return Math.min(Math.abs(y), Math.abs(next)) > far && Math.sign(y) !== Math.sign(next);
  });
  const isDefined = (x: number): boolean =>
    !Number.isNaN(values[Math.min(Math.max(Math.ceil(x * scale) + HALF, 0), COUNT - 1)]!);
  const endOf = (x: number): number => {
    const i = Math.min(Math.max(Math.round(x) + HALF, first), last);
    return meanings[i]! >= 0 ? meanings[i]! : meanings[Math.max(i - 1, first)]!;
  };
  return {
    low: isDefined(domain.low) ? -HALF : first - HALF,
    high: isDefined(domain.high) ? HALF - 1 : last - HALF,
    at: (x) => {
      const value = f(x / scale);
      return Number.isNaN(value) ? values[endOf(x)]! : value;
    },
    isWhole: (from, to) => {
      const [a, b] = [Math.max(Math.ceil(from) + HALF, first), Math.min(Math.ceil(to) + HALF, last + 1)];
      return a < b && known[b]! - known[a]! === b - a && poles[b] === poles[a + 1] && leaps[b - 1] === leaps[a];
    },
  };
}
