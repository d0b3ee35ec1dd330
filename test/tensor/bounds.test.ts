/** Bounds of integers as sums that leave their range: exactly where they should, for all that 17 bits hold. */
import { describe, expect, test } from 'vitest';
import { importNetwork } from '../../src/ir/import.ts';
import { decodeNetwork } from '../../src/ir/onnx/network.ts';
import { VALUE_BITS } from '../../src/machine/shape.ts';
import { calibrate, integerOutputs } from '../../src/tensor/calibrate.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { evaluateIntegers } from '../../src/tensor/quantize/evaluate.ts';
import type { IntegerGraph } from '../../src/tensor/quantize/integer.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { modelBytes, type NodeText } from '../helpers/network.ts';
import { tensorProto, valueInfo } from '../helpers/onnx.ts';

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

const typed = (name: string, dims: number[], elemType: number) => {
  const value = valueInfo(name, dims);
  return { ...value, type: { tensorType: { ...value.type.tensorType, elemType } } };
};

describe('computed indices beyond their axis have no result, also where another number stands there', () => {
  const table = tensorProto('t', { shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) });
  const index = typed('i', [1, 2], 7);
  const x = valueInfo('x', [1, 3]);
  const axis = { name: 'axis', type: 2, i: 1 };
  test.each<[string, NodeText, object, number[], number[][]]>([
    [
      'GatherND of a constant',
      { op: 'GatherND', in: ['t', 'i'], out: ['y'] },
      { input: [index], initializer: [table] },
      [1, -3],
      [
        [0, 3],
        [0, -4],
        [-1, 3],
        [2, 0],
      ],
    ],
    [
      'GatherElements of a constant',
      { op: 'GatherElements', in: ['t', 'i'], out: ['y'], attribute: [axis] },
      { input: [index], initializer: [table] },
      [1, -3],
      [
        [3, 0],
        [0, -4],
      ],
    ],
    [
      'Gather of what is computed',
      { op: 'Gather', in: ['x', 'i'], out: ['y'], attribute: [axis] },
      { input: [index, x] },
      [2, -3],
      [
        [3, 0],
        [0, -4],
      ],
    ],
  ])('%s', (_, node, graph, good, bad) => {
    const { graph: tensors } = importNetwork(decodeNetwork(modelBytes([{ ...node, name: 'look' }], graph)));
    const more = tensors.inputs.slice(1).map(() => Float64Array.of(0.5, -1, 1));
    const integers = quantize(tensors, calibrate(tensors, [[Float64Array.from(good), ...more]]));
    for (const at of bad) {
      const error = foldErrorOf(() => integerOutputs(integers, [Float64Array.from(at), ...more]));
      expect(error).toMatchObject({ code: 'E_RANGE', message: expect.stringMatching(/^'look, an integer from 0 to/) });
    }
  });
});
