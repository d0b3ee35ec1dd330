/** Functions of one number as one table: what is fused, what is not, and that the numbers stay. */
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/tensor/evaluate.ts';
import { fuseFunctions } from '../../src/tensor/fuse.ts';
import type { TensorGraph, Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { seeded } from '../helpers/chains.ts';

const SHAPE = [3, 4];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** A graph over inputs x and y, and the same fused. */
function fused(make: (b: GraphBuilder, x: Value, y: Value) => Value | readonly Value[]): [TensorGraph, TensorGraph] {
  const b = new GraphBuilder();
  const made = make(b, b.input('x', SHAPE, 'real'), b.input('y', SHAPE, 'real'));
  const outputs = (Array.isArray(made) ? made : [made]) as readonly Value[];
  const graph = b.finish(
    'g',
    outputs.map((value, i) => ({ name: `o${i}`, value })),
  );
  return [graph, fuseFunctions(graph)];
}

function operations(make: Parameters<typeof fused>[0]): string[] {
  const [graph, small] = fused(make);
  const random = seeded(9);
  const inputs = [0, 1].map(() => Float64Array.from({ length: 12 }, () => 6 * random() - 3));
  const [before, after] = [evaluate(graph, inputs), evaluate(small, inputs)];
  before.forEach((data, i) => {
    for (const [k, value] of data.entries()) expect(after[i]![k]).toBeCloseTo(value, 10);
  });
  expect(small.operations.map(({ result }) => result.id)).toEqual([...small.operations.keys()]);
  return small.operations.map(({ operation }) => operation.op).filter((op) => op !== 'input');
}

const tanh = (b: GraphBuilder, x: Value): Value => b.apply(x, 'tanh', Math.tanh);
const exp = (b: GraphBuilder, x: Value): Value => b.apply(x, 'exp', Math.exp);

describe('fused functions', () => {
  it('are activations that were written as graphs', () => {
    expect(
      operations((b, x) =>
        b.multiply(
          x,
          tanh(
            b,
            b.apply(x, 'softplus', (t) => Math.log1p(Math.exp(t))),
          ),
        ),
      ),
    ).toEqual(['function']);
    // GELU with tanh, as exporters write it
    const gelu = (b: GraphBuilder, x: Value): Value => {
      const cube = b.multiply(b.multiply(x, x), x);
      const inner = b.scale(b.add(x, b.scale(cube, 0.044715)), Math.sqrt(2 / Math.PI));
      return b.multiply(b.scale(x, 0.5), b.scale(tanh(b, inner), 1, 1));
    };
    expect(operations(gelu)).toEqual(['function']);
    expect(operations((b, x) => b.maximum(b.scale(exp(b, x), -1, 2), b.constant([], [0])))).toEqual(['function']);
  });

  it('end where two tensors meet', () => {
    expect(operations((b, x, y) => b.add(b.multiply(x, b.apply(x, 'sigmoid', sigmoid)), y))).toEqual([
      'function',
      'linear',
    ]);
    expect(operations((b, x, y) => tanh(b, b.scale(exp(b, b.multiply(x, y)), 0.1)))).toEqual(['multiply', 'function']);
  });

  it('keep what others read', () => {
    expect(operations((b, x) => [exp(b, x), tanh(b, b.scale(exp(b, x), 0.1))])).toEqual(['function', 'function']);
    expect(
      operations((b, x) => {
        const inner = exp(b, x);
        return [b.multiply(tanh(b, inner), inner), inner];
      }),
    ).toEqual(['function', 'function']);
  });

  it('are none where elements differ, or nothing is a table', () => {
    const ramp = (b: GraphBuilder) =>
      b.constant(
        SHAPE,
        Array.from({ length: 12 }, (_, i) => i / 10),
      );
    expect(operations((b, x) => tanh(b, b.multiply(x, ramp(b))))).toEqual(['linear', 'function']);
    expect(operations((b, x) => tanh(b, b.transpose(b.scale(x, 2), [1, 0])))).toEqual([
      'linear',
      'arrange',
      'function',
    ]);
    expect(operations((b, x) => b.relu(b.scale(x, 2, 1)))).toEqual(['linear', 'maximum']);
    expect(operations((b, x) => exp(b, b.scale(b.floor(x), 0.5)))).toEqual(['floor', 'function']);
    expect(operations((b, x) => tanh(b, b.sum(b.scale(x, 2), [1], true)))).toEqual(['linear', 'linear', 'function']);
  });

  it('have a name that tells their parameters', () => {
    const [, graph] = fused((b, x, y) => [exp(b, b.scale(x, 2)), exp(b, b.scale(y, 2)), exp(b, b.scale(y, 3))]);
    const names = graph.operations.flatMap(({ operation }) => (operation.op === 'function' ? [operation.name] : []));
    expect(names[0]).toBe(names[1]);
    expect(names[2]).not.toBe(names[0]);
  });

  it('are left out where no output needs them', () => {
    expect(
      operations((b, x) => {
        exp(b, b.multiply(x, x));
        return b.scale(x, 2);
      }),
    ).toEqual(['linear']);
  });

  it('are finite everywhere', () => {
    const [, graph] = fused((b, x) => b.multiply(exp(b, x), exp(b, b.scale(x, 2))));
    const [data] = evaluate(graph, [new Float64Array(12).fill(700), new Float64Array(12)]);
    expect(data!.every(Number.isFinite)).toBe(true);
  });
});
