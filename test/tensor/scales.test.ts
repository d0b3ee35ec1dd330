/** Scales that hold what their range does not tell: constants beside computed numbers, roundings that do not cancel, large integers. */
import { describe, expect, test } from 'vitest';
import { calibrate, integerOutputs, type Sample } from '../../src/tensor/calibrate.ts';
import type { TensorGraph, Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { type NodeCase, nodeGraph, runExpansion } from '../helpers/one-node.ts';

const integersOf = (graph: TensorGraph, sample: Sample, headroom?: number): Float64Array[] =>
  integerOutputs(quantize(graph, calibrate(graph, [sample], headroom === undefined ? {} : { headroom })), sample);

const graphOf = (make: (b: GraphBuilder, x: Value) => Value, count: number): TensorGraph => {
  const b = new GraphBuilder();
  b.at('node');
  return b.finish('small', [{ name: 'y', value: make(b, b.input('x', [count], 'real')) }]);
};

describe('constants beside computed numbers', () => {
  test('in an output', () => {
    const graph = graphOf((b, x) => b.arrange([x, b.constant([1], [5])], [3], Int32Array.of(0, 2, 1)), 2);
    const [y] = integersOf(graph, [Float64Array.of(0.5, -0.25)]);
    expect([...y!].map((value) => Math.round(1000 * value))).toEqual([500, 5000, -250]);
  });

  test('under a function', () => {
    const graph = graphOf(
      (b, x) =>
        b.apply(b.arrange([x, b.constant([1], [40])], [2], Int32Array.of(0, 1)), 'root', (v) => Math.sqrt(Math.abs(v))),
      1,
    );
    const [y] = integersOf(graph, [Float64Array.of(0.5)]);
    expect(y![1]).toBeCloseTo(Math.sqrt(40), 2);
  });

  test('moves drop what nothing reads, so that the rest is constant', () => {
    const graph = graphOf((b, x) => b.slice(b.slice(b.concat([b.constant([2], [1, 2]), x], 0), [0], [3]), [0], [2]), 2);
    expect('data' in graph.outputs[0]!.value).toBe(true);
  });
});

test('numbers that cancel leave no more than their roundings', () => {
  const sample = Float64Array.of(1.2345, 2.5);
  // the range of x - c on the sample is that of float32's last place
  const graph = graphOf(
    (b, x) =>
      b.sub(
        x,
        b.constant(
          [2],
          sample.map((value) => value + 1e-9),
        ),
      ),
    2,
  );
  const [y] = integersOf(graph, [sample]);
  for (const value of y!) expect(Math.abs(value)).toBeLessThan(1e-3);
});

describe('divisions of large integers are exact', () => {
  const dividends = [30000, -30000, 29999, -29999, 7, -7, 0, 6, -1, 16384];
  const cases: [string, readonly number[]][] = [
    ['Div', [7]],
    ['Mod', [7]],
    ['Mod', [-7]],
    ['Div', [8]],
    ['Mod', [16]],
    ['Div', [1, 2, 3, 5, 7, 11, 100, 1000, 29999, 4096]],
  ];
  // a table of reciprocals is exact for the small divisors that networks compute
  const tabulated = (divisor: readonly number[]): boolean => divisor.every((q) => Math.abs(q) < 1000);
  for (const [op, divisor] of cases)
    for (const constant of tabulated(divisor) ? [true, false] : [true])
      test(`${op} by ${divisor}, ${constant ? 'constant' : 'computed'}`, () => {
        const spec: NodeCase = {
          op,
          inputs: [
            { shape: [dividends.length], type: 'int32', data: dividends },
            { shape: [divisor.length], type: 'int32', data: divisor, constant },
          ],
        };
        const { results } = runExpansion(spec);
        const { graph, feeds } = nodeGraph(spec);
        expect([...integersOf(graph, feeds)[0]!].map((value) => value + 0)).toEqual(
          results[0]!.data.map((value) => value + 0),
        );
      });
});

test('numbers far below 1 keep their precision', () => {
  const [y] = integersOf(
    graphOf((b, x) => b.scale(x, 1e-4), 2),
    [Float64Array.of(0.7, -0.3)],
  );
  expect([...y!].map((value) => Math.round(1e8 * value))).toEqual([7000, -3000]);
});
