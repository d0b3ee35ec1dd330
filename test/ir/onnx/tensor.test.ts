import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TensorProto } from '../../../src/ir/onnx/proto.ts';
import { decodeTensorProto } from '../../../src/ir/onnx/proto.ts';
import { decodeTensor } from '../../../src/ir/onnx/tensor.ts';
import { foldErrorOf } from '../../helpers/errors.ts';

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

describe('element types', () => {
  const raw: [string, number, ArrayBufferView, number[]][] = [
    ['float', 1, Float32Array.of(1.5, -0.25, 3e30), [1.5, -0.25, Math.fround(3e30)]],
    ['uint8', 2, Uint8Array.of(0, 200, 255), [0, 200, 255]],
    ['int8', 3, Int8Array.of(-128, 0, 127), [-128, 0, 127]],
    ['uint16', 4, Uint16Array.of(0, 65535), [0, 65535]],
    ['int16', 5, Int16Array.of(-32768, 7), [-32768, 7]],
    ['int32', 6, Int32Array.of(-(2 ** 31), 5), [-(2 ** 31), 5]],
    ['int64', 7, BigInt64Array.of(-5n, 2n ** 40n), [-5, 2 ** 40]],
    ['bool', 9, Uint8Array.of(1, 0), [1, 0]],
    ['float16', 10, Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff), [1, -2, 2 ** -24, 65504]],
    ['double', 11, Float64Array.of(Math.PI), [Math.PI]],
    ['uint32', 12, Uint32Array.of(2 ** 32 - 1), [2 ** 32 - 1]],
    ['uint64', 13, BigUint64Array.of(2n ** 50n), [2 ** 50]],
    ['bfloat16', 16, Uint16Array.of(0x3f80, 0xc040), [1, -3]],
  ];
  test.each(raw)('%s from raw data, aligned or not', (_, dataType, values, expected) => {
    for (const shift of [0, 1, 3]) {
      const buffer = new Uint8Array(values.byteLength + shift);
      buffer.set(bytesOf(values), shift);
      const tensor = decodeTensor({ dataType, dims: [expected.length], rawData: buffer.subarray(shift) }, 'x');
      expect([...tensor.data]).toEqual(expected);
    }
  });

  const typed: [string, TensorProto, number[]][] = [
    ['float_data', { dataType: 1, floatData: [0.5, 2] }, [0.5, 2]],
    ['double_data', { dataType: 11, doubleData: [Math.E] }, [Math.E]],
    ['int32_data', { dataType: 6, int32Data: [-3, 4] }, [-3, 4]],
    ['int64_data as Long', { dataType: 7, int64Data: [{ toString: () => '-7' } as never] }, [-7]],
    ['float16 in int32_data', { dataType: 10, int32Data: [0x3c00] }, [1]],
  ];
  test.each(typed)('%s', (_, proto, expected) => {
    expect([...decodeTensor({ ...proto, dims: [expected.length] }, 'x').data]).toEqual(expected);
  });

  test('INT64_MAX, the "to the end" mark, saturates', () => {
    const rawData = bytesOf(BigInt64Array.of(2n ** 63n - 1n));
    expect(decodeTensor({ dataType: 7, dims: [1], rawData }, 'x').data[0]).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('scalars have one element, a zero dimension none', () => {
    expect(decodeTensor({ dataType: 1, dims: [], floatData: [3] }, 'x')).toEqual({
      type: 1,
      shape: [],
      data: Float64Array.of(3),
    });
    expect(decodeTensor({ dataType: 1, dims: [0, 4] }, 'x').data.length).toBe(0);
  });
});

describe('hostile tensors', () => {
  test('ten gigabytes claimed by four bytes: refused before any allocation', () => {
    const error = foldErrorOf(() =>
      decodeTensor({ dataType: 1, dims: [50_000, 50_000], rawData: new Uint8Array(4) }, 'initializer "w"'),
    );
    expect(error.code).toBe('E_FORMAT');
    expect(error.message).toContain('initializer "w"');
    expect(error.expected).toContain('2500000000 elements');
  });

  test('a product of dimensions that overflows', () => {
    const dims = [2 ** 40, 2 ** 40, 2 ** 40];
    expect(foldErrorOf(() => decodeTensor({ dataType: 1, dims, floatData: [1] }, 'w')).code).toBe('E_FORMAT');
  });

  test('negative dimension, half an element, two sets of data', () => {
    const rawData = new Uint8Array(6);
    expect(foldErrorOf(() => decodeTensor({ dataType: 1, dims: [-1], floatData: [1] }, 'w')).code).toBe('E_FORMAT');
    expect(foldErrorOf(() => decodeTensor({ dataType: 1, dims: [1], rawData }, 'w')).code).toBe('E_FORMAT');
    const both = { dataType: 1, dims: [1], rawData: new Uint8Array(4), floatData: [1] };
    expect(foldErrorOf(() => decodeTensor(both, 'w')).code).toBe('E_FORMAT');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%s is refused with tensor and index', (bad) => {
    const error = foldErrorOf(() =>
      decodeTensor({ dataType: 1, dims: [3], floatData: [0, 1, bad] }, 'initializer "w"'),
    );
    expect(error.code).toBe('E_INPUT');
    expect(error.message).toContain('"w"');
    expect(error.got).toContain('index 2');
  });

  test('strings and external data', () => {
    expect(foldErrorOf(() => decodeTensor({ dataType: 8, dims: [1] }, 'w')).code).toBe('E_UNSUPPORTED');
    const external = { dataType: 1, dims: [1], dataLocation: 1, externalData: [{ key: 'location', value: '/etc/x' }] };
    expect(foldErrorOf(() => decodeTensor(external, 'w')).code).toBe('E_UNSUPPORTED');
  });

  test('random bytes never throw anything but a FoldError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeTensor(decodeTensorProto(bytes), 'fuzz');
        } catch (error) {
          expect(error).toHaveProperty('code');
        }
      }),
    );
  });
});
