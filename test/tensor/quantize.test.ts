/** Integer graphs against doubles: the plan's predicted error holds, and what leaves its range is named. */
import { describe, expect, it } from 'vitest';
import { calibrate, integerOutputs, quantizeInputs } from '../../src/tensor/calibrate.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { evaluateIntegers } from '../../src/tensor/quantize/evaluate.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { Dice, leNet, perceptron, randomGraph, randomSample } from '../helpers/tensor-graphs.ts';

/** Operations whose error stays in proportion: a step or a floor turns the smallest error into a whole one. */
const SMOOTH = [
  'dense',
  'convolution',
  'pool',
  'relu',
  'clip',
  'addition',
  'maximum',
  'tanh',
  'transpose',
  'concat',
  'slice',
];

function largestError(
  graph: ReturnType<typeof leNet>,
  samples: readonly Float64Array[][],
  trials: readonly Float64Array[][],
) {
  const plan = calibrate(graph, samples);
  const integers = quantize(graph, plan);
  const worst = trials.map((trial) => {
    const exact = evaluate(graph, trial);
    const errors = integerOutputs(integers, trial).map((output, p) =>
      output.reduce((most, x, i) => Math.max(most, Math.abs(x - exact[p]![i]!)), 0),
    );
    return errors.every((error, p) => error <= plan.errors[p]!);
  });
  return { plan, isPredicted: worst.every(Boolean) };
}

describe('integers against doubles', () => {
  it.each([
    ['a perceptron', perceptron([64, 40, 30, 10])],
    ['LeNet', leNet(16)],
  ])('keeps within the predicted error on inputs that are no samples: %s', (_, graph) => {
    const dice = new Dice(5);
    const draw = () => Array.from({ length: 8 }, () => randomSample(graph, dice));
    const { plan, isPredicted } = largestError(graph, draw(), draw());
    expect(isPredicted).toBe(true);
    const { low, high } = plan.ranges.at(-1)!;
    expect(plan.errors[0]!).toBeLessThan(0.02 * Math.max(-low, high));
  });

  it('keeps within the predicted error on random graphs', () => {
    for (let seed = 0; seed < 60; seed++) {
      const graph = randomGraph(seed, 5, SMOOTH);
      const dice = new Dice(seed);
      const samples = Array.from({ length: 4 }, () => randomSample(graph, dice));
      const { plan, isPredicted } = largestError(graph, samples, samples);
      expect(isPredicted, graph.name).toBe(true);
      graph.outputs.forEach(({ value }, p) => {
        const range = 'data' in value ? undefined : plan.ranges[value.id]!;
        if (range && 'id' in value)
          expect(plan.errors[p]!, graph.name).toBeLessThan(0.1 * Math.max(-range.low, range.high) + 1e-3);
      });
    }
  });

  it('computes integers and booleans exactly', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [12], 'integer');
    const y = b.multiply(
      b.add(
        x,
        b.constant(
          [12],
          Array.from({ length: 12 }, (_, i) => i),
          'integer',
        ),
      ),
      x,
    );
    const isLarge = b.step(b.sub(y, b.constant([], [20], 'integer')));
    const square = b.as(
      b.apply(x, 'square', (n) => n * n),
      'integer',
    );
    const graph = b.finish('integers', [
      { name: 'y', value: y },
      { name: 'large', value: b.multiply(isLarge, x) },
      { name: 'square', value: square },
    ]);
    const samples = [Float64Array.from({ length: 12 }, (_, i) => i - 6)].map((data) => [data]);
    const integers = quantize(graph, calibrate(graph, samples));
    expect(integerOutputs(integers, samples[0]!).map((o) => [...o])).toEqual(
      evaluate(graph, samples[0]!).map((o) => [...o].map((x) => x + 0)),
    );
  });

  it('names node, place and value of what leaves its range', () => {
    const graph = perceptron([8, 6, 4]);
    const integers = quantize(graph, calibrate(graph, [[new Float64Array(8).fill(0.01)]]));
    const inputs = quantizeInputs(integers, [new Float64Array(8).fill(0.015)]).map((q) => q.fill(500_000 / 2));
    const error = foldErrorOf(() =>
      evaluateIntegers(
        integers,
        inputs.map((q) => q.fill(2 ** 30)),
      ),
    );
    expect(error).toMatchObject({ code: 'E_RANGE' });
    expect(error.message).toMatch(/node '.*' of perceptron: number 0/);
  });
});
