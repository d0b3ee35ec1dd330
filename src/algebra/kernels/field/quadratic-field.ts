/**
 * Fq2 = Fq[i], i^2 = -1, two at a time: the coordinates of G2. A slot is two pairs (pair-field.ts), x0 and x1 of x0 + x1 i; a packed
 * element 64 bytes, x0 before x1.
 *
 * A product is (x0 y0 - x1 y1) + (x0 y1 + x1 y0) i, each part two products with one reduction: the same 486 limb products as
 * Karatsuba's three multiplications, but fewer additions, and the result stays small. With x1 < 2p, -x1 is 2p - x1 and
 *     x < alpha p, y < beta p   ==>   mul(x, y) < (1 + (alpha + 2) beta / 168) p      (alpha <= 2).
 */
import { FIELD_BYTES } from '../../engine.ts';
import { field } from '../../field.ts';
import { type Assembler, type Kernel, offset } from '../assembly/assembler.ts';
import { type Code, type I32, i32, v128 } from '../assembly/code.ts';
import type { PairArithmetic } from '../curve/addition-batch.ts';
import { MONTGOMERY_BITS, SLOT_BYTES } from './limbs.ts';
import type { PairField } from './pair-field.ts';

const upper = (slot: I32): I32 => offset(slot, SLOT_BYTES);
const second = (packed: I32): I32 => offset(packed, FIELD_BYTES);

export class QuadraticField implements PairArithmetic {
  readonly degree = 2;
  readonly one: I32;
  /** (x, y, out): x < 2p tight, y may be loose. `out` may be x or y, here and below. */
  readonly mul: Kernel;
  /** (x, out): x < 2p. */
  readonly square: Kernel;
  /** (x, y, out), (a, b, out), (x, a, b): as those of PairField. */
  readonly subLoose: Kernel;
  readonly load: Kernel;
  readonly storeWide: Kernel;
  /** (x, out): 1 / x for x < 2p; the inverse of 0 is 0. */
  readonly inverse: Kernel;
  private readonly asm: Assembler;

  /** `inverse`: that of the pairs. */
  constructor(asm: Assembler, name: string, pairs: PairField, inverse: Kernel) {
    this.asm = asm;
    const one = new Uint8Array(2 * FIELD_BYTES);
    one.set(field(pairs.modulus).toBytes(2n ** BigInt(MONTGOMERY_BITS) % pairs.modulus));
    this.one = i32.const(asm.constant(one));
    const [zero, negative, real, sum] = pairs.slots(4);

    this.mul = asm.define(`${name}_mul`, 3, (_, x, y, out) => [
      pairs.sub(zero, upper(x.get), negative),
      pairs.mulTwo(x.get, y.get, negative, upper(y.get), real),
      pairs.mulTwo(x.get, upper(y.get), upper(x.get), y.get, upper(out.get)),
      copySlot(real, out.get),
    ]);
    // (x0 + x1)(x0 - x1) + 2 x0 x1 i: factors below 4p.
    this.square = asm.define(`${name}_square`, 2, (_, x, out) => [
      pairs.add(x.get, upper(x.get), sum),
      pairs.sub(x.get, upper(x.get), negative),
      pairs.mul(sum, negative, real),
      pairs.add(x.get, x.get, sum),
      pairs.mul(sum, upper(x.get), upper(out.get)),
      copySlot(real, out.get),
    ]);
    this.subLoose = asm.define(`${name}_sub_loose`, 3, (_, x, y, out) => [
      pairs.subLoose(x.get, y.get, out.get),
      pairs.subLoose(upper(x.get), upper(y.get), upper(out.get)),
    ]);
    this.load = asm.define(`${name}_load`, 3, (_, a, b, out) => [
      pairs.load(a.get, b.get, out.get),
      pairs.load(second(a.get), second(b.get), upper(out.get)),
    ]);
    this.storeWide = asm.define(`${name}_store_wide`, 3, (_, x, a, b) => [
      pairs.storeWide(x.get, a.get, b.get),
      pairs.storeWide(upper(x.get), second(a.get), second(b.get)),
    ]);
    // (x0 - x1 i) / (x0^2 + x1^2); the norm is 0 for 0 only, because -1 is no square.
    this.inverse = asm.define(`${name}_inverse`, 2, (_, x, out) => [
      pairs.sub(zero, upper(x.get), negative),
      pairs.mulTwo(x.get, x.get, upper(x.get), upper(x.get), real),
      inverse(real, sum),
      pairs.mul(x.get, sum, out.get),
      pairs.mul(negative, sum, upper(out.get)),
    ]);
  }

  slots(count: number): I32[] {
    return Array.from({ length: count }, () => i32.const(this.asm.reserve(this.degree * SLOT_BYTES)));
  }
}

function copySlot(from: I32, to: I32): Code {
  return Array.from({ length: SLOT_BYTES / 16 }, (_, k) => v128.store(to, 16 * k, v128.load(from, 16 * k)));
}
