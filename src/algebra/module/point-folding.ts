/**
 * left[i] + n(r) right[i] for many points and one challenge r of 128 bits, n(r) as in protocol section 5 (Halo 2019, algorithm 1,
 * without its first doubling): from P + phi(P), 64 rounds acc <- 2 acc + Q, Q one of +-P and +-phi(P). All points take the same
 * digits, so that two rounds are one doubling and two additions of rows: acc <- 2 acc, then (acc + 2 Q + Q') + acc, with the
 * sixteen sums 2 Q + Q' of a point in a table. A row that one of the formulas does not hold for (two equal points, infinity)
 * is worked on once more, by sums that look at each pair.
 */

import { concat } from '../concat.ts';
import { POINT_BYTES, type Points } from '../engine.ts';
import { BATCH_BYTES } from '../kernels/curve/addition-batch.ts';
import type { PointSums } from './point-sums.ts';

const ROUNDS = 64;
/** Points that are worked on at once: their accumulators and multiples stay in the cache. */
const CHUNK = 512;

export function foldPoints(sums: PointSums, left: Points, right: Points, r: bigint): Points {
  const parts: Points[] = [];
  for (let from = 0; from < left.length; from += CHUNK * POINT_BYTES) {
    const part = (points: Points): Points => points.subarray(from, from + CHUNK * POINT_BYTES);
    parts.push(new Chunk(sums, part(left), part(right), r).folded());
  }
  return concat(parts);
}

class Chunk {
  private readonly sums: PointSums;
  private readonly left: Points;
  private readonly right: Points;
  private readonly r: bigint;
  private readonly n: number;

  constructor(sums: PointSums, left: Points, right: Points, r: bigint) {
    [this.sums, this.left, this.right, this.r] = [sums, left, right, r];
    this.n = left.length / POINT_BYTES;
  }

  folded(): Points {
    const { arena } = this.sums.module;
    return arena.scratch(() => {
      const plus = arena.put(this.right);
      const minus = this.opposite(plus);
      // by two bits of the challenge: the endomorphism and the sign
      const units = [minus, plus, this.turned(minus), this.turned(plus)];
      const finite = !hasInfinity(this.left) && !hasInfinity(this.right);
      return (finite && this.byRows(units)) || this.byPairs(units);
    });
  }

  /** Undefined where a formula does not hold. */
  private byRows(units: readonly number[]): Points | undefined {
    const { arena } = this.sums.module;
    const scratch = arena.alloc((Math.ceil(this.n / 2) + 1) * BATCH_BYTES);
    let holds = true;
    const add = (to: number, from: number): number => {
      holds &&= this.sums.fn('add_rows')(to, from, this.n, scratch) === 1;
      return to;
    };
    const double = (points: number): number => {
      holds &&= this.sums.fn('double_rows')(points, this.n, scratch) === 1;
      return points;
    };
    const [, plus, , turned] = units as [number, number, number, number];
    const table = this.table(units, add, double);
    const [acc, before] = [add(this.copy(plus), turned), arena.alloc(this.left.length)];
    for (let k = ROUNDS / 2 - 1; k >= 0 && holds; k--) {
      this.copyTo(before, double(acc));
      add(add(acc, table[Number((this.r >> BigInt(4 * k)) & 15n)]!), before);
    }
    add(acc, arena.put(this.left));
    return holds ? arena.take(acc, this.left.length) : undefined;
  }

  /** 2 Q + Q' by four bits, those of Q above those of Q': five additions of rows, all else are signs and endomorphisms. */
  private table(
    units: readonly number[],
    add: (to: number, from: number) => number,
    double: (points: number) => number,
  ): readonly number[] {
    const [minus, plus, turnedMinus, turned] = units as [number, number, number, number];
    const twice = double(this.copy(plus));
    const turnedTwice = this.turned(twice);
    const thrice = add(this.copy(twice), plus);
    const ofPlus = [plus, thrice, add(this.copy(twice), turnedMinus), add(this.copy(twice), turned)];
    const ofTurned = [
      add(this.copy(turnedTwice), minus),
      add(this.copy(turnedTwice), plus),
      turned,
      this.turned(thrice),
    ];
    const opposite = (rows: readonly number[]): number[] => [1, 0, 3, 2].map((k) => this.opposite(rows[k]!));
    return [opposite(ofPlus), ofPlus, opposite(ofTurned), ofTurned].flat();
  }

  private byPairs(units: readonly number[]): Points {
    const { arena } = this.sums.module;
    const bytes = this.left.length;
    const [acc, before, first] = [this.copy(units[1]!), arena.alloc(bytes), arena.put(this.left)];
    const addition = (step: number): readonly [number, number] | undefined => {
      if (step === 0) return [acc, units[3]!];
      if (step > 2 * ROUNDS) return step === 2 * ROUNDS + 1 ? [acc, first] : undefined;
      if (step % 2 === 0) return [acc, before];
      return [acc, units[Number((this.r >> BigInt(2 * (ROUNDS - (step + 1) / 2))) & 3n)]!];
    };
    this.sums.rounds(this.n, (step, pair) => {
      const next = addition(step);
      if (!next) return;
      const [to, from] = next;
      // the sum is added to what was there before it
      if (step % 2 === 1 && step < 2 * ROUNDS) this.copyTo(before, acc);
      for (let at = 0; at < bytes; at += POINT_BYTES) pair(to + at, from + at);
    });
    return arena.take(acc, bytes);
  }

  private copyTo(to: number, from: number): void {
    const { arena } = this.sums.module;
    arena.view(from, this.left.length, (view) => arena.write(to, view));
  }

  private copy(from: number): number {
    const to = this.sums.module.arena.alloc(this.left.length);
    this.copyTo(to, from);
    return to;
  }

  private turned(points: number): number {
    const out = this.sums.module.arena.alloc(this.left.length);
    this.sums.fn('endomorphism')(points, out, this.n);
    return out;
  }

  private opposite(points: number): number {
    const { arena } = this.sums.module;
    const [out, odd] = [arena.alloc(this.left.length), Uint32Array.from({ length: this.n }, (_, i) => 2 * i + 1)];
    this.sums.fn('gather')(points, arena.putWords(odd), out, this.n);
    return out;
  }
}

/** Is one of the points infinity, all zero? */
function hasInfinity(points: Points): boolean {
  for (let at = 0; at < points.length; at += POINT_BYTES) {
    if (points[at] === 0 && points.subarray(at, at + POINT_BYTES).every((byte) => byte === 0)) return true;
  }
  return false;
}
