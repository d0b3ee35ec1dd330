/**
 * How far the sums of a linear operation go on their way. The machine adds a long sum up in several rows and keeps every partial
 * sum in the range of a whole one, so a sum whose terms cancel needs a wider range than its result. In which order the terms are
 * added is decided later (src/machine/lowering); two orders stand for all: as they are listed, and far from that.
 */
import type { LinearOperation } from './graph.ts';
import type { Range } from './plan.ts';

/** Terms that one row adds at least: within them nothing is looked at. */
const ROW = 16;

/** A step through `width` places that visits each once and neighbours late. */
function scattered(width: number): Int32Array {
  let step = Math.floor(width * 0.618) || 1;
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  while (divisor(step, width) !== 1) step++;
  return Int32Array.from({ length: width }, (_, k) => (k * step) % width);
}

/** @param x all sources one after another */
export function partialSums({ width, taps, weights, position, kernel }: LinearOperation, x: Float64Array): Range {
  let [low, high] = [0, 0];
  if (width <= ROW) return { low, high };
  for (const order of [Int32Array.from({ length: width }, (_, k) => k), scattered(width)])
    for (let i = 0; i < position.length; i++) {
      const [tap, weight] = [position[i]! * width, kernel[i]! * width];
      let sum = 0;
      for (let n = 0; n < width; n++) {
        const k = order[n]!;
        const from = taps[tap + k]!;
        if (from >= 0) sum += weights[weight + k]! * x[from]!;
        if (n % ROW !== ROW - 1) continue;
        if (sum < low) low = sum;
        else if (sum > high) high = sum;
      }
    }
  return { low, high };
}
