/**
 * left[i] + n(r) right[i] for many points and one challenge r of 128 bits, n(r) as in protocol section 5 (Halo 2019, algorithm 1,
 * without its first doubling): 64 rounds acc <- (acc + Q) + acc, Q one of +-P and +-phi(P). All points take the same digits, so every
 * round is two batches of independent additions.
 */

import { concat } from '../concat.ts';
import { POINT_BYTES, type Points } from '../engine.ts';
import type { PointSums } from './point-sums.ts';

const ROUNDS = 64;
/** Points that are worked on at once: their accumulators and multiples stay in the cache. */
const CHUNK = 1024;

/** @param negated the points with their signs changed */
export function foldPoints(sums: PointSums, left: Points, right: Points, negated: Points, r: bigint): Points {
  const parts: Points[] = [];
  for (let from = 0; from < left.length; from += CHUNK * POINT_BYTES) {
    const part = (points: Points): Points => points.subarray(from, from + CHUNK * POINT_BYTES);
    parts.push(foldChunk(sums, part(left), part(right), part(negated), r));
  }
  return concat(parts);
}

function foldChunk(sums: PointSums, left: Points, right: Points, negated: Points, r: bigint): Points {
  const { arena } = sums.module;
  const n = left.length / POINT_BYTES;
  return arena.scratch(() => {
    const plain = [arena.put(right), arena.put(negated)] as const;
    const turned = plain.map((points) => {
      const out = arena.alloc(left.length);
      sums.fn('endomorphism')(points, out, n);
      return out;
    });
    // acc = P + phi(P)
    const acc = arena.put(right);
    const before = arena.alloc(left.length);
    const first = arena.put(left);
    const addition = (step: number): readonly [number, number] | undefined => {
      if (step === 0) return [acc, turned[0]!];
      if (step > 2 * ROUNDS) return step === 2 * ROUNDS + 1 ? [acc, first] : undefined;
      if (step % 2 === 0) return [acc, before];
      const bits = r >> BigInt(2 * (ROUNDS - (step + 1) / 2));
      return [acc, ((bits & 2n) === 0n ? plain : turned)[(bits & 1n) === 1n ? 0 : 1]!];
    };
    sums.rounds(n, (step, pair) => {
      const next = addition(step);
      if (!next) return;
      const [to, from] = next;
      // the sum is added to what was there before it
      if (step % 2 === 1 && step < 2 * ROUNDS) arena.view(acc, left.length, (view) => arena.write(before, view));
      for (let at = 0; at < left.length; at += POINT_BYTES) pair(to + at, from + at);
    });
    return arena.take(acc, left.length);
  });
}
