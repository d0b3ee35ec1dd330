/** MeanVarianceNormalization and LpNormalization: ONNX's normalizations without factors of their own. */
import { numberAttribute } from '../layers/node.ts';
import { entryCount } from '../layers/tensor-shape.ts';
import { axisOf, malformed, numbersAttribute, requiredInput } from './arguments.ts';
import { applyFinite, inverseLength, inverseSize } from './finite.ts';
import type { Operator } from './operator.ts';

/** Taken off a deviation of zero, as the function of ONNX's specification has it. */
const SMALLEST_DEVIATION = 1e-9;

const reciprocalDeviation = (variance: number): number => 1 / (Math.sqrt(Math.max(variance, 0)) + SMALLEST_DEVIATION);

export const MEAN_VARIANCE_NORMALIZATION: Operator = {
  op: 'MeanVarianceNormalization',
  inputs: [1, 1],
  attributes: ['axes'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const axes = (numbersAttribute(call.node, 'axes') ?? [0, 2, 3]).map((axis) =>
      axisOf(call.node, axis, x.shape.length),
    );
    const share = 1 / Math.max(1, entryCount(axes.map((axis) => x.shape[axis]!)));
    const centered = b.sub(x, b.sum(x, axes, true, share));
    const variance = b.sum(b.multiply(centered, centered), axes, true, share);
    const inverse = applyFinite(b, variance, 'reciprocal deviation', reciprocalDeviation);
    return [b.multiply(centered, inverse)];
  },
};

export const LP_NORMALIZATION: Operator = {
  op: 'LpNormalization',
  inputs: [1, 1],
  attributes: ['axis', 'p'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const axis = axisOf(call.node, numberAttribute(call.node, 'axis', -1), x.shape.length);
    const p = numberAttribute(call.node, 'p', 2);
    if (p !== 1 && p !== 2) throw malformed(call.node, 'has an unknown norm', 'p of 1 or 2', `${p}`);
    const size = b.sum(p === 1 ? b.abs(x) : b.multiply(x, x), [axis], true);
    return [b.multiply(x, p === 1 ? inverseSize(b, size) : inverseLength(b, size))];
  },
};
