/** Matrix products, Einsum and normalizations against ONNX Runtime. */
import { describe, expect, it } from 'vitest';
import { type Attribute, type Feed, type NodeCase, runExpansion } from '../helpers/one-node.ts';
import { agree, fixed, many, randomNodes } from '../helpers/random-nodes.ts';

const { whole, pick, dims, real } = randomNodes(14);
const i = (value: number): Attribute => ({ i: value });
const f = (value: number): Attribute => ({ f: value });
const either = (feed: Feed): Feed => (whole(0, 1) === 0 ? feed : fixed(feed));

describe('products of matrices', () => {
  it('MatMul, batched, broadcast, of vectors', () =>
    agree(
      many(60, () => {
        const [m, k, n] = dims(3, 1, 4) as [number, number, number];
        const batch = dims(whole(0, 2), 1, 3);
        const loose = (): number[] => batch.slice(whole(0, batch.length)).map((dim) => pick([1, dim]));
        const a = pick([[...loose(), m, k], [...batch, m, k], [k]]);
        const b = pick([[...loose(), k, n], [...batch, k, n], [k]]);
        return { op: 'MatMul', inputs: [either(real(a)), either(real(b))] };
      }),
    ));
  it('Gemm', () =>
    agree(
      many(40, () => {
        const [m, k, n] = dims(3, 1, 4) as [number, number, number];
        const [ta, tb] = [whole(0, 1), whole(0, 1)];
        const c = pick([[m, n], [n], [1, n], [m, 1], [], undefined]);
        return {
          op: 'Gemm',
          attributes: { alpha: f(pick([1, 0.5])), beta: f(pick([1, 0, 2])), transA: i(ta), transB: i(tb) },
          inputs: [
            either(real(ta ? [k, m] : [m, k])),
            either(real(tb ? [n, k] : [k, n])),
            ...(c ? [either(real(c))] : []),
          ],
        };
      }),
    ));
  it.each<[string, number[][]]>([
    [
      'ij,jk->ik',
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      'bij,bjk->bik',
      [
        [2, 2, 3],
        [2, 3, 4],
      ],
    ],
    [
      'bhqd,bhkd->bhqk',
      [
        [1, 2, 3, 4],
        [1, 2, 5, 4],
      ],
    ],
    ['ij->ji', [[2, 3]]],
    ['ij->i', [[2, 3]]],
    ['ij->', [[2, 3]]],
    ['ii->i', [[3, 3]]],
    ['ii', [[3, 3]]],
    ['i,j->ij', [[3], [4]]],
    ['i,i', [[3], [3]]],
    ['ij,j', [[2, 3], [3]]],
    [
      '...ij,...jk->...ik',
      [
        [2, 2, 3],
        [2, 3, 4],
      ],
    ],
    [
      '...ij,jk->...ik',
      [
        [2, 2, 3],
        [3, 4],
      ],
    ],
    [
      'ij,jk,kl->il',
      [
        [2, 3],
        [3, 4],
        [4, 2],
      ],
    ],
    [
      'ijk,kj->i',
      [
        [2, 3, 4],
        [4, 3],
      ],
    ],
    [
      'abc,cd->abd',
      [
        [2, 3, 4],
        [4, 5],
      ],
    ],
    [
      'i j , j k -> k i',
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      'ba,ca->bc',
      [
        [2, 3],
        [4, 3],
      ],
    ],
  ])('Einsum %s', (equation, shapes) =>
    agree(
      [0, 1, 2].map(
        (frozen): NodeCase => ({
          op: 'Einsum',
          attributes: { equation: { s: equation } },
          inputs: shapes.map((shape, at) => (at === frozen ? fixed(real(shape)) : real(shape))),
        }),
      ),
    ),
  );
});

const positive = (feed: Feed): Feed => ({ ...feed, data: feed.data.map((x) => Math.abs(x) + 0.1) });

describe('normalizations', () => {
  const epsilon = (): Record<string, Attribute> => ({ epsilon: f(pick([1e-5, 1e-3, 0.1])) });
  const image = (): number[] => [whole(1, 2), whole(2, 4), ...dims(whole(1, 3), 2, 4)];
  it('BatchNormalization', () =>
    agree(
      many(20, () => {
        const x = image();
        const channel = (): Feed => fixed(real([x[1]!]));
        const inputs = [real(x), channel(), channel(), channel(), positive(channel())];
        return { op: 'BatchNormalization', attributes: epsilon(), inputs };
      }),
    ));
  it('InstanceNormalization', () =>
    agree(
      many(20, () => {
        const x = image();
        return {
          op: 'InstanceNormalization',
          attributes: epsilon(),
          inputs: [real(x), fixed(real([x[1]!])), fixed(real([x[1]!]))],
        };
      }),
      1e-4,
    ));
  it('GroupNormalization', () =>
    agree(
      many(20, () => {
        const groups = whole(1, 3);
        const channels = groups * whole(1, 3);
        const scale = (): Feed => fixed(real([channels]));
        return {
          op: 'GroupNormalization',
          opset: 21,
          attributes: { ...epsilon(), num_groups: i(groups) },
          inputs: [real([whole(1, 2), channels, 3, 2]), scale(), scale()],
        };
      }),
      1e-4,
    ));
  it('LayerNormalization and RMSNormalization', () =>
    agree(
      many(30, () => {
        const x = dims(whole(1, 3), 2, 4);
        const axis = whole(-x.length, x.length - 1);
        const last = x.slice(axis < 0 ? axis + x.length : axis);
        const op = pick(['LayerNormalization', 'LayerNormalization', 'RMSNormalization']);
        const inputs = [real(x), fixed(real(last)), ...(op === 'LayerNormalization' ? [fixed(real(last))] : [])];
        return {
          op,
          opset: op === 'LayerNormalization' ? 17 : 23,
          attributes: { ...epsilon(), axis: i(axis) },
          inputs,
        };
      }),
      1e-4,
    ));
  it('LRN', () =>
    agree(
      many(20, () => ({
        op: 'LRN',
        attributes: { size: i(pick([1, 3, 5])), alpha: f(0.3), beta: f(0.75), bias: f(pick([1, 2])) },
        inputs: [real(dims(4, 1, 4))],
      })),
    ));
  it('keeps BatchNormalization linear', () => {
    const channel = (): Feed => positive(fixed(real([3])));
    const inputs = [real([1, 3, 4]), channel(), channel(), channel(), channel()];
    const { operations } = runExpansion({ op: 'BatchNormalization', inputs });
    expect(new Set(operations)).toEqual(new Set(['linear']));
  });
});
