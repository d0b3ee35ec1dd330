/** ConvInteger and QLinearConv: the convolution of quantized.ts's integers. The padding is the zero point, zero once it is taken off. */
import type { TensorBuilder } from '../tensor/builder.ts';
import { isConstant, type Value } from '../tensor/graph.ts';
import { requiredInput } from './arguments.ts';
import { CONV } from './conv.ts';
import { integerType } from './integer-types.ts';
import type { NodeCall, Operator } from './operator.ts';
import { productScale, quantizer, requantized } from './quantized.ts';

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

/** Inputs `x` and `w` less their zero points. */
function centred(b: TensorBuilder, call: NodeCall, x: number, xZero: number, w: number, wZero: number): [Value, Value] {
  const [image, weights] = [requiredInput(call, x), requiredInput(call, w)];
  const rank = weights.shape.length;
  return [
    b.sub(b.as(image, 'integer'), perChannel(b, call, xZero, 1, rank)),
    b.sub(b.as(weights, 'integer'), perChannel(b, call, wZero, 0, rank)),
  ];
}

const convolve = (b: TensorBuilder, call: NodeCall, x: Value, w: Value, bias?: Value): Value =>
  CONV.expand(b, { ...call, inputs: [x, w, bias], types: [] })[0]!;

export const CONV_INTEGER: Operator = {
  op: 'ConvInteger',
  inputs: [2, 4],
  attributes: CONV.attributes,
  expand: (b, call) => {
    const [x, w] = centred(b, call, 0, 2, 1, 3);
    return [b.as(convolve(b, call, x, w), 'integer')];
  },
};

export const Q_LINEAR_CONV: Operator = {
  op: 'QLinearConv',
  inputs: [8, 9],
  attributes: CONV.attributes,
  expand: (b, call) => {
    const [x, w] = centred(b, call, 0, 2, 3, 5);
    const rank = w.shape.length;
    const scaleAt = (axis: number, of: number): Value =>
      productScale(
        b,
        perChannel(b, call, 1, axis, of),
        perChannel(b, call, 4, axis, of),
        perChannel(b, call, 6, axis, of),
      );
    const bias = call.inputs[8];
    const sum = (weights: Value): Value => {
      if (bias === undefined) return convolve(b, call, x, weights);
      const unit = isConstant(weights) ? scaleAt(0, 1) : b.constant([], [1]);
      return convolve(b, call, x, weights, b.multiply(b.as(bias, 'real'), unit));
    };
    const type = integerType(call.node, call.types[7], 'zero point');
    const zero = perChannel(b, call, 7, 1, rank);
    return [requantized(b, w, { ofWeights: scaleAt(0, rank), ofSum: scaleAt(1, rank) }, zero, type, sum)];
  },
};
