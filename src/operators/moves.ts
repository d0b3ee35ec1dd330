/** Operators that move numbers: Transpose, Concat, Split, Slice, Expand, Tile. */
import { numberAttribute } from '../layers/node.ts';
import { broadcastShape, sameShape, shapeText } from '../layers/tensor-shape.ts';
import type { Shape, Value } from '../tensor/graph.ts';
import { axisOf, constantInput, malformed, numbersAttribute, requiredInput } from './arguments.ts';
import type { NodeCall, Operator } from './operator.ts';

export const TRANSPOSE: Operator = {
  op: 'Transpose',
  inputs: [1, 1],
  attributes: ['perm'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const axes = numbersAttribute(call.node, 'perm') ?? [...x.shape.keys()].reverse();
    const valid = axes.length === x.shape.length && new Set(axes).size === axes.length;
    if (!valid || axes.some((axis) => !(axis in x.shape)))
      throw malformed(call.node, 'does not permute the axes', `a permutation of ${x.shape.length} axes`, `[${axes}]`);
    return [b.transpose(x, axes)];
  },
};

export const CONCAT: Operator = {
  op: 'Concat',
  inputs: [1, Number.POSITIVE_INFINITY],
  attributes: ['axis'],
  expand: (b, call) => {
    const values = call.inputs.map((_, i) => requiredInput(call, i));
    const { shape } = values[0]!;
    const axis = axisOf(call.node, numberAttribute(call.node, 'axis', 1), shape.length);
    const other = values.find((value) => !sameShape(value.shape.with(axis, 0), shape.with(axis, 0)));
    if (other)
      throw malformed(
        call.node,
        'joins tensors that do not fit',
        `${shapeText(shape)} but for axis ${axis}`,
        shapeText(other.shape),
      );
    return [b.concat(values, axis)];
  },
};

/** Lengths of the parts: given, or equal ones of which the last may be shorter. */
function splitLengths(call: NodeCall, dim: number): readonly number[] {
  const { node } = call;
  const given = numbersAttribute(node, 'split') ?? constantInput(call, 1, 'split')?.data;
  if (given !== undefined && given.length > 0) return [...given];
  const count = numberAttribute(node, 'num_outputs', node.outputs.length);
  if (count !== node.outputs.length)
    throw malformed(
      node,
      'splits into another number of parts',
      `${node.outputs.length} outputs`,
      `num_outputs ${count}`,
    );
  const length = Math.ceil(dim / Math.max(count, 1));
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(length, dim - i * length)));
}

export const SPLIT: Operator = {
  op: 'Split',
  inputs: [1, 2],
  attributes: ['axis', 'num_outputs', 'split'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const axis = axisOf(call.node, numberAttribute(call.node, 'axis', 0), x.shape.length);
    const dim = x.shape[axis]!;
    const lengths = splitLengths(call, dim);
    if (lengths.some((length) => !(length >= 0)) || lengths.reduce((sum, length) => sum + length, 0) !== dim)
      throw malformed(call.node, 'has parts that do not make up the whole', `a sum of ${dim}`, `[${lengths}]`);
    const starts = x.shape.map(() => 0);
    let at = 0;
    return lengths.map((length) => {
      at += length;
      return b.slice(x, starts.with(axis, at - length), x.shape.with(axis, at));
    });
  },
};

const between = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

export const SLICE: Operator = {
  op: 'Slice',
  inputs: [1, 5],
  attributes: ['axes', 'ends', 'starts'],
  expand: (b, call) => {
    const { node } = call;
    const x = requiredInput(call, 0);
    const list = (name: string, input: number): readonly number[] | undefined =>
      numbersAttribute(node, name) ?? (call.inputs[input] && [...constantInput(call, input, name)!.data]);
    const starts = list('starts', 1);
    const ends = list('ends', 2);
    if (starts === undefined || ends === undefined || starts.length !== ends.length)
      throw malformed(node, 'lacks starts and ends', 'as many starts as ends', `${starts?.length} and ${ends?.length}`);
    const axes = list('axes', 3) ?? [...starts.keys()];
    const steps = list('steps', 4) ?? starts.map(() => 1);
    const [from, to, by] = [x.shape.map(() => 0), [...x.shape], x.shape.map(() => 1)];
    axes.forEach((given, i) => {
      const axis = axisOf(node, given, x.shape.length);
      const [dim, step] = [x.shape[axis]!, steps[i]!];
      if (!Number.isInteger(step) || step === 0) throw malformed(node, 'has a step of 0', 'a step that is not 0');
      // from the end where negative; clamped, so that INT64_MAX is the end and INT64_MIN with a negative step the beginning
      const place = (at: number): number => (at < 0 ? at + dim : at);
      from[axis] = step > 0 ? between(place(starts[i]!), 0, dim) : between(place(starts[i]!), 0, dim - 1);
      to[axis] = step > 0 ? between(place(ends[i]!), 0, dim) : between(place(ends[i]!), -1, dim - 1);
      by[axis] = step;
      if (dim === 0) [from[axis], to[axis], by[axis]] = [0, 0, 1];
    });
    return [b.slice(x, from, to, by)];
  },
};

export const EXPAND: Operator = {
  op: 'Expand',
  inputs: [2, 2],
  attributes: [],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const target = [...constantInput(call, 1, 'shape')!.data];
    const shape = broadcastShape(x.shape, target);
    if (shape === undefined)
      throw malformed(
        call.node,
        'does not broadcast',
        `a shape that ${shapeText(x.shape)} broadcasts with`,
        shapeText(target),
      );
    return [b.broadcast(x, shape)];
  },
};

/** Broadcasting over new axes, one before each repeated one. */
function tiled(
  x: Value,
  repeats: readonly number[],
): { readonly spread: Shape; readonly wide: Shape; readonly shape: Shape } {
  return {
    spread: x.shape.flatMap((dim) => [1, dim]),
    wide: x.shape.flatMap((dim, axis) => [repeats[axis]!, dim]),
    shape: x.shape.map((dim, axis) => dim * repeats[axis]!),
  };
}

export const TILE: Operator = {
  op: 'Tile',
  inputs: [2, 2],
  attributes: [],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const repeats = [...constantInput(call, 1, 'repeats')!.data];
    if (repeats.length !== x.shape.length || repeats.some((count) => !(count >= 0)))
      throw malformed(call.node, 'has repeats that do not fit', `${x.shape.length} numbers`, `[${repeats}]`);
    const { spread, wide, shape } = tiled(x, repeats);
    return [b.reshape(b.broadcast(b.reshape(x, spread), wide), shape)];
  },
};
