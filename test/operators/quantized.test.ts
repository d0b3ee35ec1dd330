/** Quantized operators against ONNX Runtime: every integer within one unit, and equal but where a tie hangs on float32. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../helpers/chains.ts';
import {
  type Attribute,
  type ElementType,
  type Feed,
  type NodeCase,
  runExpansion,
  runReference,
} from '../helpers/one-node.ts';

const random = seeded(5);
const size = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
const real = (shape: readonly number[], low = -3, high = 3): Feed => ({
  shape,
  type: 'float32',
  data: Array.from({ length: size(shape) }, () => low + (high - low) * random()),
});
const whole = (shape: readonly number[], type: ElementType): Feed => ({
  shape,
  type,
  data: Array.from({ length: size(shape) }, () => Math.floor(random() * 256) - (type === 'int8' ? 128 : 0)),
});
const constant = (feed: Feed): Feed => ({ ...feed, constant: true });
const scale = (shape: readonly number[] = []): Feed => constant(real(shape, 0.01, 0.05));
const zero = (type: ElementType, data: readonly number[] = [3]): Feed => ({
  shape: data.length === 1 ? [] : [data.length],
  type,
  data,
  constant: true,
});

/** No element off by more than a unit, at most one in fifty at all (where ties are not meant). */
function check(name: string, spec: NodeCase, share = 1 / 50): void {
  it(name, async () => {
    const [theirs] = await runReference(spec);
    const { results } = runExpansion(spec);
    expect(results[0]!.shape).toEqual(theirs!.shape);
    const off = theirs!.data.map((value, i) => Math.abs(value - results[0]!.data[i]!));
    expect(Math.max(...off)).toBeLessThanOrEqual(1);
    expect(off.filter((difference) => difference > 1e-6).length).toBeLessThanOrEqual(off.length * share);
  });
}

const axis = (i: number): Record<string, Attribute> => ({ axis: { i } });

describe('quantized operators', () => {
  for (const type of ['uint8', 'int8'] as const) {
    check(`QuantizeLinear ${type}`, { op: 'QuantizeLinear', inputs: [real([4, 50], -9, 9), scale(), zero(type)] });
    check(`QuantizeLinear ${type} for each row`, {
      op: 'QuantizeLinear',
      attributes: axis(0),
      inputs: [real([2, 50], -9, 9), scale([2]), zero(type, [1, 2])],
    });
    check(`DequantizeLinear ${type}`, { op: 'DequantizeLinear', inputs: [whole([4, 5], type), scale(), zero(type)] });
    check(`DequantizeLinear ${type} for each column`, {
      op: 'DequantizeLinear',
      inputs: [whole([4, 5], type), scale([5]), zero(type, [1, 2, 3, 4, 5])],
    });
    check(`MatMulInteger ${type}`, {
      op: 'MatMulInteger',
      inputs: [whole([3, 20], 'uint8'), constant(whole([20, 4], type)), zero('uint8'), zero(type)],
    });
    check(`QLinearMatMul ${type}`, {
      op: 'QLinearMatMul',
      inputs: [
        whole([10, 20], 'uint8'),
        scale(),
        zero('uint8'),
        constant(whole([20, 10], type)),
        scale(),
        zero(type),
        constant(real([], 0.1, 0.2)),
        zero('uint8', [128]),
      ],
    });
  }
  for (const [group, attributes] of [
    [1, {}],
    [1, { pads: { ints: [1, 0, 1, 2] }, strides: { ints: [2, 1] } }],
    [2, { group: { i: 2 }, auto_pad: { s: 'SAME_UPPER' } }],
  ] as const) {
    const image = whole([1, 4, 6, 5], 'uint8');
    const weights = (type: ElementType): Feed => constant(whole([4, 4 / group, 3, 3], type));
    check(`ConvInteger ${JSON.stringify(attributes)}`, {
      op: 'ConvInteger',
      attributes,
      inputs: [image, weights('uint8'), zero('uint8'), zero('uint8')],
    });
    for (const channels of [1, 4])
      check(`QLinearConv ${JSON.stringify(attributes)}, ${channels} scales`, {
        op: 'QLinearConv',
        attributes,
        inputs: [
          image,
          scale(),
          zero('uint8'),
          weights('int8'),
          channels === 1 ? scale() : scale([4]),
          zero('int8', new Array(channels).fill(0)),
          constant(real([], 0.2, 0.3)),
          zero('uint8', [120]),
          { shape: [4], type: 'int32', data: [10, -2000, 300, 0], constant: true },
        ],
      });
  }
  check('QuantizeLinear without a zero point', { op: 'QuantizeLinear', inputs: [real([50]), scale()] });
  check(
    'QuantizeLinear of ties and of what saturates',
    {
      op: 'QuantizeLinear',
      inputs: [
        { shape: [6], type: 'float32', data: [0.25, 0.75, 1.25, -0.25, -0.75, 300] },
        { shape: [], type: 'float32', data: [0.5], constant: true },
        zero('int8', [0]),
      ],
    },
    1 / 2,
  );
  it('scale constant weights, so that no long sum is written', () => {
    const inputs = [
      whole([3, 20], 'uint8'),
      scale(),
      zero('uint8'),
      constant(whole([20, 4], 'int8')),
      scale(),
      zero('int8'),
    ];
    const { operations } = runExpansion({ op: 'QLinearMatMul', inputs: [...inputs, scale(), zero('uint8')] });
    expect(operations.filter((op) => op === 'floor')).toHaveLength(1);
    expect(operations.indexOf('linear', operations.indexOf('linear') + 1)).toBeLessThan(operations.indexOf('floor'));
  });
  it('names the static way instead of DynamicQuantizeLinear', () => {
    expect(() => runExpansion({ op: 'DynamicQuantizeLinear', inputs: [real([3])], outputs: 3 })).toThrowError(
      expect.objectContaining({ code: 'E_UNSUPPORTED', hint: expect.stringContaining('quantize_static') }),
    );
  });
  it('refuses a computed scale', () => {
    expect(() => runExpansion({ op: 'QuantizeLinear', inputs: [real([3]), real([])] })).toThrow(/computes its scale/);
  });
});
