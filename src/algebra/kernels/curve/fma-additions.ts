/**
 * Batched additions (addition-batch.ts) on doubles (fma-field.ts). Coordinates X = x 2^261 are packed as everywhere, but a product
 * divides by R = 2^255 only. With the inverse of all differences scaled by 2^-9 once per batch, the powers of two meet where
 * they are cheap: chain times prefix is 2^-9 2^261 / (xQ - xP), so that the slope comes out as 2^-3 2^261 slope, its square is
 * 2^261 slope^2, and only slope (xP - x3) must be divided by 8, which happens while it is stored. The slope of a doubling
 * is one product more, chain times prefix times x^2, so that its inverse is scaled by 2^-15, and by the 3/2 of 3 x^2 / 2 y.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { field } from '../../field.ts';
import type { Assembler, Kernel } from '../assembly/assembler.ts';
import { type I32, i32 } from '../assembly/code.ts';
import type { FmaField } from '../field/fma-field.ts';
import { DOUBLE_MONTGOMERY } from '../field/fma-multiplication.ts';
import type { PairField } from '../field/pair-field.ts';
import type { DoublingField } from './addition-batch.ts';

/**
 * `inverse`: that of the pairs. In units of p, by the rule of fma-multiplication.ts: differences are between -1 and 1, prefixes
 * and chain between -0.7 and 1.7; chain times prefix between -1.1 and 2.1, the slope between -0.8 and 1.8, its square
 * between 0 and 2.3, slope (xP - x3) between -0.7 and 1.7. Of a doubling, whose denominators and x are not negative: x^2
 * between 0 and 1.4, chain times prefix times x^2 as a slope. Sums of slopes and x3 - xP, which are no factors, are made canonical on the way.
 */
export function additionsOnDoubles(
  asm: Assembler,
  doubles: FmaField,
  pairs: PairField,
  inverse: Kernel,
): DoublingField {
  const inverted = pairs.slot();
  const [a, b] = [i32.const(asm.reserve(FIELD_BYTES)), i32.const(asm.reserve(FIELD_BYTES))];
  const F = field(pairs.modulus);
  const scaled = (factor: bigint) => doubles.constantSlot(F.mul(F.create(DOUBLE_MONTGOMERY), factor));
  const invert = (scale: I32) => (x: I32, out: I32) => [
    doubles.store(x, a, b),
    pairs.load(a, b, inverted),
    inverse(inverted, inverted),
    pairs.store(inverted, a, b),
    load(a, b, out),
    mul(out, scale, out),
  ];
  const { load, mul, sub, storeSum, storeDifference, storeEighth } = doubles;
  return {
    ...{ degree: 1, one: pairs.one, load, mul, sub, storeX: storeDifference, storeY: storeEighth },
    slots: (count) => doubles.slots(count),
    square: (x, out) => mul(x, x, out),
    store: doubles.store,
    invert: invert(scaled(F.inv(2n ** 9n))),
    invertDoubling: invert(scaled(F.mul(3n, F.inv(2n ** 16n)))),
    invertTwice: invert(scaled(F.inv(2n ** 8n))),
    third: (x, y, z, out) => [storeDifference(x, y, z, a, b), load(a, b, x), sub(x, y, out)],
    sum: (x, y, out) => [storeSum(x, y, a, b), load(a, b, out)],
    storeSum,
  };
}
