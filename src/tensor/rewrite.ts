/** Graphs made from graphs: operands put in the place of others, and what no output needs left out. */

import { operandsOf } from './evaluate.ts';
import {
  type Computed,
  type GraphOperation,
  isConstant,
  type Operation,
  type TensorGraph,
  type Value,
} from './graph.ts';

/** The operation with its computed operands replaced. */
export function withOperands(operation: Operation, replace: (operand: Computed) => Computed): Operation {
  const value = (operand: Value): Value => (isConstant(operand) ? operand : replace(operand));
  switch (operation.op) {
    case 'input':
      return operation;
    case 'arrange':
      return { ...operation, sources: operation.sources.map(value) };
    case 'linear':
      return { ...operation, sources: operation.sources.map(replace) };
    case 'multiply':
    case 'matmul':
      return { ...operation, a: replace(operation.a), b: replace(operation.b) };
    case 'maximum':
      return { ...operation, a: replace(operation.a), b: value(operation.b) };
    case 'function':
    case 'step':
    case 'floor':
    case 'within':
      return { ...operation, x: replace(operation.x) };
    case 'either': {
      const { close, exact, scores } = operation;
      return { ...operation, close: replace(close), exact: exact && replace(exact), scores: replace(scores) };
    }
    case 'take':
      return { ...operation, table: value(operation.table), index: replace(operation.index) };
  }
}

export const computedOperands = (operation: Operation): Computed[] =>
  operandsOf(operation).filter((value): value is Computed => !isConstant(value));

/** By operation, 1 for inputs and for what outputs need. @param read what of an operation's operands is read */
function marked({ operations, inputs, outputs }: TensorGraph, read: (operation: Operation, id: number) => Computed[]) {
  const isNeeded = new Uint8Array(operations.length);
  for (const { value } of [...inputs, ...outputs]) if (!isConstant(value)) isNeeded[value.id] = 1;
  for (let id = operations.length - 1; id >= 0; id--)
    if (isNeeded[id] === 1) for (const operand of read(operations[id]!.operation, id)) isNeeded[operand.id] = 1;
  return isNeeded;
}

/** By operation, 1 for what is computed where one of two forms is proven: the close one, but for those whose ids are given. */
export const proven = (graph: TensorGraph, exact: ReadonlySet<number> = new Set()): Uint8Array =>
  marked(graph, (operation, id) => {
    if (operation.op !== 'either') return computedOperands(operation);
    return exact.has(id) ? [operation.exact!] : [operation.close, operation.scores];
  });

/** The graph with the operations that its outputs need, and all inputs. Operation `id` of a result stands at index `id`. */
export function needed(graph: TensorGraph): TensorGraph {
  const { name, operations, inputs, outputs } = graph;
  const isNeeded = marked(graph, computedOperands);
  const places = new Int32Array(operations.length);
  const moved = (value: Computed): Computed => ({ ...value, id: places[value.id]! });
  const kept: GraphOperation[] = [];
  operations.forEach(({ operation, result, ...entry }, id) => {
    if (isNeeded[id] === 0) return;
    places[id] = kept.length;
    kept.push({ operation: withOperands(operation, moved), result: moved(result), ...entry });
  });
  return {
    name,
    operations: kept,
    inputs: inputs.map((input) => ({ ...input, value: moved(input.value) })),
    outputs: outputs.map((output) => ({
      ...output,
      value: isConstant(output.value) ? output.value : moved(output.value),
    })),
  };
}
