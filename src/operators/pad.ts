/** Pad, in all its modes. Negative pads cut off. */
import { numberAttribute, stringAttribute } from '../layers/node.ts';
import { elementCount } from '../layers/tensor-shape.ts';
import { isConstant } from '../tensor/graph.ts';
import { indexOf, stridesOf } from '../tensor/indices.ts';
import { axisOf, constantInput, malformed, numbersAttribute, requiredInput } from './arguments.ts';
import type { Operator } from './operator.ts';

const wrap = (at: number, dim: number): number => ((at % dim) + dim) % dim;

/** Coordinate of the input for coordinate `at` outside or inside of [0, dim); -1 for none. */
const MODES: Readonly<Record<string, (at: number, dim: number) => number>> = {
  constant: (at, dim) => (at >= 0 && at < dim ? at : -1),
  edge: (at, dim) => Math.min(Math.max(at, 0), dim - 1),
  reflect: (at, dim) => {
    const place = wrap(at, Math.max(2 * (dim - 1), 1));
    return place < dim ? place : 2 * (dim - 1) - place;
  },
  wrap,
};

export const PAD: Operator = {
  op: 'Pad',
  inputs: [1, 4],
  attributes: ['mode', 'pads', 'value'],
  expand: (b, call) => {
    const { node } = call;
    const x = requiredInput(call, 0);
    const rank = x.shape.length;
    const pads = numbersAttribute(node, 'pads') ?? [...(constantInput(call, 1, 'pads')?.data ?? [])];
    const axes = [...(constantInput(call, 3, 'axes')?.data ?? x.shape.keys())].map((axis) => axisOf(node, axis, rank));
    const mode = stringAttribute(node, 'mode', 'constant');
    const place = MODES[mode];
    if (place === undefined) throw malformed(node, 'has an unknown mode', Object.keys(MODES).join(', '), mode);
    if (pads.length !== 2 * axes.length || pads.some((pad) => !Number.isInteger(pad)))
      throw malformed(node, 'has pads that do not fit', `${2 * axes.length} integers`, `[${pads}]`);
    const before = x.shape.map(() => 0);
    const shape = [...x.shape];
    axes.forEach((axis, i) => {
      before[axis] = pads[i]!;
      shape[axis] = x.shape[axis]! + pads[i]! + pads[i + axes.length]!;
    });
    if (shape.some((dim, axis) => dim < 0 || (dim > 0 && x.shape[axis] === 0 && mode !== 'constant')))
      throw malformed(node, 'cuts off more than there is', 'dimensions of at least 0', `[${shape}]`);
    elementCount(shape, `output of node "${node.name}" (Pad)`);
    const strides = stridesOf(x.shape);
    const index = indexOf(
      shape,
      shape.map((dim, axis) =>
        Int32Array.from({ length: dim }, (_, at) => {
          const from = place(at - before[axis]!, x.shape[axis]!);
          return from < 0 ? -1 : from * strides[axis]!;
        }),
      ),
    );
    const value = call.inputs[2];
    if (value === undefined || isConstant(value))
      return [b.arrange([x], shape, index, value?.data[0] ?? numberAttribute(node, 'value', 0))];
    const last = x.shape.reduce((product, dim) => product * dim, 1);
    return [
      b.arrange(
        [x, value],
        shape,
        index.map((from) => (from < 0 ? last : from)),
      ),
    ];
  },
};
