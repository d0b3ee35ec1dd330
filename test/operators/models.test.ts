/** The operators of ai.onnx.ml and com.microsoft against ONNX Runtime: linear models, support vectors, encoders. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../helpers/chains.ts';
import { type Attribute, compare, type Feed, type NodeCase } from '../helpers/one-node.ts';

const random = seeded(4);
const uniform = (n: number): number[] => Array.from({ length: n }, () => 2 * random() - 1);
const real = (shape: readonly number[]): Feed => ({
  shape,
  type: 'float32',
  data: uniform(shape.reduce((product, dim) => product * dim, 1)),
});
const whole = (data: readonly number[], shape: readonly number[] = [data.length], constant = false): Feed => ({
  shape,
  type: 'int64',
  data,
  constant,
});

const ML = { domain: 'ai.onnx.ml' } as const;
const check = (name: string, spec: NodeCase, tolerance?: number): void => {
  it(name, async () => expect(await compare(spec, tolerance)).toBeUndefined());
};

const s = (text: string): Attribute => ({ s: text });
describe('linear models', () => {
  for (const targets of [1, 3])
    check(`regressor of ${targets}`, {
      ...ML,
      op: 'LinearRegressor',
      attributes: {
        coefficients: { floats: uniform(4 * targets) },
        intercepts: { floats: uniform(targets) },
        targets: { i: targets },
      },
      inputs: [real([5, 4])],
    });
  for (const classes of [1, 2, 3])
    for (const transform of ['NONE', 'LOGISTIC', 'SOFTMAX'])
      check(`classifier with ${classes} scores, ${transform}`, {
        ...ML,
        op: 'LinearClassifier',
        attributes: {
          coefficients: { floats: uniform(4 * classes) },
          intercepts: { floats: uniform(classes) },
          classlabels_ints: { ints: classes === 3 ? [4, 2, 8] : [4, 2] },
          post_transform: s(transform),
        },
        inputs: [real([9, 4])],
        outputs: 2,
      });
});

describe('support vectors', () => {
  for (const kernel of ['LINEAR', 'POLY', 'RBF', 'SIGMOID']) {
    const shared = { kernel_type: s(kernel), kernel_params: { floats: [0.5, 0.25, 3] } };
    check(`regressor, ${kernel}`, {
      ...ML,
      op: 'SVMRegressor',
      attributes: {
        ...shared,
        coefficients: { floats: uniform(6) },
        support_vectors: { floats: uniform(24) },
        n_supports: { i: 6 },
        rho: { floats: [0.1] },
      },
      inputs: [real([7, 4])],
    });
    for (const classes of [2, 3])
      for (const probabilities of classes === 2 ? [false, true] : [false]) {
        const pairs = (classes * (classes - 1)) / 2;
        // ONNX Runtime stops its iteration for probabilities at 0.005 / classes.
        check(
          `classifier of ${classes}, ${kernel}, probabilities ${probabilities}`,
          {
            ...ML,
            op: 'SVMClassifier',
            attributes: {
              ...shared,
              coefficients: { floats: uniform((classes - 1) * 2 * classes) },
              support_vectors: { floats: uniform(2 * classes * 4) },
              vectors_per_class: { ints: new Array(classes).fill(2) },
              rho: { floats: uniform(pairs) },
              classlabels_ints: { ints: [6, 2, 4].slice(0, classes) },
              ...(probabilities && { prob_a: { floats: [-1.5] }, prob_b: { floats: [0.2] } }),
            },
            inputs: [real([9, 4])],
            outputs: 2,
          },
          probabilities ? 4e-3 : undefined,
        );
      }
  }
  check('regressor without vectors', {
    ...ML,
    op: 'SVMRegressor',
    attributes: { kernel_params: { floats: [0, 0, 0] }, coefficients: { floats: uniform(4) }, rho: { floats: [0.1] } },
    inputs: [real([7, 4])],
  });
  check('of one class', {
    ...ML,
    op: 'SVMRegressor',
    attributes: {
      kernel_type: s('LINEAR'),
      kernel_params: { floats: [0, 0, 0] },
      coefficients: { floats: uniform(6) },
      support_vectors: { floats: uniform(24) },
      n_supports: { i: 6 },
      one_class: { i: 1 },
      rho: { floats: [0.1] },
    },
    inputs: [real([7, 4])],
  });
  check('linear classifier', {
    ...ML,
    op: 'SVMClassifier',
    attributes: {
      kernel_type: s('LINEAR'),
      kernel_params: { floats: [0, 0, 0] },
      coefficients: { floats: uniform(12) },
      rho: { floats: [0.1] },
      classlabels_ints: { ints: [6, 2, 4] },
    },
    inputs: [real([9, 4])],
    outputs: 2,
  });
});

describe('features', () => {
  check('Scaler', {
    ...ML,
    op: 'Scaler',
    attributes: { offset: { floats: uniform(4) }, scale: { floats: uniform(4) } },
    inputs: [real([3, 4])],
  });
  for (const norm of ['MAX', 'L1', 'L2'])
    check(`Normalizer ${norm}`, { ...ML, op: 'Normalizer', attributes: { norm: s(norm) }, inputs: [real([5, 4])] });
  check('Binarizer', { ...ML, op: 'Binarizer', attributes: { threshold: { f: 0.25 } }, inputs: [real([5, 4])] });
  check('ArrayFeatureExtractor', {
    ...ML,
    op: 'ArrayFeatureExtractor',
    inputs: [real([3, 4]), whole([2, 0], [1, 2], true)],
  });
  check('ArrayFeatureExtractor of labels', {
    ...ML,
    op: 'ArrayFeatureExtractor',
    inputs: [whole([10, 20, 30], [3], true), whole([2, 0, 1])],
  });
  check('FeatureVectorizer', {
    ...ML,
    opset: 1,
    op: 'FeatureVectorizer',
    attributes: { inputdimensions: { ints: [2, 3] } },
    inputs: [real([4, 2]), real([4, 3])],
  });
  check('Imputer', {
    ...ML,
    op: 'Imputer',
    attributes: { imputed_value_floats: { floats: [5, 6] }, replaced_value_float: { f: 0 } },
    inputs: [{ shape: [3, 2], type: 'float32', data: [0, 1, 2, 0, 0, 0] }],
  });
  check('OneHotEncoder', {
    ...ML,
    op: 'OneHotEncoder',
    attributes: { cats_int64s: { ints: [3, 1, 4] } },
    inputs: [whole([1, 4, 3, 1])],
  });
  check('LabelEncoder', {
    ...ML,
    op: 'LabelEncoder',
    attributes: { keys_int64s: { ints: [1, 2] }, values_int64s: { ints: [10, 20] }, default_int64: { i: 7 } },
    inputs: [whole([2, 1, 5, 2])],
  });
});

describe('fused activations', () => {
  const fused = { domain: 'com.microsoft' } as const;
  check('Gelu', { ...fused, op: 'Gelu', inputs: [real([9])] });
  check('FastGelu', { ...fused, op: 'FastGelu', inputs: [real([3, 4]), { ...real([4]), constant: true }] });
  check('BiasGelu', { ...fused, op: 'BiasGelu', inputs: [real([3, 4]), { ...real([4]), constant: true }] });
  check('QuickGelu', { ...fused, op: 'QuickGelu', attributes: { alpha: { f: 1.5 } }, inputs: [real([9])] });
});
