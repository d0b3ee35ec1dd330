/**
 * Multi-scalar multiplication by kind of scalar. Bits are a plain sum of the selected points. The others are Pippenger's
 * bucket method: the scalars are cut into windows of c bits, each window sums its points by digit into 2^c buckets
 * (wasmcurves' `_multiexpAffine_chunk`), and the windows are joined by doublings.
 *
 * We drive the windows ourselves rather than call wasmcurves' `_multiexpAffine`: that one picks c from the number of
 * points alone, so that one-byte scalars would pay for tables of 2^13 buckets, and it walks over windows that are empty.
 */
import { invariant } from '../../errors.ts';
import type { Points, Scalars, Vec } from '../engine.ts';
import { FIELD_BYTES, POINT_BYTES } from '../engine.ts';
import { JACOBIAN_BYTES } from './assembler.ts';
import { checkSmall, count, type WasmField } from './fields.ts';
import type { WasmFunction, WasmModule } from './instance.ts';
import { bitLength } from './point-bytes.ts';

/** Emptying and summing up one bucket costs about three of the additions that fill it. */
const BUCKET_COST = 3;
/** wasmcurves reads a digit from one unaligned 32-bit word. */
const MAX_WINDOW_BITS = 17;
const DOUBLE_BYTES = 8;
const WORD_BITS = 32;

export class WasmMsm {
  private readonly module: WasmModule;
  private readonly prefix: string;
  private readonly scalars: WasmField;

  constructor(module: WasmModule, prefix: string, scalars: WasmField) {
    this.module = module;
    this.prefix = prefix;
    this.scalars = scalars;
  }

  /** sum scalars[i] bases[i] as one affine point. */
  sum(bases: Points, scalars: Scalars): Points {
    const { arena } = this.module;
    return arena.scratch(() => {
      const sum = arena.alloc(JACOBIAN_BYTES);
      this.fn('zero')(sum);
      const n = bases.length / POINT_BYTES;
      switch (scalars.kind) {
        case 'bits':
          sameCount(n, scalars.bits.length);
          this.fn('bit_sum')(arena.put(bases), arena.put(scalars.bits), sum, n);
          break;
        case 'small':
          sameCount(n, scalars.values.length);
          this.sumSmall(bases, scalars.values, sum);
          break;
        case 'full':
          sameCount(n, count(scalars.values));
          this.sumFull(bases, scalars.values, sum);
          break;
      }
      const affine = arena.alloc(POINT_BYTES);
      this.fn('toAffine')(sum, affine);
      return arena.take(affine, POINT_BYTES);
    });
  }

  private sumSmall(bases: Points, values: Float64Array, sum: number): void {
    checkSmall(values);
    const { arena } = this.module;
    const n = values.length;
    const magnitudes = new Uint32Array(2 * n);
    const negative = new Uint8Array(n);
    for (let i = 0; i < n; i++) {
      const v = Math.abs(values[i]!);
      negative[i] = values[i]! < 0 ? 1 : 0;
      magnitudes[2 * i] = v % 2 ** WORD_BITS;
      magnitudes[2 * i + 1] = Math.floor(v / 2 ** WORD_BITS);
    }
    const points = arena.put(bases);
    this.fn('negate_where')(points, arena.put(negative), n);
    this.buckets(points, magnitudes, DOUBLE_BYTES, n, sum);
  }

  private sumFull(bases: Points, values: Vec, sum: number): void {
    const canonical = this.scalars.toCanonical(values);
    const words = new Uint32Array(canonical.buffer, canonical.byteOffset, canonical.length / 4);
    this.buckets(this.module.arena.put(bases), words, FIELD_BYTES, count(values), sum);
  }

  /** Pippenger's method on non-negative scalars of `size` bytes each; adds to the Jacobian point at `sum`. */
  private buckets(points: number, words: Uint32Array, size: number, n: number, sum: number): void {
    const bits = bitLength(words, size / 4);
    if (bits === 0) return;
    const { arena } = this.module;
    const c = windowBits(bits, n);
    const digits = arena.putWords(words);
    const part = arena.alloc(JACOBIAN_BYTES);
    // The digit reader may look 3 bytes beyond the last scalar; the bucket table is taken from the heap.
    arena.reserve(2 ** c * JACOBIAN_BYTES + FIELD_BYTES);
    const [chunk, add, double] = [this.fn('multiexpAffine_chunk'), this.fn('add'), this.fn('double')];
    for (let start = (Math.ceil(bits / c) - 1) * c; start >= 0; start -= c) {
      for (let i = 0; i < c; i++) double(sum, sum);
      chunk(points, digits, size, n, start, c, part);
      add(sum, part, sum);
    }
  }

  private fn(name: string): WasmFunction {
    return this.module.fn(`${this.prefix}_${name}`);
  }
}

/** The window that costs the fewest additions for n scalars of that many bits. */
function windowBits(bits: number, n: number): number {
  const cost = (c: number) => Math.ceil(bits / c) * (n + BUCKET_COST * 2 ** c);
  let best = 1;
  for (let c = 2; c <= Math.min(bits, MAX_WINDOW_BITS); c++) if (cost(c) < cost(best)) best = c;
  return best;
}

function sameCount(points: number, scalars: number): void {
  invariant(points === scalars, `${points} points and ${scalars} scalars`);
}
