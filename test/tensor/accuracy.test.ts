/** Errors of integers against doubles, per output and per node. */
import { expect, test } from 'vitest';
import { tensorAccuracy, worstNodes } from '../../src/tensor/accuracy.ts';
import { calibrate, integerOutputs } from '../../src/tensor/calibrate.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const b = new GraphBuilder();
b.at('double');
const x = b.input('x', [4], 'real');
const squared = b.multiply(x, x);
b.at('root');
const root = b.apply(squared, 'root', (v) => Math.sqrt(Math.abs(v)));
const graph = b.finish('small', [
  { name: 'first', value: root },
  { name: 'second', value: squared },
]);
const samples = [[Float64Array.of(0.1, -0.7, 1.3, 0.4)], [Float64Array.of(0.9, 0.2, -1.1, 0.05)]];
const plan = calibrate(graph, samples);

test('are those of the outputs, and of what each node gives', () => {
  const errors = samples.flatMap((sample) => {
    const exact = evaluate(graph, sample)[0]!;
    return [...integerOutputs(quantize(graph, plan), sample)[0]!].map((value, i) => Math.abs(value - exact[i]!));
  });
  const accuracy = tensorAccuracy(graph, plan, samples);
  const [first] = accuracy.outputs;
  const sorted = errors.toSorted((p, q) => p - q);
  expect(first).toMatchObject({ name: 'first', max: Math.max(...errors), range: 1.3 });
  expect(first!.mean).toBeCloseTo(errors.reduce((sum, error) => sum + error, 0) / 8, 12);
  expect(first!.median).toBeCloseTo((sorted[3]! + sorted[4]!) / 2, 12);
  expect(accuracy).toMatchObject({ inputs: 2, sameClass: 2 });
  expect(accuracy.nodes.map(({ name }) => name)).toEqual(['double', 'root']);
  expect(accuracy.nodes[1]!.max).toBe(first!.max);
});

test('the worst nodes come first, by the part of what they give', () => {
  const accuracy = tensorAccuracy(graph, plan, samples);
  const parts = worstNodes(accuracy, 2).map(({ max, range }) => max / range);
  expect(parts[0]).toBeGreaterThanOrEqual(parts[1]!);
  expect(worstNodes(accuracy, 1)).toHaveLength(1);
});

test('are told of numbers too that stand elsewhere in a program', () => {
  const c = new GraphBuilder();
  const input = c.input('x', [4], 'real');
  c.at('triple');
  const triple = c.scale(input, 3);
  c.at('sine');
  const scaled = c.finish('scaled', [{ name: 'y', value: c.apply(triple, 'sin', Math.sin) }]);
  const ranges = calibrate(scaled, samples);
  expect(quantize(scaled, ranges).tensors.map(({ node }) => node)).not.toContain('triple');
  const { nodes } = tensorAccuracy(scaled, ranges, samples);
  expect(nodes.map(({ name }) => name)).toEqual(['triple', 'sine']);
  for (const { max, range } of nodes) expect(max / range).toBeLessThan(1e-3);
});

test('of scores that are constants and too large for a mask that has no other form: refused', () => {
  const c = new GraphBuilder();
  const close = c.scale(c.input('x', [2], 'real'), 2);
  const scores = c.constant([2], [0, 3]);
  expect(c.either(close, undefined, scores, 3)).toBe(close);
  expect(foldErrorOf(() => c.either(close, undefined, scores, 2.9)).code).toBe('E_UNSUPPORTED');
});
