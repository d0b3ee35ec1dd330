/** Operators whose result is known while the network is read: shapes, ranges, filled tensors, places of constants. */
import { numberAttribute } from '../layers/node.ts';
import { elementCount, entryCount } from '../layers/tensor-shape.ts';
import type { Constant } from '../tensor/graph.ts';
import { stridesOf } from '../tensor/indices.ts';
import { constantInput, malformed, requiredInput } from './arguments.ts';
import { kindOfType } from './element-types.ts';
import type { NodeCall, Operator } from './operator.ts';

const clamped = (axis: number, rank: number): number => Math.min(Math.max(axis < 0 ? axis + rank : axis, 0), rank);

const SHAPE: Operator = {
  op: 'Shape',
  inputs: [1, 1],
  attributes: ['end', 'start'],
  expand: (b, call) => {
    const { shape } = requiredInput(call, 0);
    const rank = shape.length;
    const start = clamped(numberAttribute(call.node, 'start', 0), rank);
    const part = shape.slice(start, clamped(numberAttribute(call.node, 'end', rank), rank));
    return [b.constant([part.length], part, 'integer')];
  },
};

const SIZE: Operator = {
  op: 'Size',
  inputs: [1, 1],
  attributes: [],
  expand: (b, call) => [b.constant([], [entryCount(requiredInput(call, 0).shape)], 'integer')],
};

const RANGE: Operator = {
  op: 'Range',
  inputs: [3, 3],
  attributes: [],
  expand: (b, call) => {
    const [start, limit, delta] = ['start', 'limit', 'delta'].map((name, i) => constantInput(call, i, name)!);
    const [first, end, step] = [start, limit, delta].map((value) => value!.data[0]!) as [number, number, number];
    const count = Math.max(0, Math.ceil((end - first) / step));
    if (!Number.isFinite(count)) throw malformed(call.node, 'never ends', 'a delta that is not 0', `${step}`);
    elementCount([count], `output of node "${call.node.name}"`);
    return [
      b.constant(
        [count],
        Float64Array.from({ length: count }, (_, i) => first + i * step),
        start!.kind,
      ),
    ];
  },
};

/** The shape that an input or a tensor of dimensions gives, not too large. */
function givenShape({ node }: NodeCall, dims: Iterable<number>): number[] {
  const shape = [...dims];
  if (shape.some((dim) => !(dim >= 0))) throw malformed(node, 'has a negative dimension', '0 or more', `[${shape}]`);
  elementCount(shape, `output of node "${node.name}" (${node.op})`);
  return shape;
}

const CONSTANT_OF_SHAPE: Operator = {
  op: 'ConstantOfShape',
  inputs: [1, 1],
  attributes: ['value'],
  expand: (b, call) => {
    const shape = givenShape(call, constantInput(call, 0, 'shape')!.data);
    const value = call.node.attributes.get('value');
    const tensor = typeof value === 'object' && 'data' in value ? value : undefined;
    const kind = kindOfType((tensor as { readonly type?: number } | undefined)?.type) ?? 'real';
    return [b.constant(shape, new Float64Array(entryCount(shape)).fill(tensor?.data[0] ?? 0), kind)];
  },
};

const EYE_LIKE: Operator = {
  op: 'EyeLike',
  inputs: [1, 1],
  attributes: ['dtype', 'k'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const [rows, columns] = x.shape as [number, number];
    if (x.shape.length !== 2) throw malformed(call.node, 'takes a matrix', 'two dimensions', `[${x.shape}]`);
    const k = numberAttribute(call.node, 'k', 0);
    const type = numberAttribute(call.node, 'dtype', -1);
    const data = Float64Array.from({ length: rows * columns }, (_, i) =>
      Number((i % columns) - Math.floor(i / columns) === k),
    );
    return [b.constant(x.shape, data, type < 0 ? x.kind : (kindOfType(type) ?? 'real'))];
  },
};

function placesOf(x: Constant): number[][] {
  const strides = stridesOf(x.shape);
  const places = [...x.data.keys()].filter((i) => x.data[i] !== 0);
  return x.shape.map((dim, axis) => places.map((i) => Math.floor(i / strides[axis]!) % dim));
}

const NON_ZERO: Operator = {
  op: 'NonZero',
  inputs: [1, 1],
  attributes: [],
  expand: (b, call) => {
    const places = placesOf(constantInput(call, 0, 'input')!);
    return [b.constant([places.length, places[0]?.length ?? 0], places.flat(), 'integer')];
  },
};

export const CONSTANTS: readonly Operator[] = [SHAPE, SIZE, RANGE, CONSTANT_OF_SHAPE, EYE_LIKE, NON_ZERO];
