/**
 * A tensor graph run in doubles: what the network computes in ordinary arithmetic, for calibration and for the report of its
 * accuracy. It is no part of what is proven.
 */
import { FoldError } from '../errors.ts';
import { entryCount } from '../layers/tensor-shape.ts';
import {
  type Computed,
  type GraphOperation,
  isConstant,
  type Operation,
  type TensorGraph,
  type Value,
} from './graph.ts';
import { runOperation } from './kernels.ts';

/** Sees the numbers of every operation's result, in order; they are not overwritten afterwards. */
export type Visitor = (operation: GraphOperation, data: Float64Array) => void;

/** What an operation reads. */
export function operandsOf(operation: Operation): readonly Value[] {
  switch (operation.op) {
    case 'input':
      return [];
    case 'arrange':
    case 'linear':
      return operation.sources;
    case 'multiply':
    case 'matmul':
    case 'maximum':
      return [operation.a, operation.b];
    case 'function':
    case 'step':
    case 'floor':
      return [operation.x];
    case 'within':
      return [operation.x];
    case 'take':
      return [operation.table, operation.index];
    case 'either': {
      const { close, exact, scores } = operation;
      return exact === undefined ? [close, scores] : [close, exact, scores];
    }
  }
}

/** For each operation the ids whose results nothing reads after it. */
function deadAfter({ operations, outputs }: TensorGraph): readonly number[][] {
  const last = new Int32Array(operations.length).map((_, id) => id);
  for (const { operation, result } of operations)
    for (const value of operandsOf(operation)) if (!isConstant(value)) last[value.id] = result.id;
  const kept = new Set(outputs.flatMap(({ value }) => (isConstant(value) ? [] : [value.id])));
  const dead: number[][] = operations.map(() => []);
  last.forEach((at, id) => {
    if (!kept.has(id)) dead[at]!.push(id);
  });
  return dead;
}

/**
 * The outputs for inputs in the graph's order, row-major. Memory does not grow with depth.
 * @throws E_INPUT where the number of inputs or of their numbers is wrong
 */
export function evaluate(graph: TensorGraph, inputs: readonly Float64Array[], visit?: Visitor): Float64Array[] {
  if (inputs.length !== graph.inputs.length)
    throw new FoldError('E_INPUT', 'The number of inputs is wrong.', {
      expected: `${graph.inputs.length} (${graph.inputs.map(({ name }) => name).join(', ')})`,
      got: `${inputs.length}`,
    });
  const live = new Map<number, Float64Array>();
  graph.inputs.forEach(({ name, value }, i) => {
    const expected = entryCount(value.shape);
    if (inputs[i]!.length !== expected)
      throw new FoldError('E_INPUT', `The input "${name}" has the wrong number of elements.`, {
        expected: `${expected}`,
        got: `${inputs[i]!.length}`,
      });
    live.set(value.id, inputs[i]!);
  });
  const read = (value: Value | { readonly shape: readonly number[] }): Float64Array =>
    'data' in value ? value.data : live.get((value as Computed).id)!;
  const dead = deadAfter(graph);
  for (const entry of graph.operations) {
    const { operation, result } = entry;
    const data = operation.op === 'input' ? live.get(result.id)! : runOperation(operation, read);
    live.set(result.id, data);
    visit?.(entry, data);
    for (const id of dead[result.id]!) live.delete(id);
  }
  return graph.outputs.map(({ value }) => read(value));
}
