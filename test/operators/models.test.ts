/** The operators of ai.onnx.ml and com.microsoft against ONNX Runtime: random trees, linear models, support vectors, encoders. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../helpers/chains.ts';
import { type Attribute, compare, type Feed, type NodeCase, runExpansion } from '../helpers/one-node.ts';

const random = seeded(4);
const pick = (n: number): number => Math.floor(random() * n);
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

const FEATURES = 4;
const MODES = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ'];

/** Features at and near the thresholds, which are halves. */
const halves = (rows: number): Feed => ({
  shape: [rows, FEATURES],
  type: 'float32',
  data: Array.from({ length: rows * FEATURES }, () => pick(5) / 2 - 1),
});

interface Forest {
  readonly trees: number;
  readonly depth: number;
  /** Targets that a leaf weighs. */
  readonly targets: readonly number[];
  readonly positive?: boolean;
  readonly mode?: string;
}

/** Random trees as the attributes of the listed operators. */
function forest(
  prefix: 'class' | 'target',
  { trees, depth, targets, positive, mode }: Forest,
): Record<string, Attribute> {
  const columns: Record<string, number[]> = {};
  const add = (name: string, value: number): void => {
    columns[name] ??= [];
    columns[name].push(value);
  };
  const modes: string[] = [];
  for (let tree = 0; tree < trees; tree++) {
    let next = 0;
    const grow = (level: number): number => {
      const id = next++;
      const leaf = level === depth || (level > 0 && random() < 0.2);
      const at = modes.length;
      modes.push(leaf ? 'LEAF' : (mode ?? MODES[pick(MODES.length)]!));
      add('nodes_treeids', tree);
      add('nodes_nodeids', id);
      add('nodes_featureids', leaf ? 0 : pick(FEATURES));
      add('nodes_values', leaf ? 0 : pick(5) / 2 - 1);
      add('nodes_truenodeids', 0);
      add('nodes_falsenodeids', 0);
      if (leaf)
        for (const target of targets) {
          add(`${prefix}_treeids`, tree);
          add(`${prefix}_nodeids`, id);
          add(`${prefix}_ids`, target);
          add(`${prefix}_weights`, positive ? random() / trees : 2 * random() - 1);
        }
      else {
        columns.nodes_truenodeids![at] = grow(level + 1);
        columns.nodes_falsenodeids![at] = grow(level + 1);
      }
      return id;
    };
    grow(0);
  }
  const isFloat = (name: string): boolean => name === 'nodes_values' || name.endsWith('_weights');
  const lists = Object.entries(columns).map(([name, values]) => [
    name,
    isFloat(name) ? { floats: values } : { ints: values },
  ]);
  return { ...Object.fromEntries(lists), nodes_modes: { strings: modes } };
}

const s = (text: string): Attribute => ({ s: text });
const labels = { classlabels_int64s: { ints: [3, 7] } };

describe('trees', () => {
  for (const mode of [...MODES, undefined])
    check(`regressor that decides by ${mode}`, {
      ...ML,
      op: 'TreeEnsembleRegressor',
      attributes: {
        ...forest('target', { trees: 3, depth: 3, targets: [0], ...(mode && { mode }) }),
        n_targets: { i: 1 },
      },
      inputs: [halves(20)],
    });
  for (const aggregate of ['SUM', 'AVERAGE', 'MIN', 'MAX'])
    for (const targets of [[0], [0, 1, 2]])
      check(`regressor, ${aggregate} of ${targets.length} targets`, {
        ...ML,
        op: 'TreeEnsembleRegressor',
        attributes: {
          ...forest('target', { trees: 4, depth: 3, targets, mode: 'BRANCH_LEQ' }),
          n_targets: { i: targets.length },
          aggregate_function: s(aggregate),
          base_values: { floats: targets.map((t) => t + 0.5) },
        },
        inputs: [halves(20)],
      });
  for (const transform of ['NONE', 'LOGISTIC', 'SOFTMAX'])
    for (const base of [[], [0.3, -0.2, 0.1]])
      check(`classifier of three, ${transform}, base ${base.length}`, {
        ...ML,
        op: 'TreeEnsembleClassifier',
        attributes: {
          ...forest('class', { trees: 4, depth: 3, targets: [0, 1, 2] }),
          classlabels_int64s: { ints: [5, 1, 9] },
          post_transform: s(transform),
          ...(base.length > 0 && { base_values: { floats: base } }),
        },
        inputs: [halves(20)],
        outputs: 2,
      });
  for (const transform of ['NONE', 'LOGISTIC', 'SOFTMAX'])
    for (const positive of [true, false])
      for (const targets of [[0], [0, 1]])
        for (const base of targets.length === 1 ? [[], [0.2], [0.2, 0.4]] : [[]])
          check(`classifier of two, ${transform}, positive ${positive}, weights of ${targets}, base ${base}`, {
            ...ML,
            op: 'TreeEnsembleClassifier',
            attributes: {
              ...forest('class', { trees: 3, depth: 3, targets, positive }),
              ...labels,
              post_transform: s(transform),
              ...(base.length > 0 && { base_values: { floats: base } }),
            },
            inputs: [halves(20)],
            outputs: 2,
          });
  it('take three operations that wait for each other', () => {
    const attributes = forest('target', { trees: 10, depth: 6, targets: [0], mode: 'BRANCH_LEQ' });
    const { operations } = runExpansion({ ...ML, op: 'TreeEnsembleRegressor', attributes, inputs: [halves(1)] });
    expect(operations).toEqual(['linear', 'step', 'linear', 'step', 'linear']);
  });
  it('that are none are refused', () => {
    const attributes = forest('target', { trees: 1, depth: 2, targets: [0], mode: 'BRANCH_LEQ' });
    const looped = { ...attributes, nodes_truenodeids: attributes.nodes_falsenodeids! };
    const run = () => runExpansion({ ...ML, op: 'TreeEnsembleRegressor', attributes: looped, inputs: [halves(1)] });
    expect(run).toThrow(/two ways/);
  });
});

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
