/** Linear operations merged: what becomes one, what stays, and that the numbers stay. */
import { describe, expect, it } from 'vitest';
import { calibrate, integerOutputs } from '../../src/tensor/calibrate.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import type { Constant, TensorGraph, Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { mergeLinear } from '../../src/tensor/merge.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { seeded } from '../helpers/chains.ts';

const random = seeded(21);
const numbers = (count: number): Float64Array => Float64Array.from({ length: count }, () => 2 * random() - 1);

type Make = (b: GraphBuilder, x: Value, weights: (shape: readonly number[]) => Constant) => Value | readonly Value[];

/** The merged graph over an input [3, 4], after its outputs were compared with those of the graph as it was built. */
function merged(make: Make): TensorGraph {
  const b = new GraphBuilder();
  const x = b.input('x', [3, 4], 'real');
  const made = make(b, x, (shape) => b.constant(shape, numbers(shape.reduce((product, dim) => product * dim, 1))));
  const values = (Array.isArray(made) ? made : [made]) as readonly Value[];
  const graph = b.finish(
    'g',
    values.map((value, i) => ({ name: `o${i}`, value })),
  );
  const small = mergeLinear(graph);
  const input = numbers(12);
  const [before, after] = [evaluate(graph, [input]), evaluate(small, [input])];
  before.forEach((data, i) => {
    data.forEach((value, k) => {
      expect(after[i]![k]).toBeCloseTo(value, 12);
    });
  });
  return small;
}

const operations = (make: Make): string[] =>
  merged(make)
    .operations.map(({ operation }) => operation.op)
    .filter((op) => op !== 'input');

describe('linear after linear', () => {
  it('takes a bias, and factors of channels behind a product', () => {
    expect(operations((b, x, w) => b.add(b.matmul(x, w([4, 5])), w([5])))).toEqual(['linear']);
    expect(operations((b, x, w) => b.multiply(b.add(b.matmul(x, w([4, 5])), w([5])), w([5])))).toEqual(['linear']);
  });
  it('takes factors and offsets before a product, for each reader', () => {
    const affine: Make = (b, x, w) => {
      const y = b.add(b.multiply(x, w([4])), w([4]));
      return [b.matmul(y, w([4, 5])), b.matmul(y, w([4, 2]))];
    };
    expect(operations(affine)).toEqual(['linear', 'linear']);
  });
  it('takes them behind a sum of elements of two tensors', () => {
    expect(operations((b, x) => b.scale(b.sum(x, [1], false), 0.25, 1))).toEqual(['linear']);
  });
  it('leaves products of matrices, and factors that differ where weights are shared', () => {
    expect(operations((b, x, w) => b.matmul(b.matmul(x, w([4, 4])), w([4, 5])))).toEqual(['linear', 'linear']);
    expect(operations((b, x, w) => b.matmul(b.multiply(x, w([3, 1])), w([4, 5])))).toEqual(['linear', 'linear']);
  });
  it('does not compute a result twice that others read', () => {
    const shared: Make = (b, x, w) => {
      const y = b.matmul(x, w([4, 5]));
      return [b.relu(y), b.relu(b.scale(y, 2, 1))];
    };
    expect(operations(shared)).toEqual(['linear', 'maximum', 'linear', 'maximum']);
  });
  it('does not repeat a sum for a result that repeats it', () => {
    const spread: Make = (b, x) =>
      b.add(b.broadcast(b.sum(x, [0, 1], false, 0.5), [3, 4]), b.constant([3, 4], numbers(12)));
    expect(operations(spread).filter((op) => op === 'linear')).toHaveLength(2);
  });
  it('keeps what is an output', () => {
    const both: Make = (b, x, w) => {
      const y = b.matmul(x, w([4, 5]));
      return [y, b.scale(y, 3)];
    };
    expect(operations(both)).toEqual(['linear', 'linear']);
  });
  it('merges chains of factors', () => {
    expect(operations((b, x) => b.scale(b.scale(b.scale(x, 2, 1), 3, -1), 0.5))).toEqual(['linear']);
  });
  it('of random graphs keeps the numbers', () => {
    for (let run = 0; run < 60; run++)
      merged((b, x, w) => {
        const values: Value[] = [x];
        const pick = (): Value => values[Math.floor(random() * values.length)]!;
        for (let step = 0; step < 8; step++) {
          const a = pick();
          const made = [
            () => b.scale(a, random() - 0.5, random()),
            () => b.multiply(a, w([a.shape.at(-1)!])),
            () => b.add(a, w([a.shape.at(-1)!])),
            () => b.matmul(a, w([a.shape.at(-1)!, 4])),
            () => b.add(a, pick()),
            () => b.transpose(b.reshape(a, [4, 3]), [1, 0]),
            () => b.concat([b.slice(a, [0, 0], [3, 2]), b.slice(a, [0, 2], [3, 4])], 1),
            () => b.relu(a),
          ][Math.floor(random() * 8)]!();
          values.push(made);
        }
        return values
          .slice(1)
          .filter(() => random() < 0.4)
          .concat(values.at(-1)!);
      });
  });
});

it('what others read is not computed a second time: the largest number is equal to itself', () => {
  const b = new GraphBuilder();
  b.at('node');
  const x = b.input('x', [8, 16], 'real');
  const low = b.scale(x, -1);
  const isLargest = b.step(b.sub(low, b.max(low, [1], true)));
  const graph = mergeLinear(b.finish('small', [{ name: 'y', value: isLargest }]));
  const sample = [Float64Array.from({ length: 128 }, (_, i) => 2 * Math.sin(i * i))];
  const plan = calibrate(graph, [sample]);
  const [y] = integerOutputs(quantize(graph, plan), sample);
  for (let row = 0; row < 8; row++) expect(y!.slice(16 * row, 16 * row + 16).reduce((sum, z) => sum + z, 0)).toBe(1);
});
