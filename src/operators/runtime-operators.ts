/**
 * Operators of com.microsoft that onnxruntime's optimizer and quantizer write in the place of several of ONNX: each is what it
 * stands for. The quantized ones take their numbers apart, do the operator and quantize the result, as the runtime does.
 */
import { numberAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Constant, Value } from '../tensor/graph.ts';
import { LEAKY_RELU, SIGMOID } from './activations.ts';
import { requiredInput, scalar, unsupported } from './arguments.ts';
import { ADD, MUL } from './arithmetic.ts';
import { integerType } from './integer-types.ts';
import { GEMM, MATMUL } from './matrices.ts';
import { CONCAT } from './moves.ts';
import { NORMALIZATIONS } from './normalizations.ts';
import type { NodeCall, Operator } from './operator.ts';
import { POOLS } from './pools.ts';
import { DEQUANTIZE_LINEAR, dequantize, QUANTIZE_LINEAR, quantize, quantizer } from './quantized.ts';
import { SOFTMAX } from './softmax.ts';

const domain = 'com.microsoft' as const;
const named = (operators: readonly Operator[], name: string): Operator => operators.find(({ op }) => op === name)!;

/** A scale or zero point of a whole tensor. */
function single(b: TensorBuilder, call: NodeCall, index: number): Value {
  const value = quantizer(b, call, index);
  scalar(call.node, value, `input ${index}`);
  return b.reshape(value, []);
}

/** Inputs `at`, its scale and its zero point, as the real number that they stand for. */
const realInput = (b: TensorBuilder, call: NodeCall, at: number): Value =>
  dequantize(b, requiredInput(call, at), single(b, call, at + 1), single(b, call, at + 2));

/** A real result in the scale and about the zero point of inputs `at` and the next. */
function wholeResult(b: TensorBuilder, call: NodeCall, y: Value, at: number): Value {
  const type = integerType(call.node, call.types[at + 1] ?? call.types[0], 'zero point');
  return quantize(b, y, single(b, call, at), single(b, call, at + 1), type);
}

/** An operator between quantized numbers: `count` inputs of three each, then scale and zero point of the result. */
function quantizedTwin(
  op: string,
  count: number,
  attributes: readonly string[],
  form: (b: TensorBuilder, call: NodeCall) => Value,
): Operator {
  const last = 3 * count;
  return {
    op,
    domain,
    inputs: [last + 1, last + 2],
    attributes,
    expand: (b, call) => {
      const inputs = Array.from({ length: count }, (_, i) => realInput(b, call, 3 * i));
      return [wholeResult(b, call, form(b, { ...call, inputs, types: [] }), last)];
    },
  };
}

/** The pool over the channels' places wherever the channels stand. */
function globalAverage(b: TensorBuilder, call: NodeCall): Value {
  const pool = named(POOLS, 'GlobalAveragePool');
  const x = requiredInput(call, 0);
  if (numberAttribute(call.node, 'channels_last', 0) === 0) return pool.expand(b, call)[0]!;
  const axes = [...x.shape.keys()];
  const first = b.transpose(x, [0, axes.length - 1, ...axes.slice(1, -1)]);
  const [y] = pool.expand(b, { ...call, inputs: [first] });
  return b.transpose(y!, [0, ...axes.slice(2), 1]);
}

const AVERAGE = named(POOLS, 'AveragePool');

const QUANTIZED: readonly Operator[] = [
  quantizedTwin('QLinearAdd', 2, [], (b, call) => ADD.expand(b, call)[0]!),
  quantizedTwin('QLinearMul', 2, [], (b, call) => MUL.expand(b, call)[0]!),
  quantizedTwin('QLinearSigmoid', 1, [], (b, { inputs: [x] }) => SIGMOID.form(b, x!, {})),
  quantizedTwin('QLinearLeakyRelu', 1, ['alpha'], (b, { node, inputs: [x] }) =>
    LEAKY_RELU.form(b, x!, { alpha: numberAttribute(node, 'alpha', 0.01) }),
  ),
  quantizedTwin(
    'QLinearSoftmax',
    1,
    ['axis', 'opset'],
    (b, call) => SOFTMAX.expand(b, { ...call, opset: numberAttribute(call.node, 'opset', 13) })[0]!,
  ),
  quantizedTwin('QLinearAveragePool', 1, [...AVERAGE.attributes, 'channels_last'], (b, call) => {
    if (numberAttribute(call.node, 'channels_last', 0) !== 0)
      throw unsupported(
        call.node,
        'has its channels last',
        'Quantize the network in the layout that it was exported in.',
      );
    return AVERAGE.expand(b, call)[0]!;
  }),
  quantizedTwin('QLinearGlobalAveragePool', 1, ['channels_last'], globalAverage),
  {
    // Scale and zero point of the result stand first.
    op: 'QLinearConcat',
    domain,
    inputs: [5, Number.POSITIVE_INFINITY],
    attributes: ['axis'],
    expand: (b, call) => {
      const count = (call.inputs.length - 2) / 3;
      const inputs = Array.from({ length: count }, (_, i) => realInput(b, call, 2 + 3 * i));
      const [y] = CONCAT.expand(b, { ...call, inputs, types: [] });
      return [wholeResult(b, call, y!, 0)];
    },
  },
];

