/**
 * Many additions of affine points with one inversion ("batched affine"): the slope of P + Q needs 1 / (xQ - xP), and Montgomery's
 * trick makes thousands of inverses from one. An addition is then 5 multiplications and a squaring. The formula is valid for
 * xP != xQ only (curve-sums.ts sees to that). The arithmetic of the coordinates is a parameter.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { field } from '../../field.ts';
import { type Assembler, indexed, type Kernel, offset } from '../assembly/assembler.ts';
import { type Code, type I32, i32 } from '../assembly/code.ts';
import { limbsOf, MONTGOMERY_BITS, SLOT_BYTES, slotOf } from '../field/limbs.ts';
import type { PairField } from '../field/pair-field.ts';

/** Bytes of one entry of a work list: the addresses of P and Q. */
export const ADDITION_BYTES = 8;
/** Scratch memory for every two additions of one batch, and as much once more, times the degree of the field. */
export const BATCH_BYTES = 2 * SLOT_BYTES;

/** Coordinates two at a time in slots: of a prime field on pairs (pair-field.ts) or doubles (fma-additions.ts), or in Fq2. */
export interface AdditionField {
  /** Over the prime field: an element is so many packed ones, a slot so many pairs. */
  readonly degree: number;
  /** Address of a packed element that is not zero. */
  readonly one: I32;
  slots(count: number): I32[];
  /** (a, b, out): the packed elements at a and b. */
  readonly load: Kernel;
  /** (x, y, out). The first factor is a product, a prefix or loaded, the second may be a difference. */
  readonly mul: Kernel;
  /** (x, out), for products. */
  readonly square: Kernel;
  /** (x, y, out): x - y of loaded elements. */
  readonly sub: Kernel;
  /** (x, y, z, a, b): slope^2 - xP - xQ packed to a and b. The slot x may be overwritten, here and below. */
  readonly storeX: Kernel;
  /** (x, y, a, b): slope (xP - x3) - yP likewise. */
  readonly storeY: Kernel;
  /** (x, out): the inverse of the product of all differences, with whatever power of two the slopes want. */
  readonly invert: Kernel;
}

/** What doublings of rows want besides (addition-rows.ts, double-and-add.ts). */
export interface DoublingField extends AdditionField {
  /** (x, a, b): a prefix as packed canonical elements at a and b. */
  readonly store: Kernel;
  /** (x, out): as `invert`, with whatever factor makes 3 x^2 / 2 y of chain times prefix times x^2. */
  readonly invertDoubling: Kernel;
  /** (x, out): twice what `invert` gives. */
  readonly invertTwice: Kernel;
  /** (x, y, z, out): slope^2 - 2 xP - xQ as a second factor; the slot x may be overwritten. */
  readonly third: Kernel;
  /** (x, y, out): the sum of two slopes, or of such a sum and a slope, as any factor. */
  readonly sum: Kernel;
  /** (x, y, a, b): the sum of a product and a loaded element packed to a and b; the slot x may be overwritten. */
  readonly storeSum: Kernel;
}

