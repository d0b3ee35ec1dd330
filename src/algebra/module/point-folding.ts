/**
 * left[i] + n(r) right[i] for many points and one challenge r of 128 bits (protocol section 5), in signed digits
 * (challenge-digits.ts). All points take the same ones, so that a digit is one doubling of a row, acc <- 2 acc, or one 2 acc + Q
 * with Q of the row's table. The formulas hold for every finite point there: the multiple in acc is even where a digit is added, the
 * digit is not, and their norms are far below the order. Only the last sum, of two rows that know nothing of each other, is made
 * once more where its formula does not hold, by sums that look at each pair; and infinity is left out.
 */

import { invariant } from '../../errors.ts';
import { concat } from '../concat.ts';
import { POINT_BYTES, type Points } from '../engine.ts';
import { DOUBLE_AND_ADD_BYTES } from '../kernels/curve/double-and-add.ts';
import { challengeDigits } from './challenge-digits.ts';
import type { PointSums } from './point-sums.ts';

type Digits = ReturnType<typeof challengeDigits>;

/** Points that are worked on at once: their accumulators and multiples stay in the cache. */
const CHUNK = 1024;

export function foldPoints(sums: PointSums, left: Points, right: Points, r: bigint): Points {
  const digits = challengeDigits(r);
  const parts: Points[] = [];
  for (let from = 0; from < left.length; from += CHUNK * POINT_BYTES) {
    const part = (points: Points): Points => points.subarray(from, from + CHUNK * POINT_BYTES);
    parts.push(sums.module.arena.scratch(() => folded(sums, part(left), part(right), digits)));
  }
  return concat(parts);
}

/** Call within arena.scratch. */
function folded(sums: PointSums, left: Points, right: Points, digits: Digits): Points {
  const { arena } = sums.module;
  const finite = finitePlaces(right);
  if (finite.length === 0) return left.slice();
  const all = finite.length === right.length / POINT_BYTES;
  const points = all ? right : concat(finite.map((i) => right.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES)));
  const rows = new Rows(sums, finite.length);
  const to = arena.put(left);
  const products = rows.times(arena.put(points), digits);
  const regular = all && finitePlaces(left).length === finite.length;
  if (!(regular && rows.add(to, products))) {
    sums.rounds(finite.length, (round, pair) => {
      if (round === 0) finite.forEach((i, k) => pair(to + i * POINT_BYTES, products + k * POINT_BYTES));
    });
  }
  return arena.take(to, left.length);
}

/** Rows of n finite points in the module's memory. */
class Rows {
  private readonly sums: PointSums;
  private readonly n: number;
  private readonly scratch: number;

  constructor(sums: PointSums, n: number) {
    [this.sums, this.n] = [sums, n];
    this.scratch = sums.module.arena.alloc((Math.ceil(n / 2) + 1) * DOUBLE_AND_ADD_BYTES);
  }

  /** Address of the row times the digits' number. */
  times(points: number, [first, ...rest]: Digits): number {
    const table = this.table(points);
    const acc = this.copy(table[first!]!);
    for (const digit of rest) {
      const holds =
        digit === undefined ? this.run('double_rows', acc) : this.run('double_add_rows', acc, table[digit]!);
      invariant(holds, 'an even multiple of a point is none of its odd ones');
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
    const { arena } = this.sums.module;
    const out = arena.alloc(this.n * POINT_BYTES);
    const odd = Uint32Array.from({ length: this.n }, (_, i) => 2 * i + 1);
    this.sums.fn('gather')(points, arena.putWords(odd), out, this.n);
    return out;
  }
}

/** Which of the points are not infinity, all zero. */
function finitePlaces(points: Points): readonly number[] {
  const isFinite = (i: number): boolean => {
    const at = i * POINT_BYTES;
    return points[at] !== 0 || points.subarray(at, at + POINT_BYTES).some((byte) => byte !== 0);
  };
  return Array.from({ length: points.length / POINT_BYTES }, (_, i) => i).filter(isFinite);
}
