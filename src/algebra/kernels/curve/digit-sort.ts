/**
 * Kernels that cut scalars into signed windows and sort points by digit (Pippenger's method), and that list the additions of a
 * round. They know addresses and counts only, no curve.
 *
 * A window of c bits with the carry from below is a digit d; above 2^(c - 1) it becomes d - 2^c and carries one. Digits are not
 * stored: a second sweep with carries of its own makes them again.
 */

import { type Assembler, indexed, offset, type Scope } from '../assembly/assembler.ts';
import { type Code, control, type I32, i32, type Local } from '../assembly/code.ts';
import { ADDITION_BYTES } from './addition-batch.ts';

const WORD_BITS = 32;
const WORD_BYTES = 4;

type Word = Local<'i32'>;

interface Window {
  /** Finds the window with number w. */
  readonly find: Code;
  /** Reads it of the scalar at `at`, with a carry of 0 or 1; sets magnitude and `over`, 1 for a negative digit: the next carry. */
  read(at: I32, carry: I32): Code;
  readonly magnitude: I32;
  readonly over: I32;
}

/** A window of c bits in a scalar of `size` words. Bits beyond the last word are zero. */
function windowOf(s: Scope, size: Local<'i32'>, c: Local<'i32'>, w: I32): Window {
  const [shift, first, second, low, high, digit, over] = s.locals('i32', 7);
  const whole = i32.shl(i32.const(1), c.get);
  const maskOf = (condition: I32): I32 => i32.sub(i32.const(0), condition);
  const wordAt = (at: I32, word: Local<'i32'>): I32 => i32.load(i32.add(at, word.get));
  return {
    find: [
      shift.set(i32.mul(w, c.get)),
      first.set(i32.shrU(shift.get, i32.const(5))),
      shift.set(i32.and(shift.get, i32.const(WORD_BITS - 1))),
      low.set(maskOf(i32.ltU(first.get, size.get))),
      high.set(
        maskOf(
          i32.and(i32.ltU(i32.const(WORD_BITS), i32.add(shift.get, c.get)), i32.ltU(offset(first.get, 1), size.get)),
        ),
      ),
      // Words that are not there are not read: the first one stands in, and the mask takes it away.
      second.set(i32.and(i32.shl(offset(first.get, 1), i32.const(2)), high.get)),
      first.set(i32.and(i32.shl(first.get, i32.const(2)), low.get)),
    ],
    read: (at, carry) => [
      digit.set(
        i32.or(
          i32.and(i32.shrU(wordAt(at, first), shift.get), low.get),
          i32.and(i32.shl(wordAt(at, second), i32.sub(i32.const(WORD_BITS), shift.get)), high.get),
        ),
      ),
      digit.set(i32.add(i32.and(digit.get, offset(whole, -1)), carry)),
      over.set(i32.ltU(i32.shrU(whole, i32.const(1)), digit.get)),
      digit.set(i32.select(i32.sub(whole, digit.get), digit.get, over.get)),
    ],
    magnitude: digit.get,
    over: over.get,
  };
}

/** Appends the additions P += Q with P = at, at + step, ... and Q = P + distance, while Q is in front of the end. */
function listPairs(at: Word, distance: Word, step: Word, end: Word, list: Word): Code {
  return control.block(
    control.loop(
      control.brIf(1, i32.eqz(i32.ltU(i32.add(at.get, distance.get), end.get))),
      i32.store(list.get, 0, at.get),
      i32.store(list.get, WORD_BYTES, i32.add(at.get, distance.get)),
      list.set(offset(list.get, ADDITION_BYTES)),
      at.set(i32.add(at.get, step.get)),
      control.br(0),
    ),
  );
}

/** Number of additions (8 bytes each) between two places of a list. */
const additions = (from: Word, to: Word): I32 => i32.shrU(i32.sub(to.get, from.get), i32.const(3));

