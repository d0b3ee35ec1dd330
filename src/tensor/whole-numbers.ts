/** Numbers that are whole, such as those of masks, though the network has them as floats: what the operations that made them say. */
import type { TensorBuilder } from './builder.ts';
import { type GraphOperation, isConstant, type Value } from './graph.ts';

export type OperationOf = (value: Value) => GraphOperation | undefined;

/** A mask stands a few operations before what reads it: no walk through the network. */
export const MOST_DEPTH = 12;

/** The same numbers as integers, which are exact: made by the same operations of integers; undefined where some may be no integers. */
export function asIntegers(b: TensorBuilder, value: Value, operationOf: OperationOf, depth = 0): Value | undefined {
  if (value.kind !== 'real') return value;
  if (isConstant(value)) return value.data.every(Number.isInteger) ? b.as(value, 'integer') : undefined;
  const made = operationOf(value);
  if (made === undefined || depth > MOST_DEPTH) return undefined;
  const { operation, result } = made;
  // a cast changes what is said of the numbers, not what made them
  if (result.kind !== 'real' || operation.op === 'step' || operation.op === 'floor') return b.as(value, 'integer');
  const integers = (sources: readonly Value[]): Value[] | undefined => {
    const all = sources.map((source) => asIntegers(b, source, operationOf, depth + 1));
    return all.some((source) => source === undefined) ? undefined : (all as Value[]);
  };
  switch (operation.op) {
    case 'linear': {
      if (![operation.weights, operation.bias ?? []].every((part) => part.every(Number.isInteger))) return undefined;
      const sources = integers(operation.sources);
      const { bias, op: _, ...spec } = operation;
      return sources && b.linear(sources, { ...spec, shape: value.shape, kind: 'integer', ...(bias ? { bias } : {}) });
    }
    case 'arrange': {
      const sources = Number.isInteger(operation.fill) ? integers(operation.sources) : undefined;
      return sources && b.arrange(sources, value.shape, operation.index, operation.fill);
    }
    case 'multiply': {
      const sources = integers([operation.a, operation.b]);
      return sources && b.reshape(b.multiply(sources[0]!, sources[1]!), value.shape);
    }
    default:
      return undefined;
  }
}
