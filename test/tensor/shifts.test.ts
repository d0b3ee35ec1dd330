/** Integers are exact on the machine, or refused: bits of numbers of many sizes, -1 among them, whose quotients are nearest to 0. */
import { expect, it } from 'vitest';
import { OPERATORS } from '../../src/operators/table.ts';
import { calibrate, integerOutputs } from '../../src/tensor/calibrate.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import type { TensorGraph } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { seeded } from '../helpers/chains.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const INT16 = 5;
const COUNT = 32;

function graphOf(op: string): TensorGraph {
  const b = new GraphBuilder();
  const inputs = ['x', 'y'].map((name) => b.input(name, [COUNT], 'integer'));
  const record = OPERATORS.find((operator) => operator.op === op)!;
  const node = { name: 'n', op, inputs: ['x', 'y'], outputs: ['z'], attributes: new Map() };
  const [value] = record.expand(b, { node, opset: 18, inputs, types: [INT16, INT16] });
  return b.finish('g', [{ name: 'z', value: value! }]);
}

it.each(['BitwiseAnd', 'BitwiseOr', 'BitwiseXor'])('%s of computed numbers', (op) => {
  const graph = graphOf(op);
  const random = seeded(7);
  for (const most of [3, 255, 4000]) {
    const sample = () =>
      [0, 1].map(() => Float64Array.from({ length: COUNT }, () => Math.round((2 * random() - 1) * most)));
    const samples = [sample(), [0, 1].map(() => new Float64Array(COUNT).fill(most))];
    const integers = quantize(graph, calibrate(graph, samples));
    for (const inputs of [sample(), sample(), [-1, -1].map((v) => new Float64Array(COUNT).fill(v))])
      expect([...integerOutputs(integers, inputs)[0]!].map((v) => v + 0)).toEqual(
        [...evaluate(graph, inputs)[0]!].map((v) => v + 0),
      );
  }
});

it('numbers too large to be shifted exactly are refused', () => {
  const graph = graphOf('BitwiseAnd');
  const large = [0, 1].map(() => new Float64Array(COUNT).fill(30_000));
  const error = foldErrorOf(() => calibrate(graph, [large]));
  expect([error.code, error.message]).toEqual(['E_RANGE', "Node '' shifts integers that are too large to be exact."]);
});
