/**
 * The sums of a tensor graph's builder: everything that is one linear operation, and the product of two computed tensors. What is
 * constant goes into weights and biases.
 */
import { invariant } from '../errors.ts';
import { broadcastShape, entryCount, sameShape, shapeText } from '../layers/tensor-shape.ts';
import type { LinearSpec } from './builder.ts';
import { type Constant, isConstant, type NumberKind, type Shape, type Value } from './graph.ts';
import { broadcastIndices, countUp, transposeIndex } from './indices.ts';
import { normalLinear } from './linear.ts';
import { absorbs, mayAbsorb } from './masks.ts';
import { fits } from './misfit.ts';
import { joinKinds, Moves } from './moves.ts';
import { constantOf } from './recorder.ts';

/** Kind of a sum: two booleans may give 2. */
export const sumKind = (kind: NumberKind): NumberKind => (kind === 'boolean' ? 'integer' : kind);

export const allEqual = (data: Float64Array, x: number): boolean => data.every((value) => value === x);

/** A shape without `axes`, or with 1 in their place. @throws Misfit for an axis that it does not have */
export function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  fits(
    axes.every((axis) => axis >= 0 && axis < shape.length),
    `${shapeText(shape)} has no axis ${axes.join(' or ')}.`,
  );
  const marked = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return keep ? marked : marked.filter((_, axis) => !axes.includes(axis));
}

export class Sums extends Moves {
  protected commonShape(a: Value, b: Value): Shape {
    const shape = broadcastShape(a.shape, b.shape);
    fits(shape, `${shapeText(a.shape)} and ${shapeText(b.shape)} do not broadcast.`);
    return shape;
  }

  linear(sources: readonly Value[], spec: LinearSpec): Value {
    const kind = spec.kind ?? 'real';
    const operation = normalLinear(sources, spec);
    if (operation instanceof Float64Array) return constantOf(spec.shape, operation, kind);
    return this.recorder.record(operation, spec.shape, kind);
  }

  add(a: Value, b: Value): Value {
    return this.#unmasked(a, b, 1);
  }

  sub(a: Value, b: Value): Value {
    return this.#unmasked(a, b, -1);
  }

  /** The sum, but for the places where one side is constant and so large that it is the sum: it is moved, not added (masks.ts). */
  #unmasked(a: Value, b: Value, factor: number): Value {
    const mask = isConstant(b) ? b : a;
    if (isConstant(a) === isConstant(b) || !isConstant(mask) || !mask.data.some(absorbs))
      return this.#sum(a, b, factor);
    if (mayAbsorb(mask === b ? a : b, (value) => this.operationOf(value))) return this.#sum(a, b, factor);
    const shape = this.commonShape(a, b);
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
    const shape = this.commonShape(a, b);
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
    const shape = this.commonShape(a, b);
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
}
