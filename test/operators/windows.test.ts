/** Convolutions and pools of random geometry against ONNX Runtime. */
import { describe, expect, it } from 'vitest';
import { type Attribute, type Feed, type NodeCase, nodeGraph, runExpansion } from '../helpers/one-node.ts';
import { agree, fixed, many, randomNodes } from '../helpers/random-nodes.ts';

const { whole, pick, dims, real } = randomNodes(11);

interface Geometry {
  readonly attributes: Record<string, Attribute>;
  readonly kernel: number[];
  readonly sizes: number[];
}

/**
 * A window over 1 to 3 axes; pads are smaller than the kernel, as pools want them. Of a pool with auto_pad SAME the runtime
 * leaves dilations out of the padding, and pads by a negative number where the stride is larger than the kernel, and of a
 * ConvTranspose it makes less than the stride times the input, all unlike ONNX.
 */
function geometry(conv = false, dilated = true): Geometry {
  const axes = whole(1, 3);
  const kernel = dims(axes, 1, 3);
  const padding = pick(['pads', 'pads', 'SAME_UPPER', 'SAME_LOWER', 'VALID', 'none']);
  const plain = !conv && padding.startsWith('SAME');
  const dilations = dilated && !plain ? dims(axes, 1, 2) : kernel.map(() => 1);
  const sizes = kernel.map((k, axis) => (k - 1) * dilations[axis]! + whole(1, 5));
  const attributes: Record<string, Attribute> = {
    kernel_shape: { ints: kernel },
    strides: { ints: kernel.map((k) => whole(1, plain ? k : 3)) },
    ...(dilated ? { dilations: { ints: dilations } } : {}),
  };
  if (padding === 'pads') attributes.pads = { ints: [...kernel, ...kernel].map((k) => whole(0, k - 1)) };
  else if (padding !== 'none') attributes.auto_pad = { s: padding };
  return { attributes, kernel, sizes };
}

describe('convolutions', () => {
  const convolution = (computed: boolean): NodeCase => {
    const { attributes, kernel, sizes } = geometry(true);
    const group = whole(1, 3);
    const [inside, outside] = [whole(1, 2), group * whole(1, 2)];
    const [w, bias] = [real([outside, inside, ...kernel]), real([outside])];
    return {
      op: 'Conv',
      attributes: { ...attributes, group: { i: group } },
      inputs: [real([whole(1, 2), group * inside, ...sizes]), computed ? w : fixed(w), computed ? bias : fixed(bias)],
    };
  };
  it('Conv', () => agree(many(60, () => convolution(false))));
  it('Conv with computed weights', () => agree(many(20, () => convolution(true))));
  it('is one operation', () => {
    const inputs = [real([1, 4, 6, 6]), fixed(real([6, 2, 3, 3])), fixed(real([6]))];
    expect(runExpansion({ op: 'Conv', attributes: { group: { i: 2 } }, inputs }).operations).toEqual(['linear']);
  });
  it('ConvTranspose', () =>
    agree(
      many(60, () => {
        const { attributes, kernel, sizes } = geometry();
        const group = whole(1, 2);
        const [inside, outside] = [whole(1, 2), whole(1, 2)];
        const strides = (attributes.strides as { ints: number[] }).ints;
        const extra = pick([true, false]);
        return {
          op: 'ConvTranspose',
          attributes: {
            ...attributes,
            group: { i: group },
            ...(extra ? { output_padding: { ints: strides.map((stride) => whole(0, stride - 1)) } } : {}),
          },
          inputs: [
            real([whole(1, 2), group * inside, ...sizes]),
            fixed(real([group * inside, outside, ...kernel])),
            fixed(real([group * outside])),
          ],
        };
      }),
    ));
});

describe('pools', () => {
  const pool = (op: string, extra: () => Record<string, Attribute>, outputs = 1): NodeCase => {
    const { attributes, sizes } = geometry(false, op !== 'LpPool');
    const ceil: Record<string, Attribute> = op === 'LpPool' ? {} : { ceil_mode: { i: whole(0, 1) } };
    const inputs = [real([whole(1, 2), whole(1, 3), ...sizes])];
    return {
      op,
      opset: op === 'AveragePool' ? 19 : 17,
      attributes: { ...attributes, ...ceil, ...extra() },
      inputs,
      outputs,
    };
  };
  it('MaxPool', () => agree(many(60, () => pool('MaxPool', () => ({})))));
  it('MaxPool in the shape of an image, one maximum for each further number of a window', () => {
    const attributes = { kernel_shape: { ints: [3, 2] }, strides: { ints: [3, 2] } };
    const feed: Feed = { shape: [1, 6, 9, 8], type: 'float32', data: new Array(432).fill(0) };
    const { graph } = nodeGraph({ op: 'MaxPool', attributes, inputs: [feed] });
    const shapes = graph.operations
      .filter(({ operation }) => operation.op === 'maximum')
      .map(({ result }) => result.shape);
    expect(shapes).toEqual([
      [1, 6, 3, 8],
      [1, 6, 3, 8],
      [1, 6, 3, 4],
    ]);
  });
  it('MaxPool with places', () =>
    agree(many(40, () => pool('MaxPool', () => ({ storage_order: { i: whole(0, 1) } }), 2))));
  it('AveragePool', () =>
    agree(many(80, () => pool('AveragePool', () => ({ count_include_pad: { i: whole(0, 1) } })))));
  it('LpPool', () => agree(many(30, () => pool('LpPool', () => ({ p: { i: whole(1, 3) } })))));
  it.each(['GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool'])('%s', (op) =>
    agree(many(10, () => ({ op, inputs: [real([whole(1, 2), whole(1, 3), ...dims(whole(1, 3), 1, 5)])] }))),
  );
});
