/** Operators that normalize: BatchNormalization (constant factors) and those that measure their own mean and variance, and LRN. */
import { numberAttribute } from '../layers/node.ts';
import { broadcastsTo, elementCount, entryCount, shapeText } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { isConstant, type Shape, type Value } from '../tensor/graph.ts';
import { countUp } from '../tensor/indices.ts';
import { axisOf, malformed, requiredInput, unsupported } from './arguments.ts';
import { applyFinite, applyPartial } from './finite.ts';
import type { NodeCall, Operator } from './operator.ts';

/** Of a variance that is measured, and not below zero. */
const inverseRoot = (b: TensorBuilder, x: Value, epsilon: number): Value =>
  applyFinite(b, x, `rsqrt ${epsilon}`, (variance) => 1 / Math.sqrt(Math.max(variance, 0) + epsilon));

interface Normalized {
  readonly y: Value;
  readonly mean: Value;
  readonly inverse: Value;
}

/** (x - mean) / sqrt(variance + epsilon) over axes. */
function normalize(b: TensorBuilder, x: Value, axes: readonly number[], epsilon: number): Normalized {
  const share = 1 / Math.max(1, entryCount(axes.map((axis) => x.shape[axis]!)));
  const mean = b.sum(x, axes, true, share);
  const centered = b.sub(x, mean);
  const inverse = inverseRoot(b, b.sum(b.multiply(centered, centered), axes, true, share), epsilon);
  return { y: b.multiply(centered, inverse), mean, inverse };
}

/** factor x + offset, where both broadcast to x; a single linear operation if they are constant. */
function scaled(
  b: TensorBuilder,
  call: NodeCall,
  x: Value,
  factor: Value | undefined,
  offset: Value | undefined,
): Value {
  for (const value of [factor, offset])
    if (value && !broadcastsTo(value.shape, x.shape))
      throw malformed(call.node, 'has a scale or bias that does not fit', shapeText(x.shape), shapeText(value.shape));
  const product = factor === undefined ? x : b.multiply(x, factor);
  return offset === undefined ? product : b.add(product, offset);
}

/** A vector over the channels as a tensor that broadcasts over [N, C, ...]. */
function perChannel(b: TensorBuilder, call: NodeCall, value: Value, shape: Shape): Value {
  if (entryCount(value.shape) !== shape[1])
    throw malformed(call.node, 'has a parameter that does not fit', `${shape[1]} numbers`, shapeText(value.shape));
  return b.reshape(value, [shape[1]!, ...shape.slice(2).map(() => 1)]);
}

const eps = ({ node }: NodeCall): number => numberAttribute(node, 'epsilon', 1e-5);
const channelsOf = (call: NodeCall, x: Value): Value => {
  if (x.shape.length < 2) throw malformed(call.node, 'has no channels', '[N, C, ...]', shapeText(x.shape));
  return x;
};

const BATCH: Operator = {
  op: 'BatchNormalization',
  inputs: [5, 5],
  attributes: ['epsilon', 'momentum', 'spatial', 'training_mode'],
  expand: (b, call) => {
    const { node } = call;
    if (numberAttribute(node, 'training_mode', 0) !== 0)
      throw unsupported(node, 'measures its batch', 'Export the network for inference: model.eval()');
    if (numberAttribute(node, 'spatial', 1) !== 1)
      throw unsupported(
        node,
        'normalizes each number by itself (spatial = 0)',
        'Export the network with opset 9 or newer.',
      );
    const x = requiredInput(call, 0);
    const shape = x.shape.length < 2 ? [1, 1, ...x.shape].slice(-2) : x.shape;
    const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => perChannel(b, call, requiredInput(call, i), shape));
    // of a constant the exact root; a variance that is given may be anything
    const inverse = isConstant(variance!)
      ? b.constant(
          variance.shape,
          variance.data.map((v) => 1 / Math.sqrt(v + eps(call))),
        )
      : applyPartial(b, variance!, `rsqrt of any ${eps(call)}`, (v) => 1 / Math.sqrt(v + eps(call)));
    const factor = b.multiply(scale!, inverse);
    return [scaled(b, call, x, factor, b.sub(bias!, b.multiply(mean!, factor)))];
  },
};

const INSTANCE: Operator = {
  op: 'InstanceNormalization',
  inputs: [3, 3],
  attributes: ['epsilon'],
  expand: (b, call) => {
    const x = channelsOf(call, requiredInput(call, 0));
    const [scale, bias] = [1, 2].map((i) => perChannel(b, call, requiredInput(call, i), x.shape));
    return [scaled(b, call, normalize(b, x, [...x.shape.keys()].slice(2), eps(call)).y, scale, bias)];
  },
};

