/**
 * Resize along one axis: for each coordinate of the result the coordinates of the input that it reads and their weights, by ONNX's
 * coordinate transformations and kernels.
 */

export type Interpolation = 'nearest' | 'linear' | 'cubic';

export interface AxisResize {
  /** Numbers of the input and of the result. */
  readonly size: number;
  readonly out: number;
  readonly scale: number;
  /** Beginning and end of the region, as shares of the input; only tf_crop_and_resize reads it. */
  readonly region: readonly [number, number];
}

export interface ResizeRules {
  readonly mode: Interpolation;
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubicCoefficient: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

/** Taps and weights of one coordinate; undefined where it lies outside the region and is extrapolated. */
export type AxisRow = { readonly taps: readonly number[]; readonly weights: readonly number[] } | undefined;

const single = Math.fround;

/** (o + 1/2) / scale - 1/2. Rounded as float32, as runtimes do: in mode nearest a tie may depend on it. */
const centered = (o: number, scale: number): number => single(single((o + 0.5) / single(scale)) - 0.5);

/** Where coordinate o of the result lies in the input. */
const COORDINATES: Readonly<Record<string, (o: number, axis: AxisResize) => number>> = {
  half_pixel: (o, { scale }) => centered(o, scale),
  half_pixel_symmetric: (o, { scale, size, out }) => {
    const adjustment = single(out / single(single(scale) * size));
    return single(single((size / 2) * single(1 - adjustment)) + centered(o, scale));
  },
  pytorch_half_pixel: (o, { scale, out }) => (out > 1 ? centered(o, scale) : 0),
  align_corners: (o, { scale, size }) =>
    scale * size === 1 ? 0 : single((o * (size - 1)) / single(single(scale * size) - 1)),
  asymmetric: (o, { scale }) => single(o / single(scale)),
  tf_half_pixel_for_nn: (o, { scale }) => single((o + 0.5) / single(scale)),
  tf_crop_and_resize: (o, { size, out, region: [start, end] }) =>
    out > 1 ? (size - 1) * (start + (o * (end - start)) / (out - 1)) : 0.5 * (start + end) * (size - 1),
};

const ROUNDING: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

export const coordinateModes = Object.keys(COORDINATES);
export const nearestModes = Object.keys(ROUNDING);

const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x));

/** The cubic convolution kernel of Keys. */
function cubic(x: number, a: number): number {
  const d = Math.abs(x);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

const clamp = (x: number, size: number): number => Math.min(Math.max(x, 0), size - 1);

/** Taps to either side of an axis that is not made smaller, or is so without antialiasing. */
const REACH: Readonly<Record<'linear' | 'cubic', number>> = { linear: 1, cubic: 2 };

export function axisRow(o: number, axis: AxisResize, rules: ResizeRules): AxisRow {
  const { size } = axis;
  const x = COORDINATES[rules.coordinates]!(o, axis);
  if (rules.coordinates === 'tf_crop_and_resize' && (x < 0 || x > size - 1)) return undefined;
  if (rules.mode === 'nearest') return { taps: [clamp(ROUNDING[rules.nearest]!(x), size)], weights: [1] };
  const narrow = rules.antialias ? Math.min(axis.scale, 1) : 1;
  const kernel = (distance: number): number =>
    rules.mode === 'linear' ? triangle(distance * narrow) : cubic(distance * narrow, rules.cubicCoefficient);
  const first = Math.floor(-REACH[rules.mode] / narrow) + 1;
  const base = Math.ceil(x) - 1;
  const near = Array.from({ length: 2 - 2 * first }, (_, i) => base + first + i);
  const weights = near.map((at) => (rules.excludeOutside && (at < 0 || at >= size) ? 0 : kernel(at - x)));
  const sum = rules.excludeOutside || rules.antialias ? weights.reduce((total, weight) => total + weight, 0) : 1;
  return { taps: near.map((at) => clamp(at, size)), weights: weights.map((weight) => weight / sum) };
}
