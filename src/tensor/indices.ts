/** Index arithmetic of row-major tensors: where the numbers of a moved tensor come from. */
import { elementCount } from '../layers/tensor-shape.ts';
import type { Shape } from './graph.ts';

/** Numbers from one entry to the next, per axis. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/**
 * index[i] for every entry i of `shape`, row-major: offset plus the sum over axes of table[axis][coordinate]; -1 where any of
 * them is negative (no source).
 * @throws E_TOO_LARGE
 */
export function indexOf(shape: Shape, tables: readonly ArrayLike<number>[], offset = 0): Int32Array {
  const index = new Int32Array(elementCount(shape, 'result'));
  if (index.length === 0) return index;
  index[0] = offset;
  // one axis after another, from the last entry to the first, so that nothing is overwritten before it is read
  let outer = 1;
  shape.forEach((dim, axis) => {
    const table = tables[axis]!;
    for (let o = outer - 1; o >= 0; o--) {
      const from = index[o]!;
      for (let c = dim - 1; c >= 0; c--) index[o * dim + c] = from < 0 || table[c]! < 0 ? -1 : from + table[c]!;
    }
    outer *= dim;
  });
  return index;
}

/** 0, step, 2 step, ... @throws E_TOO_LARGE */
export const steps = (count: number, step: number, first = 0): Int32Array =>
  Int32Array.from({ length: elementCount([count], 'result') }, (_, i) => first + i * step);

export const countUp = (count: number): Int32Array => steps(count, 1);

/** index[i] of x with its axes in another order. */
export function transposeIndex(shape: Shape, axes: readonly number[]): Int32Array {
  const strides = stridesOf(shape);
  return indexOf(
    axes.map((axis) => shape[axis]!),
    axes.map((axis) => steps(shape[axis]!, strides[axis]!)),
  );
}

/** index[i] of x broadcast to `shape`. */
export function broadcastIndices(from: Shape, shape: Shape): Int32Array {
  const strides = stridesOf(from);
  const missing = shape.length - from.length;
  return indexOf(
    shape,
    shape.map((dim, axis) => {
      const own = axis - missing;
      return steps(dim, own < 0 || from[own] === 1 ? 0 : strides[own]!);
    }),
  );
}
