/**
 * Ranges that follow from what operators mean (src/tensor/quantize/held.ts): a plan of one sample holds inputs that are nothing like it,
 * and no number of a network leaves the range that its operator says.
 */
import { describe, expect, it } from 'vitest';
import { calibrate, integerOutputs, type Sample } from '../../src/tensor/calibrate.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import type { TensorGraph } from '../../src/tensor/graph.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { resolve } from '../../src/tensor/quantize/resolve.ts';
import { Structure } from '../../src/tensor/quantize/structure.ts';
import { simplify } from '../../src/tensor/simplify.ts';
import { type Feed, nodeGraph } from '../helpers/one-node.ts';
import { Dice, randomGraph, randomSample } from '../helpers/tensor-graphs.ts';
import { planned } from '../helpers/unlike-samples.ts';

const graphOf = (op: string, shapes: readonly (readonly number[])[], attributes = {}, rest: readonly Feed[] = []) =>
  simplify(
    nodeGraph({
      ...{ op, opset: 23, attributes },
      inputs: [
        ...shapes.map((shape): Feed => ({ shape, type: 'float32', data: new Array(size(shape)).fill(0) })),
        ...rest,
      ],
    }).graph,
  );

/** So many times its predicted error an output may be wrong by, of inputs that are like no sample. */
const MOST = 32;

const size = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

/** Runs every input under a plan of each, and says how far beyond its predicted error the worst is. */
function worstOf(
  graph: TensorGraph,
  inputs: Readonly<Record<string, Sample>>,
  samples: readonly string[] = Object.keys(inputs),
): Record<string, number> {
  const found: Record<string, number> = {};
  for (const calibrated of samples) {
    const sample = inputs[calibrated]!;
    const plan = calibrate(graph, [sample]);
    const integers = quantize(graph, plan);
    for (const [name, input] of Object.entries(inputs)) {
      const exact = evaluate(graph, input);
      const errors = integerOutputs(integers, input).map((output, p) =>
        output.reduce((most, y, i) => Math.max(most, Math.abs(y - exact[p]![i]!)), 0),
      );
      found[`${name} after ${calibrated}`] = Math.max(...errors.map((error, p) => error / plan.errors[p]!));
    }
  }
  return found;
}

/** Rows whose logits are of one range: alike, one far above the others, two above the others, anything. */
function logits(rows: number, width: number, reach: number): Record<string, Sample> {
  const dice = new Dice(width);
  const row = (f: (i: number) => number): Sample => [
    Float64Array.from({ length: rows * width }, (_, k) => f(k % width)),
  ];
  return {
    flat: row(() => reach),
    confident: row((i) => (i === width - 1 ? reach : -reach)),
    undecided: row((i) => (i < 2 ? reach : -reach)),
    random: [dice.reals(rows * width, reach)],
  };
}

describe('a plan of one sample holds flat and confident inputs', () => {
  for (const op of ['Softmax', 'LogSoftmax', 'ReduceLogSumExp'])
    it.each([2, 10, 33, 64])(`${op} of %d numbers`, (width) => {
      const axes: Feed = { shape: [1], type: 'int64', data: [1], constant: true };
      const graph = graphOf(op, [[3, width]], {}, op === 'ReduceLogSumExp' ? [axes] : []);
      for (const reach of [1, 6])
        for (const [name, error] of Object.entries(worstOf(graph, logits(3, width, reach))))
          expect(error, `${name}, up to ${reach}`).toBeLessThan(1);
    });

  it.each([
    ['LayerNormalization', [[3, 32]], { axis: { i: 1 } }],
    ['RMSNormalization', [[3, 32]], { axis: { i: 1 } }],
  ] as const)('%s of larger and smaller numbers', (op, shapes, attributes) => {
    const ones: Feed = { shape: [32], type: 'float32', data: new Array(32).fill(1), constant: true };
    const graph = graphOf(op, shapes, attributes, [ones]);
    const random = new Dice(7).reals(96, 2);
    const scaled = (factor: number): Sample => [random.map((x) => x * factor)];
    // the headroom is 2: a variance is four times as large then, the reciprocal of its root half as large
    const inputs = { random: scaled(1), larger: scaled(1.9), smaller: scaled(0.55) };
    const errors = worstOf(graph, inputs, ['random']);
    expect(errors['larger after random']).toBeLessThan(1);
    // roots are steep near zero, and a table is precise where samples are
    expect(errors['smaller after random']).toBeLessThan(8);
  });

  it.each([false, true])('attention, masked: %s', (masked) => {
    const shape = [1, 2, 8, 4];
    const attributes = masked ? { is_causal: { i: 1 } } : {};
    const graph = graphOf('Attention', [shape, shape, shape], attributes);
    const dice = new Dice(3);
    const of = (f: () => number): Float64Array => Float64Array.from({ length: size(shape) }, f);
    const values = dice.reals(size(shape), 1);
    const inputs: Record<string, Sample> = {
      // all scores equal
      flat: [of(() => 2), of(() => 2), values],
      // a key that a query is like has a score of 8, the others -8
      confident: [of(() => (dice.next() < 0.5 ? -2 : 2)), of(() => (dice.next() < 0.5 ? -2 : 2)), values],
    };
    for (const [name, error] of Object.entries(worstOf(graph, inputs))) expect(error, name).toBeLessThan(1);
  });
});

