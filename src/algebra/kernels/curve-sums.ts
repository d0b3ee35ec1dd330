/**
 * Sums of affine points over Fq, Fr or Fq2 (the group G2 of Groth16), many additions with one inversion ("batched affine"): the slope of P + Q needs 1 / (xQ - xP), and
 * Montgomery's trick makes thousands of inverses from one. An addition is then 5 multiplications and a squaring.
 *
 * The formula is valid for xP != xQ only. `settle` runs before: it does what involves infinity itself and hands pairs of
 * equal or opposite points to the caller, who does them one by one (they do not occur among independent points).
 * Affine points are x and y, packed; infinity is all zero. A work list holds two addresses, P and Q, per addition P += Q.
 */
import { FIELD_BYTES } from '../engine.ts';
import { type Assembler, indexed, type Kernel, offset } from './assembler.ts';
import { type Code, control, type I32, i32, v128 } from './code.ts';
import { SLOT_BYTES } from './limbs.ts';
import { clear, copy, isEqual, isZero, type PackedField } from './packed-field.ts';

/** Bytes of one entry of a work list. */
export const ADDITION_BYTES = 8;
/** Scratch memory for every two additions of one batch, and as much once more, times the degree of the field. */
export const BATCH_BYTES = 2 * SLOT_BYTES;

/** Arithmetic of the coordinates: a prime field (pair-field.ts) or Fq2 (quadratic-field.ts). */
export interface CoordinateField {
  /** Over the prime field: an element is so many packed ones, a slot so many pairs. */
  readonly degree: number;
  readonly one: I32;
  slots(count: number): I32[];
  /** The first factor is tight and below 2p. */
  readonly mul: Kernel;
  readonly square: Kernel;
  readonly subLoose: Kernel;
  readonly load: Kernel;
  readonly storeWide: Kernel;
}

