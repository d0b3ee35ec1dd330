/** Random tensors and choices for nodes, and their comparison with ONNX Runtime. */
import { expect } from 'vitest';
import { FoldError } from '../../src/errors.ts';
import { seeded } from './chains.ts';
import { compare, type ElementType, type Feed, type NodeCase } from './one-node.ts';

const countOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

export interface RandomNodes {
  /** low <= x <= high */
  readonly whole: (low: number, high: number) => number;
  readonly pick: <T>(values: readonly T[]) => T;
  readonly dims: (rank: number, low: number, high: number) => number[];
  readonly real: (shape: readonly number[]) => Feed;
  readonly integers: (shape: readonly number[], low: number, high: number, type?: ElementType) => Feed;
  readonly shuffled: <T>(values: readonly T[]) => T[];
}

export function randomNodes(seed: number): RandomNodes {
  const random = seeded(seed);
  const whole = (low: number, high: number): number => low + Math.floor((high - low + 1) * random());
  const pick = <T>(values: readonly T[]): T => values[whole(0, values.length - 1)]!;
  return {
    whole,
    pick,
    dims: (rank, low, high) => Array.from({ length: rank }, () => whole(low, high)),
    real: (shape) => ({
      shape,
      type: 'float32',
      data: Array.from({ length: countOf(shape) }, () => 4 * random() - 2),
    }),
    integers: (shape, low, high, type = 'int64') => ({
      shape,
      type,
      data: Array.from({ length: countOf(shape) }, () => whole(low, high)),
    }),
    shuffled: (values) => {
      const left = [...values];
      return values.map(() => left.splice(whole(0, left.length - 1), 1)[0]!);
    },
  };
}

export const fixed = (feed: Feed): Feed => ({ ...feed, constant: true });

/** A list of integers, constant. */
export const list = (data: readonly number[]): Feed => ({ shape: [data.length], type: 'int64', data, constant: true });

export const many = (count: number, make: () => NodeCase): NodeCase[] => Array.from({ length: count }, make);

const text = ({ attributes, inputs }: NodeCase): string =>
  `${JSON.stringify(attributes)} ${inputs.map((input) => `[${input?.shape}]${input?.constant ? `=${input.data}` : ''}`)}`;

/** Compares each case that the runtime takes; those that it refuses say nothing, and must not be most. */
export async function agree(cases: readonly NodeCase[], tolerance?: number): Promise<void> {
  let compared = 0;
  for (const spec of cases) {
    let found: string | undefined;
    try {
      found = await compare(spec, tolerance);
    } catch (error) {
      if (error instanceof FoldError) throw new Error(`${text(spec)}: ${error.message}`, { cause: error });
      continue;
    }
    compared++;
    expect(found, text(spec)).toBeUndefined();
  }
  expect(compared).toBeGreaterThan(cases.length / 2);
}
