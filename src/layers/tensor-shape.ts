/**
 * Shapes of tensors, and NumPy's broadcasting of them, which ONNX took over in opset 7: axes are aligned at their ends, an
 * axis of 1 is repeated.
 */

import { FoldError } from '../errors.ts';

export type Shape = readonly number[];

/** Entries of a tensor of that shape. */
export const entryCount = (shape: Shape): number => shape.reduce((product, dim) => product * dim, 1);

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, k) => dim === b[k]);

export const shapeText = (shape: Shape): string => `[${shape.join(', ')}]`;

/** The shape that two tensors broadcast to; undefined where they do not. */
export function broadcastShape(a: Shape, b: Shape): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    shape.push(x === 1 ? y : x);
  }
  return shape;
}

/** Whether broadcasting repeats `from` alone, so that the result has the shape `to`. */
export function broadcastsTo(from: Shape, to: Shape): boolean {
  const shape = broadcastShape(from, to);
  return shape !== undefined && sameShape(shape, to);
}

/** For each entry of `to`, in row-major order, the index of the entry of `from` that broadcasting puts there. */
export function broadcastIndex(from: Shape, to: Shape): Uint32Array {
  const index = new Uint32Array(entryCount(to));
  let inner = index.length;
  let stride = entryCount(from);
  for (let axis = 0; axis < to.length; axis++) {
    const dim = to[axis]!;
    const own = from[axis - to.length + from.length] ?? 1;
    inner /= dim;
    stride /= own;
    if (own === 1) continue;
    for (let i = 0; i < index.length; i++) index[i]! += (Math.floor(i / inner) % dim) * stride;
  }
  return index;
}

/** Largest tensor that is ever allocated, in elements (1 GiB as float64): a limit against hostile shapes. */
export const MAX_ELEMENTS = 2 ** 27;

/** Product of the dimensions. @throws E_TOO_LARGE above MAX_ELEMENTS; `label` says what it is */
export function elementCount(shape: Shape, label: string): number {
  const count = entryCount(shape);
  if (count > MAX_ELEMENTS)
    throw new FoldError('E_TOO_LARGE', `The ${label} is too large.`, {
      expected: `at most ${MAX_ELEMENTS} elements`,
      got: `${count} elements, shape ${shapeText(shape)}`,
    });
  return count;
}
