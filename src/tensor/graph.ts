/**
 * The tensor graph: a network over real numbers in the few operations that the tensor machine has. ONNX nodes are expanded
 * into it (src/operators), it is run in doubles for calibration (evaluate.ts), quantized, and lowered to a program of the
 * machine. Every shape is known; what is constant has been computed while the graph was built.
 */

/** Dimensions; [] is a scalar. A dimension of 0 is allowed. */
export type Shape = readonly number[];

/** What the numbers of a tensor are: integers and booleans (0 and 1) are kept exactly. */
export type NumberKind = 'real' | 'integer' | 'boolean';

/** A tensor whose numbers are known. Row-major. */
export interface Constant {
  readonly shape: Shape;
  readonly kind: NumberKind;
  readonly data: Float64Array;
}

/** A tensor that is computed: the result of operation `id` of the graph. */
export interface Computed {
  readonly shape: Shape;
  readonly kind: NumberKind;
  readonly id: number;
}

export type Value = Constant | Computed;

export function isConstant(value: Value): value is Constant {
  return 'data' in value;
}

/** A network's input. */
interface InputOperation {
  readonly op: 'input';
  readonly name: string;
}

/**
 * Moves numbers: element i is number index[i] of all sources one after another, row-major, or `fill` where index[i] is -1.
 * Every reshape, transpose, slice, pad, concat, broadcast and gather by constants is one of these.
 */
interface ArrangeOperation {
  readonly op: 'arrange';
  readonly sources: readonly Value[];
  readonly index: Int32Array;
  readonly fill: number;
}

/**
 * A linear map with constant weights and shared structure: with x all sources one after another,
 *
 *     y[i] = bias[i] + sum_{k < width} weights[kernel[i] width + k] * x[taps[position[i] width + k]]
 *
 * where a tap of -1 is zero. A convolution has one position a pixel (and group) and one kernel an output channel, a matrix with
 * constant weights one position a row, an elementwise multiple one position an element and width 1, a + b width 2.
 */
export interface LinearOperation {
  readonly op: 'linear';
  readonly sources: readonly Computed[];
  readonly width: number;
  readonly taps: Int32Array;
  readonly weights: Float64Array;
  readonly position: Int32Array;
  readonly kernel: Int32Array;
  /** One number an element of the result, or undefined for zeros. */
  readonly bias: Float64Array | undefined;
}

/** a * b, elementwise, of equal shapes. */
interface MultiplyOperation {
  readonly op: 'multiply';
  readonly a: Computed;
  readonly b: Computed;
}

/** [B, M, K] times [B, K, N]. */
interface MatMulOperation {
  readonly op: 'matmul';
  readonly a: Computed;
  readonly b: Computed;
}

/** max(a, b), elementwise, of equal shapes; `b` may be constant (0 for ReLU). */
interface MaximumOperation {
  readonly op: 'maximum';
  readonly a: Computed;
  readonly b: Value;
}

/** f(x), elementwise, by a table. */
interface FunctionOperation {
  readonly op: 'function';
  readonly x: Computed;
  /** The function's name and its parameters ("elu 1"): one table for equal ones. */
  readonly name: string;
  /** A finite number for every real x, unless it is partial. */
  readonly f: (x: number) => number;
  /** Whether f has a domain: it is NaN where it is not defined and infinite at a pole, and no run has a result there. */
  readonly isPartial: boolean;
  /** Its finite numbers are clamped at this and its opposite (saturate.ts). */
  readonly limit?: number;
}

/** 1 where x >= 0, else 0. */
interface StepOperation {
  readonly op: 'step';
  readonly x: Computed;
}

/** The largest integer that is not above x. */
interface FloorOperation {
  readonly op: 'floor';
  readonly x: Computed;
}

/** Row index[i] of a table [rows, width]: a look-up by a computed index, an integer in [0, rows). Shape [n, width]. */
interface TakeOperation {
  readonly op: 'take';
  readonly table: Value;
  readonly index: Computed;
}

/** x, integers from `low` to `high`: where another number stands, the network has no result, and a run of it no proof. */
interface WithinOperation {
  readonly op: 'within';
  readonly x: Computed;
  readonly low: number;
  readonly high: number;
}

/**
 * The numbers of `exact`, for which `close` stands where that is the same to the last place: while no two numbers of `scores` are
 * further apart than `gap`. Which of them is proven the plan decides (quantize.ts); without `exact` there is no choice.
 */
interface EitherOperation {
  readonly op: 'either';
  readonly close: Computed;
  readonly exact: Computed | undefined;
  readonly scores: Computed;
  readonly gap: number;
}

export type Operation =
  | InputOperation
  | ArrangeOperation
  | LinearOperation
  | MultiplyOperation
  | MatMulOperation
  | MaximumOperation
  | FunctionOperation
  | StepOperation
  | FloorOperation
  | TakeOperation
  | WithinOperation
  | EitherOperation;

/** Least and greatest number of a tensor. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * What is known of a result's numbers whatever the input is: none is out of `low` to `high`, which may be infinite. Those in `held` are
 * in the range of every plan, also where no sample has them; not said, it is all of them where both ends are finite.
 */
export interface StructuralRange extends Range {
  readonly held?: Range;
}

/** An operation, its result, and the node of the file that it was made for. */
export interface GraphOperation {
  readonly operation: Operation;
  readonly result: Computed;
  /** Name of the ONNX node, for messages. */
  readonly node: string;
  readonly bounds?: StructuralRange;
}

export interface TensorGraph {
  readonly name: string;
  /** In the order of evaluation; operation `id` is at index `id`. */
  readonly operations: readonly GraphOperation[];
  readonly inputs: readonly { readonly name: string; readonly value: Computed }[];
  readonly outputs: readonly { readonly name: string; readonly value: Value }[];
}
