/**
 * Sums of affine points over Fq, Fr or Fq2 (the group G2 of Groth16) around the batched additions (addition-batch.ts), whose formula
 * is valid for xP != xQ only. `settle` runs before: it does what involves infinity itself and hands pairs of
 * equal or opposite points to the caller, who does them one by one (they do not occur among independent points).
 * Affine points are x and y, packed; infinity is all zero. A work list holds two addresses, P and Q, per addition P += Q.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { type Assembler, indexed, offset } from '../assembly/assembler.ts';
import { type Code, control, type I32, i32, v128 } from '../assembly/code.ts';
import { clear, copy, isEqual, isZero, type PackedField } from '../field/packed-field.ts';
import { ADDITION_BYTES, type AdditionField, addAdditionBatch } from './addition-batch.ts';

/** Adds the kernels of curve `g`; `packed` is the prime field of the coordinates, `additions` the arithmetic of all of them. */
export function addCurveSums(asm: Assembler, g: string, packed: PackedField, additions: AdditionField): void {
  const { degree } = additions;
  const Y = FIELD_BYTES * degree;
  const POINT = 2 * Y;
  const negate = (from: I32, to: I32): Code =>
    Array.from({ length: degree }, (_, k) => packed.neg(offset(from, k * FIELD_BYTES), offset(to, k * FIELD_BYTES)));

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
  addAdditionBatch(asm, g, additions);
}

/** Copies `bytes` bytes, a multiple of 16. */
function copyVectors(from: I32, to: I32, bytes: number): Code {
  return Array.from({ length: bytes / 16 }, (_, k) => v128.store(to, 16 * k, v128.load(from, 16 * k)));
}