/** Adds `count_digits`, `place_digits`, `starts_of_counts`, `sort_by_scalar`, `segment_pairs` and `strided_pairs`. */
export function addDigitSort(asm: Assembler): void {
  // (scalars, size, n, w, c, carries, counts): counts[|d|] += 1 for the digits of window w other than zero.
  asm.define('count_digits', 7, (s, scalars, size, n, w, c, carries, counts) => {
    const window = windowOf(s, size, c, w.get);
    const count = s.local('i32');
    return [
      window.find,
      s.repeat(
        n.get,
        [[carries, 1]],
        window.read(scalars.get, i32.load8(carries.get)),
        i32.store8(carries.get, 0, window.over),
        count.set(indexed(counts.get, window.magnitude, WORD_BYTES)),
        i32.store(count.get, 0, i32.add(i32.load(count.get), i32.eqz(i32.eqz(window.magnitude)))),
        scalars.set(indexed(scalars.get, size.get, WORD_BYTES)),
      ),
    ];
  });

  // (starts, places, buckets): starts[b + 1], so far the count of bucket b, becomes where the bucket ends; places is a copy.
  asm.define('starts_of_counts', 3, (s, starts, places, buckets) => {
    const sum = s.local('i32');
    return [
      sum.set(i32.const(0)),
      s.repeat(
        offset(buckets.get, 1),
        [
          [starts, WORD_BYTES],
          [places, WORD_BYTES],
        ],
        sum.set(i32.add(sum.get, i32.load(starts.get))),
        i32.store(starts.get, 0, sum.get),
        i32.store(places.get, 0, sum.get),
      ),
    ];
  });

  // (scalars, size, n, w, c, carries, negative, places, entries, first): point first + i to entries[places[|d| - 1]++].
  asm.define('place_digits', 10, (s, scalars, size, n, w, c, carries, negative, places, entries, first) => {
    const window = windowOf(s, size, c, w.get);
    const [place, entry] = s.locals('i32', 2);
    return [
      window.find,
      s.repeat(
        n.get,
        [
          [carries, 1],
          [negative, 1],
          [first, 1],
        ],
        window.read(scalars.get, i32.load8(carries.get)),
        i32.store8(carries.get, 0, window.over),
        control.if(window.magnitude, [
          place.set(offset(indexed(places.get, window.magnitude, WORD_BYTES), -WORD_BYTES)),
          entry.set(i32.load(place.get)),
          i32.store(place.get, 0, offset(entry.get, 1)),
          i32.store(
            indexed(entries.get, entry.get, WORD_BYTES),
            0,
            i32.add(i32.shl(first.get, i32.const(1)), i32.xor(window.over, i32.load8(negative.get))),
          ),
        ]),
        scalars.set(indexed(scalars.get, size.get, WORD_BYTES)),
      ),
    ];
  });

  // (scalars, size, n, windows, c, starts, entries): for each scalar its entries k 2^(c - 1) + |d| - 1 of a table, window k.
  asm.define('sort_by_scalar', 7, (s, scalars, size, n, windows, c, starts, entries) => {
    const [w, carry, at, row] = s.locals('i32', 4);
    const window = windowOf(s, size, c, w.get);
    return [
      at.set(i32.const(0)),
      s.repeat(
        n.get,
        [[starts, WORD_BYTES]],
        i32.store(starts.get, 0, at.get),
        w.set(i32.const(0)),
        row.set(i32.const(-1)),
        carry.set(i32.const(0)),
        s.repeat(
          windows.get,
          [[w, 1]],
          window.find,
          window.read(scalars.get, carry.get),
          carry.set(window.over),
          control.if(window.magnitude, [
            i32.store(
              indexed(entries.get, at.get, WORD_BYTES),
              0,
              i32.add(i32.shl(i32.add(row.get, window.magnitude), i32.const(1)), window.over),
            ),
            at.set(offset(at.get, 1)),
          ]),
          row.set(i32.add(row.get, i32.shrU(i32.shl(i32.const(1), c.get), i32.const(1)))),
        ),
        scalars.set(indexed(scalars.get, size.get, WORD_BYTES)),
      ),
      i32.store(starts.get, 0, at.get),
    ];
  });

  // (points, pointBytes, starts, buckets, stride, list): within each bucket the additions of neighbours `stride` apart, every
  // second one; returns their number.
  asm.defineResult('segment_pairs', 6, (s, points, pointBytes, starts, buckets, stride, list) => {
    const [from, i, end, distance, step] = s.locals('i32', 5);
    return [
      from.set(list.get),
      distance.set(i32.mul(stride.get, pointBytes.get)),
      step.set(i32.shl(distance.get, i32.const(1))),
      s.repeat(
        buckets.get,
        [[starts, WORD_BYTES]],
        i.set(i32.add(points.get, i32.mul(i32.load(starts.get), pointBytes.get))),
        end.set(i32.add(points.get, i32.mul(i32.load(starts.get, WORD_BYTES), pointBytes.get))),
        listPairs(i, distance, step, end, list),
      ),
      control.return(additions(from, list)),
    ];
  });

  // (first, distance, step, end, list): the additions P += Q with P = first, first + step, ... and Q = P + distance, while Q is in front
  // of the end; returns their number.
  asm.defineResult('strided_pairs', 5, (s, first, distance, step, end, list) => {
    const from = s.local('i32');
    return [from.set(list.get), listPairs(first, distance, step, end, list), control.return(additions(from, list))];
  });
}
