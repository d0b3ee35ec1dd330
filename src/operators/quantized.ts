/**
 * Quantized networks: their integers are kept, a scale is a multiple and a rounding. Scales and zero points are constants of the
 * network; those that are computed from the data have no circuit here.
 */
import { numberAttribute } from '../layers/node.ts';
import { entryCount } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { type Constant, isConstant, type Shape, type Value } from '../tensor/graph.ts';
import { axisOf, constantInput, malformed, requiredInput, unsupported } from './arguments.ts';
import { type IntegerType, integerType, UINT8 } from './integer-types.ts';
import type { NodeCall, Operator } from './operator.ts';

type Range = Pick<IntegerType, 'low' | 'high'>;

/** A scale or zero point; zero where it is absent. */
export function quantizer(b: TensorBuilder, call: NodeCall, index: number): Constant {
  return constantInput(call, index, 'scale or zero point') ?? b.constant([], [0], 'integer');
}

/** It as a tensor that broadcasts to `shape`: one number, one for each entry of an axis, or one for a block along it. */
function along(b: TensorBuilder, call: NodeCall, value: Constant, shape: Shape): Value {
  const { node } = call;
  if (value.data.length === 1) return b.reshape(value, []);
  const axis = axisOf(node, numberAttribute(node, 'axis', 1), shape.length);
  if (value.shape.length === 1) {
    if (value.shape[0] !== shape[axis])
      throw malformed(node, 'has scales for another axis', `${shape[axis]}`, `${value.shape[0]}`);
    return b.reshape(
      value,
      shape.map((dim, k) => (k === axis ? dim : 1)),
    );
  }
  const size = numberAttribute(node, 'block_size', 0) || Math.ceil(shape[axis]! / value.shape[axis]!);
  if (value.shape.length !== shape.length || value.shape[axis] !== Math.ceil(shape[axis]! / size))
    throw malformed(node, 'has scales of another shape', 'a scale for each block', `[${value.shape.join(', ')}]`);
  // Each entry along the axis reads the scale of its block.
  const inner = entryCount(shape.slice(axis + 1));
  const index = Int32Array.from({ length: entryCount(shape) }, (_, i) => {
    const along = Math.floor(i / inner) % shape[axis]!;
    const outer = Math.floor(i / (inner * shape[axis]!));
    return (outer * value.shape[axis]! + Math.floor(along / size)) * inner + (i % inner);
  });
  return b.arrange([value], shape, index);
}

/**
 * x / scale to the nearest integer, about the zero point and into the type. Ties go up and not to even: one floor instead of three for
 * each number of the network, and at most a unit where a number lies exactly between two.
 */
export function quantize(b: TensorBuilder, x: Value, scale: Value, zero: Value, { low, high }: Range): Value {
  const inverse = b.constant(
    scale.shape,
    (scale as Constant).data.map((s) => 1 / s),
  );
  return quantizeScaled(b, b.multiply(b.as(x, 'real'), inverse), zero, { low, high });
}

/** The same of a number in units of the scale. */
function quantizeScaled(b: TensorBuilder, x: Value, zero: Value, { low, high }: Range): Value {
  const rounded = b.as(b.floor(b.scale(x, 1, 0.5)), 'integer');
  return b.clip(b.add(rounded, b.as(zero, 'integer')), low, high);
}

export const dequantize = (b: TensorBuilder, x: Value, scale: Value, zero: Value): Value =>
  b.multiply(b.as(b.sub(x, b.as(zero, x.kind)), 'real'), scale);

export const QUANTIZE_LINEAR: Operator = {
  op: 'QuantizeLinear',
  inputs: [2, 3],
  attributes: ['axis', 'saturate', 'block_size', 'output_dtype', 'precision'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const written = numberAttribute(call.node, 'output_dtype', 0);
    const type = integerType(call.node, call.inputs[2] ? call.types[2] : written || UINT8, 'zero point');
    const [scale, zero] = [1, 2].map((i) => along(b, call, quantizer(b, call, i), x.shape));
    return [quantize(b, x, scale!, zero!, type)];
  },
};

