/** Reductions, softmax, selections and running sums against ONNX Runtime. */
import { describe, expect, it } from 'vitest';
import { importNetwork } from '../../src/ir/import.ts';
import { decodeNetwork } from '../../src/ir/onnx/network.ts';
import { seeded } from '../helpers/chains.ts';
import { modelBytes } from '../helpers/network.ts';
import { type Attribute, compare, type Feed, type NodeCase, runExpansion } from '../helpers/one-node.ts';
import { valueInfo } from '../helpers/onnx.ts';

const random = seeded(2);
const count = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
const real = (shape: readonly number[], low = -3, high = 3): Feed => ({
  shape,
  type: 'float32',
  data: Array.from({ length: count(shape) }, () => low + (high - low) * random()),
});
/** Few different numbers: many are equal. */
const few = (shape: readonly number[], type: 'float32' | 'int32' = 'float32'): Feed => ({
  shape,
  type,
  data: Array.from({ length: count(shape) }, () => Math.floor(random() * 4)),
});
const list = (data: readonly number[]): Feed => ({ shape: [data.length], type: 'int64', data, constant: true });

const check = (name: string, spec: NodeCase, tolerance?: number): void => {
  it(name, async () => expect(await compare(spec, tolerance)).toBeUndefined());
};

it('a product over many takes as many operations as its logarithm', () => {
  const nodes = [{ op: 'ReduceProd', in: ['x'], out: ['y'] }];
  const bytes = modelBytes(nodes, { input: [valueInfo('x', [2 ** 16 + 1])] });
  expect(importNetwork(decodeNetwork(bytes)).graph.operations.length).toBeLessThan(100);
});

const REDUCTIONS = ['Sum', 'Mean', 'SumSquare', 'L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Min', 'Prod'];

describe('reductions', () => {
  for (const name of REDUCTIONS) {
    const op = `Reduce${name}`;
    const x = (shape: readonly number[]): Feed => (name === 'LogSum' ? real(shape, 0.1, 3) : real(shape));
    for (const keepdims of [0, 1]) {
      const attributes = { keepdims: { i: keepdims } };
      for (const axes of [[1], [0, 2], [-1], [2, 0, 1]]) {
        const spec = { op, attributes, inputs: [x([2, 3, 4]), list(axes)] };
        check(`${op} over [${axes}], keepdims ${keepdims}`, spec);
      }
      check(`${op} over all, keepdims ${keepdims}`, { op, attributes, inputs: [x([2, 3])] });
      check(`${op} by attribute, keepdims ${keepdims}`, {
        op,
        opset: 11,
        attributes: { ...attributes, axes: { ints: [-2] } },
        inputs: [x([2, 3, 4])],
      });
    }
    check(`${op} over one`, { op, inputs: [x([2, 1]), list([1])] });
    check(`${op} of a scalar`, { op, inputs: [x([])] });
  }
  for (const name of ['Sum', 'Prod', 'SumSquare', 'L1', 'L2', 'Max', 'Min'])
    check(`Reduce${name} of integers`, { op: `Reduce${name}`, inputs: [few([3, 4], 'int32'), list([1])] });
  const noop: Record<string, Attribute> = { noop_with_empty_axes: { i: 1 } };
  check('ReduceSum over no axes', { op: 'ReduceSum', attributes: noop, inputs: [real([2, 3])] });
  it('over no axes still take sizes and squares', () => {
    const inputs = [{ shape: [2], type: 'float32', data: [-3, 2] }] as const;
    const run = (op: string) => runExpansion({ op, attributes: noop, inputs }).results[0]!.data;
    expect([run('ReduceL1'), run('ReduceSumSquare'), run('ReduceL2')]).toEqual([
      [3, 2],
      [9, 4],
      [3, 2],
    ]);
  });
  it('of no numbers have their neutral element', () => {
    const neutral = {
      Sum: 0,
      LogSum: Number.NEGATIVE_INFINITY,
      SumSquare: 0,
      L1: 0,
      L2: 0,
      Prod: 1,
      Max: Number.NEGATIVE_INFINITY,
      Min: Number.POSITIVE_INFINITY,
    };
    for (const [name, value] of Object.entries(neutral)) {
      const { results } = runExpansion({ op: `Reduce${name}`, inputs: [real([2, 0, 4]), list([1])] });
      expect(results[0], name).toEqual({ shape: [2, 1, 4], data: new Array(8).fill(value) });
    }
  });
});

describe('softmax', () => {
  for (const op of ['Softmax', 'LogSoftmax', 'Hardmax'])
    for (const opset of [12, 13])
      for (const axis of [-1, 0, 1]) {
        const attributes = { axis: { i: axis } };
        check(`${op} ${opset} along ${axis}`, { op, opset, attributes, inputs: [real([3, 4, 5])] });
        check(`${op} ${opset} of equal numbers along ${axis}`, { op, opset, attributes, inputs: [few([3, 4, 5])] });
      }
  for (const op of ['Softmax', 'LogSoftmax'])
    check(`${op} of large numbers`, { op, inputs: [real([2, 6], -1e4, 1e4)] });
  check('Hardmax of a long row', { op: 'Hardmax', inputs: [few([2, 100])] });
});

describe('selections', () => {
  for (const op of ['ArgMax', 'ArgMin'])
    for (const last of [0, 1])
      for (const [shape, axis] of [
        [[3, 4, 5], 1],
        [[3, 4, 5], -1],
        [[7], 0],
        [[2, 100], 1],
      ] as const)
        for (const keepdims of [0, 1])
          check(`${op} of [${shape}] along ${axis}, last ${last}, keepdims ${keepdims}`, {
            op,
            attributes: { axis: { i: axis }, keepdims: { i: keepdims }, select_last_index: { i: last } },
            inputs: [few(shape)],
          });
  for (const largest of [0, 1])
    for (const k of [1, 3, 6])
      check(`TopK ${k}, largest ${largest}`, {
        op: 'TopK',
        attributes: { largest: { i: largest }, axis: { i: 1 } },
        inputs: [real([2, 6, 3]), list([k])],
        outputs: 2,
      });
  check('TopK of equal numbers', { op: 'TopK', inputs: [few([4, 9]), list([5])], outputs: 2 });
  check('TopK by attribute', { op: 'TopK', opset: 7, attributes: { k: { i: 2 } }, inputs: [real([2, 6])], outputs: 2 });
});

describe('running sums', () => {
  for (const exclusive of [0, 1])
    for (const reverse of [0, 1])
      for (const axis of [0, -1])
        check(`CumSum along ${axis}, exclusive ${exclusive}, reverse ${reverse}`, {
          op: 'CumSum',
          attributes: { exclusive: { i: exclusive }, reverse: { i: reverse } },
          inputs: [real([3, 4]), { shape: [], type: 'int64', data: [axis], constant: true }],
        });
});
