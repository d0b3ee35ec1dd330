/**
 * Constants that are compared with computed numbers, on inputs that are like no sample. What a program gives is proven, so it is the network's
 * or nothing: a constant may not act as the end of a range that samples have, nor as the largest integer.
 */
import { describe, expect, it } from 'vitest';
import type { NumberKind, TensorGraph, Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { Dice } from '../helpers/tensor-graphs.ts';
import { planned, type Told } from '../helpers/unlike-samples.ts';

function graphOf(size: number, y: (b: GraphBuilder, x: Value) => Value, kind: NumberKind = 'real'): TensorGraph {
  const b = new GraphBuilder();
  const value = y(b, b.input('x', [size], kind));
  return b.finish('compared', [{ name: 'y', value }]);
}

const at = (b: GraphBuilder, value: number, kind: NumberKind = 'real'): Value => b.constant([1], [value], kind);
const one = (x: number): readonly number[] => [x];

/** Samples are the numbers -1 and 1. */
const told = (graph: TensorGraph, inputs: readonly (readonly number[])[]): Told[] =>
  planned(graph, [one(1), one(-1)]).map(inputs);

describe('a constant that is compared', () => {
  it.each([-1000, -1e30, -3, -2.1, -1.5, 0.5])('max(x, %d) is itself or refused', (constant) => {
    const graph = graphOf(1, (b, x) => b.maximum(x, at(b, constant)));
    // what a plan has room for is proven
    for (const { factor, isProven } of told(graph, [-0.7, -1.9, 0.7, 1.9].map(one))) {
      expect(isProven).toBe(true);
      expect(factor).toBeLessThan(2);
    }
    for (const { factor } of told(graph, [-2.5, -3, -3.5, -5, 3, 5].map(one))) expect(factor).toBeLessThan(2);
  });

  it('a Clip does not end where samples do', () => {
    const graph = graphOf(1, (b, x) => b.clip(x, -3, 3));
    for (const { factor } of told(graph, [-2.5, -3.5, -5, 1.9, 2.5, 3.5].map(one))) expect(factor).toBeLessThan(2);
  });

  it('integers are compared with integers', () => {
    const graph = graphOf(1, (b, x) => b.maximum(x, at(b, -100, 'integer')), 'integer');
    const results = told(graph, [-5, -99, -101, -60000, 7].map(one));
    expect(results.map(({ got }) => got)).toEqual([[-5], [-99], [-100], [-100], [7]]);
  });

  it('one that no integer stands for is refused', () => {
    const graph = graphOf(1, (b, x) => b.maximum(x, at(b, 70000, 'integer')), 'integer');
    expect(foldErrorOf(() => told(graph, [])).code).toBe('E_RANGE');
  });

  it('padding of a reduction is never the largest, and what is padding alone is the largest of it', () => {
    const graph = graphOf(3, (b, x) => {
      const padding = b.constant([5], [-1e30, -1000, -7, -1e30, -1000]);
      return b.max(b.reshape(b.concat([x, padding], 0), [8]), [0], true);
    });
    const run = planned(graph, [
      [1, -1, 0.5],
      [-1, -1, -0.5],
    ]);
    for (const { factor, isProven } of run.map([
      [-3, -3.1, -3.2],
      [-2, -2.5, -2.4],
      [1, 1, 1],
    ])) {
      expect(isProven).toBe(true);
      expect(factor).toBeLessThan(2);
    }
  });

  it('a product with a scale of its own is compared at one that holds the constant', () => {
    const graph = graphOf(2, (b, x) => b.maximum(b.multiply(b.slice(x, [0], [1]), b.slice(x, [1], [2])), at(b, 100)));
    const run = planned(graph, [
      [1, 1],
      [-1, 1],
    ]);
    for (const { got } of run.map([
      [1, 1],
      [0.5, -1],
    ]))
      expect(got![0]).toBeCloseTo(100, 1);
  });

  it('a plan with other ranges makes it no other function', () => {
    const graph = graphOf(1, (b, x) => b.maximum(b.scale(x, 2), at(b, 5)));
    for (const range of [
      { low: 0, high: 0 },
      { low: -1e-6, high: 1e-6 },
      { low: -1e30, high: 1e30 },
    ]) {
      const plan = { version: 1 as const, headroom: 1, ranges: graph.operations.map(() => range), errors: [1] };
      const constants = quantize(graph, plan);
      const scale = constants.outputs[0]!.scale;
      for (const { operation } of constants.tensors)
        if (operation.op === 'maximum') {
          const [known] = operation.leaves.flatMap((leaf) => [...leaf]).filter((code) => code < 0);
          expect(constants.constants[-1 - known!]).toBe(Math.round(5 * scale));
        }
    }
  });
});

describe('a constant beside integers that must be exact', () => {
  const beside = (b: GraphBuilder, x: Value): Value => b.concat([x, at(b, 70000, 'integer')], 0);

  it.each<[string, (b: GraphBuilder, x: Value) => Value]>([
    [
      'an index',
      (b, x) =>
        b.take(
          b.constant(
            [70001],
            Array.from({ length: 70001 }, (_, i) => i % 2),
          ),
          beside(b, x),
        ),
    ],
    ['what is bounded', (b, x) => b.within(beside(b, x), 0, 70000)],
    ['a factor', (b, x) => b.multiply(beside(b, x), b.concat([x, x], 0))],
    ['what is rounded down', (b, x) => b.floor(b.as(b.scale(beside(b, x), 0.5, 0.25), 'real'))],
  ])('%s of 70000 is refused: 5 beside it would be another number', (_, y) => {
    expect(foldErrorOf(() => planned(graphOf(1, y, 'integer'), [one(5), one(0)])).code).toBe('E_RANGE');
  });

  it('integers that leave their range only with headroom are multiplied exactly', () => {
    const graph = graphOf(2, (b, x) => b.multiply(b.slice(x, [0], [1]), b.slice(x, [1], [2])), 'integer');
    const run = planned(graph, [[50000, 1]]);
    expect(run.map([[50001, 1]])[0]!.got).toEqual([50001]);
  });
});

/** A random network of comparisons with constants of all sizes, sums and products, `more` functions. */
function randomNetwork(dice: Dice, more: readonly ((b: GraphBuilder, x: Value) => Value)[]): TensorGraph {
  const size = (): number => dice.pick([0.1, 0.5, 1, 1.5, 2.5, 3, 6, 20, 1000, 1e30]);
  const sign = (): number => dice.pick([-1, 1]);
  return graphOf(1 + dice.below(5), (b, x) => {
    const values = [x];
    const other = (y: Value): Value => values.findLast((v) => v !== y && v.shape[0] === y.shape[0]) ?? y;
    const padding = (y: Value): Value =>
      b.constant(
        y.shape,
        Array.from({ length: y.shape[0]! }, () => -size()),
      );
    const grow: readonly ((y: Value) => Value)[] = [
      (y) => b.maximum(y, b.constant([], [sign() * size()])),
      (y) => b.minimum(y, b.constant([], [sign() * size()])),
      (y) => b.clip(y, -size(), size()),
      (y) => b.maximum(y, b.scale(padding(y), sign())),
      (y) => {
        const rows = b.reshape(b.concat([y, padding(y), padding(y), b.scale(y, -0.5)], 0), [4, y.shape[0]!]);
        return b.max(rows, [0], false);
      },
      (y) => b.maximum(y, other(y)),
      (y) => b.multiply(y, other(y)),
      (y) => b.add(y, b.scale(other(y), -0.7)),
      (y) => {
        const [inputs, outputs] = [y.shape[0]!, 1 + dice.below(4)];
        const weights = b.constant([inputs, outputs], dice.reals(inputs * outputs, 1.7 / Math.sqrt(inputs)));
        return b.add(b.reshape(b.matmul(b.reshape(y, [1, inputs]), weights), [outputs]), at(b, 0.1));
      },
      ...more.map((f) => (y: Value) => f(b, y)),
    ];
    for (let n = 2 + dice.below(4); n > 0; n--) values.push(dice.pick(grow)(values.at(-1)!));
    return values.at(-1)!;
  });
}

const FUNCTIONS: readonly ((b: GraphBuilder, x: Value) => Value)[] = [
  (b, x) => b.apply(x, 'tanh', Math.tanh),
  (b, x) => b.apply(b.bounded(b.multiply(x, x), 0, Infinity), 'root', (t) => Math.sqrt(Math.max(t, 0))),
  (b, x) => b.apply(b.clip(x, -20, 20), 'exp', Math.exp),
  (b, x) => b.apply(x, 'reciprocal', (t) => (t === 0 ? 0 : 1 / t)),
  (b, x) => b.apply(b.abs(x), 'log', (t) => Math.log(Math.max(t, 2 ** -126))),
];

describe('inputs of all sizes, after one sample', () => {
  it.each([
    ['comparisons', [], 8, 150],
    ['functions', FUNCTIONS, 16, 40],
  ] as const)('%s: the network’s result, within its predicted error, or none', (_, more, most, seeds) => {
    let proven = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const dice = new Dice(seed);
      const graph = randomNetwork(dice, more);
      const { value } = graph.outputs[0]!;
      if ('data' in value) continue;
      const size = graph.inputs[0]!.value.shape[0]!;
      const sample = dice.reals(size);
      const run = planned(graph, [[...sample]]);
      const inputs = [0, 0.3, 1, 1.3, 1.6, 1.9, 2.2, 3, 5, 10].flatMap((factor) => [
        [...sample].map((x) => x * factor),
        [...dice.reals(size, factor)],
      ]);
      for (const { factor, isProven } of run.map(inputs)) {
        expect(factor, `seed ${seed}`).toBeLessThan(most);
        if (isProven) proven++;
      }
    }
    expect(proven).toBeGreaterThan(8 * seeds);
  });
});
