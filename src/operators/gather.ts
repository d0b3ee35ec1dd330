/** Gather, GatherElements, GatherND: moves where the indices are constant, else look-ups by a computed index. */
import { numberAttribute } from '../layers/node.ts';
import { entryCount, shapeText } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { isConstant, type Shape, type Value } from '../tensor/graph.ts';
import { countUp, stridesOf } from '../tensor/indices.ts';
import { axisOf, malformed, requiredInput } from './arguments.ts';
import { rowsAlong } from './axes.ts';
import { takeInRows, takeRows } from './one-hot.ts';
import type { NodeCall, Operator } from './operator.ts';

/** Indices that are computed as numbers from 0: negative ones count from the end of `dim` entries. */
export const fromEnd = (b: TensorBuilder, index: Value, dim: number): Value =>
  b.as(b.add(index, b.scale(b.step(index), -dim, dim)), 'integer');

/** Indices into `dim` entries as numbers from 0; of others there is no result. */
export function places(b: TensorBuilder, { node }: NodeCall, index: Value, dim: number): Value {
  if (!isConstant(index)) return b.within(fromEnd(b, index, dim), 0, dim - 1);
  const bad = index.data.find((at) => !(Number.isInteger(at) && at >= -dim && at < dim));
  if (bad !== undefined) throw malformed(node, 'has an index outside its axis', `${-dim} to ${dim - 1}`, `${bad}`);
  return b.constant(
    index.shape,
    index.data.map((at) => (at < 0 ? at + dim : at)),
    'integer',
  );
}

/** Axes of x with `axis` first. */
function axisFirst(b: TensorBuilder, x: Value, axis: number): Value {
  return b.transpose(x, [axis, ...[...x.shape.keys()].filter((other) => other !== axis)]);
}

export const GATHER: Operator = {
  op: 'Gather',
  inputs: [2, 2],
  attributes: ['axis'],
  expand: (b, call) => {
    const [x, given] = [requiredInput(call, 0), requiredInput(call, 1)];
    const axis = axisOf(call.node, numberAttribute(call.node, 'axis', 0), x.shape.length);
    const index = places(b, call, given, x.shape[axis]!);
    const rank = index.shape.length;
    const taken = takeRows(b, call.node, axisFirst(b, x, axis), index);
    // [...index, ...axes before, ...axes behind]: the index goes between them
    const before = Array.from({ length: axis }, (_, i) => rank + i);
    const behind = Array.from({ length: x.shape.length - 1 - axis }, (_, i) => rank + axis + i);
    return [b.transpose(taken, [...before, ...Array(rank).keys(), ...behind])];
  },
};

/**
 * The flat place of each number that indices [..., depth] name in `shape`: the sum of index times stride, and `base` of each.
 */
export function flatPlaces(
  b: TensorBuilder,
  call: NodeCall,
  index: Value,
  dims: Shape,
  strides: readonly number[],
  base: ArrayLike<number>,
): Value {
  const depth = dims.length;
  const shape = index.shape.slice(0, -1);
  const count = entryCount(shape);
  const rows = b.reshape(index, [count, depth]);
  const columns = dims.map((dim, k) => places(b, call, b.slice(rows, [0, k], [count, k + 1]), dim));
  const width = columns.length;
  const flat = b.linear(columns, {
    shape,
    width,
    // number i of column k
    taps: Int32Array.from({ length: count * width }, (_, i) => (i % width) * count + Math.floor(i / width)),
    weights: Float64Array.from(strides),
    position: countUp(count),
    kernel: new Int32Array(count),
    bias: Float64Array.from(base),
    kind: 'integer',
  });
  return flat;
}

/** For each number of indices [...] whose other axes are those of x: the flat place of that line's beginning in x. */
export function lineStarts(x: Shape, index: Shape, axis: number): Int32Array {
  const [strides, own] = [stridesOf(x), stridesOf(index)];
  return countUp(entryCount(index)).map((i) =>
    index.reduce((sum, dim, a) => (a === axis ? sum : sum + (Math.floor(i / own[a]!) % dim) * strides[a]!), 0),
  );
}

/** Checks that indices have the rank of x, and no axis but `axis` longer than that of x. */
export function checkLines({ node }: NodeCall, x: Shape, index: Shape, axis: number): void {
  if (index.length !== x.length || index.some((dim, a) => a !== axis && dim > x[a]!))
    throw malformed(
      node,
      'has indices that do not fit',
      `at most ${shapeText(x)} but for axis ${axis}`,
      shapeText(index),
    );
}

export const GATHER_ELEMENTS: Operator = {
  op: 'GatherElements',
  inputs: [2, 2],
  attributes: ['axis'],
  expand: (b, call) => {
    const [x, index] = [requiredInput(call, 0), requiredInput(call, 1)];
    const axis = axisOf(call.node, numberAttribute(call.node, 'axis', 0), x.shape.length);
    checkLines(call, x.shape, index.shape, axis);
    if (!isConstant(x) && !isConstant(index)) {
      // line by line: an index is compared with the places of its own line only
      const ends = x.shape.map((dim, a) => (a === axis ? dim : index.shape[a]!));
      const lines = rowsAlong(
        b,
        b.slice(
          x,
          ends.map(() => 0),
          ends,
        ),
        axis,
      ).matrix;
      const { matrix, back } = rowsAlong(b, places(b, call, index, x.shape[axis]!), axis);
      return [back(takeInRows(b, call.node, lines, matrix))];
    }
    const starts = lineStarts(x.shape, index.shape, axis);
    const stride = stridesOf(x.shape)[axis]!;
    const flat = flatPlaces(b, call, b.reshape(index, [...index.shape, 1]), [x.shape[axis]!], [stride], starts);
    return [b.take(b.reshape(x, [entryCount(x.shape)]), flat)];
  },
};

/** The parts of x that indices [batch..., ..., depth] name. */
export function slicesOf(
  call: NodeCall,
  x: Shape,
  index: Shape,
  batch: number,
): { readonly dims: Shape; readonly part: Shape; readonly strides: number[]; readonly base: Int32Array } {
  const depth = index.at(-1) ?? 0;
  if (
    index.length <= batch ||
    depth < 1 ||
    batch + depth > x.length ||
    index.slice(0, batch).some((dim, a) => dim !== x[a])
  )
    throw malformed(call.node, 'has indices that do not fit', `[..., up to ${x.length - batch}]`, shapeText(index));
  const part = x.slice(batch + depth);
  const size = entryCount(part);
  const dims = x.slice(batch, batch + depth);
  const perBatch = entryCount(index.slice(batch, -1));
  const base = countUp(entryCount(index.slice(0, -1))).map((i) => Math.floor(i / perBatch) * entryCount(dims));
  return {
    dims,
    part,
    strides: stridesOf(x)
      .slice(batch, batch + depth)
      .map((stride) => stride / size),
    base,
  };
}

export const GATHER_ND: Operator = {
  op: 'GatherND',
  inputs: [2, 2],
  attributes: ['batch_dims'],
  expand: (b, call) => {
    const [x, index] = [requiredInput(call, 0), requiredInput(call, 1)];
    const { dims, part, strides, base } = slicesOf(
      call,
      x.shape,
      index.shape,
      numberAttribute(call.node, 'batch_dims', 0),
    );
    const rows = b.reshape(x, [entryCount(x.shape) / Math.max(1, entryCount(part)), ...part]);
    return [takeRows(b, call.node, rows, flatPlaces(b, call, index, dims, strides, base))];
  },
};