/** Adds `${g}_add_batch`(list, n, scratch): P += Q for n regular additions; two of them make a pair, an odd last one is paired with itself. */
export function addAdditionBatch(asm: Assembler, g: string, field: AdditionField): void {
  const [SLOT, STEP, Y] = [SLOT_BYTES * field.degree, BATCH_BYTES * field.degree, FIELD_BYTES * field.degree];
  const [x1, x2, y1, slope, x3, y3, chain] = field.slots(7) as [I32, I32, I32, I32, I32, I32, I32];
  asm.define(`${g}_add_batch`, 3, (s, list, n, scratch) => {
    const [at, p1, q1, p2, q2, step, difference, count] = s.locals('i32', 8);
    // Slots of `scratch`, alternating: xQ - xP of two additions, and the product of all differences before.
    const prefix = offset(difference.get, SLOT);
    const nextPrefix = offset(difference.get, SLOT + STEP);
    const readAddresses: Code = [
      step.set(i32.select(i32.const(0), i32.const(ADDITION_BYTES), i32.eq(offset(at.get, ADDITION_BYTES), list.get))),
      p1.set(i32.load(at.get)),
      q1.set(i32.load(at.get, 4)),
      p2.set(i32.load(i32.add(at.get, step.get))),
      q2.set(i32.load(i32.add(at.get, step.get), 4)),
    ];
    const p = (at = 0) => [offset(p1.get, at), offset(p2.get, at)] as const;
    const q = (at = 0) => [offset(q1.get, at), offset(q2.get, at)] as const;
    return [
      count.set(i32.shrU(offset(n.get, 1), i32.const(1))),
      at.set(list.get),
      // From here on `list` is the end of the list, which shows an odd last addition.
      list.set(indexed(list.get, n.get, ADDITION_BYTES)),
      difference.set(scratch.get),
      // The first prefix is a factor of all and falls out.
      field.load(field.one, field.one, prefix),
      s.repeat(
        count.get,
        [
          [at, 2 * ADDITION_BYTES],
          [difference, STEP],
        ],
        readAddresses,
        field.load(...p(), x1),
        field.load(...q(), x2),
        field.sub(x2, x1, difference.get),
        field.mul(prefix, difference.get, nextPrefix),
      ),
      field.invert(prefix, chain),
      s.repeat(
        count.get,
        [],
        at.set(offset(at.get, -2 * ADDITION_BYTES)),
        difference.set(offset(difference.get, -STEP)),
        readAddresses,
        field.mul(chain, prefix, slope),
        field.mul(chain, difference.get, chain),
        field.load(...p(Y), y1),
        field.load(...q(Y), y3),
        field.sub(y3, y1, y3),
        field.mul(slope, y3, slope),
        field.square(slope, x3),
        field.load(...p(), x1),
        field.load(...q(), x2),
        field.storeX(x3, x1, x2, ...p()),
        field.load(...p(), x3),
        field.sub(x1, x3, y3),
        field.mul(slope, y3, y3),
        field.storeY(y3, y1, ...p(Y)),
      ),
    ];
  });
}

/** What arithmetic on pairs offers: that of a prime field (pair-field.ts) or of Fq2 (quadratic-field.ts). */
export interface PairArithmetic extends Pick<AdditionField, 'degree' | 'one' | 'slots' | 'load' | 'mul' | 'square'> {
  readonly subLoose: Kernel;
  readonly storeWide: Kernel;
}

export function additionsOnPairs(pairs: PairArithmetic, invert: Kernel): AdditionField {
  const { degree, one, load, mul, square, subLoose: sub, storeWide } = pairs;
  return {
    ...{ degree, one, load, mul, square, sub, invert },
    slots: (count) => pairs.slots(count),
    // slope = (yQ - yP) / (xQ - xP) < 1.1p; x3 = slope^2 - xP - xQ < 5.1p, y3 = slope (xP - x3) - yP < 3.1p
    storeX: (x, y, z, a, b) => [sub(x, y, x), sub(x, z, x), storeWide(x, a, b)],
    storeY: (x, y, a, b) => [sub(x, y, x), storeWide(x, a, b)],
  };
}

/** The same of a prime field, with doublings. */
export function doublingsOnPairs(pairs: PairField, invert: Kernel): DoublingField {
  const F = field(pairs.modulus);
  const factor = F.create(F.mul(3n, F.inv(2n)) << BigInt(MONTGOMERY_BITS));
  const threeHalves = i32.const(pairs.asm.constant(slotOf(limbsOf(factor))));
  const { add, subLoose } = pairs;
  return {
    ...additionsOnPairs(pairs, invert),
    store: pairs.store,
    invertDoubling: (x, out) => [invert(x, out), pairs.mul(out, threeHalves, out)],
    invertTwice: (x, out) => [invert(x, out), add(out, out, out)],
    // < 7.1p, limbs < 5 2^29
    third: (x, y, z, out) => [pairs.sub(x, z, x), subLoose(x, y, x), subLoose(x, y, out)],
    sum: add,
    storeSum: (x, y, a, b) => [add(x, y, x), pairs.storeWide(x, a, b)],
  };
}
