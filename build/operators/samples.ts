/** A node of each operator, on which its cost and its error are measured: what networks have most, small enough to be quick. */
import type { Attribute, Feed, NodeCase } from '../../test/helpers/node-graph.ts';

const count = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
/** Numbers from low to high, equally far from each other and well mixed. */
const spread = (shape: readonly number[], low: number, high: number): number[] => {
  const n = count(shape);
  const divides = (a: number, b: number): boolean => (b === 0 ? a > 1 : divides(b, a % b));
  let stride = Math.max(1, Math.round(0.618 * n));
  while (n > 1 && divides(stride, n)) stride++;
  return Array.from({ length: n }, (_, i) => low + ((high - low) * (((i * stride) % n) + 0.5)) / n);
};
const real = (shape: readonly number[], low = -2, high = 2): Feed => ({
  shape,
  type: 'float32',
  data: spread(shape, low, high),
});
const fixed = (feed: Feed): Feed => ({ ...feed, constant: true });
const whole = (shape: readonly number[], low: number, high: number, type: Feed['type'] = 'int64'): Feed => ({
  ...{ shape, type },
  data: spread(shape, low, high + 1).map(Math.floor),
});
const list = (...data: number[]): Feed => ({ shape: [data.length], type: 'int64', data, constant: true });
const scalar = (value: number, type: Feed['type'] = 'float32'): Feed => ({
  shape: [],
  type,
  data: [value],
  constant: true,
});
const ints = (...values: number[]): Attribute => ({ ints: values });

const IMAGE = [1, 4, 8, 8];
const MATRIX = [8, 16];
const LOGICAL = whole(MATRIX, 0, 1, 'bool');
const image = real(IMAGE);
const matrix = real(MATRIX);
const bytes = (shape: readonly number[]): Feed => whole(shape, 0, 255, 'uint8');
const zero = scalar(128, 'uint8');
const triple = (shape: readonly number[]): Feed[] => [bytes(shape), scalar(0.015), zero];
const result = [scalar(0.02), zero];

type Sample = Omit<NodeCase, 'op' | 'domain'>;
const inputs = (...feeds: (Feed | undefined)[]): Sample => ({ inputs: feeds });
const window: Readonly<Record<string, Attribute>> = { kernel_shape: ints(2, 2), strides: ints(2, 2) };
const recurrent = (gates: number): Sample => ({
  attributes: { hidden_size: { i: 6 } },
  inputs: [real([4, 1, 5]), fixed(real([1, 6 * gates, 5], -0.5, 0.5)), fixed(real([1, 6 * gates, 6], -0.5, 0.5))],
});
const trees: Readonly<Record<string, Attribute>> = {
  nodes_treeids: ints(0, 0, 0),
  nodes_nodeids: ints(0, 1, 2),
  nodes_featureids: ints(1, 0, 0),
  nodes_modes: { strings: ['BRANCH_LEQ', 'LEAF', 'LEAF'] },
  nodes_values: { floats: [0.25, 0, 0] },
  nodes_truenodeids: ints(1, 0, 0),
  nodes_falsenodeids: ints(2, 0, 0),
};
const supports: Readonly<Record<string, Attribute>> = {
  kernel_type: { s: 'RBF' },
  kernel_params: { floats: [0.5, 0, 3] },
  support_vectors: { floats: [1, 0, 0, 1, 0.5, -0.5] },
  coefficients: { floats: [1, -1, 0.5] },
  rho: { floats: [0.1] },
};
const features = real([4, 2]);

