/**
 * Field arithmetic on doubles, two elements at a time (fma-multiplication.ts), as far as sums of points need it. Packed elements
 * stay what they are elsewhere, Montgomery form with 2^261: a product here divides by 2^255, so that who uses it takes care of
 * the powers of two between.
 */
import { field } from '../../field.ts';
import type { Assembler, Kernel, Scope } from '../assembly/assembler.ts';
import {
  type Code,
  control,
  f64x2,
  type I32,
  i32,
  i32x4,
  i64x2,
  type Local,
  type V128,
  v128,
} from '../assembly/code.ts';
import {
  bitsOf,
  DOUBLE_BITS,
  DOUBLE_LIMBS,
  doubleLimbs,
  FmaMultiplication,
  LIFT,
  LOW,
  laneConstant,
  MASK,
  TWO_52,
} from './fma-multiplication.ts';
import { packLimbs, wordLimbs } from './packing.ts';

export const DOUBLE_SLOT_BYTES = 16 * DOUBLE_LIMBS;
const BITS = Number(DOUBLE_BITS);
const TOP = DOUBLE_LIMBS - 1;
/** Products of 25 and 26 bits with a small integer. */
const HALF_LIMB = 26;

export class FmaField {
  /** (x, y, out): x y / 2^255 by the rule of fma-multiplication.ts. */
  readonly mul: Kernel;
  /** (a, b, out): the packed elements at a and b, as limbs 0 .. 2^51 - 1. */
  readonly load: Kernel;
  /** (x, y, out): x - y limb by limb, for limbs 0 .. 2^51 - 1 of both; a factor of one product. */
  readonly sub: Kernel;
  /** (x, a, b): x as packed canonical elements, for -2.6p < x < 2.6p that is a product. */
  readonly store: Kernel;
  /** (x, y, a, b): x + y likewise, for -p < x, y < 2p that are products or loaded. */
  readonly storeSum: Kernel;
  /** (x, y, z, a, b): x - y - z likewise, for a product x < 2.3p and canonical y, z. */
  readonly storeDifference: Kernel;
  /** (x, y, a, b): x / 8 - y likewise, for a product -p < x < 2p and canonical y. */
  readonly storeEighth: Kernel;
  private readonly asm: Assembler;
  private readonly modulus: bigint;

  constructor(asm: Assembler, name: string, modulus: bigint) {
    this.asm = asm;
    this.modulus = modulus;
    this.mul = asm.define(`${name}_double_mul`, 3, (s, x, y, out) => [
      new FmaMultiplication(asm, s, modulus).code(x.get, y.get, out.get),
    ]);
    this.load = asm.define(`${name}_double_load`, 3, (s, a, b, out) => {
      const [mask, base] = s.locals('v128', 2);
      const { code, limb } = wordLimbs(s, a.get, b.get, BITS);
      const double = (i: number) => f64x2.sub(v128.or(v128.and(limb(i), mask.get), base.get), base.get);
      const stores = doubleLimbs(0n).map((_, i) => v128.store(out.get, 16 * i, double(i)));
      return [mask.set(laneConstant(asm, MASK)), base.set(laneConstant(asm, bitsOf(TWO_52))), code, ...stores];
    });
    this.sub = asm.define(`${name}_double_sub`, 3, (_, x, y, out) =>
      doubleLimbs(0n).map((_limb, i) => v128.store(out.get, 16 * i, f64x2.sub(limbAt(x, i), limbAt(y, i)))),
    );

    const integer = (x: V128): V128 =>
      i64x2.sub(f64x2.add(x, laneConstant(asm, bitsOf(LOW))), laneConstant(asm, bitsOf(LOW)));
    this.store = asm.define(`${name}_double_store`, 3, (s, x, a, b) => [
      this.storeInteger(s, (i) => integer(limbAt(x, i)), limbAt(x, TOP), 0, a.get, b.get),
    ]);
    this.storeSum = asm.define(`${name}_double_store_sum`, 4, (s, x, y, a, b) => {
      const limb = (i: number) => i64x2.add(integer(limbAt(x, i)), integer(limbAt(y, i)));
      return [this.storeInteger(s, limb, f64x2.add(limbAt(x, TOP), limbAt(y, TOP)), 0, a.get, b.get)];
    });
    this.storeDifference = asm.define(`${name}_double_store_difference`, 5, (s, x, y, z, a, b) => {
      const double = (i: number) => f64x2.sub(f64x2.sub(limbAt(x, i), limbAt(y, i)), limbAt(z, i));
      const limb = (i: number) => i64x2.sub(integer(f64x2.sub(limbAt(x, i), limbAt(y, i))), integer(limbAt(z, i)));
      return [this.storeInteger(s, limb, double(TOP), 0, a.get, b.get)];
    });
    this.storeEighth = asm.define(`${name}_double_store_eighth`, 4, (s, x, y, a, b) => {
      const eight = laneConstant(asm, bitsOf(8));
      const limb = (i: number) => i64x2.sub(integer(limbAt(x, i)), i64x2.shl(integer(limbAt(y, i)), 3));
      const double = f64x2.sub(limbAt(x, TOP), f64x2.mul(limbAt(y, TOP), eight));
      return [this.storeInteger(s, limb, double, 3, a.get, b.get)];
    });
  }

  /** Address of fresh slots. */
  slots(count: number): I32[] {
    return Array.from({ length: count }, () => this.slot());
  }

