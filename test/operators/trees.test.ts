/** Random ensembles of trees against ONNX Runtime: all comparisons, aggregates, transforms and both binary cases. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../helpers/chains.ts';
import { type Attribute, compare, type Feed, type NodeCase, runExpansion } from '../helpers/one-node.ts';

const random = seeded(4);
const pick = (n: number): number => Math.floor(random() * n);

const ML = { domain: 'ai.onnx.ml' } as const;
const check = (name: string, spec: NodeCase): void => {
  it(name, async () => expect(await compare(spec)).toBeUndefined());
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