/** Nodes that are not guessed. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  Acos: inputs(real(MATRIX, -0.95, 0.95)),
  Acosh: inputs(real(MATRIX, 1.05, 5)),
  ArgMax: { attributes: { axis: { i: 1 } }, inputs: [matrix] },
  ArgMin: { attributes: { axis: { i: 1 } }, inputs: [matrix] },
  ArrayFeatureExtractor: inputs(features, list(1)),
  And: inputs(LOGICAL, whole(MATRIX, 0, 1, 'bool')),
  Asin: inputs(real(MATRIX, -0.95, 0.95)),
  Atanh: inputs(real(MATRIX, -0.95, 0.95)),
  Attention: inputs(real([1, 2, 8, 8]), real([1, 2, 8, 8]), real([1, 2, 8, 8])),
  BatchNormalization: inputs(image, fixed(real([4])), fixed(real([4])), fixed(real([4])), fixed(real([4], 0.5, 1.5))),
  BitShift: { attributes: { direction: { s: 'RIGHT' } }, inputs: [whole(MATRIX, 0, 255, 'uint8'), scalar(2, 'uint8')] },
  BitwiseAnd: inputs(whole(MATRIX, 0, 255, 'uint8'), whole(MATRIX, 0, 200, 'uint8')),
  BitwiseNot: inputs(whole(MATRIX, 0, 255, 'uint8')),
  BitwiseOr: inputs(whole(MATRIX, 0, 255, 'uint8'), whole(MATRIX, 0, 200, 'uint8')),
  BitwiseXor: inputs(whole(MATRIX, 0, 255, 'uint8'), whole(MATRIX, 0, 200, 'uint8')),
  Cast: { attributes: { to: { i: 7 } }, inputs: [matrix] },
  CastLike: inputs(matrix, fixed(whole([1], 0, 1))),
  Clip: inputs(matrix, scalar(-1), scalar(1)),
  Concat: { attributes: { axis: { i: 1 } }, inputs: [matrix, matrix] },
  ConstantOfShape: inputs(list(2, 3)),
  Conv: inputs(image, fixed(real([8, 4, 3, 3], -0.3, 0.3)), fixed(real([8]))),
  ConvInteger: inputs(bytes(IMAGE), fixed(bytes([2, 4, 1, 1])), zero, zero),
  ConvTranspose: inputs(image, fixed(real([4, 8, 2, 2], -0.3, 0.3))),
  CumSum: inputs(matrix, scalar(1, 'int64')),
  DepthToSpace: { attributes: { blocksize: { i: 2 } }, inputs: [image] },
  DequantizeLinear: inputs(...triple(MATRIX)),
  Div: inputs(matrix, real(MATRIX, 0.5, 2)),
  Einsum: { attributes: { equation: { s: 'ij,kj->ik' } }, inputs: [matrix, matrix] },
  Expand: inputs(matrix, list(2, 8, 16)),
  EyeLike: inputs(matrix),
  FusedMatMul: inputs(matrix, fixed(real([16, 8], -0.3, 0.3))),
  Gather: inputs(fixed(real([16, 8])), whole([4], 0, 15)),
  GatherElements: inputs(fixed(real([4, 4])), whole([2, 4], 0, 3)),
  GatherND: inputs(fixed(real([16, 8])), whole([4, 1], 0, 15)),
  Gemm: inputs(matrix, fixed(real([16, 8], -0.3, 0.3)), fixed(real([8]))),
  GroupNormalization: {
    opset: 21,
    attributes: { num_groups: { i: 2 } },
    inputs: [image, fixed(real([4])), fixed(real([4]))],
  },
  GRU: recurrent(3),
  InstanceNormalization: inputs(image, fixed(real([4])), fixed(real([4]))),
  LabelEncoder: {
    attributes: { keys_int64s: ints(0, 1, 2), values_int64s: ints(5, 6, 7) },
    inputs: [whole([8], 0, 2)],
  },
  LayerNormalization: inputs(matrix, fixed(real([16])), fixed(real([16]))),
  LinearClassifier: {
    attributes: { coefficients: { floats: [1, 2, -1, 0.5] }, classlabels_ints: ints(0, 1) },
    inputs: [features],
  },
  LinearRegressor: { attributes: { coefficients: { floats: [1, 2] } }, inputs: [features] },
  Log: inputs(real(MATRIX, 0.1, 4)),
  LpPool: { attributes: window, inputs: [image] },
  AveragePool: { attributes: window, inputs: [image] },
  MaxPool: { attributes: window, inputs: [image] },
  LRN: { attributes: { size: { i: 3 } }, inputs: [image] },
  LSTM: recurrent(4),
  MatMul: inputs(matrix, fixed(real([16, 8], -0.3, 0.3))),
  MatMulInteger: inputs(bytes([4, 8]), fixed(bytes([8, 4])), zero, zero),
  Mod: inputs(whole(MATRIX, -90, 90), scalar(7, 'int64')),
  Not: inputs(LOGICAL),
  NonZero: inputs(fixed(whole([2, 3], 0, 1))),
  OneHot: inputs(whole([8], 0, 4), scalar(5, 'int64'), { shape: [2], type: 'float32', data: [0, 1], constant: true }),
  OneHotEncoder: { attributes: { cats_int64s: ints(0, 1, 2) }, inputs: [whole([8, 1], 0, 2)] },
  Or: inputs(LOGICAL, whole(MATRIX, 0, 1, 'bool')),
  Pad: inputs(matrix, list(1, 1, 1, 1)),
  Pow: inputs(real(MATRIX, 0.1, 3), scalar(2)),
  PRelu: inputs(image, fixed(real([4, 1, 1], 0.1, 0.3))),
  QGemm: inputs(...triple([4, 8]), fixed(bytes([8, 4])), scalar(0.01), zero, undefined, ...result),
  QLinearAdd: inputs(...triple(MATRIX), ...triple(MATRIX), ...result),
  QLinearAveragePool: { attributes: window, inputs: [...triple(IMAGE), ...result] },
  QLinearConcat: { attributes: { axis: { i: 1 } }, inputs: [...result, ...triple(MATRIX), ...triple(MATRIX)] },
  QLinearConv: inputs(...triple(IMAGE), fixed(bytes([2, 4, 3, 3])), scalar(0.01), zero, scalar(0.2), zero),
  QLinearGlobalAveragePool: inputs(...triple(IMAGE), ...result),
  QLinearLeakyRelu: inputs(...triple(MATRIX), ...result),
  QLinearMatMul: inputs(...triple([4, 8]), fixed(bytes([8, 4])), scalar(0.01), zero, scalar(0.1), zero),
  QLinearMul: inputs(...triple(MATRIX), ...triple(MATRIX), ...result),
  QLinearSigmoid: inputs(...triple(MATRIX), scalar(1 / 256), scalar(0, 'uint8')),
  QLinearSoftmax: {
    attributes: { opset: { i: 13 }, axis: { i: -1 } },
    inputs: [...triple(MATRIX), scalar(1 / 256), scalar(0, 'uint8')],
  },
  QuantizeLinear: inputs(matrix, scalar(0.02), zero),
  Range: inputs(scalar(0), scalar(5), scalar(1)),
  Reciprocal: inputs(real(MATRIX, 0.5, 4)),
  ReduceLogSum: { attributes: { axes: ints(1) }, opset: 13, inputs: [real(MATRIX, 0.1, 2)] },
  ReduceProd: { attributes: { axes: ints(1) }, opset: 13, inputs: [real([4, 4])] },
  Reshape: inputs(matrix, list(16, 8)),
  Resize: {
    attributes: { mode: { s: 'linear' } },
    inputs: [image, undefined, fixed({ shape: [4], type: 'float32', data: [1, 1, 2, 2] })],
  },
  ReverseSequence: inputs(real([4, 3]), list(4, 2, 1)),
  RMSNormalization: inputs(matrix, fixed(real([16]))),
  RNN: recurrent(1),
  RotaryEmbedding: inputs(real([1, 2, 3, 8]), fixed(real([1, 3, 4])), fixed(real([1, 3, 4]))),
  Scaler: { attributes: { offset: { floats: [1, 2] }, scale: { floats: [0.5, 2] } }, inputs: [features] },
  Scatter: inputs(matrix, fixed(whole([1, 16], 0, 7)), real([1, 16])),
  ScatterElements: inputs(matrix, fixed(whole([1, 16], 0, 7)), real([1, 16])),
  ScatterND: inputs(matrix, fixed({ shape: [2, 1], type: 'int64', data: [1, 3] }), real([2, 16])),
  SimplifiedLayerNormalization: inputs(matrix, fixed(real([16]))),
  SkipLayerNormalization: inputs(matrix, real(MATRIX, -1, 1), fixed(real([16])), fixed(real([16]))),
  SkipSimplifiedLayerNormalization: inputs(matrix, real(MATRIX, -1, 1), fixed(real([16]))),
  Slice: inputs(matrix, list(1), list(7)),
  SpaceToDepth: { attributes: { blocksize: { i: 2 } }, inputs: [image] },
  Split: { attributes: { axis: { i: 1 } }, outputs: 2, inputs: [matrix, list(8, 8)] },
  Sqrt: inputs(real(MATRIX, 0.1, 4)),
  Squeeze: inputs(real([1, 8]), list(0)),
  SVMClassifier: {
    attributes: { ...supports, classlabels_ints: ints(0, 1), vectors_per_class: ints(2, 1) },
    inputs: [features],
  },
  SVMRegressor: { attributes: { ...supports, n_supports: { i: 3 } }, inputs: [features] },
  Tan: inputs(real(MATRIX, -1, 1)),
  Tile: inputs(matrix, list(1, 2)),
  TopK: inputs(real([4, 8]), list(3)),
  TreeEnsemble: {
    attributes: {
      aggregate_function: { i: 1 },
      leaf_targetids: ints(0, 0),
      leaf_weights: { floats: [1, 2] },
      n_targets: { i: 1 },
      nodes_falseleafs: ints(1),
      nodes_falsenodeids: ints(1),
      nodes_featureids: ints(0),
      nodes_modes: ints(0),
      nodes_splits: { floats: [0.25] },
      nodes_trueleafs: ints(1),
      nodes_truenodeids: ints(0),
      tree_roots: ints(0),
    },
    inputs: [features],
  },
  TreeEnsembleClassifier: {
    attributes: {
      ...trees,
      ...{ class_treeids: ints(0, 0), class_nodeids: ints(1, 2), class_ids: ints(0, 1) },
      ...{ class_weights: { floats: [1, 1] }, classlabels_int64s: ints(0, 1) },
    },
    inputs: [features],
  },
  TreeEnsembleRegressor: {
    attributes: {
      ...trees,
      ...{ target_treeids: ints(0, 0), target_nodeids: ints(1, 2), target_ids: ints(0, 0) },
      ...{ target_weights: { floats: [1, 2] }, n_targets: { i: 1 } },
    },
    inputs: [features],
  },
  Unsqueeze: inputs(matrix, list(0)),
  Upsample: { opset: 9, inputs: [image, fixed({ shape: [4], type: 'float32', data: [1, 1, 2, 2] })] },
  Xor: inputs(LOGICAL, whole(MATRIX, 0, 1, 'bool')),
  Where: inputs(LOGICAL, matrix, real(MATRIX, -1, 1)),
};

const WINDOWS: readonly string[] = ['HannWindow', 'HammingWindow', 'BlackmanWindow'];

/** Nodes to try, the first that is read is the sample. */
export function samplesOf(op: string, fewest: number): readonly Sample[] {
  const own = SAMPLES[op];
  if (own) return [own];
  if (WINDOWS.includes(op)) return [inputs(scalar(8, 'int64'))];
  const last: Readonly<Record<string, Attribute>> = { axes: ints(1) };
  if (op.startsWith('Reduce')) return [{ opset: 11, attributes: last, inputs: [matrix] }];
  if (fewest === 2) return [inputs(matrix, real(MATRIX, -1, 1)), inputs(LOGICAL, whole(MATRIX, 0, 1, 'bool'))];
  const alone = [image, LOGICAL, features];
  return alone.map((feed) => inputs(feed));
}
