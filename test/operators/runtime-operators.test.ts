/** Operators of com.microsoft against ONNX Runtime, and ONNX's normalizations and windows without factors. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../helpers/chains.ts';
import {
  type Attribute,
  compare,
  difference,
  type Feed,
  type NodeCase,
  runExpansion,
  runReference,
} from '../helpers/one-node.ts';

const random = seeded(6);
const size = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
const real = (shape: readonly number[], low = -2, high = 2): Feed => ({
  shape,
  type: 'float32',
  data: Array.from({ length: size(shape) }, () => low + (high - low) * random()),
});
const constant = (feed: Feed): Feed => ({ ...feed, constant: true });
const bytes = (shape: readonly number[]): Feed => ({
  shape,
  type: 'uint8',
  data: Array.from({ length: size(shape) }, () => Math.floor(256 * random())),
});
const scale = (low = 0.01, high = 0.02): Feed => constant(real([], low, high));
const zero = (value = 100): Feed => ({ shape: [], type: 'uint8', data: [value], constant: true });
const triple = (shape: readonly number[]): Feed[] => [bytes(shape), scale(), zero()];

const domain = 'com.microsoft';
const check = (name: string, spec: NodeCase, tolerance?: number): void => {
  it(name, async () => expect(await compare(spec, tolerance)).toBeUndefined());
};
/** Integers within a unit. */
const checkUnits = (
  name: string,
  op: string,
  inputs: readonly (Feed | undefined)[],
  attributes: Record<string, Attribute> = {},
): void => {
  it(name, async () => {
    const spec = { op, domain, inputs, attributes };
    const [[theirs], { results }] = [await runReference(spec), runExpansion(spec)];
    const range = Math.max(...theirs!.data.map(Math.abs));
    expect(difference(results[0]!, theirs!, 1 / range)).toBeUndefined();
  });
};

describe('quantized operators of the runtime', () => {
  checkUnits('QLinearAdd', 'QLinearAdd', [...triple([3, 8]), ...triple([8]), scale(0.02, 0.03), zero()]);
  checkUnits('QLinearMul', 'QLinearMul', [...triple([3, 8]), ...triple([3, 8]), scale(0.02, 0.03), zero()]);
  checkUnits('QLinearSigmoid', 'QLinearSigmoid', [...triple([40]), scale(0.004, 0.005), zero(0)]);
  checkUnits('QLinearLeakyRelu', 'QLinearLeakyRelu', [...triple([40]), scale(), zero()], { alpha: { f: 0.2 } });
  for (const last of [0, 1])
    checkUnits(
      `QLinearGlobalAveragePool, channels last ${last}`,
      'QLinearGlobalAveragePool',
      [...triple([1, 4, 5, 6]), scale(), zero()],
      {
        channels_last: { i: last },
      },
    );
  checkUnits('QLinearConcat', 'QLinearConcat', [scale(), zero(), ...triple([2, 3]), ...triple([2, 4])], {
    axis: { i: 1 },
  });
  checkUnits('QLinearSoftmax', 'QLinearSoftmax', [...triple([3, 8]), scale(0.003, 0.004), zero(0)], {
    axis: { i: -1 },
    opset: { i: 13 },
  });
  const bias: Feed = { shape: [5], type: 'int32', data: [100, -200, 0, 3000, 5], constant: true };
  const weights = [constant(bytes([7, 5])), scale(), zero(120)];
  const lists = [
    constant(real([5], 0.01, 0.02)),
    { shape: [5], type: 'uint8', data: [120, 110, 99, 130, 140], constant: true } as const,
  ];
  checkUnits('QGemm, a scale for each column', 'QGemm', [
    ...[...triple([3, 7]), constant(bytes([7, 5])), ...lists],
    ...[bias, scale(0.02, 0.03), zero()],
  ]);
  checkUnits('QLinearAveragePool', 'QLinearAveragePool', [...triple([1, 3, 6, 6]), scale(), zero()], {
    kernel_shape: { ints: [3, 3] },
    pads: { ints: [1, 1, 1, 1] },
    strides: { ints: [2, 2] },
  });
  checkUnits('QGemm', 'QGemm', [...triple([3, 7]), ...weights, bias, scale(0.02, 0.03), zero()]);
});

describe('fused operators of the runtime', () => {
  const vector = (): Feed => constant(real([8]));
  check('SkipLayerNormalization', {
    op: 'SkipLayerNormalization',
    domain,
    attributes: { epsilon: { f: 1e-3 } },
    inputs: [real([2, 3, 8]), real([2, 3, 8]), vector(), vector(), vector()],
  });
  check('SkipSimplifiedLayerNormalization', {
    op: 'SkipSimplifiedLayerNormalization',
    domain,
    inputs: [real([2, 3, 8]), real([2, 3, 8]), vector()],
  });
  check('FusedMatMul', {
    op: 'FusedMatMul',
    domain,
    attributes: { alpha: { f: 0.25 }, transA: { i: 1 }, transB: { i: 1 } },
    inputs: [real([2, 4, 3]), real([2, 5, 4])],
  });
});

describe('normalizations without factors and windows', () => {
  check('MeanVarianceNormalization', { op: 'MeanVarianceNormalization', inputs: [real([2, 3, 4, 5])] });
  check('MeanVarianceNormalization over given axes', {
    op: 'MeanVarianceNormalization',
    attributes: { axes: { ints: [1, 2] } },
    inputs: [real([2, 3, 4])],
  });
  for (const p of [1, 2])
    check(`LpNormalization ${p}`, {
      op: 'LpNormalization',
      attributes: { p: { i: p }, axis: { i: 1 } },
      inputs: [real([2, 5, 3])],
    });
  for (const op of ['HannWindow', 'HammingWindow', 'BlackmanWindow'])
    for (const periodic of [0, 1])
      check(`${op} ${periodic}`, {
        op,
        attributes: { periodic: { i: periodic } },
        inputs: [{ shape: [], type: 'int64', data: [10], constant: true }],
      });
});
