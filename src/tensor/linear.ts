/**
 * Linear operations brought into their smallest form: what constant sources contribute is bias, columns of taps that nothing
 * reads are gone.
 */
import { entryCount } from '../layers/tensor-shape.ts';
import type { LinearSpec } from './builder.ts';
import { type Computed, isConstant, type LinearOperation, type Value } from './graph.ts';

/** @returns the operation, or the result's numbers where nothing computed is read */
export function normalLinear(sources: readonly Value[], spec: LinearSpec): LinearOperation | Float64Array {
  const { width, weights, position, kernel } = spec;
  const computed = sources.filter((source): source is Computed => !isConstant(source));
  let taps = spec.taps;
  let bias = spec.bias;
  if (computed.length < sources.length) {
    // where each number of all sources is now, and its value if it is known
    const total = sources.reduce((sum, source) => sum + entryCount(source.shape), 0);
    const place = new Int32Array(total).fill(-1);
    const known = new Float64Array(total);
    let at = 0;
    let next = 0;
    for (const source of sources) {
      const count = entryCount(source.shape);
      if (isConstant(source)) known.set(source.data, at);
      else for (let i = 0; i < count; i++) place[at + i] = next++;
      at += count;
    }
    const sums = bias === undefined ? new Float64Array(position.length) : bias.slice();
    for (let i = 0; i < position.length; i++)
      for (let k = 0; k < width; k++) {
        const tap = spec.taps[position[i]! * width + k]!;
        if (tap >= 0 && place[tap]! < 0) sums[i]! += weights[kernel[i]! * width + k]! * known[tap]!;
      }
    bias = sums;
    taps = taps.map((tap) => (tap < 0 ? -1 : place[tap]!));
  }
  if (computed.length === 0) return bias ?? new Float64Array(position.length);
  if (bias?.every((x) => x === 0)) bias = undefined;
  const kept = readColumns(taps, width);
  if (kept.length === 0) return bias ?? new Float64Array(position.length);
  const whole = kept.length === width;
  return {
    op: 'linear',
    sources: computed,
    width: kept.length,
    taps: whole ? taps : columns(taps, width, kept),
    weights: whole ? weights : columns(weights, width, kept),
    position,
    kernel,
    bias,
  };
}

/** Columns in which some tap is not -1. */
function readColumns(taps: Int32Array, width: number): number[] {
  const read = new Uint8Array(width);
  for (let i = 0; i < taps.length; i++) if (taps[i]! >= 0) read[i % width] = 1;
  return [...read.keys()].filter((k) => read[k] === 1);
}

function columns<T extends Int32Array | Float64Array>(table: T, width: number, kept: readonly number[]): T {
  const rows = table.length / width;
  const out = table.slice(0, rows * kept.length) as T;
  for (let row = 0; row < rows; row++)
    kept.forEach((k, j) => {
      out[row * kept.length + j] = table[row * width + k]!;
    });
  return out;
}
