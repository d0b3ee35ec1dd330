/**
 * The steps of batched additions on doubles (fma-field.ts). Coordinates X = x 2^261 are packed as everywhere, but a product
 * divides by R = 2^255 only. With the inverse of all differences scaled by 2^-9 once per batch, the powers of two meet where
 * they are cheap: chain times prefix is 2^-9 2^261 / (xQ - xP), so that the slope comes out as 2^-3 2^261 slope, its square is
 * 2^261 slope^2, and only slope (xP - x3) must be divided by 8, which happens while it is stored.
 */
import { FIELD_BYTES } from '../engine.ts';
import { field } from '../field.ts';
import type { AdditionSteps } from './addition-batch.ts';
import { type Assembler, type Kernel, offset } from './assembler.ts';
import { type I32, i32 } from './code.ts';
import type { FmaField } from './fma-field.ts';
import { DOUBLE_MONTGOMERY } from './fma-multiplication.ts';
import type { PairField } from './pair-field.ts';

const Y = FIELD_BYTES;

export function doubleSteps(asm: Assembler, doubles: FmaField, pairs: PairField, inverse: Kernel): AdditionSteps {
  const [x1, x2, y1, slope, x3, y3, chain] = doubles.slots(7) as [I32, I32, I32, I32, I32, I32, I32];
  const inverted = pairs.slot();
  const [a, b] = [i32.const(asm.reserve(FIELD_BYTES)), i32.const(asm.reserve(FIELD_BYTES))];
  const F = field(pairs.modulus);
  const scale = doubles.constantSlot(F.mul(F.create(DOUBLE_MONTGOMERY), F.inv(2n ** 9n)));
  const load = ([first, second]: readonly [I32, I32], at: number, out: I32) =>
    doubles.load(offset(first, at), offset(second, at), out);
  return {
    degree: 1,
    // Any value but 0: it falls out.
    start: (prefix) => doubles.load(pairs.one, pairs.one, prefix),
    // In units of p, by the rule of fma-multiplication.ts: differences between -1 and 1, prefixes and chain between -0.7 and 1.7.
    forward: ({ p, q }, prefix, difference, nextPrefix) => [
      load(p, 0, x1),
      load(q, 0, x2),
      doubles.sub(x2, x1, difference),
      doubles.mul(prefix, difference, nextPrefix),
    ],
    turn: (prefix) => [
      doubles.store(prefix, a, b),
      pairs.load(a, b, inverted),
      inverse(inverted, inverted),
      pairs.store(inverted, a, b),
      doubles.load(a, b, chain),
      doubles.mul(chain, scale, chain),
    ],
    backward: ({ p, q }, prefix, difference) => [
      doubles.mul(chain, prefix, slope), // between -1.1 and 2.1
      doubles.mul(chain, difference, chain),
      load(p, Y, y1),
      load(q, Y, y3),
      doubles.sub(y3, y1, y3),
      doubles.mul(slope, y3, slope), // between -0.8 and 1.8
      doubles.mul(slope, slope, x3), // between 0 and 2.3
      load(p, 0, x1),
      load(q, 0, x2),
      doubles.storeDifference(x3, x1, x2, ...p),
      load(p, 0, x3),
      doubles.sub(x1, x3, y3),
      doubles.mul(slope, y3, y3), // between -0.7 and 1.7
      doubles.storeEighth(y3, y1, offset(p[0], Y), offset(p[1], Y)),
    ],
  };
}
