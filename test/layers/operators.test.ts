/** Each operator's integer function against a twin that follows its definition entry by entry. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { R } from '../../src/algebra/params.ts';
import type { LinearForm } from '../../src/circuit/linear-form.ts';
import { ShapeBuilder } from '../../src/circuit/shape.ts';
import { widenConv } from '../../src/layers/conv.ts';
import { dropBits, droppedBits, writeBits } from '../../src/layers/floor.ts';
import { accumulatorBound, biasIndex, innerProducts, taps } from '../../src/layers/linear.ts';
import {
  biasCount,
  type ConvShape,
  inputCount,
  kernelOf,
  type Linear,
  type LinearShape,
  outputCount,
  weightCount,
} from '../../src/layers/linear-shape.ts';
import { packedLength, packForms, packIntegers } from '../../src/layers/pack.ts';
import { relu } from '../../src/layers/relu.ts';
import { SUPPORTED } from '../../src/layers/table.ts';
import { RowEvaluator } from '../helpers/blocks.ts';
import { seeded } from '../helpers/chains.ts';

const pad = fc.integer({ min: 0, max: 2 });
const channels = fc.integer({ min: 1, max: 3 });
const extent = fc.integer({ min: 1, max: 5 });
const convShape: fc.Arbitrary<ConvShape> = fc
  .record({
    inChannels: channels,
    outChannels: channels,
    height: extent,
    width: extent,
    pads: fc.tuple(pad, pad, pad, pad),
  })
  .map((s) => ({ kind: 'conv', ...s }));
const denseShape: fc.Arbitrary<LinearShape> = fc
  .record({ inputs: extent, outputs: extent })
  .map((s) => ({ kind: 'dense', ...s }));

function integers(seed: number, n: number, size = 1000): Float64Array {
  const random = seeded(seed);
  return Float64Array.from({ length: n }, () => Math.round((2 * random() - 1) * size));
}

function randomLinear(shape: LinearShape, seed: number): { linear: Linear; x: Float64Array } {
  const weights = integers(seed, weightCount(shape));
  const bias = integers(seed + 1, biasCount(shape));
  return { linear: { shape, weights, bias }, x: integers(seed + 2, inputCount(shape)) };
}

describe('inner products', () => {
  it('of a convolution follow its definition', () => {
    fc.assert(
      fc.property(convShape, fc.nat(), (shape, seed) => {
        const { linear, x } = randomLinear(shape, seed);
        const acc = innerProducts(linear, x);
        const { height: h, width: w, inChannels, outChannels, pads } = shape;
        const [kh, kw] = kernelOf(pads);
        const pixel = (i: number, y: number, c: number): number =>
          y < 0 || y >= h || c < 0 || c >= w ? 0 : x[(i * h + y) * w + c]!;
        for (let o = 0; o < outChannels; o++)
          for (let y = 0; y < h; y++)
            for (let c = 0; c < w; c++) {
              let sum = linear.bias[o]!;
              for (let i = 0; i < inChannels; i++)
                for (let ky = 0; ky < kh; ky++)
                  for (let kx = 0; kx < kw; kx++)
                    sum +=
                      linear.weights[((o * inChannels + i) * kh + ky) * kw + kx]! *
                      pixel(i, y + ky - pads[0], c + kx - pads[1]);
              expect(acc[(o * h + y) * w + c]).toBe(sum);
            }
      }),
    );
  });

  it('are the bias plus the listed taps, and stay within the bound', () => {
    fc.assert(
      fc.property(fc.oneof(convShape, denseShape), fc.nat(), (shape, seed) => {
        const { linear, x } = randomLinear(shape, seed);
        const acc = innerProducts(linear, x);
        for (let o = 0; o < outputCount(shape); o++) {
          let sum = linear.bias[biasIndex(shape, o)]!;
          taps(shape, o, (weight, input) => {
            sum += linear.weights[weight]! * x[input]!;
          });
          expect(acc[o]).toBe(sum);
          expect(Math.abs(sum)).toBeLessThanOrEqual(accumulatorBound(linear, 1000));
        }
      }),
    );
  });

  it('of a widened convolution are the same, and zero in the added channels', () => {
    fc.assert(
      fc.property(convShape, fc.tuple(pad, pad, pad, pad), fc.nat(), (shape, more, seed) => {
        const { linear, x } = randomLinear({ ...shape }, seed);
        const both = Math.max(shape.inChannels, shape.outChannels) + 1;
        const pads = shape.pads.map((p, k) => p + more[k]!) as unknown as ConvShape['pads'];
        const wide: ConvShape = { ...shape, inChannels: both, outChannels: both, pads };
        const weights = new Float64Array(weightCount(wide));
        widenConv(shape, linear.weights, wide, weights);
        const state = new Float64Array(inputCount(wide));
        state.set(x);
        const expected = new Float64Array(outputCount(wide));
        expected.set(innerProducts({ ...linear, bias: new Float64Array(shape.outChannels) }, x));
        expect(innerProducts({ shape: wide, weights, bias: new Float64Array(both) }, state)).toEqual(expected);
      }),
    );
  });
});

describe('rescaling', () => {
  it('is floor division, and its bits give the value back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 - 1 }), fc.integer({ min: 1, max: 30 }), (acc, s) => {
        const a = 40;
        const y = Float64Array.of(acc);
        dropBits(y, s);
        expect(BigInt(y[0]!)).toBe(BigInt(acc) >> BigInt(s));
        const shape = new ShapeBuilder(R);
        const forms = droppedBits(shape, shape.bits(a + 1 + s), a, s);
        const bits = Array.from({ length: a + 1 + s }, (_, k) => (BigInt(acc) >> BigInt(k)) & 1n);
        const rows = new RowEvaluator(shape, { model: [], bits, fields: [] });
        const signed = (form: LinearForm): bigint => {
          const value = rows.form(form);
          return value > R / 2n ? value - R : value;
        };
        expect(signed(forms.acc)).toBe(BigInt(acc));
        expect(signed(forms.y)).toBe(BigInt(y[0]!));
        expect(rows.form(forms.sign)).toBe(acc < 0 ? 1n : 0n);
        expect(rows.form(forms.low)).toBe(BigInt.asUintN(a, BigInt(y[0]!)));
      }),
    );
  });

  it('writes up to 53 bits', () => {
    const bits = new Uint8Array(53);
    writeBits(bits, 0, 2 ** 53 - 1 - 2 ** 31, 53);
    expect([...bits].map((b, k) => (b ? 0 : k)).filter((k) => k > 0)).toEqual([31]);
  });

  it('ReLU clips at zero', () => {
    const y = Float64Array.of(-3, 0, 4);
    relu(y);
    expect([...y]).toEqual([0, 0, 4]);
  });
});

describe('packing', () => {
  it('of integers and of forms agree and can be undone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 53 }), fc.integer({ min: 1, max: 80 }), fc.nat(), (width, count, seed) => {
        const random = seeded(seed);
        const offset = width > 1 ? 2 ** (width - 1) : 0;
        const values = Float64Array.from({ length: count }, () => Math.floor(random() * 2 ** width) - offset);
        const packed = packIntegers(values, width, offset);
        expect(packed).toHaveLength(packedLength(count, width));
        const per = Math.floor(252 / width);
        values.forEach((v, i) => {
          const shifted = packed[Math.floor(i / per)]! >> BigInt(width * (i % per));
          expect(Number(BigInt.asUintN(width, shifted)) - offset).toBe(v);
        });
        for (const element of packed) expect(element < 2n ** 252n).toBe(true);
        const shape = new ShapeBuilder(R);
        const variables = values.reduce<ReturnType<ShapeBuilder['field']>[]>((all) => [...all, shape.field()], []);
        const forms = packForms(shape, variables, width, BigInt(offset));
        const fields = Array.from(values, (v) => BigInt(v));
        const rows = new RowEvaluator(shape, { model: [], bits: [], fields });
        expect(forms.map((f) => rows.form(f))).toEqual(packed);
      }),
      { numRuns: 50 },
    );
  });
});

it('the table of operators', () => {
  expect(SUPPORTED).toEqual([
    'Add',
    'Constant',
    'Conv',
    'Flatten',
    'Floor',
    'Gemm',
    'Identity',
    'MatMul',
    'Relu',
    'Reshape',
  ]);
});