describe('a normalization has its result or none', () => {
  const scale = (channels: number): Feed[] =>
    [1.5, 0.25].map((x) => ({ shape: [channels], type: 'float32', data: new Array(channels).fill(x), constant: true }));
  const [width, epsilons] = [16, [1e-12, 1e-5, 1e-2]];
  it.each<[string, number[], object, Feed[]]>([
    ['LayerNormalization', [2, width], { axis: { i: 1 } }, scale(width)],
    ['RMSNormalization', [2, width], { axis: { i: 1 } }, scale(width).slice(0, 1)],
    ['InstanceNormalization', [1, 2, width], {}, scale(2)],
  ])('%s of rows that are constant, nearly so, far off or of another size', (op, shape, attributes, rest) => {
    let proven = 0;
    for (const epsilon of epsilons) {
      const graph = graphOf(op, [shape], { ...attributes, epsilon: { f: epsilon } }, rest);
      const dice = new Dice(11);
      const sample = [...dice.reals(2 * width, 1.5)];
      const rows = (f: (x: number, i: number) => number): number[] => sample.map(f);
      const inputs = [0, 1e-3, 0.1, 0.3, 0.7, 1.9, 4, 10].flatMap((factor) => [
        rows((x) => factor * x),
        rows(() => factor),
        rows((x, i) => (i < width ? factor : x)),
        rows((x, i) => (i < width ? x : factor * x)),
        rows((x) => x + factor),
        rows((x, i) => (i % width === 0 ? factor : 1e-3 * x)),
      ]);
      for (const { factor, isProven } of planned(graph, [sample]).map(inputs)) {
        expect(factor, `epsilon ${epsilon}`).toBeLessThan(MOST);
        if (isProven) proven++;
      }
    }
    expect(proven).toBeGreaterThan(0);
  });
});

/** Ranges of a graph's tensors by their structure, of which inputs may be anything. */
const structureOf = (graph: TensorGraph) => {
  const resolved = resolve(graph);
  const { ranges } = new Structure(resolved, (_, range) => range);
  return new Map(resolved.tensors.map(({ result }, t) => [result.id, ranges[t]!]));
};

/** Numbers of an evaluation that are out of their ranges, with room for the roundings of doubles. */
function outside(graph: TensorGraph, sample: Sample): string[] {
  const ranges = structureOf(graph);
  const found: string[] = [];
  evaluate(graph, sample, ({ result, operation }, data) => {
    const range = ranges.get(result.id);
    if (range === undefined) return;
    const slack = 1e-9 * Math.max(1, ...[range.low, range.high].filter(Number.isFinite).map(Math.abs));
    const bad = data.find((x) => x < range.low - slack || x > range.high + slack);
    if (bad !== undefined) found.push(`${operation.op}: ${bad} is not from ${range.low} to ${range.high}`);
  });
  return found;
}

describe('no number leaves the range of its structure', () => {
  it('in random graphs', () => {
    for (let seed = 0; seed < 150; seed++) {
      const graph = randomGraph(seed, 6);
      const dice = new Dice(seed);
      for (const size of [1, 30]) {
        const sample = randomSample(graph, dice).map((data, i) =>
          graph.inputs[i]!.value.kind === 'real' ? data.map((x) => x * size) : data,
        );
        expect(outside(graph, sample), graph.name).toEqual([]);
      }
    }
  });

  const shape = [2, 3, 8];
  it.each([
    'Softmax',
    'LogSoftmax',
    'Sigmoid',
    'Tanh',
    'Erf',
    'Exp',
    'Sqrt',
    'Sin',
    'Cos',
    'Softplus',
    'Softsign',
    'Atan',
    'Asin',
    'Acos',
    'Cosh',
    'Acosh',
    'HardSigmoid',
    'Gelu',
    'ReduceLogSumExp',
    'ReduceMean',
  ])('in %s', (op) => {
    const graph = graphOf(op, [shape]);
    const dice = new Dice(11);
    for (const reach of [0, 0.1, 3, 50]) expect(outside(graph, [dice.reals(size(shape), reach)])).toEqual([]);
  });

  it.each([false, true])('in attention, masked: %s', (masked) => {
    const heads = [1, 2, 8, 4];
    const graph = graphOf('Attention', [heads, heads, heads], masked ? { is_causal: { i: 1 } } : {});
    const dice = new Dice(12);
    const sample = (reach: number): Sample => [0, 1, 2].map(() => dice.reals(size(heads), reach));
    for (const reach of [0, 1, 9]) expect(outside(graph, sample(reach))).toEqual([]);
  });

  it('which is a range where operators say one', () => {
    const known = (op: string): unknown => {
      const graph = graphOf(op, [shape]);
      return structureOf(graph).get((graph.outputs[0]!.value as { id: number }).id);
    };
    expect(known('Softmax')).toMatchObject({ low: expect.closeTo(0, 6), high: 1 });
    expect(known('LogSoftmax')).toEqual({ low: -Infinity, high: 0 });
    expect(known('Tanh')).toEqual({ low: -1, high: 1 });
    expect(known('HardSigmoid')).toMatchObject({ low: 0, high: 1 });
    expect(known('Relu')).toEqual({ low: 0, high: Infinity });
  });
});