/** Adds the kernels of curve `g` with coordinates in the given field; `packed` is the prime field's. */
export function addCurveSums(
  asm: Assembler,
  g: string,
  pairs: CoordinateField,
  packed: PackedField,
  inverse: Kernel,
): void {
  const Y = FIELD_BYTES * pairs.degree;
  const [POINT, SLOT, STEP] = [2 * Y, SLOT_BYTES * pairs.degree, BATCH_BYTES * pairs.degree];
  const negate = (from: I32, to: I32): Code =>
    Array.from({ length: pairs.degree }, (_, k) =>
      packed.neg(offset(from, k * FIELD_BYTES), offset(to, k * FIELD_BYTES)),
    );

  // (table, entries, out, n): out[i] = table[e >> 1], negated when e is odd. Copied without a branch first: the reads, in random
  // order from a table larger than the cache, then overlap.
  asm.define(`${g}_gather`, 4, (s, table, entries, out, n) => {
    const [entry, at, y] = s.locals('i32', 3);
    const point = indexed(table.get, i32.shrU(i32.load(entry.get), i32.const(1)), POINT);
    return [
      entry.set(entries.get),
      at.set(out.get),
      s.repeat(
        n.get,
        [
          [entry, 4],
          [at, POINT],
        ],
        y.set(point),
        copyVectors(y.get, at.get, POINT),
      ),
      s.repeat(
        n.get,
        [
          [entries, 4],
          [out, POINT],
        ],
        control.if(i32.and(i32.load(entries.get), i32.const(1)), negate(offset(out.get, Y), offset(out.get, Y))),
      ),
    ];
  });

  // (starts, points, out, n): out[i] = points[starts[i]], or infinity where bucket i, up to starts[i + 1], is empty.
  asm.define(`${g}_collect`, 4, (s, starts, points, out, n) => [
    s.repeat(
      n.get,
      [
        [starts, 4],
        [out, POINT],
      ],
      control.if(
        i32.eq(i32.load(starts.get), i32.load(starts.get, 4)),
        clear(out.get, POINT),
        copy(indexed(points.get, i32.load(starts.get), POINT), out.get, POINT),
      ),
    ),
  ]);

  // (list, n, special): does the additions that involve infinity, moves those with xP = xQ to the list `special` (its first
  // word counts them) and closes the gaps in `list`; returns how many regular ones are left.
  asm.defineResult(`${g}_settle`, 3, (s, list, n, special) => {
    const [from, to, left, p, q, count] = s.locals('i32', 6);
    const append = (at: I32): Code => [i32.store(at, 0, p.get), i32.store(at, 4, q.get)];
    const keep: Code = [append(to.get), to.set(offset(to.get, ADDITION_BYTES)), left.set(offset(left.get, 1))];
    return [
      from.set(list.get),
      to.set(list.get),
      s.repeat(
        n.get,
        [[from, ADDITION_BYTES]],
        p.set(i32.load(from.get)),
        q.set(i32.load(from.get, 4)),
        control.if(
          i32.or(i32.or(isZero(p.get, Y), isZero(q.get, Y)), isEqual(p.get, q.get, Y)),
          // Rare from here on. x = 0 alone is not infinity.
          control.if(
            isZero(q.get, POINT),
            [],
            control.if(
              isZero(p.get, POINT),
              copy(q.get, p.get, POINT),
              control.if(
                isEqual(p.get, q.get, Y),
                [
                  append(offset(indexed(special.get, count.get, ADDITION_BYTES), ADDITION_BYTES)),
                  count.set(offset(count.get, 1)),
                ],
                keep,
              ),
            ),
          ),
          keep,
        ),
      ),
      i32.store(special.get, 0, count.get),
      control.return(left.get),
    ];
  });

  // (list, n, scratch): P += Q for n regular additions; two of them make a pair, an odd last one is paired with itself.
  // Slots of `scratch`, alternating: the difference xQ - xP and the product of all differences before it.
  asm.define(`${g}_add_batch`, 3, (s, list, n, scratch) => {
    const [at, p1, q1, p2, q2, step, difference, count] = s.locals('i32', 8);
    const [x1, x2, y1, slope, x3, y3, chain] = pairs.slots(7);
    const prefix = offset(difference.get, SLOT);
    const nextPrefix = offset(difference.get, SLOT + STEP);
    const readAddresses: Code = [
      step.set(i32.select(i32.const(0), i32.const(ADDITION_BYTES), i32.eq(offset(at.get, ADDITION_BYTES), list.get))),
      p1.set(i32.load(at.get)),
      q1.set(i32.load(at.get, 4)),
      p2.set(i32.load(i32.add(at.get, step.get))),
      q2.set(i32.load(i32.add(at.get, step.get), 4)),
    ];
    return [
      count.set(i32.shrU(offset(n.get, 1), i32.const(1))),
      at.set(list.get),
      // From here on `list` is the end of the list, which shows an odd last addition.
      list.set(indexed(list.get, n.get, ADDITION_BYTES)),
      difference.set(scratch.get),
      pairs.load(pairs.one, pairs.one, prefix),
      s.repeat(
        count.get,
        [
          [at, 2 * ADDITION_BYTES],
          [difference, STEP],
        ],
        readAddresses,
        pairs.load(p1.get, p2.get, x1),
        pairs.load(q1.get, q2.get, x2),
        pairs.subLoose(x2, x1, difference.get),
        pairs.mul(prefix, difference.get, nextPrefix),
      ),
      inverse(prefix, chain),
      s.repeat(
        count.get,
        [],
        at.set(offset(at.get, -2 * ADDITION_BYTES)),
        difference.set(offset(difference.get, -STEP)),
        readAddresses,
        pairs.mul(chain, prefix, slope),
        pairs.mul(chain, difference.get, chain),
        pairs.load(offset(p1.get, Y), offset(p2.get, Y), y1),
        pairs.load(offset(q1.get, Y), offset(q2.get, Y), y3),
        pairs.subLoose(y3, y1, y3),
        // slope = (yQ - yP) / (xQ - xP) < 1.1p; x3 = slope^2 - xP - xQ < 5.1p, y3 = slope (xP - x3) - yP < 3.1p
        pairs.mul(slope, y3, slope),
        pairs.square(slope, x3),
        pairs.load(p1.get, p2.get, x1),
        pairs.load(q1.get, q2.get, x2),
        pairs.subLoose(x3, x1, x3),
        pairs.subLoose(x3, x2, x3),
        pairs.storeWide(x3, p1.get, p2.get),
        pairs.load(p1.get, p2.get, x3),
        pairs.subLoose(x1, x3, y3),
        pairs.mul(slope, y3, y3),
        pairs.subLoose(y3, y1, y3),
        pairs.storeWide(y3, offset(p1.get, Y), offset(p2.get, Y)),
      ),
    ];
  });
}

/** Copies `bytes` bytes, a multiple of 16. */
function copyVectors(from: I32, to: I32, bytes: number): Code {
  return Array.from({ length: bytes / 16 }, (_, k) => v128.store(to, 16 * k, v128.load(from, 16 * k)));
}