/** Until opset 21 the factors were of groups, since then of channels. */
const GROUP: Operator = {
  op: 'GroupNormalization',
  inputs: [3, 3],
  attributes: ['epsilon', 'num_groups', 'stash_type'],
  expand: (b, call) => {
    const x = channelsOf(call, requiredInput(call, 0));
    const groups = numberAttribute(call.node, 'num_groups', 0);
    const [n, channels] = x.shape as [number, number];
    if (!(groups >= 1) || channels % groups !== 0)
      throw malformed(call.node, 'has groups that do not fit', `a divisor of ${channels} channels`, `${groups}`);
    const { y } = normalize(
      b,
      b.reshape(x, [n, groups, entryCount(x.shape) / Math.max(1, n * groups)]),
      [2],
      eps(call),
    );
    const [scale, bias] = [1, 2].map((i) => {
      const value = requiredInput(call, i);
      if (entryCount(value.shape) !== groups || groups === channels) return perChannel(b, call, value, x.shape);
      const each = b.broadcast(b.reshape(value, [groups, 1]), [groups, channels / groups]);
      return perChannel(b, call, b.reshape(each, [channels]), x.shape);
    });
    return [scaled(b, call, b.reshape(y, x.shape), scale, bias)];
  },
};

/** All axes from `axis` on. */
function lastAxes({ node }: NodeCall, x: Value): number[] {
  const axis = axisOf(node, numberAttribute(node, 'axis', -1), x.shape.length);
  return [...x.shape.keys()].slice(axis);
}

const LAYER: Operator = {
  op: 'LayerNormalization',
  inputs: [2, 3],
  attributes: ['axis', 'epsilon', 'stash_type'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const { y, mean, inverse } = normalize(b, x, lastAxes(call, x), eps(call));
    return [scaled(b, call, y, call.inputs[1], call.inputs[2]), mean, inverse];
  },
};

const ROOT_MEAN_SQUARE: Operator = {
  op: 'RMSNormalization',
  inputs: [2, 2],
  attributes: ['axis', 'epsilon', 'stash_type'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const axes = lastAxes(call, x);
    const share = 1 / Math.max(1, entryCount(axes.map((axis) => x.shape[axis]!)));
    const inverse = inverseRoot(b, b.sum(b.multiply(x, x), axes, true, share), eps(call));
    return [scaled(b, call, b.multiply(x, inverse), call.inputs[1], undefined)];
  },
};

/** x / (bias + alpha / size * (sum of squares of neighbouring channels))^beta */
const LOCAL_RESPONSE: Operator = {
  op: 'LRN',
  inputs: [1, 1],
  attributes: ['alpha', 'beta', 'bias', 'size'],
  expand: (b, call) => {
    const { node } = call;
    const x = channelsOf(call, requiredInput(call, 0));
    const channels = x.shape[1]!;
    const inner = entryCount(x.shape.slice(2));
    const count = entryCount(x.shape);
    const size = numberAttribute(node, 'size', 1);
    const beta = numberAttribute(node, 'beta', 0.75);
    const bias = numberAttribute(node, 'bias', 1);
    if (!(size >= 1)) throw malformed(node, 'has no neighbours', 'a size of at least 1', `${size}`);
    const before = Math.min(Math.floor((size - 1) / 2), channels - 1);
    const width = before + 1 + Math.min(Math.ceil((size - 1) / 2), channels - 1);
    const taps = new Int32Array(elementCount([count, width], `neighbours of node "${node.name}"`)).map((_, i) => {
      const [at, step] = [Math.floor(i / width), (i % width) - before];
      const channel = (Math.floor(at / inner) % channels) + step;
      return channel >= 0 && channel < channels ? at + step * inner : -1;
    });
    const sums = b.linear([b.multiply(x, x)], {
      shape: x.shape,
      width,
      taps,
      weights: new Float64Array(width).fill(numberAttribute(node, 'alpha', 1e-4) / size),
      position: countUp(count),
      kernel: new Int32Array(count),
    });
    const power = applyPartial(b, sums, `pow ${bias} ${-beta}`, (sum) => (bias + sum) ** -beta);
    return [b.multiply(x, power)];
  },
};

export const NORMALIZATIONS: readonly Operator[] = [BATCH, INSTANCE, GROUP, LAYER, ROOT_MEAN_SQUARE, LOCAL_RESPONSE];
