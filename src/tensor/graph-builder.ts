/**
 * The builder of tensor graphs (builder.ts says what each method means). Keeps the graph small while it grows: constants are
 * computed, equal operations are made once; moves.ts holds what only moves numbers.
 */
import { invariant } from '../errors.ts';
import { broadcastShape, entryCount, sameShape, shapeText } from '../layers/tensor-shape.ts';
import type { LinearSpec, TensorBuilder } from './builder.ts';
import {
  type Computed,
  type Constant,
  isConstant,
  type NumberKind,
  type Operation,
  type Shape,
  type TensorGraph,
  type Value,
} from './graph.ts';
import { broadcastIndices, countUp, transposeIndex } from './indices.ts';
import { stepOf } from './kernels.ts';
import { normalLinear } from './linear.ts';
import { linearMatmul, matmulShapes } from './matmul.ts';
import { joinKinds, Moves } from './moves.ts';
import { constantOf } from './recorder.ts';

/** Kind of a sum: two booleans may give 2. */
const sumKind = (kind: NumberKind): NumberKind => (kind === 'boolean' ? 'integer' : kind);

const allEqual = (data: Float64Array, x: number): boolean => data.every((value) => value === x);

/**
 * Whether a constant takes in whatever a network in float32 adds to it, as the infinities and the least float32 do that masks of
 * attention hold. Such numbers are moved, not added: they would take the range of the sums with them.
 */
const absorbs = (x: number): boolean => Math.abs(x) >= 2 ** 64;

export class GraphBuilder extends Moves implements TensorBuilder {
  readonly #inputs: TensorGraph['inputs'][number][] = [];

  /** Names the ONNX node that the next operations are for. */
  at(node: string): void {
    this.recorder.node = node;
  }

  input(name: string, shape: Shape, kind: NumberKind): Value {
    const value = this.recorder.input(name, shape, kind);
    this.#inputs.push({ name, value });
    return value;
  }

  finish(name: string, outputs: TensorGraph['outputs']): TensorGraph {
    return { name, operations: this.recorder.operations, inputs: this.#inputs, outputs };
  }

  #commonShape(a: Value, b: Value): Shape {
    const shape = broadcastShape(a.shape, b.shape);
    invariant(shape, `${shapeText(a.shape)} and ${shapeText(b.shape)} do not broadcast.`);
    return shape;
  }

  add(a: Value, b: Value): Value {
    return this.#unmasked(a, b, 1);
  }

  sub(a: Value, b: Value): Value {
    return this.#unmasked(a, b, -1);
  }

  /** The sum, but for the places where one side is constant and so large that it is the sum. */
  #unmasked(a: Value, b: Value, factor: number): Value {
    const mask = isConstant(b) ? b : a;
    if (isConstant(a) === isConstant(b) || !isConstant(mask) || !mask.data.some(absorbs))
      return this.#sum(a, b, factor);
    const shape = this.#commonShape(a, b);
    const rest = constantOf(
      mask.shape,
      mask.data.map((x) => (absorbs(x) ? 0 : x)),
      mask.kind,
    );
    const sum = this.broadcast(mask === b ? this.#sum(a, rest, factor) : this.#sum(rest, b, factor), shape);
    const masked = this.broadcast(this.scale(mask, mask === b ? factor : 1), shape) as Constant;
    const index = countUp(masked.data.length).map((i) => (absorbs(masked.data[i]!) ? masked.data.length + i : i));
    return this.arrange([sum, masked], shape, index);
  }

