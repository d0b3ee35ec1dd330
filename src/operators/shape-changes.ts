/** Operators that give the same numbers another shape: Reshape, Flatten, Squeeze, Unsqueeze, Identity, Dropout. */
import { numberAttribute } from '../layers/node.ts';
import { entryCount, shapeText } from '../layers/tensor-shape.ts';
import { isConstant, type Shape } from '../tensor/graph.ts';
import { axesOf, axisOf, constantInput, malformed, numbersAttribute, requiredInput, unsupported } from './arguments.ts';
import type { NodeCall, Operator } from './operator.ts';

/** Dimensions of a Reshape: 0 is copied from the input (unless `allowzero`), one -1 is what is left. */
function reshaped({ node }: NodeCall, from: Shape, target: readonly number[]): Shape {
  const count = entryCount(from);
  const keepZero = numberAttribute(node, 'allowzero', 0) !== 0;
  const dims = target.map((dim, axis) => (dim === 0 && !keepZero ? (from[axis] ?? Number.NaN) : dim));
  const known = dims.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  const shape = dims.map((dim) => (dim === -1 ? (known === 0 ? 0 : count / known) : dim));
  const ok =
    dims.filter((dim) => dim === -1).length <= 1 && shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  if (!ok || entryCount(shape) !== count)
    throw malformed(node, 'gives a shape that its input does not fill', `${count} elements`, shapeText(target));
  return shape;
}

export const RESHAPE: Operator = {
  op: 'Reshape',
  inputs: [2, 2],
  attributes: ['allowzero'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const target = constantInput(call, 1, 'shape');
    return [b.reshape(x, reshaped(call, x.shape, [...(target?.data ?? [])]))];
  },
};

export const FLATTEN: Operator = {
  op: 'Flatten',
  inputs: [1, 1],
  attributes: ['axis'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const rank = x.shape.length;
    const axis = numberAttribute(call.node, 'axis', 1);
    const at = axis === rank ? rank : axisOf(call.node, axis, rank);
    return [b.reshape(x, [entryCount(x.shape.slice(0, at)), entryCount(x.shape.slice(at))])];
  },
};

export const SQUEEZE: Operator = {
  op: 'Squeeze',
  inputs: [1, 2],
  attributes: ['axes'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const ones = [...x.shape.keys()].filter((axis) => x.shape[axis] === 1);
    const axes = axesOf(call, 1, x.shape.length) ?? ones;
    const wide = axes.find((axis) => x.shape[axis] !== 1);
    if (wide !== undefined) throw malformed(call.node, 'drops a dimension that is not 1', '1', `${x.shape[wide]}`);
    return [
      b.reshape(
        x,
        x.shape.filter((_, axis) => !axes.includes(axis)),
      ),
    ];
  },
};

export const UNSQUEEZE: Operator = {
  op: 'Unsqueeze',
  inputs: [1, 2],
  attributes: ['axes'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const given = numbersAttribute(call.node, 'axes') ?? [...(constantInput(call, 1, 'axes')?.data ?? [])];
    const rank = x.shape.length + given.length;
    const axes = new Set(given.map((axis) => axisOf(call.node, axis, rank)));
    if (axes.size !== given.length) throw malformed(call.node, 'names an axis twice', 'each axis once', `${given}`);
    const rest = x.shape.values();
    const shape = Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : (rest.next().value as number)));
    return [b.reshape(x, shape)];
  },
};

export const IDENTITY: Operator = {
  op: 'Identity',
  inputs: [1, 1],
  attributes: [],
  expand: (_, call) => [requiredInput(call, 0)],
};

/** At inference it is the identity; the second output says that every number was kept. */
export const DROPOUT: Operator = {
  op: 'Dropout',
  inputs: [1, 3],
  restriction: 'as identity: no training',
  attributes: ['ratio', 'seed'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const training = call.inputs[2];
    const ratio = call.inputs[1];
    const keepsAll = ratio !== undefined && isConstant(ratio) && ratio.data[0] === 0;
    if (training && !keepsAll && !(isConstant(training) && training.data[0] === 0))
      throw unsupported(call.node, 'drops numbers at random', 'Export the network for inference: model.eval()');
    return [x, b.constant(x.shape, new Float64Array(entryCount(x.shape)).fill(1), 'boolean')];
  },
};
