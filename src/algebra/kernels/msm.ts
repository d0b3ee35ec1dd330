/**
 * Multi-scalar multiplication by kind of scalar. Bits: one sum of the selected points. Small integers and full scalars:
 * Pippenger's method with signed windows; full ones are halved by the endomorphism before. All sums are batched affine.
 */
import { invariant } from '../../errors.ts';
import type { Points, Scalars, Vec } from '../engine.ts';
import { POINT_BYTES } from '../engine.ts';
import { checkSmall, count, type WasmField } from '../wasm/fields.ts';
import { bucketSums, joinBuckets } from './buckets.ts';
import { bitLength, DigitReader, type Magnitudes, sortByDigit } from './digits.ts';
import { HALF_BYTES } from './glv.ts';
import type { PointSums } from './point-sums.ts';

/** Digits sorted at once. */
const GROUP_POINTS = 1 << 17;
/** A bucket costs about two additions more, and some work of its own. */
const BUCKET_COST = 2.5;
/** Selected points that are summed as if they were a bucket. */
const BIT_PIECE = 64;
const MAX_WINDOW_BITS = 16;
const WORD = 2 ** 32;

export class Msm {
  private readonly sums: PointSums;
  private readonly scalars: WasmField;

  constructor(sums: PointSums, scalars: WasmField) {
    this.sums = sums;
    this.scalars = scalars;
  }

  /** sum scalars[i] bases[i] as one affine point. */
  sum(bases: Points, scalars: Scalars): Points {
    const { arena } = this.sums.module;
    const n = bases.length / POINT_BYTES;
    return arena.scratch(() => {
      switch (scalars.kind) {
        case 'bits':
          sameCount(n, scalars.bits.length);
          return arena.take(this.sumBits(bases, scalars.bits), POINT_BYTES);
        case 'small':
          sameCount(n, scalars.values.length);
          return arena.take(this.windows(arena.put(bases), magnitudesOf(scalars.values)), POINT_BYTES);
        case 'full':
          sameCount(n, count(scalars.values));
          return arena.take(this.sumFull(bases, scalars.values), POINT_BYTES);
      }
    });
  }

  private sumBits(bases: Points, bits: Uint8Array): number {
    const entries = new Uint32Array(bits.length);
    let selected = 0;
    for (let i = 0; i < bits.length; i++) if (bits[i] !== 0) entries[selected++] = 2 * i;
    const { arena } = this.sums.module;
    // Pieces are summed first, then their sums, so that a piece stays in the cache.
    const pieces = Math.ceil(selected / BIT_PIECE);
    const starts = Uint32Array.from({ length: pieces + 1 }, (_, i) => Math.min(i * BIT_PIECE, selected));
    const [out, parts] = [arena.alloc(POINT_BYTES), arena.alloc(pieces * POINT_BYTES)];
    bucketSums(this.sums, arena.put(bases), { starts, entries: entries.subarray(0, selected) }, parts);
    const all = { starts: Uint32Array.of(0, pieces), entries: Uint32Array.from({ length: pieces }, (_, i) => 2 * i) };
    bucketSums(this.sums, parts, all, out);
    return out;
  }

  private sumFull(bases: Points, values: Vec): number {
    const { arena } = this.sums.module;
    const n = count(values);
    const table = arena.alloc(2 * bases.length);
    arena.write(table, bases);
    this.sums.fn('endomorphism')(table, table + bases.length, n);
    const halves = arena.scratch(() => {
      const canonical = arena.put(this.scalars.toCanonical(values));
      const [out, signs] = [arena.alloc(2 * n * HALF_BYTES), arena.alloc(2 * n)];
      this.sums.fn('split')(canonical, out, signs, n);
      return {
        words: new Uint32Array(arena.take(out, 2 * n * HALF_BYTES).buffer),
        perScalar: HALF_BYTES / 4,
        negative: arena.take(signs, 2 * n),
      };
    });
    return this.windows(table, halves);
  }

  /** Address of the sum of scalars times the points at `table`. */
  private windows(table: number, scalars: Magnitudes): number {
    const { arena } = this.sums.module;
    const n = scalars.negative.length;
    const bits = bitLength(scalars);
    const c = windowBits(bits, n);
    const windows = windowCount(bits, c);
    const perWindow = 2 ** (c - 1);
    const buckets = arena.alloc(windows * perWindow * POINT_BYTES);
    const reader = new DigitReader(scalars, c);
    const group = Math.max(1, Math.floor(GROUP_POINTS / Math.max(n, 1)));
    for (let w = 0; w < windows; w += group) {
      const size = Math.min(group, windows - w);
      const digits = Array.from({ length: size }, () => reader.next());
      arena.scratch(() => {
        const sorted = sortByDigit(digits, c, scalars.negative);
        bucketSums(this.sums, table, sorted, buckets + w * perWindow * POINT_BYTES);
      });
    }
    return joinBuckets(this.sums, buckets, windows, c - 1, c);
  }
}

/** Signed integers up to 2^53 as two words and a sign. */
function magnitudesOf(values: Float64Array): Magnitudes {
  checkSmall(values);
  const words = new Uint32Array(2 * values.length);
  const negative = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const v = Math.abs(values[i]!);
    negative[i] = values[i]! < 0 ? 1 : 0;
    words[2 * i] = v % WORD;
    words[2 * i + 1] = Math.floor(v / WORD);
  }
  return { words, perScalar: 2, negative };
}

/** The top digit may carry: one bit more than the scalars have. */
function windowCount(bits: number, c: number): number {
  return Math.floor(bits / c) + 1;
}

/** The window that costs the fewest additions for n scalars of that many bits. */
function windowBits(bits: number, n: number): number {
  const cost = (c: number) => windowCount(bits, c) * (n + BUCKET_COST * 2 ** (c - 1));
  let best = 1;
  for (let c = 2; c <= Math.min(bits + 1, MAX_WINDOW_BITS); c++) if (cost(c) < cost(best)) best = c;
  return best;
}

function sameCount(points: number, scalars: number): void {
  invariant(points === scalars, `${points} points and ${scalars} scalars`);
}
