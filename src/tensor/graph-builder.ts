/**
 * The builder of tensor graphs (builder.ts says what each method means). Keeps the graph small while it grows: constants are
 * computed, equal operations are made once; moves.ts holds what only moves numbers, sums.ts what is linear.
 */
import { FoldError, invariant } from '../errors.ts';
import { entryCount, shapeText } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from './builder.ts';
import {
  type Computed,
  type Constant,
  isConstant,
  type NumberKind,
  type Operation,
  type Range,
  type Shape,
  type TensorGraph,
  type Value,
} from './graph.ts';
import { stepOf } from './kernels.ts';
import { type MaskedNumbers, type MaskKind, unmask } from './masks.ts';
import { linearMatmul, matmulShapes } from './matmul.ts';
import { fits } from './misfit.ts';
import { joinKinds } from './moves.ts';
import { definedAt } from './partial.ts';
import { constantOf } from './recorder.ts';
import { allEqual, reducedShape, Sums, sumKind } from './sums.ts';

export class GraphBuilder extends Sums implements TensorBuilder {
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

  maximum(a: Value, b: Value): Value {
    if (isConstant(a) && !isConstant(b)) return this.maximum(b, a);
    const shape = this.commonShape(a, b);
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

  apply(x: Value, name: string, f: (x: number) => number, isPartial = false): Value {
    const ofConstant = isPartial ? (number: number) => definedAt(name, f, number) : f;
    return this.#elementwise(x, ofConstant, 'real', (operand) => ({ op: 'function', x: operand, name, f, isPartial }));
  }

  #elementwise(x: Value, f: (x: number) => number, kind: NumberKind, make: (x: Computed) => Operation): Value {
    return isConstant(x) ? constantOf(x.shape, x.data.map(f), kind) : this.recorder.record(make(x), x.shape, kind);
  }

  /** x with `axes` last and flat: [...rest, their product]. */
  #gather(x: Value, axes: readonly number[]): { readonly rows: Value; readonly rest: Shape; readonly width: number } {
    const others = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
    const rest = others.map((axis) => x.shape[axis]!);
    const width = entryCount(axes.map((axis) => x.shape[axis]!));
    return { rows: this.reshape(this.transpose(x, [...others, ...axes]), [entryCount(rest), width]), rest, width };
  }

  max(x: Value, axes: readonly number[], keep: boolean): Value {
    const shape = reducedShape(x.shape, axes, keep);
    const { rows, width } = this.#gather(x, axes);
    fits(width > 0 || entryCount(shape) === 0, 'The largest of no numbers.');
    const outer = rows.shape[0]!;
    let left = rows;
    // halves that overlap where the number is odd: the largest of a number and itself is that number
    for (let open = width; open > 1; open = Math.ceil(open / 2)) {
      const half = Math.ceil(open / 2);
      left = this.maximum(this.slice(left, [0, 0], [outer, half]), this.slice(left, [0, open - half], [outer, open]));
    }
    return this.reshape(left, shape);
  }

  unmask(x: Value, kind: MaskKind): MaskedNumbers | undefined {
    return unmask(this, x, (value) => this.operationOf(value), kind);
  }

  bounded(x: Value, low: number, high: number, held?: Range): Value {
    if (isConstant(x)) return x;
    // of what is moved the operation says it that computes it: movement vanishes
    const operation = this.operationOf(x)?.operation;
    if (operation?.op !== 'arrange') this.recorder.says(x.id, { low, high, ...(held && { held }) });
    else if (
      operation.sources.length === 1 &&
      new Set(operation.index).size === entryCount(operation.sources[0]!.shape)
    )
      this.bounded(operation.sources[0]!, low, high, held);
    return x;
  }

  within(x: Value, low: number, high: number): Value {
    if (!isConstant(x)) return this.recorder.record({ op: 'within', x, low, high }, x.shape, x.kind);
    const bad = x.data.find((value) => !(value >= low && value <= high));
    if (bad === undefined) return x;
    throw new FoldError('E_UNSUPPORTED', `It has no result where a number is ${bad}.`, {
      expected: `a number from ${low} to ${high}`,
    });
  }

  either(close: Value, exact: Value | undefined, scores: Value, gap: number): Value {
    if (isConstant(scores)) {
      const [low, high] = scores.data.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
      if (high - low <= gap) return close;
      if (exact !== undefined) return exact;
      throw new FoldError('E_UNSUPPORTED', 'Its scores are too large to be masked.', {
        expected: `scores that are at most ${gap} apart`,
        got: `${high - low}`,
      });
    }
    // what is constant is exact
    if (isConstant(close)) return close;
    if (exact !== undefined && isConstant(exact)) return exact;
    return this.recorder.record({ op: 'either', close, exact, scores, gap }, close.shape, close.kind);
  }

  matmul(a: Value, b: Value): Value {
    const shapes = matmulShapes(a.shape, b.shape);
    fits(shapes, `${shapeText(a.shape)} times ${shapeText(b.shape)}`);
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
