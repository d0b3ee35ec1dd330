/** Softmax of masked scores: the integers keep the scores' precision, whatever number the mask is made of. */
import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { importNetwork } from '../../src/ir/import.ts';
import { decodeNetwork } from '../../src/ir/onnx/network.ts';
import { calibrate, integerOutputs } from '../../src/tensor/calibrate.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { integers, modelBytes, type NodeText } from '../helpers/network.ts';
import { type ITensorProto, tensorProto, valueInfo } from '../helpers/onnx.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const LEAST = -3.4028234663852886e38;
const ROWS = 3;
const WIDTH = 5;
const scores = Float64Array.from({ length: ROWS * WIDTH }, (_, i) => Math.fround(3 * Math.sin(2.7 * i + 1)));
const int = (name: string, i: number): object => ({ name, type: 2, i });
const scalar = (name: string, value: number): ITensorProto =>
  tensorProto(name, { shape: [], data: Float64Array.of(value) });

/** Errors of the integers against the runtime, the largest. */
async function worst(
  nodes: readonly NodeText[],
  initializer: readonly ITensorProto[],
  mask?: readonly number[],
): Promise<number> {
  const input = [valueInfo('x', [ROWS, WIDTH])];
  if (mask)
    input.push({
      ...valueInfo('m', [1, WIDTH]),
      type: { tensorType: { ...valueInfo('m', [1, WIDTH]).type.tensorType, elemType: 7 } },
    });
  const output = [{ name: 'y', type: { tensorType: { elemType: 1 } } }];
  const bytes = modelBytes([...nodes, { op: 'Softmax', in: ['masked'], out: ['y'] }], { input, output, initializer });
  const session = await ort.InferenceSession.create(bytes);
  const results = await session.run({
    x: new ort.Tensor('float32', Float32Array.from(scores), [ROWS, WIDTH]),
    ...(mask ? { m: new ort.Tensor('int64', BigInt64Array.from(mask, BigInt), [1, WIDTH]) } : {}),
  });
  const expected = results[session.outputNames[0]!]!.data as Float32Array;
  const { graph } = importNetwork(decodeNetwork(bytes));
  const sample = [scores, ...(mask ? [Float64Array.from(mask)] : [])];
  // run as it is proven
  const { quantize } = await import('../../src/tensor/quantize/quantize.ts');
  const got = integerOutputs(quantize(graph, calibrate(graph, [sample])), sample)[0]!;
  await session.release();
  return got.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}

const PRECISE = 1e-3;
const causal = (value: number): ITensorProto =>
  tensorProto('mask', {
    shape: [ROWS, WIDTH],
    data: Float64Array.from({ length: ROWS * WIDTH }, (_, i) => (i % WIDTH > Math.floor(i / WIDTH) ? value : 0)),
  });

describe('masks that are constant', () => {
  for (const value of [Number.NEGATIVE_INFINITY, LEAST, -1e9, -1e4])
    test(`${value} added`, async () => {
      expect(await worst([{ op: 'Add', in: ['x', 'mask'], out: ['masked'] }], [causal(value)])).toBeLessThan(PRECISE);
    });
});

describe('masks that are computed', () => {
  const kept = [1, 1, 0, 1, 0];
  for (const value of [LEAST, -1e9, -10000])
    test(`(1 - mask) times ${value}`, async () => {
      const nodes: NodeText[] = [
        { op: 'Cast', in: ['m'], out: ['real'], attribute: [int('to', 1)] },
        { op: 'Sub', in: ['one', 'real'], out: ['hidden'] },
        { op: 'Mul', in: ['hidden', 'low'], out: ['mask'] },
        { op: 'Add', in: ['x', 'mask'], out: ['masked'] },
      ];
      expect(await worst(nodes, [scalar('one', 1), scalar('low', value)], kept)).toBeLessThan(PRECISE);
    });

  for (const value of [Number.NEGATIVE_INFINITY, LEAST, -1e9])
    test(`Where gives ${value}`, async () => {
      const nodes: NodeText[] = [
        { op: 'Equal', in: ['m', 'none'], out: ['hidden'] },
        { op: 'Where', in: ['hidden', 'low', 'x'], out: ['masked'] },
      ];
      expect(await worst(nodes, [integers('none', [0], []), scalar('low', value)], kept)).toBeLessThan(PRECISE);
    });

  test('added to one that is constant', async () => {
    const nodes: NodeText[] = [
      { op: 'Equal', in: ['m', 'none'], out: ['hidden'] },
      { op: 'Where', in: ['hidden', 'low', 'nothing'], out: ['padding'] },
      { op: 'Add', in: ['x', 'mask'], out: ['first'] },
      { op: 'Add', in: ['first', 'padding'], out: ['masked'] },
    ];
    const constants = [integers('none', [0], []), scalar('low', LEAST), scalar('nothing', 0), causal(LEAST)];
    expect(await worst(nodes, constants, [1, 1, 0, 1, 1])).toBeLessThan(PRECISE);
  });

  test('a row that is masked wholly is one without a mask, where the mask does not take in the scores', async () => {
    const nodes: NodeText[] = [
      { op: 'Cast', in: ['m'], out: ['real'], attribute: [int('to', 1)] },
      { op: 'Mul', in: ['real', 'low'], out: ['mask'] },
      { op: 'Add', in: ['x', 'mask'], out: ['masked'] },
    ];
    // float32 keeps three digits of a score beside 1e4
    expect(await worst(nodes, [scalar('low', -1e4)], [1, 1, 1, 1, 1])).toBeLessThan(2e-3);
  });
});

test('large biases of scores are no mask', async () => {
  const bias = tensorProto('bias', { shape: [WIDTH], data: Float64Array.of(-2000, -2001, -2000.5, -1999, -2002) });
  expect(await worst([{ op: 'Add', in: ['x', 'bias'], out: ['masked'] }], [bias])).toBeLessThan(0.1);
});

describe('what raises scores', () => {
  test('(mask - 1) times 10000 is a mask', async () => {
    const nodes: NodeText[] = [
      { op: 'Cast', in: ['m'], out: ['real'], attribute: [int('to', 1)] },
      { op: 'Sub', in: ['real', 'one'], out: ['hidden'] },
      { op: 'Mul', in: ['hidden', 'most'], out: ['mask'] },
      { op: 'Add', in: ['x', 'mask'], out: ['masked'] },
    ];
    expect(await worst(nodes, [scalar('one', 1), scalar('most', 1e4)], [1, 1, 0, 1, 0])).toBeLessThan(PRECISE);
  });

  const raised = [0, 1, 0, 0, 1];
  for (const value of [2000, 10000])
    test(`mask times ${value} is no mask: 17 bits do not hold it, and it is refused`, async () => {
      const nodes: NodeText[] = [
        { op: 'Cast', in: ['m'], out: ['real'], attribute: [int('to', 1)] },
        { op: 'Mul', in: ['real', 'most'], out: ['more'] },
        { op: 'Add', in: ['x', 'more'], out: ['masked'] },
      ];
      const refused = await foldErrorOfAsync(() => worst(nodes, [scalar('most', value)], raised));
      expect(refused.code).toBe('E_RANGE');
    });
});
