/** Operators that move numbers, of random shapes, against ONNX Runtime. */
import { describe, it } from 'vitest';
import type { Attribute, NodeCase } from '../helpers/one-node.ts';
import { agree, fixed, list, many, randomNodes } from '../helpers/random-nodes.ts';

const { whole, pick, dims, real, integers, shuffled } = randomNodes(12);

const shape = (low = 1, high = 4): number[] => dims(whole(low, high), 1, 4);
const axisFor = (rank: number): number => whole(-rank, rank - 1);
const i = (value: number): Attribute => ({ i: value });

/** Axes in any order, some from the end. */
const someAxes = (rank: number): number[] =>
  shuffled([...Array(rank).keys()])
    .slice(0, whole(1, rank))
    .map((axis) => (whole(0, 1) === 0 ? axis : axis - rank));

const INT64_MAX = Number.MAX_SAFE_INTEGER;

describe('shapes', () => {
  it('Transpose', () =>
    agree(
      many(20, () => {
        const x = shape();
        const perm = { ints: shuffled([...x.keys()]) };
        return { op: 'Transpose', ...(whole(0, 4) > 0 ? { attributes: { perm } } : {}), inputs: [real(x)] };
      }),
    ));
  it('Reshape', () =>
    agree(
      many(20, () => {
        const x = shape(2, 4);
        const target = [
          ...x.slice(0, -2).map((dim) => pick([0, dim])),
          ...pick([[-1], [x.at(-2)! * x.at(-1)!, 1], [1, -1]]),
        ];
        return { op: 'Reshape', inputs: [real(x), list(target)] };
      }),
    ));
  it('Flatten', () =>
    agree(
      many(12, () => {
        const x = shape();
        return { op: 'Flatten', attributes: { axis: i(whole(-x.length, x.length)) }, inputs: [real(x)] };
      }),
    ));
  it('Squeeze and Unsqueeze', () =>
    agree(
      many(20, () => {
        const x = shape(1, 3);
        const axes = someAxes(x.length + 1).slice(0, 1);
        if (whole(0, 1) === 0) return { op: 'Unsqueeze', inputs: [real(x), list(axes)] };
        const at = whole(0, x.length);
        return { op: 'Squeeze', inputs: [real(x.toSpliced(at, 0, 1)), list([at])] };
      }),
    ));
  it('Expand and Tile', () =>
    agree(
      many(24, () => {
        const x = shape().map((dim) => pick([1, dim]));
        if (whole(0, 1) === 0) return { op: 'Tile', inputs: [real(x), list(dims(x.length, 0, 3))] };
        const target = [...dims(whole(0, 2), 1, 2), ...x.map((dim) => (dim === 1 ? whole(1, 3) : pick([1, dim])))];
        return { op: 'Expand', inputs: [real(x), list(target)] };
      }),
    ));
});

describe('parts', () => {
  it('Concat', () =>
    agree(
      many(20, () => {
        const x = shape();
        const axis = axisFor(x.length);
        const inputs = Array.from({ length: whole(1, 4) }, () => {
          const own = real(x.with(axis, whole(1, 3)));
          return whole(0, 3) === 0 ? fixed(own) : own;
        });
        return { op: 'Concat', attributes: { axis: i(axis) }, inputs };
      }),
    ));
  it('Split', () =>
    agree(
      many(24, () => {
        const axis = whole(0, 2);
        const parts = dims(whole(1, 3), 1, 3);
        const total = parts.reduce((sum, part) => sum + part, 0);
        const outputs = parts.length;
        const x = real([2, 3, 2].with(axis, total));
        if (whole(0, 1) === 0) return { op: 'Split', attributes: { axis: i(axis) }, inputs: [x, list(parts)], outputs };
        return { op: 'Split', attributes: { axis: i(axis), num_outputs: i(outputs) }, inputs: [x], outputs };
      }),
    ));
  it('Slice', () =>
    agree(
      many(60, () => {
        const x = shape().map((dim) => dim + 2);
        const axes = someAxes(x.length);
        const steps = axes.map(() => pick([1, 1, 2, 3, -1, -2]));
        const starts = axes.map(() => pick([0, 1, 2, -1, -2, -100, 100]));
        const ends = axes.map(() => pick([0, 1, 3, -1, INT64_MAX, -INT64_MAX, -2]));
        return { op: 'Slice', inputs: [real(x), list(starts), list(ends), list(axes), list(steps)] };
      }),
    ));
  it('Pad', () =>
    agree(
      many(60, () => {
        const x = shape(1, 3).map((dim) => dim + 2);
        const mode = pick(['constant', 'constant', 'edge', 'reflect', 'wrap']);
        const axes = someAxes(x.length);
        const low = mode === 'constant' ? -1 : 0;
        const inputs = [real(x), list(dims(2 * axes.length, low, 2)), fixed(real([])), list(axes)];
        return { op: 'Pad', opset: 19, attributes: { mode: { s: mode } }, inputs };
      }),
    ));
  it('blocks', () =>
    agree(
      many(16, () => {
        const side = whole(1, 3);
        const [n, c, h, w] = dims(4, 1, 3) as [number, number, number, number];
        const blocksize = i(side);
        if (whole(0, 1) === 0)
          return { op: 'SpaceToDepth', attributes: { blocksize }, inputs: [real([n, c, h * side, w * side])] };
        const mode = { s: pick(['DCR', 'CRD']) };
        return { op: 'DepthToSpace', attributes: { blocksize, mode }, inputs: [real([n, c * side ** 2, h, w])] };
      }),
    ));
  it('Trilu', () =>
    agree(
      many(16, () => ({
        op: 'Trilu',
        attributes: { upper: i(whole(0, 1)) },
        inputs: [real(shape(2, 3)), { ...list([whole(-4, 4)]), shape: [] }],
      })),
    ));
});

describe('Where', () => {
  it('of constant and computed conditions', () =>
    agree(
      many(30, () => {
        const x = shape(1, 3);
        const loose = (): number[] => x.map((dim) => pick([1, dim]));
        const condition = integers(loose(), 0, 1, 'bool');
        const [a, b] = [real(loose()), real(loose())];
        const side = pick([
          [a, b],
          [fixed(a), b],
          [a, fixed(b)],
          [fixed(a), fixed(b)],
        ] as const);
        return { op: 'Where', inputs: [whole(0, 1) === 0 ? condition : fixed(condition), ...side] };
      }),
    ));
});

describe('Resize', () => {
  const spec = (mode: string): NodeCase => {
    const axes = mode === 'cubic' ? 2 : whole(1, 2);
    const sizes = dims(axes, 1, 6);
    // where a coordinate of mode nearest is a tie, half_pixel_symmetric depends on the order of the runtime's sums
    const symmetric = mode === 'nearest' ? [] : ['half_pixel_symmetric'];
    const coordinates = pick(['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric', ...symmetric]);
    const attributes: Record<string, Attribute> = {
      mode: { s: mode },
      coordinate_transformation_mode: { s: coordinates },
      ...(mode === 'nearest'
        ? { nearest_mode: { s: pick(['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil']) } }
        : {}),
      ...(mode === 'cubic' ? { cubic_coeff_a: { f: pick([-0.5, -0.75]) }, exclude_outside: i(whole(0, 1)) } : {}),
    };
    const target = list([1, 2, ...dims(axes, 1, 8)]);
    return { op: 'Resize', opset: 19, attributes, inputs: [real([1, 2, ...sizes]), undefined, undefined, target] };
  };
  it.each(['nearest', 'linear', 'cubic'])('%s', (mode) =>
    agree(
      many(60, () => spec(mode)),
      1e-4,
    ),
  );
});
