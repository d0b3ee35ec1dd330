/** Softmax of masked scores: the integers keep the scores' precision, whatever number the mask is made of. */
import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { importNetwork } from '../../src/ir/import.ts';
import { decodeNetwork } from '../../src/ir/onnx/network.ts';
import { runProgram } from '../../src/machine/interpreter.ts';
import { compile } from '../../src/machine/lowering/compile.ts';
import { STANDARD } from '../../src/machine/shape.ts';
import { SELECTIONS_BY_PLACE } from '../../src/operators/select.ts';
import { softmax } from '../../src/operators/softmax.ts';
import { calibrate, integerOutputs, quantizeInputs } from '../../src/tensor/calibrate.ts';
import type { TensorGraph } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { foldErrorOf } from '../helpers/errors.ts';
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
  x = scores,
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
    x: new ort.Tensor('float32', Float32Array.from(x), [ROWS, WIDTH]),
    ...(mask ? { m: new ort.Tensor('int64', BigInt64Array.from(mask, BigInt), [1, WIDTH]) } : {}),
  });
  const expected = results[session.outputNames[0]!]!.data as Float32Array;
  const { graph } = importNetwork(decodeNetwork(bytes));
  const sample = [x, ...(mask ? [Float64Array.from(mask)] : [])];
  // run as it is proven
  const got = integerOutputs(quantize(graph, calibrate(graph, [sample])), sample)[0]!;
  await session.release();
  return got.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}

const WHERE = SELECTIONS_BY_PLACE.find(({ op }) => op === 'Where')!;
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

  test('rows that are masked wholly by what is the sum are even', async () => {
    const nodes: NodeText[] = [
      { op: 'Cast', in: ['m'], out: ['real'], attribute: [int('to', 1)] },
      { op: 'Mul', in: ['real', 'low'], out: ['mask'] },
      { op: 'Add', in: ['x', 'mask'], out: ['masked'] },
    ];
    expect(await worst(nodes, [scalar('low', LEAST)], [1, 1, 1, 1, 1])).toBeLessThan(PRECISE);
    const all = tensorProto('mask', { shape: [1, WIDTH], data: new Float64Array(WIDTH).fill(LEAST) });
    expect(await worst([{ op: 'Add', in: ['x', 'mask'], out: ['masked'] }], [all])).toBeLessThan(PRECISE);
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

  for (const value of [2000, 10000])
    test(`mask times ${value} leaves what is raised`, async () => {
      const nodes: NodeText[] = [
        { op: 'Cast', in: ['m'], out: ['real'], attribute: [int('to', 1)] },
        { op: 'Mul', in: ['real', 'most'], out: ['more'] },
        { op: 'Add', in: ['x', 'more'], out: ['masked'] },
      ];
      expect(await worst(nodes, [scalar('most', value)], [0, 1, 0, 0, 1])).toBeLessThan(PRECISE);
    });
});

