/** Attention, rotary embeddings and reversed sequences against ONNX Runtime. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../helpers/chains.ts';
import { compare, type Feed, type NodeCase } from '../helpers/one-node.ts';

const random = seeded(23);
const size = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
const real = (...shape: number[]): Feed => ({
  ...{ shape, type: 'float32' },
  data: Array.from({ length: size(shape) }, () => 4 * random() - 2),
});
const constant = (feed: Feed): Feed => ({ ...feed, constant: true });
const integers = (...data: number[]): Feed => ({ shape: [data.length], type: 'int64', data, constant: true });
const check = (name: string, spec: NodeCase): void => {
  it(name, async () => expect(await compare({ opset: 23, ...spec })).toBeUndefined());
};

describe('Attention', () => {
  const op = 'Attention';
  const four = (heads = 2): Feed[] => [real(1, 4, 3, 4), real(1, heads, 5, 4), real(1, heads, 5, 6)];
  check('heads as they stand', { op, inputs: four(4) });
  check('grouped queries', { op, inputs: four(2) });
  check('three dimensions', {
    op,
    attributes: { q_num_heads: { i: 4 }, kv_num_heads: { i: 2 }, scale: { f: 0.3 } },
    inputs: [real(2, 3, 8), real(2, 5, 4), real(2, 5, 4)],
  });
  check('causal', {
    op,
    attributes: { is_causal: { i: 1 } },
    inputs: [real(1, 2, 4, 4), real(1, 2, 4, 4), real(1, 2, 4, 4)],
  });
  const rows = [1, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1];
  for (const fixed of [true, false]) {
    const logical: Feed = { shape: [3, 5], type: 'bool', data: rows, constant: fixed };
    check(`a logical mask, ${fixed ? 'constant' : 'computed'}`, { op, inputs: [...four(), logical] });
    check(`a mask that is added, ${fixed ? 'constant' : 'computed'}`, {
      op,
      inputs: [...four(), { ...real(3, 5), constant: fixed }],
    });
  }
  check('keys and values of the past', {
    op,
    outputs: 3,
    inputs: [real(1, 2, 3, 4), real(1, 2, 3, 4), real(1, 2, 3, 4), undefined, real(1, 2, 2, 4), real(1, 2, 2, 4)],
  });
});

describe('RotaryEmbedding', () => {
  const op = 'RotaryEmbedding';
  const table = (): Feed => constant(real(6, 4));
  for (const interleaved of [0, 1]) {
    check(`four dimensions, interleaved ${interleaved}`, {
      op,
      attributes: { interleaved: { i: interleaved } },
      inputs: [real(1, 2, 3, 8), table(), table(), { ...integers(2, 0, 5), shape: [1, 3] }],
    });
    check(`a part of each head, interleaved ${interleaved}`, {
      op,
      attributes: { interleaved: { i: interleaved }, num_heads: { i: 2 }, rotary_embedding_dim: { i: 4 } },
      inputs: [real(1, 3, 16), constant(real(1, 3, 2)), constant(real(1, 3, 2))],
    });
  }
});

describe('ReverseSequence', () => {
  const op = 'ReverseSequence';
  check('time first', { op, opset: 17, inputs: [real(4, 3, 2), integers(4, 1, 2)] });
  check('batch first', {
    op,
    opset: 17,
    attributes: { batch_axis: { i: 0 }, time_axis: { i: 1 } },
    inputs: [real(2, 5), integers(3, 5)],
  });
});
