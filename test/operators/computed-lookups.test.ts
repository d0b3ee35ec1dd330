/** Look-ups in computed tensors by computed indices: without a look-up of the machine, which has constant tables only. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../helpers/chains.ts';
import { type Attribute, compare, type Feed, type NodeCase, runExpansion } from '../helpers/one-node.ts';

const random = seeded(7);
const real = (shape: readonly number[]): Feed => ({
  shape,
  type: 'float32',
  data: Array.from({ length: shape.reduce((product, dim) => product * dim, 1) }, () => 2 * random() - 1),
});
const indices = (shape: readonly number[], dim: number): Feed => ({
  shape,
  type: 'int64',
  data: Array.from(
    { length: shape.reduce((product, d) => product * d, 1) },
    () => Math.floor(2 * dim * random()) - dim,
  ),
});
const axis = (i: number): Record<string, Attribute> => ({ axis: { i } });

const CASES: Readonly<Record<string, NodeCase>> = {
  'Gather along the first axis': { op: 'Gather', attributes: axis(0), inputs: [real([4, 3]), indices([2, 2], 4)] },
  'Gather along the last axis': { op: 'Gather', attributes: axis(-1), inputs: [real([2, 5]), indices([3], 5)] },
  'Gather with one index': { op: 'Gather', attributes: axis(1), inputs: [real([2, 3, 4]), indices([], 3)] },
  'GatherElements along rows': {
    op: 'GatherElements',
    attributes: axis(1),
    inputs: [real([3, 4]), indices([3, 6], 4)],
  },
  'GatherElements along columns': {
    op: 'GatherElements',
    attributes: axis(0),
    inputs: [real([4, 3]), indices([2, 2], 4)],
  },
  'GatherElements in a cube': {
    op: 'GatherElements',
    attributes: axis(1),
    inputs: [real([2, 3, 4]), indices([2, 2, 3], 3)],
  },
  GatherND: { op: 'GatherND', inputs: [real([3, 3, 2]), indices([4, 2], 3)] },
  ArrayFeatureExtractor: {
    op: 'ArrayFeatureExtractor',
    domain: 'ai.onnx.ml',
    inputs: [real([3, 4]), { shape: [2], type: 'int64', data: [3, 1] }],
  },
};

describe('look-ups in what is computed', () => {
  for (const [name, spec] of Object.entries(CASES)) {
    it(name, async () => expect(await compare(spec)).toBeUndefined());
    it(`${name} takes nothing from a computed table`, () =>
      expect(runExpansion(spec).operations).not.toContain('take'));
  }
  it('stay look-ups in constants', () => {
    const [x, index] = CASES['Gather along the first axis']!.inputs as [Feed, Feed];
    const spec = { op: 'Gather', attributes: axis(0), inputs: [{ ...x, constant: true }, index] };
    expect(runExpansion(spec).operations).toContain('take');
  });
  it('that are too many are refused', () => {
    const spec = { op: 'Gather', attributes: axis(0), inputs: [real([3000, 1]), indices([1500], 3000)] };
    expect(() => runExpansion(spec)).toThrow(/compares 4500000/);
  });
});
