/**
 * A linear operation in integers: weights take the scales of what they multiply and of the result, one term for each scale
 * that its taps have; taps that are constants go into the bias.
 */
import { SHIFT } from '../../machine/shape.ts';
import { LARGEST } from './comparisons.ts';
import { type IntegerOperation, type LinearTerm, ZERO_CODE } from './integer.ts';
import type { Numbers } from './numbers.ts';
import type { ResolvedOperation } from './resolve.ts';

const UNIT = 2 ** SHIFT;

type Linear = Extract<ResolvedOperation, { op: 'linear' }>;

/** The term of the taps that have one scale, without the columns that it does not use. */
function termOf(
  { width, taps, weights, position, kernel }: Linear,
  numbers: Numbers,
  scale: number,
  only: boolean,
  result: number,
): LinearTerm {
  const inside = (code: number): boolean => code >= 0 && (only || numbers.scaleOf(code) === scale);
  const used = new Uint8Array(width);
  taps.forEach((code, i) => {
    if (inside(code)) used[i % width] = 1;
  });
  const columns = Int32Array.from({ length: width }, (_, k) => k).filter((k) => used[k] === 1);
  const factor = (UNIT * result) / scale;
  const pick = (rows: number, at: (row: number, k: number) => number, into: Int32Array | Float64Array): void => {
    for (let row = 0; row < rows; row++)
      columns.forEach((k, c) => {
        into[row * columns.length + c] = at(row * width, k);
      });
  };
  const positions = width === 0 ? 0 : taps.length / width;
  const kernels = width === 0 ? 0 : weights.length / width;
  const picked = new Int32Array(positions * columns.length);
  pick(positions, (row, k) => (inside(taps[row + k]!) ? taps[row + k]! : ZERO_CODE), picked);
  const scaled = new Float64Array(kernels * columns.length);
  pick(kernels, (row, k) => Math.round(weights[row + k]! * factor), scaled);
  return { width: columns.length, taps: picked, weights: scaled, position, kernel };
}

/** Adds to the bias what the constants among the taps contribute, in units of the network. */
function addConstants({ width, taps, weights, position, kernel }: Linear, numbers: Numbers, bias: Float64Array): void {
  const positions = width === 0 ? 0 : taps.length / width;
  const columnsOf = new Map<number, number[]>();
  for (let p = 0; p < positions; p++) {
    const columns: number[] = [];
    for (let k = 0; k < width; k++) if (taps[p * width + k]! < ZERO_CODE) columns.push(k);
    if (columns.length > 0) columnsOf.set(p, columns);
  }
  if (columnsOf.size === 0) return;
  bias.forEach((_, i) => {
    const p = position[i]!;
    for (const k of columnsOf.get(p) ?? [])
      bias[i]! += weights[kernel[i]! * width + k]! * numbers.real(taps[p * width + k]!);
  });
}

/** Multiples of a weight's part that are looked for, and of the part that weights may be. */
const MOST_PARTS = 12;
const MOST_MULTIPLE = 4096;

/** The largest number of which all weights are integral multiples, if it is not much smaller than they are. */
function commonPart(weights: Float64Array): number | undefined {
  let least = Infinity;
  for (const w of weights) if (w !== 0) least = Math.min(least, Math.abs(w));
  if (least === Infinity) return undefined;
  for (let parts = 1; parts <= MOST_PARTS; parts++) {
    const part = least / parts;
    const isMultiple = (w: number): boolean => {
      const times = Math.abs(w) / part;
      return times <= MOST_MULTIPLE && Math.abs(times - Math.round(times)) < 1e-6 * Math.max(times, 1);
    };
    if (weights.every(isMultiple)) return part;
  }
  return undefined;
}

/**
 * A scale of the result, at most `most`, with which the weights of a mean need no rounding: equal weights would all be rounded
 * the same way, and the errors of a sum of them add up.
 */
function wholeScale({ taps, weights }: Linear, numbers: Numbers, most: number): number {
  const scale = numbers.uniformScale(taps);
  const part = scale === undefined ? undefined : commonPart(weights);
  if (scale === undefined || part === undefined) return most;
  const factor = (UNIT * most * part) / scale;
  return factor < 4 || factor > UNIT / 4 ? most : (Math.floor(factor) * scale) / (UNIT * part);
}

/** A scale may be less than it could be by this factor if the numbers then are those that stand there already. */
const SPARED = 2;

/**
 * The scale, at most `most`, at which a multiple of single numbers is these numbers themselves, for nobody has to compute it then
 * (views.ts); undefined where there is none.
 */
function viewScale({ width, taps, weights, bias }: Linear, numbers: Numbers, most: number): number | undefined {
  const [factor] = weights;
  if (width !== 1 || factor === undefined || factor <= 0 || weights.some((w) => w !== factor)) return undefined;
  if (bias?.some((b) => b !== 0) || taps.some((code) => code < 0)) return undefined;
  const own = numbers.uniformScale(taps);
  const scale = own === undefined ? undefined : own / factor;
  return scale !== undefined && scale <= most * (1 + 1e-9) && scale * SPARED >= most ? scale : undefined;
}

/**
 * The scale at which a unit of what is summed is a quarter of all integers. Numbers that are equal but for rounding cancel in a sum:
 * its range says nothing of what roundings of the machine leave, and without this bound they would leave the range.
 */
function noiseScale({ width, taps, weights }: Linear, numbers: Numbers): number {
  let least = Infinity;
  for (const code of taps) if (code >= 0) least = Math.min(least, numbers.scaleOf(code));
  let most = 0;
  for (let row = 0; row < weights.length; row += width) {
    let sum = 0;
    for (let k = row; k < row + width; k++) sum += Math.abs(weights[k]!);
    most = Math.max(most, sum);
  }
  return most === 0 ? Infinity : (LARGEST * least) / (4 * most);
}

/** The scale of the result, at most `most`. */
export function linearScale(operation: Linear, numbers: Numbers, most: number): number {
  const view = viewScale(operation, numbers, most);
  return view ?? wholeScale(operation, numbers, Math.min(most, noiseScale(operation, numbers)));
}

/** @param size elements of the result  @param scale of the result */
export function integerLinear(operation: Linear, numbers: Numbers, size: number, scale: number): IntegerOperation {
  const scales = new Set<number>();
  for (const code of operation.taps) if (code >= 0) scales.add(numbers.scaleOf(code));
  const terms = [...scales].map((from) => termOf(operation, numbers, from, scales.size === 1, scale));
  const bias = Float64Array.from({ length: size }, (_, i) => operation.bias?.[i] ?? 0);
  addConstants(operation, numbers, bias);
  return { op: 'linear', terms, bias: bias.map((b) => Math.round(b * scale * UNIT) + UNIT / 2) };
}