describe('scores that are not far below a mask', () => {
  const kept = [1, 1, 0, 1, 0];
  const hidden = (size: number): { nodes: NodeText[]; constants: ITensorProto[] } => ({
    nodes: [
      { op: 'Cast', in: ['m'], out: ['real'], attribute: [int('to', 1)] },
      { op: 'Sub', in: ['one', 'real'], out: ['hidden'] },
      { op: 'Mul', in: ['hidden', 'low'], out: ['mask'] },
      { op: 'Add', in: ['x', 'mask'], out: ['masked'] },
    ],
    constants: [scalar('one', 1), scalar('low', -size)],
  });

  for (const size of [1000, 10000])
    test(`masked by ${size}, larger by more than that: the sum is proven`, async () => {
      const { nodes, constants } = hidden(size);
      const loud = scores.map((x, i) => (kept[i % WIDTH] === 0 ? 1.2 * size + 100 * (i % 7) : i === 5 ? 500 : 10 * x));
      expect(await worst(nodes, constants, kept, loud)).toBeLessThan(0.05);
    });

  for (const size of [10000, -LEAST])
    test(`masked by ${size}, larger by much less: what is kept keeps its precision`, async () => {
      const { nodes, constants } = hidden(size);
      const loud = scores.map((x, i) => x + (kept[i % WIDTH] === 0 ? 40 : 0));
      expect(await worst(nodes, constants, kept, loud)).toBeLessThan(2 * PRECISE);
    });

  /** 60 x^2 under a constant mask. */
  const squares = (): TensorGraph => {
    const nodes: NodeText[] = [
      { op: 'Mul', in: ['x', 'x'], out: ['square'] },
      { op: 'Mul', in: ['square', 'sixty'], out: ['scores'] },
      { op: 'Add', in: ['scores', 'mask'], out: ['masked'] },
      { op: 'Softmax', in: ['masked'], out: ['y'] },
    ];
    const input = [valueInfo('x', [ROWS, WIDTH])];
    const initializer = [scalar('sixty', 60), causal(-1e4)];
    return importNetwork(decodeNetwork(modelBytes(nodes, { input, initializer }))).graph;
  };

  test('which a program computes too where they are masked: none is out of range', () => {
    const graph = squares();
    const integers = quantize(graph, calibrate(graph, [[scores.map((x) => x / 3)]]));
    const program = compile(integers, STANDARD);
    const given = (masked: number) =>
      quantizeInputs(integers, [scores.map((x, i) => (i === WIDTH - 1 ? masked : x / 3))])[0]!;
    expect(() => runProgram(program, { x: given(1) })).not.toThrow();
    expect(foldErrorOf(() => runProgram(program, { x: given(2.8) })).code).toBe('E_RANGE');
  });

  test('that no integers hold under a mask that is the sum: refused by name', () => {
    const b = new GraphBuilder();
    b.at('attention');
    const x = b.input('x', [1, 2], 'real');
    const mask = b.multiply(b.as(b.input('m', [1, 2], 'integer'), 'real'), b.constant([], [-(2 ** 70)]));
    const graph = b.finish('loud', [{ name: 'y', value: softmax(b, b.add(b.scale(x, 2 ** 45), mask), [1]) }]);
    const error = foldErrorOf(() => calibrate(graph, [[Float64Array.of(1, 0.5), Float64Array.of(0, 1)]]));
    expect([error.code, error.message]).toEqual([
      'E_RANGE',
      "Node 'attention' masks scores that are too large to be masked.",
    ]);
  });
});

describe('rows of nothing but minus infinity', () => {
  test('that are constant: no number is the result', () => {
    const mask = tensorProto('mask', {
      shape: [ROWS, WIDTH],
      data: new Float64Array(ROWS * WIDTH).fill(Number.NEGATIVE_INFINITY, WIDTH, 2 * WIDTH),
    });
    const nodes: NodeText[] = [
      { op: 'Add', in: ['x', 'mask'], out: ['masked'] },
      { op: 'Softmax', in: ['masked'], out: ['y'], name: 'attention' },
    ];
    const bytes = modelBytes(nodes, { input: [valueInfo('x', [ROWS, WIDTH])], initializer: [mask] });
    const error = foldErrorOf(() => importNetwork(decodeNetwork(bytes)));
    expect(error.code).toBe('E_UNSUPPORTED');
    expect(error.got).toMatch(/attention.*no result where a number is 1/);
  });

  test('that are computed: such an input has neither integers nor a plan', () => {
    const b = new GraphBuilder();
    b.at('attention');
    const x = b.input('x', [2, 3], 'real');
    const m = b.input('m', [2, 3], 'boolean');
    const [low] = WHERE.expand(b, {
      node: { name: 'where', op: 'Where', inputs: [], outputs: ['y'], attributes: new Map() },
      ...{ opset: 17, types: [] },
      inputs: [m, x, b.constant([], [Number.NEGATIVE_INFINITY])],
    });
    const graph = b.finish('rows', [{ name: 'y', value: softmax(b, low!, [1]) }]);
    const numbers = Float64Array.of(1, 2, 3, -1, 0, 1);
    const [good, bad] = [Float64Array.of(1, 0, 0, 0, 1, 1), Float64Array.of(1, 0, 1, 0, 0, 0)];
    const all = new Float64Array(6).fill(1);
    const integers = quantize(
      graph,
      calibrate(
        graph,
        [good, all].map((mask) => [numbers, mask]),
      ),
    );
    expect(() => integerOutputs(integers, [numbers, good])).not.toThrow();
    const error = foldErrorOf(() => integerOutputs(integers, [numbers, bad]));
    expect([error.code, error.expected, error.got]).toEqual(['E_RANGE', 'an integer from 0 to 0', '1']);
    const program = compile(integers, STANDARD);
    const [ix, im] = quantizeInputs(integers, [numbers, bad]);
    expect(foldErrorOf(() => runProgram(program, { x: ix!, m: im! })).code).toBe('E_RANGE');
    expect(foldErrorOf(() => calibrate(graph, [[numbers, bad]])).code).toBe('E_PLAN');
  });
});
