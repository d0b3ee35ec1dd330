/**
 * left[i] + sum_k n(r_k) points_k[i] for many points and challenges r_k of 128 bits (protocol section 5), in signed digits
 * (challenge-digits.ts). All points take the same ones, so that a place of them is one doubling of a row, acc <- 2 acc, which all terms
 * share, or one 2 acc + Q with Q of a term's table, and additions for the other terms' digits. With one term the formulas hold for every
 * finite point: the multiple in acc is even where a digit is added, the digit is not, and their norms are far below the order. With
 * more, and for the last sum, points may meet by chance or on purpose: then each term is computed alone and added by sums that look at
 * each pair. Infinity is left out.
 */

import { invariant } from '../../errors.ts';
import { concat } from '../concat.ts';
import { type FoldTerm, POINT_BYTES, type Points } from '../engine.ts';
import { DOUBLE_AND_ADD_BYTES } from '../kernels/curve/double-and-add.ts';
import { challengeDigits } from './challenge-digits.ts';
import type { PointSums } from './point-sums.ts';

interface Term {
  readonly points: Points;
  readonly digits: ReturnType<typeof challengeDigits>;
}

/** Points that are worked on at once: their accumulators and multiples stay in the cache. */
const CHUNK = 512;

export function foldPoints(sums: PointSums, left: Points, terms: readonly FoldTerm[]): Points {
  const all = terms.map(({ points, r }) => ({ points, digits: challengeDigits(r) }));
  const parts: Points[] = [];
  for (let from = 0; from < left.length; from += CHUNK * POINT_BYTES) {
    const part = (points: Points): Points => points.subarray(from, from + CHUNK * POINT_BYTES);
    const here = all.map(({ points, digits }) => ({ points: part(points), digits }));
    parts.push(folded(sums, part(left), here));
  }
  return concat(parts);
}

function folded(sums: PointSums, left: Points, terms: readonly Term[]): Points {
  const { arena } = sums.module;
  const n = left.length / POINT_BYTES;
  const regular = [left, ...terms.map(({ points }) => points)].every((points) => finitePlaces(points).length === n);
  return (regular && arena.scratch(() => atOnce(sums, left, terms))) || arena.scratch(() => byPairs(sums, left, terms));
}

/** Of finite points; undefined where a formula does not hold. */
function atOnce(sums: PointSums, left: Points, terms: readonly Term[]): Points | undefined {
  const { arena } = sums.module;
  const rows = new Rows(sums, left.length / POINT_BYTES);
  const sum = rows.sum(terms);
  const holds = sum !== undefined && rows.add(sum, arena.put(left));
  return holds ? arena.take(sum, left.length) : undefined;
}

function byPairs(sums: PointSums, left: Points, terms: readonly Term[]): Points {
  const { arena } = sums.module;
  const to = arena.put(left);
  for (const { points, digits } of terms) {
    const finite = finitePlaces(points);
    if (finite.length === 0) continue;
    const packed = concat(finite.map((i) => points.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES)));
    const products = new Rows(sums, finite.length).sum([{ points: packed, digits }]);
    invariant(products !== undefined, 'an even multiple of a point is none of its odd ones');
    sums.rounds(finite.length, (round, pair) => {
      if (round > 0) return;
      for (const [k, i] of finite.entries()) pair(to + i * POINT_BYTES, products + k * POINT_BYTES);
    });
  }
  return arena.take(to, left.length);
}

/** Rows of n finite points in the module's memory. */
class Rows {
  private readonly sums: PointSums;
  private readonly n: number;
  private readonly scratch: number;
  /** Entries for `gather`: every point, its opposite. */
  private readonly opposites: number;

  constructor(sums: PointSums, n: number) {
    const { arena } = sums.module;
    [this.sums, this.n] = [sums, n];
    this.scratch = arena.alloc((Math.ceil(n / 2) + 1) * DOUBLE_AND_ADD_BYTES);
    this.opposites = arena.putWords(new Uint32Array(n).map((_, i) => 2 * i + 1));
  }

  /** Address of the row of sums; undefined where a formula does not hold. */
  sum(terms: readonly Term[]): number | undefined {
    const tables = terms.map(({ points }) => this.table(this.sums.module.arena.put(points)));
    let acc: number | undefined;
    for (let place = Math.max(...terms.map(({ digits }) => digits.length)) - 1; place >= 0; place--) {
      const rows = terms.flatMap(({ digits }, k) => {
        const digit = digits[place];
        return digit === undefined ? [] : [tables[k]![digit]!];
      });
      const [first, ...others] = rows;
      if (acc === undefined) acc = this.copy(first!);
      else if (!(first === undefined ? this.run('double_rows', acc) : this.run('double_add_rows', acc, first))) return;
      for (const other of others) if (!this.add(acc, other)) return;
    }
    return acc;
  }

  /** row += other: all of it, or nothing where the formula does not hold. */
  add(row: number, other: number): boolean {
    return this.run('add_rows', row, other);
  }

  /** The multiples of a row by DIGITS: but for one addition they are signs and endomorphisms. */
  private table(points: number): readonly number[] {
    const turned = this.turned(points);
    const other = this.copy(points);
    invariant(this.add(other, this.opposite(turned)), 'a point is not its endomorphism');
    const turnedOther = this.turned(other);
    const plus = [points, turned, this.turned(turned), other, turnedOther, this.turned(turnedOther)];
    return plus.flatMap((row) => [row, this.opposite(row)]);
  }

  private run(kernel: string, ...rows: number[]): boolean {
    return this.sums.fn(kernel)(...rows, this.n, this.scratch) === 1;
  }

  private copy(from: number): number {
    const { arena } = this.sums.module;
    const bytes = this.n * POINT_BYTES;
    const to = arena.alloc(bytes);
    arena.view(from, bytes, (view) => arena.write(to, view));
    return to;
  }

  private turned(points: number): number {
    const out = this.sums.module.arena.alloc(this.n * POINT_BYTES);
    this.sums.fn('endomorphism')(points, out, this.n);
    return out;
  }

  private opposite(points: number): number {
    const out = this.sums.module.arena.alloc(this.n * POINT_BYTES);
    this.sums.fn('gather')(points, this.opposites, out, this.n);
    return out;
  }
}

/** Which of the points are not infinity, all zero. */
function finitePlaces(points: Points): readonly number[] {
  const stands = (i: number): boolean => {
    const at = i * POINT_BYTES;
    return points[at] !== 0 || points.subarray(at, at + POINT_BYTES).some((byte) => byte !== 0);
  };
  return Array.from({ length: points.length / POINT_BYTES }, (_, i) => i).filter(stands);
}
