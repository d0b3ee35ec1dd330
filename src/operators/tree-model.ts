/**
 * Decision trees as the machine evaluates them: all comparisons at once, then of each leaf whether every decision on the way to it
 * holds (a sum of decisions that reaches its depth), then sums of leaves. Three operations, however deep the trees are.
 */
import type { GraphNode } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { malformed, unsupported } from './arguments.ts';
import { type Form, linearForms } from './linear-rows.ts';

const MODES = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ'] as const;
type Mode = (typeof MODES)[number];

/** A decision node, or a leaf with the weights that it adds to its targets. */
export type TreeNode =
  | { readonly leaf: readonly (readonly [target: number, weight: number])[] }
  | {
      readonly mode: string;
      readonly feature: number;
      readonly threshold: number;
      readonly whenTrue: () => TreeNode;
      readonly whenFalse: () => TreeNode;
    };

/** Leaves of all trees for each row of the features. */
export interface Leaves {
  /** [rows, leaves]: 1 for the leaf of each tree that the row comes to. */
  readonly reached: Value;
  /** Of each leaf: its tree and its weights. */
  readonly leaves: readonly { readonly tree: number; readonly weights: readonly (readonly [number, number])[] }[];
}

/** The comparisons of an ensemble, each one once: sign * (x[feature] - threshold) >= 0. */
class Comparisons {
  readonly list: { feature: number; threshold: number; sign: 1 | -1 }[] = [];
  readonly #known = new Map<string, number>();

  #index(feature: number, threshold: number, sign: 1 | -1): number {
    const key = `${feature} ${threshold} ${sign}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.list.length);
    return this.list.push({ feature, threshold, sign }) - 1;
  }

  /** 1 where the node's condition holds, else 0. */
  condition(mode: Mode, feature: number, threshold: number): Form {
    const above = (): number => this.#index(feature, threshold, 1);
    const below = (): number => this.#index(feature, threshold, -1);
    switch (mode) {
      case 'BRANCH_LEQ':
        return { terms: [[below(), 1]], constant: 0 };
      case 'BRANCH_GTE':
        return { terms: [[above(), 1]], constant: 0 };
      case 'BRANCH_LT':
        return complement({ terms: [[above(), 1]], constant: 0 });
      case 'BRANCH_GT':
        return complement({ terms: [[below(), 1]], constant: 0 });
      case 'BRANCH_EQ':
        return {
          terms: [
            [above(), 1],
            [below(), 1],
          ],
          constant: -1,
        };
      case 'BRANCH_NEQ':
        return complement({
          terms: [
            [above(), 1],
            [below(), 1],
          ],
          constant: -1,
        });
    }
  }
}

const complement = ({ terms, constant }: Form): Form => ({
  terms: terms.map(([column, coefficient]) => [column, -coefficient] as const),
  constant: 1 - constant,
});

/** Evaluates trees on rows of features [rows, features]. */
export function evaluateTrees(b: TensorBuilder, node: GraphNode, x: Value, roots: readonly TreeNode[]): Leaves {
  const comparisons = new Comparisons();
  const paths: Form[][] = [];
  const leaves: { tree: number; weights: readonly (readonly [number, number])[] }[] = [];
  roots.forEach((root, tree) => {
    const seen = new Set<TreeNode>();
    const waiting: { at: TreeNode; path: Form[] }[] = [{ at: root, path: [] }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { at, path } = next;
      if (seen.has(at)) throw malformed(node, 'has a tree with two ways to one node', 'trees');
      seen.add(at);
      if ('leaf' in at) {
        paths.push(path);
        leaves.push({ tree, weights: at.leaf });
        continue;
      }
      const mode = MODES.find((known) => known === at.mode);
      if (mode === undefined) throw unsupported(node, `decides by ${at.mode}`, `Use one of ${MODES.join(', ')}.`);
      if (!(at.feature >= 0 && at.feature < x.shape[1]!))
        throw malformed(node, 'reads a feature that there is not', `0 to ${x.shape[1]! - 1}`, `${at.feature}`);
      const condition = comparisons.condition(mode, at.feature, at.threshold);
      waiting.push({ at: at.whenFalse(), path: [...path, complement(condition)] });
      waiting.push({ at: at.whenTrue(), path: [...path, condition] });
    }
  });
  const differences = linearForms(
    b,
    x,
    comparisons.list.map(({ feature, threshold, sign }) => ({ terms: [[feature, sign]], constant: -sign * threshold })),
    'real',
  );
  const decided = b.as(b.step(differences), 'integer');
  // A path's sum is its length where all its conditions hold: there and only there it is not below.
  const sums = linearForms(
    b,
    decided,
    paths.map((path) => total(path, -path.length)),
    'integer',
  );
  return { reached: b.as(b.step(sums), 'integer'), leaves };
}

/** The sum of forms and a constant, a term for each column. */
function total(forms: readonly Form[], start: number): Form {
  const terms = new Map<number, number>();
  for (const [column, coefficient] of forms.flatMap((form) => form.terms))
    terms.set(column, (terms.get(column) ?? 0) + coefficient);
  return {
    terms: [...terms].filter(([, coefficient]) => coefficient !== 0),
    constant: forms.reduce((sum, { constant }) => sum + constant, start),
  };
}

export type Aggregate = 'SUM' | 'AVERAGE' | 'MIN' | 'MAX';

/** The weights of the reached leaves, gathered for each target: [rows, targets]. */
export function aggregateLeaves(
  b: TensorBuilder,
  node: GraphNode,
  { reached, leaves }: Leaves,
  targets: number,
  aggregate: Aggregate,
): Value {
  for (const [target] of leaves.flatMap(({ weights }) => weights))
    if (!(target >= 0 && target < targets))
      throw malformed(node, 'has a leaf for a target that there is not', `0 to ${targets - 1}`, `${target}`);
  const trees = 1 + Math.max(-1, ...leaves.map(({ tree }) => tree));
  const among = (target: number, tree?: number): Form => ({
    terms: leaves.flatMap(({ tree: own, weights }, leaf) =>
      tree !== undefined && own !== tree
        ? []
        : weights.filter(([to]) => to === target).map(([, weight]) => [leaf, weight] as const),
    ),
    constant: 0,
  });
  if (aggregate === 'SUM' || aggregate === 'AVERAGE') {
    const scale = aggregate === 'SUM' ? 1 : 1 / trees;
    const forms = Array.from({ length: targets }, (_, target) => among(target));
    return b.scale(linearForms(b, reached, forms, 'real'), scale);
  }
  if (leaves.some(({ weights }) => new Set(weights.map(([to]) => to)).size !== targets))
    throw unsupported(
      node,
      `takes the ${aggregate} of trees some of which leave targets out`,
      'Aggregate by SUM or AVERAGE.',
    );
  const forms = Array.from({ length: trees * targets }, (_, k) => among(k % targets, Math.floor(k / targets)));
  const sign = aggregate === 'MAX' ? 1 : -1;
  const each = b.reshape(b.scale(linearForms(b, reached, forms, 'real'), sign), [reached.shape[0]!, trees, targets]);
  return b.scale(b.max(each, [1], false), sign);
}
