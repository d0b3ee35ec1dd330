import { describe, expect, test } from 'vitest';
import type { AttributeValue, Graph, Tensor } from '../../../src/ir/graph.ts';
import { inferShapes } from '../../../src/ir/onnx/shapes.ts';
import { MAX_ELEMENTS } from '../../../src/layers/tensor-shape.ts';
import { foldErrorOf } from '../../helpers/errors.ts';

/** One node; inputs by shape, constants by value. */
function graphOf(
  op: string,
  inputs: readonly (number[] | Tensor)[],
  attributes: [string, AttributeValue][] = [],
): Graph {
  const constants = new Map<string, Tensor>();
  inputs.forEach((input, i) => {
    if (!Array.isArray(input)) constants.set(`i${i}`, input);
  });
  return {
    name: 'one',
    opset: 13,
    inputs: inputs.flatMap((shape, i) => (Array.isArray(shape) ? [{ name: `i${i}`, shape }] : [])),
    outputs: [],
    nodes: [{ name: 'it', op, inputs: inputs.map((_, i) => `i${i}`), outputs: ['y'], attributes: new Map(attributes) }],
    constants,
  };
}
const dims = (...values: number[]): Tensor => ({ shape: [values.length], data: Float64Array.from(values) });
const shapeOf = (graph: Graph): readonly number[] => inferShapes(graph).get('y')!;

describe('shapes', () => {
  test.each<[string, (number[] | Tensor)[], [string, AttributeValue][], number[]]>([
    [
      'Add',
      [
        [2, 1, 3],
        [4, 1],
      ],
      [],
      [2, 4, 3],
    ],
    [
      'Conv',
      [
        [1, 4, 8, 8],
        [6, 2, 3, 3],
      ],
      [['group', 2]],
      [1, 6, 6, 6],
    ],
    [
      'Conv',
      [
        [1, 1, 7, 7],
        [1, 1, 3, 3],
      ],
      [
        ['auto_pad', 'SAME_UPPER'],
        ['strides', [2, 2]],
      ],
      [1, 1, 4, 4],
    ],
    [
      'Conv',
      [
        [1, 1, 9],
        [2, 1, 3],
      ],
      [
        ['dilations', [3]],
        ['pads', [1, 0]],
      ],
      [1, 2, 4],
    ],
    [
      'Gemm',
      [[3, 2], [4, 3], [4]],
      [
        ['transA', 1],
        ['transB', 1],
      ],
      [2, 4],
    ],
    [
      'MatMul',
      [
        [5, 1, 2, 3],
        [7, 3, 4],
      ],
      [],
      [5, 7, 2, 4],
    ],
    ['MatMul', [[3], [3]], [], []],
    ['Flatten', [[2, 3, 4]], [['axis', -1]], [6, 4]],
    ['Reshape', [[2, 3, 4], dims(0, -1)], [], [2, 12]],
    ['Reshape', [[4], dims()], [], []],
  ])('%s %j %j', (op, inputs, attributes, expected) => {
    if (expected.length === 0 && op === 'Reshape') inputs[0] = [1];
    expect(shapeOf(graphOf(op, inputs, attributes))).toEqual(expected);
  });

  test.each<[string, (number[] | Tensor)[], [string, AttributeValue][], string]>([
    ['Add', [[2, 3], [4]], [], 'E_FORMAT'],
    ['Add', [[2, 3]], [], 'E_FORMAT'],
    [
      'Conv',
      [
        [1, 3, 8, 8],
        [1, 1, 3, 3],
      ],
      [],
      'E_FORMAT',
    ],
    [
      'Conv',
      [
        [1, 1, 2, 2],
        [1, 1, 3, 3],
      ],
      [],
      'E_FORMAT',
    ],
    [
      'Conv',
      [
        [1, 1, 8, 8],
        [1, 1, 3, 3],
      ],
      [['strides', [0, 1]]],
      'E_FORMAT',
    ],
    [
      'Conv',
      [
        [1, 1, 8, 8],
        [1, 1, 3, 3],
      ],
      [['pads', [-1, 0, 0, 0]]],
      'E_FORMAT',
    ],
    [
      'Conv',
      [
        [1, 1, 8, 8],
        [1, 1, 3, 3],
      ],
      [['pads', [1, 1]]],
      'E_FORMAT',
    ],
    [
      'Conv',
      [
        [1, 1, 8, 8],
        [1, 1, 3, 3],
      ],
      [['kernel_shape', [5, 5]]],
      'E_FORMAT',
    ],
    [
      'Conv',
      [
        [1, 1, 8, 8],
        [1, 1, 3, 3],
      ],
      [['auto_pad', 'SAME']],
      'E_FORMAT',
    ],
    ['Conv', [[1, 1, 8, 8], [2, 1, 3, 3], [3]], [], 'E_FORMAT'],
    [
      'Conv',
      [
        [1, 1, 8, 8],
        [1, 1, 3, 3],
      ],
      [['pads', [2 ** 20, 0, 2 ** 20, 2 ** 20]]],
      'E_TOO_LARGE',
    ],
    [
      'Gemm',
      [
        [2, 3],
        [4, 5],
      ],
      [],
      'E_FORMAT',
    ],
    ['Gemm', [[2, 3], [3, 4], [5]], [], 'E_FORMAT'],
    [
      'MatMul',
      [
        [2, 3],
        [4, 5],
      ],
      [],
      'E_FORMAT',
    ],
    ['Flatten', [[2, 3]], [['axis', 3]], 'E_FORMAT'],
    ['Reshape', [[6], dims(4)], [], 'E_FORMAT'],
    ['Reshape', [[6], dims(-1, -1)], [], 'E_FORMAT'],
    ['Reshape', [[6], dims(-1, -1, 6)], [], 'E_FORMAT'],
    [
      'Gemm',
      [
        [2, 3],
        [3, 4],
        [2, 1, 4],
      ],
      [],
      'E_FORMAT',
    ],
    [
      'Gemm',
      [
        [1, 3],
        [3, 4],
        [4, 1],
      ],
      [],
      'E_FORMAT',
    ],
    ['MatMul', [[2, 3], { shape: [3, 0], data: new Float64Array(0) }], [], 'E_FORMAT'],
    ['Relu', [[6]], [['alpha', 0.1]], 'E_UNSUPPORTED'],
    ['Reshape', [[6], [1]], [], 'E_UNSUPPORTED'],
    ['Softmax', [[6]], [], 'E_UNSUPPORTED'],
  ])('%s %j %j is refused, naming the node', (op, inputs, attributes, code) => {
    const error = foldErrorOf(() => inferShapes(graphOf(op, inputs, attributes)));
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.got}`).toContain('"it"');
  });

  test('the limit on elements is where it says', () => {
    expect(shapeOf(graphOf('Add', [[2 ** 14, 1], [2 ** 13]]))).toEqual([2 ** 14, 2 ** 13]);
    expect(2 ** 27).toBe(MAX_ELEMENTS);
    expect(foldErrorOf(() => inferShapes(graphOf('Add', [[2 ** 14, 1], [2 ** 13 + 1]]))).code).toBe('E_TOO_LARGE');
  });
});