export const DEQUANTIZE_LINEAR: Operator = {
  op: 'DequantizeLinear',
  inputs: [2, 3],
  attributes: ['axis', 'block_size', 'output_dtype'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const [scale, zero] = [1, 2].map((i) => along(b, call, quantizer(b, call, i), x.shape));
    return [dequantize(b, x, scale!, zero!)];
  },
};

export const DYNAMIC_QUANTIZE_LINEAR: Operator = {
  op: 'DynamicQuantizeLinear',
  inputs: [1, 1],
  restriction: 'refused: quantize statically, or give the float model',
  attributes: [],
  expand: (_, { node }) => {
    throw unsupported(
      node,
      'chooses its scale from the data of each run',
      'Quantize statically: onnxruntime.quantization.quantize_static(model, out, calibration_data_reader), or give the float model.',
    );
  },
};

/** Numbers of a matrix less their zero points: one, or one for each row (of a) or column (of b). */
function centred(b: TensorBuilder, call: NodeCall, x: Value, index: number, side: 'rows' | 'columns'): Value {
  const zero = quantizer(b, call, index);
  const shaped =
    zero.data.length > 1 && zero.shape.length === 1 && side === 'rows' ? b.reshape(zero, [...zero.shape, 1]) : zero;
  return b.as(b.sub(b.as(x, 'integer'), zero.data.length === 1 ? b.reshape(zero, []) : shaped), 'integer');
}

export const MAT_MUL_INTEGER: Operator = {
  op: 'MatMulInteger',
  inputs: [2, 4],
  attributes: [],
  expand: (b, call) => [
    b.matmul(
      centred(b, call, requiredInput(call, 0), 2, 'rows'),
      centred(b, call, requiredInput(call, 1), 3, 'columns'),
    ),
  ],
};

/** The scale of a product of quantized numbers in units of the result. */
export function productScale(b: TensorBuilder, x: Value, w: Value, y: Value): Value {
  return b.multiply(
    b.multiply(x, w),
    b.constant(
      y.shape,
      (y as Constant).data.map((s) => 1 / s),
    ),
  );
}

/**
 * A sum of products in units of the result, rounded and into its type. `sum` makes it of weights: where they are constant they are
 * scaled before, so that sums too long for the machine's numbers never come to be; else the sum is scaled.
 */
export function requantized(
  b: TensorBuilder,
  weights: Value,
  scale: { readonly ofWeights: Value; readonly ofSum: Value },
  zero: Value,
  type: IntegerType,
  sum: (weights: Value) => Value,
): Value {
  const scaled = isConstant(weights)
    ? sum(b.multiply(b.as(weights, 'real'), scale.ofWeights))
    : b.multiply(b.as(sum(weights), 'real'), scale.ofSum);
  return quantizeScaled(b, scaled, zero, type);
}

export const Q_LINEAR_MAT_MUL: Operator = {
  op: 'QLinearMatMul',
  inputs: [8, 8],
  attributes: [],
  expand: (b, call) => {
    const x = centred(b, call, requiredInput(call, 0), 2, 'rows');
    const w = centred(b, call, requiredInput(call, 3), 5, 'columns');
    const one = (index: number): Value => {
      const value = quantizer(b, call, index);
      return value.data.length === 1 ? b.reshape(value, []) : value;
    };
    const type = integerType(call.node, call.types[7], 'zero point');
    const rows = quantizer(b, call, 1);
    if (rows.data.length === 1) {
      const scale = productScale(b, one(1), one(4), one(6));
      const sum = (weights: Value): Value => b.matmul(x, weights);
      return [requantized(b, w, { ofWeights: scale, ofSum: scale }, one(7), type, sum)];
    }
    // A scale for each row of x is none of the columns of the weights.
    const ofSum = productScale(b, rows.shape.length === 1 ? b.reshape(rows, [...rows.shape, 1]) : rows, one(4), one(6));
    const product = b.multiply(b.as(b.matmul(x, w), 'real'), ofSum);
    return [quantize(b, product, b.constant([], [1]), one(7), type)];
  },
};