  /** A slot with a constant in both lanes. */
  constantSlot(value: bigint): I32 {
    return this.slot(doubleLimbs(value).map((limb) => bitsOf(Number(limb))));
  }

  /**
   * Stores the canonical v / 2^shift, where v has the given limbs, |v| < 12p; `top` is its last limb as a double.
   * With r p, r = -v / p mod 2^shift, v becomes a multiple of 2^shift. The quotient of that by 2^shift p is found from the
   * last limb, from which the others are less than 2^-44 away, and made smaller by 2^-40: what is left is in
   * 0 .. (1 + 2^-39) p, nearly always below p.
   */
  private storeInteger(s: Scope, limb: (i: number) => V128, top: V128, shift: number, a: I32, b: I32): Code {
    const { asm, modulus } = this;
    const p = doubleLimbs(modulus);
    const [size, topP] = [2 ** shift, Number(p[TOP]!)];
    const limbs = s.locals('v128', DOUBLE_LIMBS);
    const [k, rest, quotient, carry, mask] = s.locals('v128', 5);
    const number = (value: number) => laneConstant(asm, bitsOf(value));
    const ofBits = (value: V128) => f64x2.sub(v128.or(value, number(TWO_52)), number(TWO_52));
    const minusInverse = () => BigInt(size) - field(BigInt(size)).inv(modulus % BigInt(size));
    const remainder = () =>
      v128.and(i32x4.mul(limbs[0]!.get, laneConstant(asm, minusInverse())), laneConstant(asm, BigInt(size - 1)));
    const adjusted = shift === 0 ? top : f64x2.add(top, f64x2.mul(ofBits(rest.get), number(topP)));
    const scaled = f64x2.sub(f64x2.mul(adjusted, number(1 / (size * topP))), number(2 ** -40));
    // k = r - 2^shift quotient, in the lower words of the lanes, then in words 0 and 1
    const bits = f64x2.add(f64x2.mul(quotient.get, number(-size)), number(LOW));
    const factor = shift === 0 ? bits : i32x4.add(bits, rest.get);
    const code: Code[] = [
      limbs.map((local, i) => local.set(limb(i))),
      shift === 0 ? [] : rest.set(remainder()),
      quotient.set(f64x2.floor(scaled)),
      k.set(factor),
      k.set(v128.pick(k.get, k.get, [0, 2, 0, 2])),
      mask.set(laneConstant(asm, MASK)),
    ];
    limbs.forEach((local, i) => {
      const [low, high] = [p[i]! & ((1n << BigInt(HALF_LIMB)) - 1n), p[i]! >> BigInt(HALF_LIMB)];
      const words = (value: bigint) => laneConstant(asm, value + (value << 32n));
      const multiple = i64x2.add(
        i64x2.mulLowSigned(k.get, words(low)),
        i64x2.shl(i64x2.mulLowSigned(k.get, words(high)), HALF_LIMB),
      );
      // Lifted to be positive, all but the last, which is so by itself.
      const lift = (i < TOP ? LIFT : 0n) - (i > 0 ? LIFT >> DOUBLE_BITS : 0n);
      const sum = i64x2.add(i64x2.add(local.get, multiple), laneConstant(asm, lift));
      code.push(local.set(i === 0 ? sum : i64x2.add(sum, carry.get)));
      if (i < TOP) code.push(carry.set(i64x2.shrU(local.get, BITS)), local.set(v128.and(local.get, mask.get)));
    });
    const bound = doubleLimbs(modulus * BigInt(size));
    const reaches = i64x2.gtS(limbs[TOP]!.get, laneConstant(asm, bound[TOP]! - 1n));
    code.push(control.if(v128.anyTrue(reaches), this.subtractIfAbove(s, limbs, modulus * BigInt(size))));
    code.push(packLimbs(s, limbs, a, b, { bits: BITS, drop: shift }));
    return code;
  }

  /** limbs -= bound where the value is at least that. */
  private subtractIfAbove(s: Scope, limbs: readonly Local<'v128'>[], bound: bigint): Code {
    const [sum, above] = s.locals('v128', 2);
    const differences = s.locals('v128', DOUBLE_LIMBS);
    const [digits, mask] = [doubleLimbs(bound), laneConstant(this.asm, MASK)];
    const code: Code[] = [];
    limbs.forEach((limb, i) => {
      const lift = (i < TOP ? LIFT : 0n) - (i > 0 ? LIFT >> DOUBLE_BITS : 0n);
      const plain = i64x2.add(limb.get, laneConstant(this.asm, lift - digits[i]!));
      code.push(sum.set(i === 0 ? plain : i64x2.add(plain, i64x2.shrU(sum.get, BITS))));
      code.push(differences[i]!.set(i < TOP ? v128.and(sum.get, mask) : sum.get));
    });
    code.push(above.set(i64x2.gtS(sum.get, laneConstant(this.asm, -1n))));
    return [code, limbs.map((limb, i) => limb.set(v128.select(differences[i]!.get, limb.get, above.get)))];
  }

  private slot(words: readonly bigint[] = new Array<bigint>(DOUBLE_LIMBS).fill(0n)): I32 {
    const lanes = BigUint64Array.from(words.flatMap((word) => [word, word]));
    return i32.const(this.asm.constant(new Uint8Array(lanes.buffer)));
  }
}

function limbAt(x: Local<'i32'>, i: number): V128 {
  return v128.load(x.get, 16 * i);
}
