/** Numbers that are whole, such as those of masks, though the network has them as floats: what the operations that made them say. */
import type { TensorBuilder } from './builder.ts';
import { type GraphOperation, isConstant, type Value } from './graph.ts';

export type OperationOf = (value: Value) => GraphOperation | undefined;

/** A mask stands a few operations before what reads it: no walk through the network. */
export const MOST_DEPTH = 12;

/** Numbers as integers. Each operation is made once, however often it is read. */
export class IntegersOf {
  readonly #known = new Map<number, Value | undefined>();

  constructor(
    private readonly b: TensorBuilder,
    private readonly operationOf: OperationOf,
  ) {}

  /** The same numbers as integers, which are exact: made by the same operations of integers; undefined where some may be no integers. */
  of(value: Value, depth = 0): Value | undefined {
    if (value.kind !== 'real') return value;
    if (isConstant(value)) return value.data.every(Number.isInteger) ? this.b.as(value, 'integer') : undefined;
    if (depth > MOST_DEPTH) return undefined;
    if (!this.#known.has(value.id)) this.#known.set(value.id, this.#computed(value, depth));
    const known = this.#known.get(value.id);
    return known && this.b.reshape(known, value.shape);
  }

  #computed(value: Value, depth: number): Value | undefined {
    const { b } = this;
    const made = this.operationOf(value);
    if (made === undefined) return undefined;
    const { operation, result } = made;
    // a cast changes what is said of the numbers, not what made them
    if (result.kind !== 'real' || operation.op === 'step' || operation.op === 'floor') return b.as(value, 'integer');
    const integers = (sources: readonly Value[]): Value[] | undefined => {
      const all: Value[] = [];
      for (const source of sources) {
        const whole = this.of(source, depth + 1);
        if (whole === undefined) return undefined;
        all.push(whole);
      }
      return all;
    };
    switch (operation.op) {
      case 'linear': {
        const { bias, op: _, ...spec } = operation;
        if (![operation.weights, bias ?? []].every((part) => part.every(Number.isInteger))) return undefined;
        const sources = integers(operation.sources);
        return (
          sources && b.linear(sources, { ...spec, shape: value.shape, kind: 'integer', ...(bias ? { bias } : {}) })
        );
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
}