/** Sums of an input, its skipped twin and a bias, normalized: outputs 0 and, where asked for, the sum itself as output 3. */
function skipNormalization(
  op: string,
  normalization: Operator,
  inputs: readonly [number, number],
  hasOffset: boolean,
): Operator {
  return {
    op,
    domain,
    inputs,
    attributes: ['epsilon'],
    expand: (b, call) => {
      const bias = call.inputs[hasOffset ? 4 : 3];
      const sum = b.add(requiredInput(call, 0), requiredInput(call, 1));
      const x = bias === undefined ? sum : b.add(sum, bias);
      const factors = hasOffset ? [call.inputs[2], call.inputs[3]] : [call.inputs[2]];
      const [y, mean, inverse] = normalization.expand(b, { ...call, inputs: [x, ...factors], types: [] });
      return [y!, mean ?? x, inverse ?? x, x];
    },
  };
}

const LAYER = named(NORMALIZATIONS, 'LayerNormalization');
const ROOT_MEAN_SQUARE = named(NORMALIZATIONS, 'RMSNormalization');

const FUSED: readonly Operator[] = [
  { ...ROOT_MEAN_SQUARE, op: 'SimplifiedLayerNormalization' },
  skipNormalization('SkipLayerNormalization', LAYER, [3, 5], true),
  skipNormalization('SkipSimplifiedLayerNormalization', ROOT_MEAN_SQUARE, [3, 4], false),
  {
    op: 'FusedMatMul',
    domain,
    inputs: [2, 2],
    restriction: 'no moved batches',
    attributes: ['alpha', 'transA', 'transB', 'transBatchA', 'transBatchB'],
    expand: (b, call) => {
      if (['transBatchA', 'transBatchB'].some((name) => numberAttribute(call.node, name, 0) !== 0))
        throw unsupported(
          call.node,
          'moves batches (transBatchA, transBatchB)',
          'Export the network without that optimization.',
        );
      const side = (index: number, name: string): Value => {
        const x = requiredInput(call, index);
        const axes = [...x.shape.keys()];
        const swapped = numberAttribute(call.node, name, 0) === 1 && axes.length > 1;
        return swapped ? b.transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]) : x;
      };
      const [product] = MATMUL.expand(b, { ...call, inputs: [side(0, 'transA'), side(1, 'transB')] });
      return [b.scale(product!, numberAttribute(call.node, 'alpha', 1))];
    },
  },
];

/** The weights of a QGemm, one scale for all or one for each column of the product: their numbers, and the scales. */
function columnWeights(b: TensorBuilder, call: NodeCall): { readonly weights: Value; readonly scale: Value } {
  const w = requiredInput(call, 3);
  const [scale, zero] = [quantizer(b, call, 4), quantizer(b, call, 5)];
  const across = numberAttribute(call.node, 'transB', 0) === 0 ? (n: number) => [1, n] : (n: number) => [n, 1];
  const shaped = (value: Constant): Value => b.reshape(value, value.data.length === 1 ? [] : across(value.data.length));
  const columns = scale.data.length === 1 ? b.reshape(scale, []) : b.reshape(scale, [scale.data.length]);
  return { weights: dequantize(b, w, shaped(scale), shaped(zero)), scale: columns };
}

/** Gemm of quantized matrices; its bias is in units of both scales. */
const Q_GEMM: Operator = {
  op: 'QGemm',
  domain,
  inputs: [6, 9],
  attributes: ['alpha', 'transA', 'transB'],
  expand: (b, call) => {
    const { inputs } = call;
    const { weights, scale } = columnWeights(b, call);
    const factors = [realInput(b, call, 0), weights];
    const unit = b.multiply(single(b, call, 1), scale);
    const bias = inputs[6] === undefined ? undefined : b.multiply(b.as(inputs[6], 'real'), unit);
    const [y] = GEMM.expand(b, { ...call, inputs: [...factors, bias], types: [] });
    return inputs[7] === undefined ? [y!] : [wholeResult(b, call, y!, 7)];
  },
};

/** As ONNX has them since opset 21, for 16 and 4 bits before it. */
const WIDER: readonly Operator[] = [QUANTIZE_LINEAR, DEQUANTIZE_LINEAR].map((operator) => ({ ...operator, domain }));

export const RUNTIME_OPERATORS: readonly Operator[] = [...WIDER, ...QUANTIZED, Q_GEMM, ...FUSED];
