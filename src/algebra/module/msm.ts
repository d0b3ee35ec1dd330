/**
 * Multi-scalar multiplication by kind of scalar. Bits: one sum of the selected points, or subsets of them. Small integers and full scalars:
 * Pippenger's method with signed windows; full ones are halved by the endomorphism before, and points of equal ones added first. All sums
 * are batched affine.
 */
import { invariant } from '../../errors.ts';
import type { Points, Scalars, Vec } from '../engine.ts';
import { POINT_BYTES } from '../engine.ts';
import { HALF_BYTES } from '../kernels/curve/glv.ts';
import { type BitPart, BitTables, bitEntries } from './bit-tables.ts';
import { bucketSums } from './buckets.ts';
import type { Magnitudes } from './digits.ts';
import { count, type WasmField } from './fields.ts';
import { MultipleTables } from './multiple-tables.ts';
import type { PointSums } from './point-sums.ts';
import { type RepeatedScalars, repeatedScalars, shareOfNonZero } from './repeated-scalars.ts';
import { smallSums } from './small-sums.ts';
import { storedSums, windowSums } from './windows.ts';

/** Selected points that are summed as if they were a bucket. */
const BIT_PIECE = 64;

export class Msm {
  private readonly sums: PointSums;
  private readonly scalars: WasmField;
  private readonly tables: BitTables;
  private readonly multiples: MultipleTables;

  constructor(sums: PointSums, scalars: WasmField) {
    this.sums = sums;
    this.scalars = scalars;
    this.tables = new BitTables(sums);
    this.multiples = new MultipleTables(sums);
  }

  /** sum scalars[i] bases[i] as one affine point. */
  sum(bases: Points, scalars: Scalars): Points {
    const { arena } = this.sums.module;
    const n = bases.length / POINT_BYTES;
    switch (scalars.kind) {
      case 'bits':
        sameCount(n, scalars.bits.length);
        return this.sumBits(bases, scalars.bits);
      case 'small':
        sameCount(n, scalars.values.length);
        return arena.scratch(() => {
          return arena.take(smallSums(this.sums, bases, scalars.values), POINT_BYTES);
        });
      case 'full': {
        sameCount(n, count(scalars.values));
        const repeated = repeatedScalars(scalars.values);
        const rest = repeated?.rest ?? scalars.values;
        const stored = this.multiples.of(bases, shareOfNonZero(rest));
        return arena.scratch(() => {
          const halves = this.halves(rest);
          const sum = stored ? storedSums(this.sums, stored, halves) : this.sumFull(bases, halves);
          if (repeated) {
            const other = this.sumRepeated(stored?.table ?? arena.put(bases), repeated);
            this.sums.rounds(1, (round, pair) => {
              if (round === 0) pair(sum, other);
            });
          }
          return arena.take(sum, POINT_BYTES);
        });
      }
    }
  }

  /** See CurveKernels.shareTables. */
  shareTables(key: Points, memory: SharedArrayBuffer): void {
    this.multiples.share(key, memory);
  }

  private sumBits(bases: Points, bits: Uint8Array): Points {
    const parts = this.tables.parts(bases);
    const { arena } = this.sums.module;
    return arena.scratch(() => arena.take(this.sumParts(bases, bits, parts), POINT_BYTES));
  }

  private sumParts(bases: Points, bits: Uint8Array, parts: readonly BitPart[]): number {
    // Entries count in points from address 0 on, in the tables and in the copy of the bases.
    const points = Math.ceil(this.sums.module.arena.alloc(bases.length + POINT_BYTES) / POINT_BYTES) * POINT_BYTES;
    const entries = new Uint32Array(bits.length + 1);
    let selected = 0;
    for (const part of parts) {
      if (part.table === undefined) {
        const from = part.from * POINT_BYTES;
        this.sums.module.arena.write(points + from, bases.subarray(from, part.to * POINT_BYTES));
      }
      selected = bitEntries(part, bits, points, entries, selected);
    }
    const { arena } = this.sums.module;
    // Pieces are summed first, then their sums, so that a piece stays in the cache.
    const pieces = Math.ceil(selected / BIT_PIECE);
    const starts = Uint32Array.from({ length: pieces + 1 }, (_, i) => Math.min(i * BIT_PIECE, selected));
    const [out, pieceSums] = [arena.alloc(POINT_BYTES), arena.alloc(pieces * POINT_BYTES)];
    const sum = (table: number, starts: Uint32Array, entries: Uint32Array, to: number): void => {
      const sorted = { starts: arena.putWords(starts), buckets: starts.length - 1, entries: arena.putWords(entries) };
      bucketSums(this.sums, table, sorted, to);
    };
    sum(0, starts, entries.subarray(0, selected), pieceSums);
    sum(
      pieceSums,
      Uint32Array.of(0, pieces),
      Uint32Array.from({ length: pieces }, (_, i) => 2 * i),
      out,
    );
    return out;
  }

  /** The part of a sum whose scalars repeat; `table`: address of all points. */
  private sumRepeated(table: number, { values, starts, entries }: RepeatedScalars): number {
    const { arena } = this.sums.module;
    const n = count(values);
    const points = arena.alloc(2 * n * POINT_BYTES);
    bucketSums(
      this.sums,
      table,
      { starts: arena.putWords(starts), buckets: n, entries: arena.putWords(entries) },
      points,
    );
    this.sums.fn('endomorphism')(points, points + n * POINT_BYTES, n);
    return windowSums(this.sums, points, this.halves(values));
  }

  private sumFull(bases: Points, halves: Magnitudes): number {
    const { arena } = this.sums.module;
    const table = arena.alloc(2 * bases.length);
    arena.write(table, bases);
    this.sums.fn('endomorphism')(table, table + bases.length, bases.length / POINT_BYTES);
    return windowSums(this.sums, table, halves);
  }

  /** The n first halves of the scalars, then the n second ones. */
  private halves(values: Vec): Magnitudes {
    const { arena } = this.sums.module;
    const n = count(values);
    return arena.scratch(() => {
      const canonical = arena.put(this.scalars.toCanonical(values));
      const [out, signs] = [arena.alloc(2 * n * HALF_BYTES), arena.alloc(2 * n)];
      this.sums.fn('split')(canonical, out, signs, n);
      return {
        words: new Uint32Array(arena.take(out, 2 * n * HALF_BYTES).buffer),
        perScalar: HALF_BYTES / 4,
        negative: arena.take(signs, 2 * n),
      };
    });
  }
}

function sameCount(points: number, scalars: number): void {
  invariant(points === scalars, `${points} points and ${scalars} scalars`);
}
