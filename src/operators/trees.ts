/** TreeEnsembleClassifier, TreeEnsembleRegressor and TreeEnsemble of ai.onnx.ml. */
import { numberAttribute, stringAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { malformed, numbersAttribute, stringsAttribute } from './arguments.ts';
import { features } from './ml-features.ts';
import {
  bothScores,
  classLabels,
  labelAbove,
  labelOfLargest,
  postTransform,
  type Transform,
  transformScores,
} from './ml-scores.ts';
import type { NodeCall, Operator } from './operator.ts';
import { type Aggregate, aggregateLeaves, evaluateTrees, type Leaves, type TreeNode } from './tree-model.ts';

/** A list of numbers in one of its two forms (the newer one is a tensor, of doubles). */
const numbers = ({ node }: NodeCall, name: string): readonly number[] =>
  numbersAttribute(node, name) ?? numbersAttribute(node, `${name}_as_tensor`) ?? [];

/** Trees in the lists of the older operators; `prefix` is that of the leaves' weights. */
function listedTrees(call: NodeCall, prefix: 'class' | 'target'): TreeNode[] {
  const { node } = call;
  const list = (name: string): readonly number[] => numbers(call, `nodes_${name}`);
  const [trees, ids, whenTrue, whenFalse] = [
    list('treeids'),
    list('nodeids'),
    list('truenodeids'),
    list('falsenodeids'),
  ];
  const [featureIds, values] = [list('featureids'), list('values')];
  const modes = stringsAttribute(node, 'nodes_modes');
  if ([ids, whenTrue, whenFalse, featureIds, values, modes].some(({ length }) => length !== trees.length))
    throw malformed(node, 'has lists of nodes of unequal lengths', `${trees.length} entries each`);
  const key = (tree: number, id: number): string => `${tree} ${id}`;
  const weights = new Map<string, [number, number][]>();
  const [targetTrees, targetNodes, targetIds, targetWeights] = [
    numbers(call, `${prefix}_treeids`),
    numbers(call, `${prefix}_nodeids`),
    numbers(call, `${prefix}_ids`),
    numbers(call, `${prefix}_weights`),
  ];
  targetIds.forEach((target, i) => {
    const at = key(targetTrees[i]!, targetNodes[i]!);
    weights.set(at, [...(weights.get(at) ?? []), [target, targetWeights[i]!]]);
  });
  const nodes = new Map<string, TreeNode>();
  const children = new Set<string>();
  const find = (at: string): TreeNode => {
    const found = nodes.get(at);
    if (found === undefined) throw malformed(node, 'goes on to a node that there is not', 'whole trees', at);
    return found;
  };
  trees.forEach((tree, i) => {
    const at = key(tree, ids[i]!);
    if (modes[i] === 'LEAF') {
      nodes.set(at, { leaf: weights.get(at) ?? [] });
      return;
    }
    const [yes, no] = [key(tree, whenTrue[i]!), key(tree, whenFalse[i]!)];
    children.add(yes).add(no);
    nodes.set(at, {
      mode: modes[i]!,
      feature: featureIds[i]!,
      threshold: values[i]!,
      whenTrue: () => find(yes),
      whenFalse: () => find(no),
    });
  });
  return [...nodes].filter(([at]) => !children.has(at)).map(([, root]) => root);
}

const LISTED = ['treeids', 'nodeids', 'featureids', 'values', 'modes', 'truenodeids', 'falsenodeids', 'hitrates']
  .concat(['missing_value_tracks_true', 'values_as_tensor', 'hitrates_as_tensor'])
  .map((name) => `nodes_${name}`)
  .concat(['post_transform', 'base_values', 'base_values_as_tensor']);
const weightsOf = (prefix: string): string[] =>
  ['treeids', 'nodeids', 'ids', 'weights', 'weights_as_tensor'].map((name) => `${prefix}_${name}`);

/** Adds a base to each target; one base for one target. */
function based(b: TensorBuilder, scores: Value, base: readonly number[]): Value {
  return base.length === scores.shape[1] ? b.add(scores, b.constant([1, base.length], base)) : scores;
}

export const TREE_ENSEMBLE_REGRESSOR: Operator = {
  op: 'TreeEnsembleRegressor',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  attributes: [...LISTED, ...weightsOf('target'), 'n_targets', 'aggregate_function'],
  expand: (b, call) => {
    const { node } = call;
    const leaves = evaluateTrees(b, node, features(b, call), listedTrees(call, 'target'));
    const aggregate = stringAttribute(node, 'aggregate_function', 'SUM') as Aggregate;
    if (!['SUM', 'AVERAGE', 'MIN', 'MAX'].includes(aggregate))
      throw malformed(node, 'has an unknown aggregate_function', 'SUM, AVERAGE, MIN or MAX', aggregate);
    const scores = aggregateLeaves(b, node, leaves, numberAttribute(node, 'n_targets', 1), aggregate);
    return [transformScores(b, call, based(b, scores, numbers(call, 'base_values')), postTransform(call))];
  },
};

/** Two classes whose leaves weigh one of them only: its score stands for both. */
function binary(
  b: TensorBuilder,
  call: NodeCall,
  scores: Value,
  single: boolean,
  positive: boolean,
  labels: readonly number[],
): Value[] {
  const base = numbers(call, 'base_values');
  const transform = postTransform(call);
  const column = (k: number): Value => b.slice(scores, [0, k], [scores.shape[0]!, k + 1]);
  const first = single ? column(0) : undefined;
  if (first !== undefined && base.length < 2) {
    const score = b.scale(first, 1, base[0] ?? 0);
    if (transform === 'PROBIT') transformScores(b, call, score, transform);
    return [
      labelAbove(b, score, positive ? 0.5 : 0, labels as [number, number]),
      bothScores(b, score, transform, positive),
    ];
  }
  // The second of two bases is not read by onnxruntime: the second class has no leaf.
  if (first !== undefined) {
    const score = b.scale(first, 1, base[0]);
    const other = b.constant(score.shape, new Float64Array(score.shape[0]!));
    const label = labelAbove(b, score, positive ? 0.5 : 0, labels as [number, number]);
    return [label, transformScores(b, call, b.concat([score, other], 1), transform)];
  }
  // Both classes have weights: onnxruntime takes the second where its score is above zero, and two bases as one.
  const second = base.length === 2 ? b.scale(column(0), 1, base[1]) : column(1);
  const both =
    base.length === 2
      ? b.concat([b.scale(second, -1), second], 1)
      : b.concat([b.scale(column(0), 1, base[0] ?? 0), second], 1);
  return [labelAbove(b, second, 0, [0, 1]), transformScores(b, call, both, transform)];
}

export const TREE_ENSEMBLE_CLASSIFIER: Operator = {
  op: 'TreeEnsembleClassifier',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  attributes: [...LISTED, ...weightsOf('class'), 'classlabels_strings', 'classlabels_int64s'],
  expand: (b, call) => {
    const { node } = call;
    const labels = classLabels(call, 'classlabels_int64s');
    const leaves = evaluateTrees(b, node, features(b, call), listedTrees(call, 'class'));
    const scores = aggregateLeaves(b, node, leaves, labels.length, 'SUM');
    const ids = new Set(numbers(call, 'class_ids'));
    const positive = numbers(call, 'class_weights').every((weight) => weight >= 0);
    if (labels.length === 2) return binary(b, call, scores, ids.size === 1 && ids.has(0), positive, labels);
    const sums = based(b, scores, numbers(call, 'base_values'));
    return [labelOfLargest(b, sums, labels), transformScores(b, call, sums, postTransform(call))];
  },
};

const AGGREGATES: readonly Aggregate[] = ['AVERAGE', 'SUM', 'MIN', 'MAX'];
const NODE_MODES = ['LEQ', 'LT', 'GTE', 'GT', 'EQ', 'NEQ', 'MEMBER'];
const POST_TRANSFORMS: readonly Transform[] = ['NONE', 'SOFTMAX', 'LOGISTIC', 'SOFTMAX_ZERO', 'PROBIT'];

/** Of version 5 of the domain: leaves have a list of their own, each with one target. */
function indexedTrees(call: NodeCall): TreeNode[] {
  const { node } = call;
  const list = (name: string): readonly number[] => numbersAttribute(node, name) ?? [];
  const [modes, features_, splits] = [list('nodes_modes'), list('nodes_featureids'), list('nodes_splits')];
  const [targets, weights] = [list('leaf_targetids'), list('leaf_weights')];
  const child = (side: string): readonly [readonly number[], readonly number[]] => [
    list(`nodes_${side}nodeids`),
    list(`nodes_${side}leafs`),
  ];
  const [yes, no] = [child('true'), child('false')];
  const nodes: TreeNode[] = modes.map((mode, i) => ({
    mode: `BRANCH_${NODE_MODES[mode]}`,
    feature: features_[i]!,
    threshold: splits[i]!,
    whenTrue: () => follow(yes, i),
    whenFalse: () => follow(no, i),
  }));
  const follow = ([ids, isLeaf]: typeof yes, i: number): TreeNode => {
    const id = ids[i]!;
    const known = isLeaf[i] === 1 ? targets[id] !== undefined && weights[id] !== undefined : nodes[id] !== undefined;
    if (!known) throw malformed(node, 'goes on to a node that there is not', 'whole trees', `${id}`);
    return isLeaf[i] === 1 ? { leaf: [[targets[id]!, weights[id]!]] } : nodes[id]!;
  };
  return list('tree_roots').map((root) => {
    if (nodes[root] === undefined)
      throw malformed(node, 'has a root that there is not', `0 to ${nodes.length - 1}`, `${root}`);
    return nodes[root];
  });
}

export const TREE_ENSEMBLE: Operator = {
  op: 'TreeEnsemble',
  domain: 'ai.onnx.ml',
  inputs: [1, 1],
  attributes: ['modes', 'featureids', 'splits', 'truenodeids', 'falsenodeids', 'trueleafs', 'falseleafs', 'hitrates']
    .concat(['missing_value_tracks_true'])
    .map((name) => `nodes_${name}`)
    .concat(['aggregate_function', 'leaf_targetids', 'leaf_weights', 'membership_values', 'n_targets'])
    .concat(['post_transform', 'tree_roots']),
  expand: (b, call) => {
    const { node } = call;
    const aggregate = AGGREGATES[numberAttribute(node, 'aggregate_function', 1)];
    const transform = POST_TRANSFORMS[numberAttribute(node, 'post_transform', 0)];
    if (aggregate === undefined || transform === undefined)
      throw malformed(node, 'has an unknown aggregate_function or post_transform', 'numbers that ONNX defines');
    const leaves: Leaves = evaluateTrees(b, node, features(b, call), indexedTrees(call));
    const scores = aggregateLeaves(b, node, leaves, numberAttribute(node, 'n_targets', 1), aggregate);
    return [transformScores(b, call, scores, transform)];
  },
};
