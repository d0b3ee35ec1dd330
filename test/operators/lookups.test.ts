/** Look-ups and scatters by constant and computed indices, and casts, against ONNX Runtime. */
import { describe, it } from 'vitest';
import type { Attribute, Feed, NodeCase } from '../helpers/one-node.ts';
import { agree, fixed, many, randomNodes } from '../helpers/random-nodes.ts';

const { whole, pick, dims, real, integers, shuffled } = randomNodes(13);

const shape = (low = 1, high = 3): number[] => dims(whole(low, high), 1, 4);
const i = (value: number): Attribute => ({ i: value });
const either = (feed: Feed): Feed => (whole(0, 1) === 0 ? feed : fixed(feed));

describe('look-ups', () => {
  it('Gather', () =>
    agree(
      many(40, () => {
        const x = shape();
        const axis = whole(-x.length, x.length - 1);
        const dim = x.at(axis)!;
        const index = integers(shape(0, 2), -dim, dim - 1);
        return { op: 'Gather', attributes: { axis: i(axis) }, inputs: [either(real(x)), either(index)] };
      }),
    ));
  it('GatherElements', () =>
    agree(
      many(40, () => {
        const x = shape();
        const axis = whole(-x.length, x.length - 1);
        const at = axis < 0 ? axis + x.length : axis;
        const lines = x.map((dim, a) => (a === at ? whole(1, 5) : whole(1, dim)));
        const index = integers(lines, -x[at]!, x[at]! - 1);
        return { op: 'GatherElements', attributes: { axis: i(axis) }, inputs: [either(real(x)), either(index)] };
      }),
    ));
  it('GatherND', () =>
    agree(
      many(40, () => {
        const x = shape(2, 4);
        const batch = whole(0, 1);
        const depth = whole(1, x.length - batch);
        const least = Math.min(...x.slice(batch, batch + depth));
        const index = integers([...x.slice(0, batch), ...dims(whole(0, 2), 1, 3), depth], -least, least - 1);
        return { op: 'GatherND', attributes: { batch_dims: i(batch) }, inputs: [either(real(x)), either(index)] };
      }),
    ));
  it('OneHot', () =>
    agree(
      many(20, () => {
        const depth = whole(1, 5);
        const values: Feed = { shape: [2], type: 'float32', data: [whole(-2, 0), whole(1, 3)], constant: true };
        const index = shape(1, 2);
        return {
          op: 'OneHot',
          attributes: { axis: i(whole(-index.length - 1, index.length)) },
          inputs: [either(integers(index, -depth, depth - 1)), fixed(integers([], depth, depth)), values],
        };
      }),
    ));
});

/** Places of a line, each at most once: without a reduction the order of equal ones is not defined. */
const distinct = (dim: number, count: number): number[] => shuffled([...Array(dim).keys()]).slice(0, count);

describe('scatters', () => {
  const REDUCTIONS = ['none', 'add', 'mul', 'max', 'min'];
  it('ScatterElements', () =>
    agree(
      many(60, (): NodeCase => {
        const [rows, columns] = [whole(1, 3), whole(1, 4)];
        const reduction = pick(REDUCTIONS);
        const count = reduction === 'none' ? whole(1, columns) : whole(1, 5);
        const lines = whole(1, rows);
        const line = (): number[] =>
          reduction === 'none' ? distinct(columns, count) : dims(count, -columns, columns - 1);
        const data = Array.from({ length: lines }, line).flat();
        const index: Feed = { shape: [lines, count], type: 'int64', data };
        return {
          op: 'ScatterElements',
          attributes: { axis: i(1), ...(reduction === 'none' ? {} : { reduction: { s: reduction } }) },
          inputs: [either(real([rows, columns])), either(index), either(real([lines, count]))],
        };
      }),
    ));
  it('ScatterND', () =>
    agree(
      many(60, (): NodeCase => {
        const [rows, columns] = [whole(1, 4), whole(1, 3)];
        const reduction = pick(REDUCTIONS);
        const data = reduction === 'none' ? distinct(rows, whole(1, rows)) : dims(whole(1, 4), -rows, rows - 1);
        const index: Feed = { shape: [data.length, 1], type: 'int64', data };
        return {
          op: 'ScatterND',
          attributes: reduction === 'none' ? {} : { reduction: { s: reduction } },
          inputs: [either(real([rows, columns])), either(index), either(real([data.length, columns]))],
        };
      }),
    ));
});

describe('casts', () => {
  it('Cast between kinds of numbers', () =>
    agree(
      many(20, () => {
        const x = pick([real([6]), integers([6], -3, 3, 'int32'), integers([6], 0, 1, 'bool')]);
        return { op: 'Cast', attributes: { to: i(pick([1, 6, 7, 9, 11])) }, inputs: [either(x)] };
      }),
    ));
  it('Cast of whole and negative numbers', () =>
    agree(
      [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2].flatMap((value): NodeCase[] =>
        [6, 9].map((to) => ({
          op: 'Cast',
          attributes: { to: i(to) },
          inputs: [{ shape: [1], type: 'float32', data: [value] }],
        })),
      ),
    ));
});
