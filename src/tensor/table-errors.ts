/**
 * A graph whose functions are as wrong as their tables and the roundings of their arguments may make them: what becomes of an output is a
 * part of its predicted error, for inputs whose arguments fall elsewhere in the tables than those of the samples.
 */
import { SHIFT } from '../machine/shape.ts';
import type { TensorGraph } from './graph.ts';
import type { IntegerGraph } from './quantize/integer.ts';
import type { ResolvedGraph } from './quantize/resolve.ts';

/** Signs that look like those of a coin, the same in every run. */
function coin(): () => 1 | -1 {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state < 0 ? -1 : 1;
  };
}

/** @param integers with all numbers of the graph, views too  @param resolved what they are of */
export function withTableErrors(graph: TensorGraph, resolved: ResolvedGraph, integers: IntegerGraph): TensorGraph {
  const scales = new Float64Array(integers.elements);
  for (const { start, size, scale } of integers.tensors) scales.fill(scale, start, start + size);
  const errors = new Map<number, { readonly x: number; readonly y: number }>();
  for (const { operation, start, scale } of integers.tensors) {
    if (operation.op !== 'table') continue;
    const { density, error } = integers.tables[operation.table]!;
    const code = operation.x.find((at) => at >= 0);
    const scaleX = code === undefined ? Infinity : scales[code]!;
    // integers that have a cell each are not rounded
    errors.set(start, { x: scaleX * density === 2 ** SHIFT ? 0 : 0.5 / scaleX, y: error / scale });
  }
  const errorOf = new Map(resolved.tensors.map(({ result, start }) => [result.id, errors.get(start)]));
  const toss = coin();
  const operations = graph.operations.map((entry) => {
    const { operation, result } = entry;
    const error = errorOf.get(result.id);
    if (operation.op !== 'function' || error === undefined) return entry;
    const f = (x: number): number => {
      const [moved, off] = [operation.f(x + toss() * error.x), toss() * error.y];
      // beside the domain of a function its end stands, and at a pole nothing
      return (Number.isFinite(moved) ? moved : operation.f(x)) + off;
    };
    return { ...entry, operation: { ...operation, f } };
  });
  return { ...graph, operations };
}