  /** a + factor b */
  #sum(a: Value, b: Value, factor: number): Value {
    const shape = this.#commonShape(a, b);
    const kind = sumKind(joinKinds(a.kind, b.kind));
    if (isConstant(b) && sameShape(a.shape, shape) && allEqual(b.data, 0)) return this.as(a, kind);
    if (isConstant(a) && factor === 1 && sameShape(b.shape, shape) && allEqual(a.data, 0)) return this.as(b, kind);
    const [left, right] = [broadcastIndices(a.shape, shape), broadcastIndices(b.shape, shape)];
    const taps = new Int32Array(2 * left.length);
    const offset = entryCount(a.shape);
    for (let i = 0; i < left.length; i++) {
      taps[2 * i] = left[i]!;
      taps[2 * i + 1] = offset + right[i]!;
    }
    const kernel = new Int32Array(left.length);
    const weights = Float64Array.of(1, factor);
    return this.linear([a, b], { shape, width: 2, taps, weights, position: countUp(left.length), kernel, kind });
  }

  multiply(a: Value, b: Value): Value {
    if (isConstant(a) && !isConstant(b)) return this.multiply(b, a);
    const shape = this.#commonShape(a, b);
    const kind = joinKinds(a.kind, b.kind);
    if (isConstant(b)) {
      if (allEqual(b.data, 0)) return constantOf(shape, new Float64Array(entryCount(shape)), kind);
      if (allEqual(b.data, 1)) return this.as(this.broadcast(a, shape), kind);
      const count = entryCount(shape);
      const taps = broadcastIndices(a.shape, shape);
      const kernel = broadcastIndices(b.shape, shape);
      return this.linear([a], { shape, width: 1, taps, weights: b.data, position: countUp(count), kernel, kind });
    }
    if (entryCount(shape) === 0) return constantOf(shape, new Float64Array(0), kind);
    const [x, y] = [this.broadcast(a, shape), this.broadcast(b, shape)];
    invariant(!isConstant(x) && !isConstant(y), 'A product of computed tensors has a constant factor.');
    return this.recorder.record({ op: 'multiply', a: x, b: y }, shape, kind);
  }

  scale(x: Value, factor: number, offset = 0): Value {
    if (factor === 1 && offset === 0) return x;
    const count = entryCount(x.shape);
    const whole = Number.isInteger(factor) && Number.isInteger(offset);
    const position = countUp(count);
    return this.linear([x], {
      shape: x.shape,
      width: 1,
      taps: position,
      weights: Float64Array.of(factor),
      position,
      kernel: new Int32Array(count),
      ...(offset === 0 ? {} : { bias: new Float64Array(count).fill(offset) }),
      kind: whole ? sumKind(x.kind) : 'real',
    });
  }

  maximum(a: Value, b: Value): Value {
    if (isConstant(a) && !isConstant(b)) return this.maximum(b, a);
    const shape = this.#commonShape(a, b);
    const x = this.broadcast(a, shape);
    // one number for all stays one number
    const y = isConstant(b) && allEqual(b.data, b.data[0]!) ? constantOf([], b.data.slice(0, 1), b.kind) : undefined;
    const kind = joinKinds(a.kind, b.kind);
    const other = y ?? this.broadcast(b, shape);
    if (!isConstant(x)) return this.recorder.record({ op: 'maximum', a: x, b: other }, shape, kind);
    const larger = this.broadcast(other, shape) as Constant;
    return constantOf(
      shape,
      x.data.map((value, i) => Math.max(value, larger.data[i]!)),
      kind,
    );
  }

  minimum(a: Value, b: Value): Value {
    return this.as(this.scale(this.maximum(this.scale(a, -1), this.scale(b, -1)), -1), joinKinds(a.kind, b.kind));
  }

  relu(x: Value): Value {
    return this.maximum(x, constantOf([], Float64Array.of(0), x.kind));
  }

  abs(x: Value): Value {
    return this.maximum(x, this.scale(x, -1));
  }

  clip(x: Value, low: number, high: number): Value {
    const bound = (value: number): Constant => constantOf([], Float64Array.of(value), x.kind);
    const above = low === Number.NEGATIVE_INFINITY ? x : this.maximum(x, bound(low));
    return high === Number.POSITIVE_INFINITY ? above : this.minimum(above, bound(high));
  }

  step(x: Value): Value {
    return this.#elementwise(x, stepOf, 'boolean', (operand) => ({ op: 'step', x: operand }));
  }

  floor(x: Value): Value {
    if (x.kind !== 'real') return x;
    return this.#elementwise(x, Math.floor, 'real', (operand) => ({ op: 'floor', x: operand }));
  }

  apply(x: Value, name: string, f: (x: number) => number): Value {
    return this.#elementwise(x, f, 'real', (operand) => ({ op: 'function', x: operand, name, f }));
  }

  #elementwise(x: Value, f: (x: number) => number, kind: NumberKind, make: (x: Computed) => Operation): Value {
    return isConstant(x) ? constantOf(x.shape, x.data.map(f), kind) : this.recorder.record(make(x), x.shape, kind);
  }

  as(x: Value, kind: NumberKind): Value {
    return x.kind === kind ? x : { ...x, kind };
  }

  linear(sources: readonly Value[], spec: LinearSpec): Value {
    const kind = spec.kind ?? 'real';
    const operation = normalLinear(sources, spec);
    if (operation instanceof Float64Array) return constantOf(spec.shape, operation, kind);
    return this.recorder.record(operation, spec.shape, kind);
  }

  /** x with `axes` last and flat: [...rest, their product]. */
  #gather(x: Value, axes: readonly number[]): { readonly rows: Value; readonly rest: Shape; readonly width: number } {
    const others = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
    const rest = others.map((axis) => x.shape[axis]!);
    const width = entryCount(axes.map((axis) => x.shape[axis]!));
    return { rows: this.reshape(this.transpose(x, [...others, ...axes]), [entryCount(rest), width]), rest, width };
  }

  sum(x: Value, axes: readonly number[], keep: boolean, factor = 1): Value {
    const shape = reducedShape(x.shape, axes, keep);
    const count = entryCount(shape);
    const others = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
    const width = entryCount(axes.map((axis) => x.shape[axis]!));
    return this.linear([x], {
      shape,
      width,
      taps: transposeIndex(x.shape, [...others, ...axes]),
      weights: new Float64Array(width).fill(factor),
      position: countUp(count),
      kernel: new Int32Array(count),
      kind: Number.isInteger(factor) ? sumKind(x.kind) : 'real',
    });
  }

  max(x: Value, axes: readonly number[], keep: boolean): Value {
    const shape = reducedShape(x.shape, axes, keep);
    const { rows, width } = this.#gather(x, axes);
    invariant(width > 0 || entryCount(shape) === 0, 'The largest of no numbers.');
    const outer = rows.shape[0]!;
    let left = rows;
    // halves that overlap where the number is odd: the largest of a number and itself is that number
    for (let open = width; open > 1; open = Math.ceil(open / 2)) {
      const half = Math.ceil(open / 2);
      left = this.maximum(this.slice(left, [0, 0], [outer, half]), this.slice(left, [0, open - half], [outer, open]));
    }
    return this.reshape(left, shape);
  }

  matmul(a: Value, b: Value): Value {
    const shapes = matmulShapes(a.shape, b.shape);
    invariant(shapes, `${shapeText(a.shape)} times ${shapeText(b.shape)}`);
    const kind = sumKind(joinKinds(a.kind, b.kind));
    const { result, batch, m, k, n } = shapes;
    if (isConstant(a) || isConstant(b)) return this.linear(...linearMatmul(a, b, shapes, kind));
    const entries = entryCount(result);
    if (entries === 0 || k === 0) return constantOf(result, new Float64Array(entries), kind);
    const shared = entryCount(shapes.batchB) === 1;
    const [count, rows] = shared ? [1, entryCount(batch) * m] : [entryCount(batch), m];
    const left = this.broadcast(this.reshape(a, [...shapes.batchA, m, k]), [...batch, m, k]);
    const right = shared ? b : this.broadcast(this.reshape(b, [...shapes.batchB, k, n]), [...batch, k, n]);
    const [x, y] = [this.reshape(left, [count, rows, k]), this.reshape(right, [count, k, n])];
    invariant(!isConstant(x) && !isConstant(y), 'A product of computed matrices has a constant factor.');
    return this.reshape(this.recorder.record({ op: 'matmul', a: x, b: y }, [count, rows, n], kind), result);
  }

  take(table: Value, index: Value): Value {
    const row = table.shape.slice(1);
    const [rows, width] = [table.shape[0]!, entryCount(row)];
    const shape = [...index.shape, ...row];
    if (isConstant(index)) {
      const from = new Int32Array(entryCount(shape));
      index.data.forEach((at, i) => {
        for (let j = 0; j < width; j++) from[i * width + j] = at * width + j;
      });
      return this.arrange([table], shape, from);
    }
    const count = entryCount(index.shape);
    const lines = this.reshape(table, [rows, width]);
    const flat = this.reshape(index, [count]) as Computed;
    const taken = this.recorder.record({ op: 'take', table: lines, index: flat }, [count, width], table.kind);
    return this.reshape(taken, shape);
  }
}

/** A shape without `axes`, or with 1 in their place. */
function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  const marked = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return keep ? marked : marked.filter((_, axis) => !axes.includes(axis));
}
