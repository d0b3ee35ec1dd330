/** Numbers times comparisons: the integers keep the precision of the number. */
import { expect, it } from 'vitest';
import { calibrate, integerOutputs } from '../../src/tensor/calibrate.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import type { Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { seeded } from '../helpers/chains.ts';

const SIZE = 24;

const FORMS: Readonly<Record<string, (b: GraphBuilder, x: Value, gate: Value) => Value>> = {
  'a product': (b, x, gate) => b.multiply(x, gate),
  'a choice': (b, x, gate) => b.add(b.multiply(x, gate), b.multiply(b.scale(x, -3), b.scale(gate, -1, 1))),
  'a product of matrices': (b, x, gate) => b.matmul(b.reshape(gate, [4, 6]), b.reshape(x, [6, 4])),
};

it.each(Object.entries(FORMS))('keeps the numbers that a comparison passes: %s', (_, form) => {
  const b = new GraphBuilder();
  const x = b.input('x', [SIZE], 'real');
  const y = form(b, x, b.step(b.input('y', [SIZE], 'real')));
  const graph = b.finish('gate', [{ name: 'o', value: y }]);
  const random = seeded(1);
  const sample = [0, 1].map(() => Float64Array.from({ length: SIZE }, () => 2 * random() - 1));
  const [exact] = evaluate(graph, sample);
  const [integers] = integerOutputs(quantize(graph, calibrate(graph, [sample])), sample);
  const error = Math.max(...exact!.map((value, i) => Math.abs(value - integers![i]!)));
  expect(error).toBeLessThan(2e-3 * Math.max(...exact!.map(Math.abs)));
});
