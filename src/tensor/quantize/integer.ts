/**
 * The integer graph: a quantized tensor graph, exactly as the tensor machine computes it. Every number is a signed integer of
 * VALUE_BITS bits, every accumulator one of VALUE_BITS + SHIFT bits; the integer q of a tensor stands for q / scale. Movement is
 * gone: what an operation reads are *codes* of single numbers, wherever they were computed.
 */
import type { NumberKind, Shape } from '../graph.ts';

/**
 * A code names one number: e >= 0 is element e of the graph (a tensor's `start` plus the place in the tensor), -1 - c is constant
 * number c of the graph. Constant 0 is zero, so that -1 is "nothing".
 */
export type Codes = Int32Array;

export const ZERO_CODE = -1;

/** Part of a linear operation: adds, to the accumulator of element i, sum_k weights[kernel[i] width + k] x[taps[position[i] width + k]]. */
export interface LinearTerm {
  readonly width: number;
  /** Codes of elements, or ZERO_CODE: constants went into the bias. */
  readonly taps: Codes;
  readonly weights: Float64Array;
  readonly position: Int32Array;
  readonly kernel: Int32Array;
}

export type IntegerOperation =
  | { readonly op: 'input'; readonly name: string }
  /** y = floor((bias + terms) / 2^SHIFT) */
  | { readonly op: 'linear'; readonly terms: readonly LinearTerm[]; readonly bias: Float64Array }
  /** y = floor((a b + 2^(SHIFT - 1)) / 2^SHIFT) */
  | { readonly op: 'product'; readonly a: Codes; readonly b: Codes }
  /** a [batches, rows, inner] times b [batches, columns, inner], y as for a product. */
  | {
      readonly op: 'matmul';
      readonly a: Codes;
      readonly b: Codes;
      readonly batches: number;
      readonly rows: number;
      readonly inner: number;
      readonly columns: number;
    }
  /** Largest of the leaves, element by element. */
  | { readonly op: 'maximum'; readonly leaves: readonly Codes[] }
  /** y = floor((value[c] + slope[c] x) / 2^SHIFT), c = floor(density x / 2^SHIFT) - first the cell of x; there is no other x */
  | { readonly op: 'table'; readonly x: Codes; readonly table: number }
  /** 1 where x >= 0, else 0 */
  | { readonly op: 'step'; readonly x: Codes }
  /** floor(x / 2^bits), bits at most SHIFT */
  | { readonly op: 'shift'; readonly x: Codes; readonly bits: number }
  /** Rows of a table of integers. */
  | { readonly op: 'take'; readonly index: Codes; readonly rows: number; readonly table: Float64Array };

/** What a tensor shows by being in range: that numbers which it reads are from `low` to `high` (bounds.ts). */
export interface ShownBounds {
  readonly low: number;
  readonly high: number;
  /** Codes of the numbers. */
  readonly of: Codes;
}

export interface IntegerTensor {
  readonly operation: IntegerOperation;
  /** Code of its first element. */
  readonly start: number;
  readonly size: number;
  readonly shape: Shape;
  readonly kind: NumberKind;
  readonly scale: number;
  /** Node of the network, for messages. */
  readonly node: string;
  readonly shows?: ShownBounds;
}

/** Cells of a function: `density` of them for 2^SHIFT integers x, from number `first` on, 0 that of x = 0. */
export interface IntegerTable {
  readonly density: number;
  readonly first: number;
  readonly value: Float64Array;
  readonly slope: Float64Array;
  /** The first and the last integer that x can be, of those in cells. */
  readonly low: number;
  readonly high: number;
  /** Largest error where arguments are, in units of the result's last place. */
  readonly error: number;
}

export interface IntegerPort {
  readonly name: string;
  readonly shape: Shape;
  readonly scale: number;
  readonly codes: Codes;
}

export interface IntegerGraph {
  readonly name: string;
  /** In the order of evaluation. */
  readonly tensors: readonly IntegerTensor[];
  readonly constants: readonly number[];
  readonly tables: readonly IntegerTable[];
  /** Elements of all tensors together. */
  readonly elements: number;
  /** In the order of the graph's inputs; those that nothing depends on as well. */
  readonly inputs: readonly IntegerPort[];
  readonly outputs: readonly IntegerPort[];
  /** Lists of numbers that are computed whether or not something reads them: that they are in range is a part of the claim. */
  readonly held: readonly Codes[];
  /** Code of an integer that a program of it reveals: the class (class.ts). */
  readonly revealed?: number;
}
