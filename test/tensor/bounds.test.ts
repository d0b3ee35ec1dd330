/** Bounds of integers as sums that leave their range: exactly where they should, for all that 17 bits hold. */
import { describe, expect, test } from 'vitest';
import { VALUE_BITS } from '../../src/machine/shape.ts';
import { calibrate } from '../../src/tensor/calibrate.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { evaluateIntegers } from '../../src/tensor/quantize/evaluate.ts';
import type { IntegerGraph } from '../../src/tensor/quantize/integer.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';

const HALF = 2 ** (VALUE_BITS - 1);

/** The integers of a graph that bounds x, which tell nothing of bounds but by leaving their range. */
function bounded(low: number, high: number): IntegerGraph {
  const b = new GraphBuilder();
  const y = b.within(b.input('x', [1], 'integer'), low, high);
  const graph = b.finish('bounded', [{ name: 'y', value: y }]);
  const integers = quantize(graph, calibrate(graph, [[Float64Array.of(Math.max(low, -HALF))]]));
  return { ...integers, tensors: integers.tensors.map(({ shows: _, ...tensor }) => tensor) };
}

const isAccepted = (graph: IntegerGraph, x: number): boolean => {
  try {
    evaluateIntegers(graph, [Float64Array.of(x)]);
    return true;
  } catch {
    return false;
  }
};

describe('bounds', () => {
  test.each([
    [0, 1],
    [3, 3],
    [-1, 1],
    [0, 50256],
    [-50257, 50256],
    [-HALF, 0],
    [0, HALF - 1],
    [-1, HALF - 1],
    [0, 100000],
    [-HALF, HALF - 1],
    [-40000, 25535],
    [-40000, 25536],
  ])('from %i to %i', (low, high) => {
    const graph = bounded(low, high);
    const edges = [low - 1, low, low + 1, high - 1, high, high + 1, 2 * high, 0, 2, -2, -HALF, HALF - 1];
    for (const x of edges.filter((at) => at >= -HALF && at < HALF))
      expect(isAccepted(graph, x), `${x}`).toBe(x >= low && x <= high);
  });
});
