/** ConvInteger and QLinearConv: the convolution of quantized.ts's integers. The padding is the zero point, zero once it is taken off. */
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { requiredInput } from './arguments.ts';
import { CONV } from './conv.ts';
import { integerType } from './integer-types.ts';
import type { NodeCall, Operator } from './operator.ts';
import { productScale, quantizer, requantize } from './quantized.ts';

/** A number, or one for each output channel at `axis` of a tensor of that rank. */
function perChannel(b: TensorBuilder, call: NodeCall, index: number, axis: number, rank: number): Value {
  const value = quantizer(b, call, index);
  if (value.data.length === 1) return b.reshape(value, []);
  return b.reshape(value, [
    ...new Array<number>(axis).fill(1),
    value.data.length,
    ...new Array<number>(rank - axis - 1).fill(1),
  ]);
}

/** The sum of products of two inputs of the node less their zero points, exactly. */
function convolve(
  b: TensorBuilder,
  call: NodeCall,
  x: number,
  xZero: number,
  w: number,
  wZero: number,
  bias?: Value,
): Value {
  const [image, weights] = [requiredInput(call, x), requiredInput(call, w)];
  const rank = weights.shape.length;
  const inputs = [
    b.sub(b.as(image, 'integer'), perChannel(b, call, xZero, 1, rank)),
    b.sub(b.as(weights, 'integer'), perChannel(b, call, wZero, 0, rank)),
    bias,
  ];
  const [sum] = CONV.expand(b, { ...call, inputs, types: [] });
  return b.as(sum!, 'integer');
}

export const CONV_INTEGER: Operator = {
  op: 'ConvInteger',
  inputs: [2, 4],
  attributes: CONV.attributes,
  expand: (b, call) => [convolve(b, call, 0, 2, 1, 3)],
};

export const Q_LINEAR_CONV: Operator = {
  op: 'QLinearConv',
  inputs: [8, 9],
  attributes: CONV.attributes,
  expand: (b, call) => {
    const sum = convolve(b, call, 0, 2, 3, 5, call.inputs[8]);
    const scaleOf = (index: number): Value => perChannel(b, call, index, 1, sum.shape.length);
    const scale = productScale(b, scaleOf(1), scaleOf(4), scaleOf(6));
    return [requantize(b, sum, scale, scaleOf(7), integerType(call.node, call.types[7], 'zero point'))];
  },
};
