/**
 * What an operator is expanded with (src/operators). Every method computes at once when all that it is given is constant, so
 * that shape arithmetic and constant sub-graphs vanish while the graph is built; else it appends an operation.
 */
import type { Constant, NumberKind, Range, Shape, Value } from './graph.ts';
import type { MaskedNumbers, MaskKind } from './masks.ts';

export interface LinearSpec {
  readonly shape: Shape;
  readonly width: number;
  readonly taps: Int32Array;
  readonly weights: Float64Array;
  readonly position: Int32Array;
  readonly kernel: Int32Array;
  readonly bias?: Float64Array;
  /** Of the result; real unless said. */
  readonly kind?: NumberKind;
}

export interface TensorBuilder {
  constant(shape: Shape, data: Float64Array | readonly number[], kind?: NumberKind): Constant;

  // movement
  /** Element i of the result: number index[i] of all sources one after another, or `fill` for -1 (graph.ts). */
  arrange(sources: readonly Value[], shape: Shape, index: Int32Array, fill?: number): Value;
  reshape(x: Value, shape: Shape): Value;
  transpose(x: Value, axes: readonly number[]): Value;
  concat(values: readonly Value[], axis: number): Value;
  /** starts, ends and steps of every axis; ends exclusive; steps may be negative. */
  slice(x: Value, starts: readonly number[], ends: readonly number[], steps?: readonly number[]): Value;
  /** NumPy's broadcasting to a shape. */
  broadcast(x: Value, shape: Shape): Value;

  // arithmetic, elementwise; shapes are broadcast. A constant operand makes it linear
  add(a: Value, b: Value): Value;
  sub(a: Value, b: Value): Value;
  multiply(a: Value, b: Value): Value;
  /** factor * x + offset, numbers */
  scale(x: Value, factor: number, offset?: number): Value;
  maximum(a: Value, b: Value): Value;
  minimum(a: Value, b: Value): Value;
  relu(x: Value): Value;
  abs(x: Value): Value;
  /** min(max(x, low), high); an infinite bound is none */
  clip(x: Value, low: number, high: number): Value;
  /** 1 where x >= 0, else 0; boolean */
  step(x: Value): Value;
  floor(x: Value): Value;
  /** f elementwise; name holds its parameters: equal names mean equal functions. A partial one is NaN outside of its domain (graph.ts) */
  apply(x: Value, name: string, f: (x: number) => number, isPartial?: boolean): Value;
  /** Says that numbers are of another kind; does not change them. */
  as(x: Value, kind: NumberKind): Value;

  // sums
  linear(sources: readonly Value[], spec: LinearSpec): Value;
  /** Sum over axes, times factor. Axes stay as 1 where keep. */
  sum(x: Value, axes: readonly number[], keep: boolean, factor?: number): Value;
  /** Largest over axes. */
  max(x: Value, axes: readonly number[], keep: boolean): Value;
  /** x as the sum of what additive masks of a kind leave of it, and these; undefined where there are none. */
  unmask(x: Value, kind: MaskKind): MaskedNumbers | undefined;
  /** x, of which it is known that no input makes it less than `low` or more than `high` (graph.ts: StructuralRange). */
  bounded(x: Value, low: number, high: number, held?: Range): Value;
  /** x, integers of which no run has another one than from low to high. */
  within(x: Value, low: number, high: number): Value;
  /**
   * `exact`, for which `close` stands while no two numbers of `scores` are further apart than `gap`; without `exact` nothing is proven
   * where they are.
   */
  either(close: Value, exact: Value | undefined, scores: Value, gap: number): Value;
  /** NumPy's matmul; either side may be constant. */
  matmul(a: Value, b: Value): Value;
  /** Rows of a table [rows, ...] by computed or constant indices [...]: shape [...index, ...row]. */
  take(table: Value, index: Value): Value;
}
