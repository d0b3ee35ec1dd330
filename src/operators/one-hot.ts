/** Choices by a computed index: comparisons with every place, and look-ups in what is computed, which the machine has no table of. */
import type { GraphNode } from '../layers/node.ts';
import { entryCount } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { isConstant, type Value } from '../tensor/graph.ts';
import { countUp } from '../tensor/indices.ts';
import { unsupported } from './arguments.ts';

/** Most comparisons of a look-up in a computed table. */
const MAX_COMPARISONS = 2 ** 22;

/** [...index, depth]: 1 at the index, which is an integer. A step at each place, and differences of neighbours. */
export function oneHot(b: TensorBuilder, index: Value, depth: number): Value {
  const [count, wide] = [entryCount(index.shape), depth + 1];
  const at = countUp(wide);
  const lines = b.step(b.sub(b.reshape(index, [count, 1]), b.constant([wide], Float64Array.from(at), 'integer')));
  const hit = b.sub(b.slice(lines, [0, 0], [count, depth]), b.slice(lines, [0, 1], [count, wide]));
  return b.as(b.reshape(hit, [...index.shape, depth]), 'boolean');
}

/** @throws E_UNSUPPORTED where computed indices are compared with too many places */
export function checkComparisons(node: GraphNode, index: Value, depth: number): void {
  const comparisons = entryCount(index.shape) * depth;
  if (comparisons > MAX_COMPARISONS)
    throw unsupported(
      node,
      `compares ${comparisons} computed indices and places, more than ${MAX_COMPARISONS}`,
      'Look up in constants, or by constant indices.',
    );
}

/** A one-hot row for each index, as integers, to be multiplied with what is looked up in. */
function choices(b: TensorBuilder, node: GraphNode, index: Value, depth: number): Value {
  checkComparisons(node, index, depth);
  return b.as(oneHot(b, index, depth), 'integer');
}

/** Rows of a table [rows, ...] by indices [...]: a product with one-hot rows where both are computed. */
export function takeRows(b: TensorBuilder, node: GraphNode, table: Value, index: Value): Value {
  if (isConstant(table) || isConstant(index)) return b.take(table, index);
  const [rows, row] = [table.shape[0]!, table.shape.slice(1)];
  const hits = b.reshape(choices(b, node, index, rows), [entryCount(index.shape), rows]);
  const taken = b.matmul(hits, b.reshape(table, [rows, entryCount(row)]));
  return b.as(b.reshape(taken, [...index.shape, ...row]), table.kind);
}

/** Of each row of [rows, n] the entries that its row of indices [rows, m] names: [rows, m]. */
export function takeInRows(b: TensorBuilder, node: GraphNode, x: Value, index: Value): Value {
  const [rows, n] = x.shape as [number, number];
  const hits = choices(b, node, index, n);
  return b.as(b.reshape(b.matmul(hits, b.reshape(x, [rows, n, 1])), index.shape), x.kind);
}
