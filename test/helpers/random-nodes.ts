/** Random tensors and choices for nodes that are compared with ONNX Runtime. */
import { seeded } from './chains.ts';
import type { ElementType, Feed } from './one-node.ts';

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
