/** Which graphs are chains, how their pieces are put together, and which node is named when they are not. */
import { describe, expect, it } from 'vitest';
import { toChain } from '../../src/ir/chain.ts';
import type { Graph } from '../../src/ir/graph.ts';
import { broadcastShape } from '../../src/layers/tensor-shape.ts';
import { GraphBuilder } from '../helpers/chains.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const CONV = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
const ramp = (n: number): number[] => Array.from({ length: n }, (_, k) => k + 1);

/** input [1, 2, 3, 3] and a 3x3 convolution of `out` channels. */
function conv(build: GraphBuilder, x: string, channels: number, out: number): string {
  return build.node('Conv', [x, build.constant([out, channels, 3, 3], ramp(out * channels * 9))], CONV);
}

function image(): GraphBuilder {
  return new GraphBuilder([1, 2, 3, 3]);
}

describe('recognised', () => {
  it('convolution with skip, Relu and Floor, bias by Add, Identity and Flatten, then a readout', () => {
    const b = image();
    const first = b.node('Relu', [b.node('Add', [conv(b, 'input', 2, 4), b.constant([4, 1, 1], ramp(4))])]);
    const same = b.node('Identity', [first]);
    const second = b.node('Relu', [b.node('Add', [same, conv(b, same, 4, 4)])]);
    const flat = b.node('Flatten', [second], { axis: 1 });
    const logits = b.node('Gemm', [flat, b.constant([5, 36], ramp(180)), b.constant([5], ramp(5))], {
      transB: 1,
      alpha: 2,
      beta: 3,
    });
    const chain = toChain(b.graph(logits, [1, 5]));
    expect(chain.layers.map(({ residual, relu, floor }) => [residual, relu, floor])).toEqual([
      [false, true, false],
      [true, true, false],
    ]);
    expect([...chain.layers[0]!.linear.bias]).toEqual([1, 2, 3, 4]);
    expect(chain.layers[1]!.output).toBe(second);
    expect([...chain.readout!.linear.bias]).toEqual([3, 6, 9, 12, 15]);
    expect(chain.readout!.linear.weights[7]).toBe(16);
  });

  it('a Gemm stored as [in, out] and a MatMul are the same matrix', () => {
    const gemm = new GraphBuilder([1, 2]);
    const a = gemm.node('Gemm', ['input', gemm.constant([2, 3], ramp(6))]);
    const matmul = new GraphBuilder([1, 2]);
    const c = matmul.node('MatMul', ['input', matmul.constant([2, 3], ramp(6))]);
    const weights = (g: Graph): number[] => [...toChain(g).readout!.linear.weights];
    expect(weights(gemm.graph(a, [1, 3]))).toEqual([1, 4, 2, 5, 3, 6]);
    expect(weights(matmul.graph(c, [1, 3]))).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it('groups and dilations as zero weights', () => {
    const b = new GraphBuilder([1, 2, 5, 5]);
    const w = b.constant([2, 1, 2, 2], ramp(8));
    const out = b.node('Conv', ['input', w], { kernel_shape: [2, 2], dilations: [2, 2], group: 2, pads: [1, 1, 1, 1] });
    const { linear } = toChain(b.graph(out, [1, 2, 5, 5])).layers[0]!;
    const zeros = new Array(9).fill(0);
    expect([...linear.weights]).toEqual([
      ...[1, 0, 2, 0, 0, 0, 3, 0, 4],
      ...zeros,
      ...zeros,
      ...[5, 0, 6, 0, 0, 0, 7, 0, 8],
    ]);
  });

  it('weights that meet no pixel are dropped', () => {
    const b = new GraphBuilder([1, 1, 1, 2]);
    const w = b.constant([1, 1, 3, 3], ramp(9));
    const out = b.node('Conv', ['input', w], CONV);
    const { linear } = toChain(b.graph(out, [1, 1, 1, 2])).layers[0]!;
    expect(linear.shape).toMatchObject({ pads: [0, 1, 0, 1] });
    expect([...linear.weights]).toEqual([4, 5, 6]);
  });

  it('constants behind an Identity, and a network that ends in a layer', () => {
    const b = image();
    const w = b.node('Identity', [b.constant([2, 2, 3, 3], ramp(36))]);
    // An Identity of a constant has no shape problem; it is the weight of the convolution.
    const out = b.node('Relu', [b.node('Conv', ['input', w], CONV)]);
    const chain = toChain(b.graph(out, [1, 2, 3, 3]));
    expect(chain.readout).toBeUndefined();
    expect(chain.layers).toHaveLength(1);
  });
});

describe('a constant is read by what broadcasting makes of it', () => {
  /** conv [1, 2, 2, 4] under another shape, and a constant added to it. */
  const added = (shape: number[], constant: number[]): Graph => {
    const b = new GraphBuilder([1, 2, 2, 4]);
    const y = b.node('Reshape', [conv(b, 'input', 2, 2), b.constant([shape.length], shape)]);
    const count = constant.reduce((p, d) => p * d, 1);
    const sum = b.node('Add', [b.constant(constant, ramp(count)), y]);
    return b.graph(sum, broadcastShape(constant, shape)!);
  };

  it.each<[number[], number[], number[]]>([
    [
      [1, 2, 2, 4],
      [2, 1, 1],
      [1, 2],
    ],
    [
      [1, 2, 2, 4],
      [1, 1, 1, 1],
      [1, 1],
    ],
    [
      [2, 8],
      [2, 1],
      [1, 2],
    ],
    [
      [2, 2, 4],
      [2, 1, 1],
      [1, 2],
    ],
    [[16], [], [1, 1]],
  ])('a tensor %j and a constant %j', (shape, constant, bias) => {
    expect([...toChain(added(shape, constant)).layers[0]!.linear.bias]).toEqual(bias);
  });

  it.each<[number[], number[]]>([
    // axis 1 has the size of the channels, but is a part of the image
    [
      [4, 2, 2, 1],
      [1, 2, 1, 1],
    ],
    [
      [2, 2, 4],
      [2, 1],
    ],
    [[8, 2], [2]],
    [[1, 2, 2, 4], [4]],
    // the tensor itself is repeated
    [
      [1, 16],
      [2, 1],
    ],
    [
      [1, 2, 2, 4],
      [3, 1, 1, 1],
    ],
    [
      [1, 16],
      [1, 1, 1],
    ],
  ])('a tensor %j and a constant %j are refused', (shape, constant) => {
    const error = foldErrorOf(() => toChain(added(shape, constant)));
    expect(error.code).toBe('E_UNSUPPORTED');
    expect(error.message).toContain('"add2"');
    expect(error.got).toBe(`a constant [${constant.join(', ')}]`);
  });

  it('biases of a matrix are one, or one per output', () => {
    const b = new GraphBuilder([1, 2]);
    const w = b.constant([2, 3], ramp(6));
    const out = b.node('Gemm', ['input', w, b.constant([1, 1], [5])], { beta: 2 });
    expect([...toChain(b.graph(out, [1, 3])).readout!.linear.bias]).toEqual([10, 10, 10]);
  });
});

describe('refused, by the name of the node', () => {
  const refuse = (graph: Graph): { message: string; got: string | undefined; code: string } => {
    const { message, got, code } = foldErrorOf(() => toChain(graph));
    return { message, got, code };
  };

  it('an operator outside the table', () => {
    const b = image();
    const out = b.node('Softmax', [conv(b, 'input', 2, 2)]);
    expect(refuse(b.graph(out, [1, 2, 3, 3])).got).toBe('Softmax (node "softmax1")');
  });

  it('a stride, and a convolution that shrinks the image', () => {
    const b = image();
    const w = b.constant([2, 2, 3, 3], ramp(36));
    const out = b.node('Conv', ['input', w], { kernel_shape: [3, 3] });
    expect(refuse(b.graph(out, [1, 2, 1, 1]))).toEqual({
      code: 'E_UNSUPPORTED',
      message: 'The node "conv0" (Conv) does not fit a chain of layers.',
      got: 'strides 1 x 1, output 1 x 1',
    });
  });

  it('a branch, and a skip over two layers', () => {
    const b = image();
    const first = conv(b, 'input', 2, 2);
    const second = conv(b, first, 2, 2);
    const out = b.node('Add', ['input', second]);
    expect(refuse(b.graph(out, [1, 2, 3, 3])).message).toMatch(/"add2"/);
    const c = image();
    conv(c, 'input', 2, 2);
    const other = conv(c, 'input', 2, 2);
    expect(refuse(c.graph(other, [1, 2, 3, 3])).message).toMatch(/"conv1"/);
  });

  it('an Add after Relu, a bias that varies over the image, two skips', () => {
    const b = image();
    const out = b.node('Add', ['input', b.node('Relu', [conv(b, 'input', 2, 2)])]);
    expect(refuse(b.graph(out, [1, 2, 3, 3])).got).toBe('an Add after them');
    const c = image();
    const varied = c.node('Add', [conv(c, 'input', 2, 2), c.constant([3, 3], ramp(9))]);
    expect(refuse(c.graph(varied, [1, 2, 3, 3])).got).toBe('a constant [3, 3]');
    const d = image();
    const once = d.node('Add', ['input', conv(d, 'input', 2, 2)]);
    expect(refuse(d.graph(d.node('Add', ['input', once]), [1, 2, 3, 3])).message).toMatch(/"add2"/);
  });

  it('a skip that broadcasts, whatever the numbers of entries', () => {
    const b = new GraphBuilder([1, 4]);
    const y = b.node('MatMul', ['input', b.constant([4, 4], ramp(16))]);
    const column = b.node('Reshape', [y, b.constant([2], [4, 1])]);
    for (const [inputs, shapes] of [
      [['input', column], '[1, 4] and [4, 1]'],
      [[column, 'input'], '[4, 1] and [1, 4]'],
    ] as const) {
      const sum = new GraphBuilder([1, 4]);
      sum.nodes.push(...b.nodes);
      for (const [name, tensor] of b.constants) sum.constants.set(name, tensor);
      const error = foldErrorOf(() => toChain(sum.graph(sum.node('Add', inputs), [4, 4])));
      expect(error).toMatchObject({ code: 'E_UNSUPPORTED', expected: 'two tensors of one shape', got: shapes });
    }
    // the same numbers in one shape are a skip
    const row = b.node('Reshape', [column, b.constant([2], [1, 4])]);
    expect(toChain(b.graph(b.node('Add', [row, 'input']), [1, 4])).layers[0]!.residual).toBe(true);
  });

  it('an output that is declared with another shape', () => {
    const b = new GraphBuilder([1, 4]);
    const y = b.node('MatMul', ['input', b.constant([4, 3], ramp(12))]);
    expect(foldErrorOf(() => toChain(b.graph(y, [1, 10])))).toMatchObject({
      code: 'E_FORMAT',
      message: `The tensor "${y}" is declared with a shape that the network does not give it.`,
      expected: '[1, 3]',
      got: '[1, 10]',
    });
  });

  it('an input of integers, and an attribute that its operator does not have', () => {
    const b = new GraphBuilder([1, 4]);
    const y = b.node('MatMul', ['input', b.constant([4, 3], ramp(12))]);
    const graph = b.graph(y, [1, 3]);
    const integers = { ...graph, inputs: [{ ...graph.inputs[0]!, integers: true }] };
    expect(foldErrorOf(() => toChain(integers)).message).toMatch(/"input" is of integers/);
    const odd = b.node('Relu', [y], { alpha: 0.1 });
    expect(foldErrorOf(() => toChain(b.graph(odd, [1, 3])))).toMatchObject({ code: 'E_UNSUPPORTED', got: 'alpha' });
  });

  it('layers of two kinds, and a Floor after some layers only', () => {
    const b = image();
    const flat = b.node('Flatten', [b.node('Relu', [conv(b, 'input', 2, 2)])]);
    const hidden = b.node('Relu', [b.node('MatMul', [flat, b.constant([18, 4], ramp(72))])]);
    const out = b.node('MatMul', [hidden, b.constant([4, 2], ramp(8))]);
    expect(refuse(b.graph(out, [1, 2])).got).toBe('a matrix');
    const c = image();
    const floored = c.node('Floor', [c.node('Relu', [conv(c, 'input', 2, 2)])]);
    expect(refuse(c.graph(c.node('Relu', [conv(c, floored, 2, 2)]), [1, 2, 3, 3])).message).toMatch(/"conv3"/);
  });

  it('no layer, an output in the middle, several inputs', () => {
    const b = image();
    expect(refuse(b.graph(b.node('Identity', ['input']), [1, 2, 3, 3])).message).toMatch(/not the end of a chain/);
    const c = image();
    const first = conv(c, 'input', 2, 2);
    conv(c, first, 2, 2);
    expect(refuse(c.graph(first, [1, 2, 3, 3])).message).toMatch(/not the end of a chain/);
    const graph = c.graph(first, [1, 2, 3, 3]);
    expect(refuse({ ...graph, inputs: [...graph.inputs, ...graph.inputs] }).message).toBe('The network has 2 inputs.');
  });
});
