/**
 * 2 P + Q for whole rows of affine points, as (P + Q) + P without the y of P + Q (Eisentraeger, Lauter, Montgomery 2003): with the slope
 * l of P + Q = (x3, ..) and t = 2 yP / (x3 - xP), the slope of the second addition is -(l + t), and
 *     x = t (t + 2 l) + xQ,    y = (l + t) (x - xP) - yP.
 * 10 multiplications and a squaring of a point with two inversions of a row; a doubling and an addition take 10 and 3. Three sweeps: the
 * differences xQ - xP forwards; slopes and the differences x3 - xP backwards; the sums forwards. A point is written in
 * the last one only: where a difference is 0 nothing is changed. No point may be infinity.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { type Assembler, offset } from '../assembly/assembler.ts';
import { control, type I32, i32 } from '../assembly/code.ts';
import { SLOT_BYTES } from '../field/limbs.ts';
import type { DoublingField } from './addition-batch.ts';
import { moved, rowPairs, unlessZero } from './addition-rows.ts';

/** Scratch memory for every two points, and as much once more. */
export const DOUBLE_AND_ADD_BYTES = 3 * SLOT_BYTES;

/** Adds `${g}_double_add_rows`(p, q, n, scratch), P += P + Q, for n > 0 points: 1, or 0 where nothing was done. */
export function addDoubleAndAdd(asm: Assembler, g: string, field: DoublingField): void {
  const [product, x1, x2, y1, x3, y3, chain] = field.slots(7) as [I32, I32, I32, I32, I32, I32, I32];
  const [a, b] = [i32.const(asm.reserve(FIELD_BYTES)), i32.const(asm.reserve(FIELD_BYTES))];
  const { load, mul, square, sub, sum } = field;
  asm.defineResult(`${g}_double_add_rows`, 4, (s, p, q, n, scratch) => {
    const at = s.local('i32');
    const { count, start, look, two } = rowPairs(s, p, n.get);
    const [ps, qs] = [two(p), two(q)];
    const slot = (k: number, pair = 0): I32 => offset(at.get, k * SLOT_BYTES + pair * DOUBLE_AND_ADD_BYTES);
    // Of a pair: xQ - xP, then the slope; the product of all xQ - xP before, then x3 - xP; and, in the next pair's third
    // slot, the product of all x3 - xP behind.
    const [first, before, behind] = [slot(0), slot(1), slot(2, 1)];
    const [slope, second] = [first, before];
    const back = [moved([p, q], -1), at.set(offset(at.get, -DOUBLE_AND_ADD_BYTES))];
    const on = [moved([p, q], 1), at.set(offset(at.get, DOUBLE_AND_ADD_BYTES))];
    return [
      start,
      at.set(scratch.get),
      load(field.one, field.one, before),
      s.repeat(
        count.get,
        [],
        look,
        load(...ps(), x1),
        load(...qs(), x2),
        sub(x2, x1, first),
        mul(before, first, slot(1, 1)),
        on,
      ),
      unlessZero(field, before, a, b),
      field.invert(before, chain),
      load(field.one, field.one, slot(2)),
      s.repeat(
        count.get,
        [],
        back,
        look,
        mul(chain, before, product),
        mul(chain, first, chain),
        load(...ps(FIELD_BYTES), y1),
        load(...qs(FIELD_BYTES), y3),
        sub(y3, y1, y3),
        mul(product, y3, slope),
        square(slope, x3),
        load(...ps(), x1),
        load(...qs(), x2),
        field.third(x3, x1, x2, second),
        mul(behind, second, slot(2)),
      ),
      unlessZero(field, slot(2), a, b),
      field.invertTwice(slot(2), chain),
      s.repeat(
        count.get,
        [],
        look,
        mul(chain, behind, product),
        mul(chain, second, chain),
        load(...ps(FIELD_BYTES), y1),
        mul(product, y1, product),
        sum(product, slope, y3),
        sum(y3, slope, x3),
        mul(product, x3, x3),
        load(...ps(), x1),
        load(...qs(), x2),
        field.storeSum(x3, x2, ...ps()),
        load(...ps(), x3),
        sub(x3, x1, x3),
        mul(y3, x3, y3),
        field.storeY(y3, y1, ...ps(FIELD_BYTES)),
        on,
      ),
      control.return(i32.const(1)),
    ];
  });
}
