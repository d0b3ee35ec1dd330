/**
 * Field multiplication on doubles with fused multiply-add (relaxed SIMD), two elements at a time: five limbs of 51 bits,
 * R = 2^255. A slot holds a limb of both elements in every v128, as doubles that are integers.
 *
 * A product a b of limbs |a|, |b| <= 2^51 is split exactly (a trick of Emmart): hi = fma(a, b, 3 2^102) rounds it to a multiple
 * of 2^51, lo = fma(a, b, (3 2^102 + 3 2^51) - hi) is what is left, in -2^50 .. 2^50, and the bits of both doubles minus those of
 * 3 2^102 and 3 2^51 are the integers, which columns add up as 64-bit lanes. All such offsets of a column are one constant.
 * A column gets at most 5 of either, less than 2^54, and is lifted by 2^60, so that it can be shifted.
 *
 * The reduction is not limb by limb, whose chain of dependent steps would take longer than the work: q = -T / p mod R
 * is made of the 15 products below R, and of q p only what reaches R and one column below. T + q p is a multiple of R, and
 * what is left out is below 2^-40 R, so that rounding the column below R gives the exact carry.
 *
 * Values may be negative. R > 2.63 p: for |a| < alpha p, |b| < beta p with alpha, beta <= 2.63 and alpha beta <= 4.2 the result is
 * between -alpha beta / 2.63 p and (1 + alpha beta / 2.63) p < 2.63 p, its limbs 0 .. 3 in 0 .. 2^51 - 1 and the last one, below
 * 2^51 in size, with the sign.
 */
import { field } from '../../field.ts';
import type { Assembler, Scope } from '../assembly/assembler.ts';
import { type Code, f64x2, type I32, i32, i64x2, type Local, type V128, v128 } from '../assembly/code.ts';

export const DOUBLE_LIMBS = 5;
export const DOUBLE_BITS = 51n;
const BITS = DOUBLE_BITS;
const LIMBS = DOUBLE_LIMBS;
export const MASK = (1n << BITS) - 1n;
/** R */
export const DOUBLE_MONTGOMERY = 1n << (BITS * BigInt(LIMBS));
const R = DOUBLE_MONTGOMERY;
/** Keeps columns positive; paid back in the column above. */
export const LIFT = 1n << 60n;
const HIGH = 3 * 2 ** 102;
/** Added to an integer |v| < 2^51 as a double, its bits are those of LOW plus v. */
export const LOW = 3 * 2 ** 51;
export const TWO_52 = 2 ** 52;

interface Products {
  /** Columns that are made; of products below `from` only the high part counts. */
  readonly from: number;
  readonly to: number;
  /** Smallest i + j of the products a_i b_j. */
  readonly lowest: number;
  readonly a: (i: number) => V128;
  readonly b: (j: number) => V128;
  /** What a column starts with: a constant integer, and maybe a value. */
  readonly lift: (column: number) => bigint;
  readonly init?: (column: number) => V128;
  /** What is done with a complete column, and whether the next one gets its carry. */
  readonly finish: (column: number, value: V128) => Code;
  readonly carries: (column: number) => boolean;
}

export class FmaMultiplication {
  private readonly asm: Assembler;
  private readonly s: Scope;
  private readonly modulus: bigint;
  private readonly kept = new Map<bigint, Local<'v128'>>();

  constructor(asm: Assembler, s: Scope, modulus: bigint) {
    this.asm = asm;
    this.s = s;
    this.modulus = modulus;
  }

  /** out = x y / R by the rule above; `out` may be x or y. */
  code(x: I32, y: I32, out: I32): Code {
    const prologue = [bitsOf(HIGH), bitsOf(HIGH + LOW), bitsOf(LOW), bitsOf(TWO_52), MASK].map((bits) => {
      const local = this.s.local('v128');
      const code = local.set(this.constant(bits));
      this.kept.set(bits, local);
      return code;
    });
    const [t, u, q] = [0, 1, 2].map(() => this.s.locals('v128', LIMBS)) as [Vectors, Vectors, Vectors];
    const limb4 = this.s.local('v128');
    const limbs = (value: bigint) => doubleLimbs(value).map((limb) => this.constant(bitsOf(Number(limb))));
    const [p, inverse] = [limbs(this.modulus), limbs(R - field(R).inv(this.modulus))];
    const carry = LIFT >> BITS;
    const lifted = (c: number) => (c === 0 ? LIFT : LIFT - carry);
    const product = this.products({
      from: 0,
      to: 2 * LIMBS - 1,
      lowest: 0,
      a: (i) => v128.load(x, 16 * i),
      b: (j) => v128.load(y, 16 * j),
      lift: (c) => (c < LIMBS ? lifted(c) : c === LIMBS ? -carry : 0n),
      finish: (c, value) => {
        if (c >= LIMBS) return t[c - LIMBS]!.set(value);
        return [u[c]!.set(this.double(value)), c === LIMBS - 1 ? limb4.set(v128.and(value, this.constant(MASK))) : []];
      },
      carries: (c) => c < LIMBS,
    });
    const quotient = this.products({
      from: 0,
      to: LIMBS - 1,
      lowest: 0,
      a: (i) => u[i]!.get,
      b: (j) => inverse[j]!,
      lift: lifted,
      finish: (c, value) => q[c]!.set(this.double(value)),
      carries: (c) => c < LIMBS - 1,
    });
    const last = 2 * LIMBS - 1;
    const low = this.constant(bitsOf(LOW));
    const reduced = this.products({
      from: LIMBS - 1,
      to: last,
      lowest: LIMBS - 2,
      a: (i) => q[i]!.get,
      b: (j) => p[j]!,
      init: (c) => (c < LIMBS ? limb4.get : t[c - LIMBS]!.get),
      lift: (c) => (c < LIMBS ? LIFT + (1n << (BITS - 1n)) : c < last ? LIFT - carry : -carry),
      finish: (c, value) => {
        if (c < LIMBS) return [];
        const limb = c < last ? this.double(value) : f64x2.sub(i64x2.add(value, low), low);
        return v128.store(out, 16 * (c - LIMBS), limb);
      },
      carries: (c) => c < last,
    });
    return [prologue, product, quotient, reduced];
  }

  private products({ from, to, lowest, a, b, lift, init, finish, carries }: Products): Code {
    const wanted: [number, number][] = [];
    for (let i = 0; i < LIMBS; i++) {
      for (let j = 0; j < LIMBS; j++) if (i + j >= lowest && i + j <= to) wanted.push([i, j]);
    }
    const [hi, left, right] = this.s.locals('v128', 3);
    const columns = new Map<number, Local<'v128'>>();
    const code: Code[] = [];
    const addTo = (c: number, value: V128): void => {
      const known = columns.get(c);
      const column = known ?? this.s.local('v128');
      columns.set(c, column);
      const [lows, highs] = [c, c - 1].map((sum) => BigInt(wanted.filter(([i, j]) => i + j === sum).length));
      const offset = this.constant(lift(c) - lows! * bitsOf(LOW) - highs! * bitsOf(HIGH));
      const start = known ? known.get : init ? i64x2.add(offset, init(c)) : offset;
      code.push(column.set(i64x2.add(start, value)));
    };
    wanted.forEach(([i, j], k) => {
      if (wanted[k - 1]?.[0] !== i) code.push(left.set(a(i)));
      code.push(right.set(b(j)), hi.set(f64x2.relaxedMadd(left.get, right.get, this.constant(bitsOf(HIGH)))));
      if (i + j < to) addTo(i + j + 1, hi.get);
      const rest = f64x2.sub(this.constant(bitsOf(HIGH + LOW)), hi.get);
      if (i + j >= from) addTo(i + j, f64x2.relaxedMadd(left.get, right.get, rest));
    });
    for (let c = from; c <= to; c++) {
      const value = columns.get(c)!.get;
      code.push(finish(c, value));
      if (carries(c)) addTo(c + 1, i64x2.shrU(value, Number(BITS)));
    }
    return code;
  }

  /** The lower 51 bits of an integer as a double. */
  private double(value: V128): V128 {
    const base = this.constant(bitsOf(TWO_52));
    return f64x2.sub(v128.or(v128.and(value, this.constant(MASK)), base), base);
  }

  private constant(bits: bigint): V128 {
    return this.kept.get(BigInt.asUintN(64, bits))?.get ?? laneConstant(this.asm, bits);
  }
}

type Vectors = Local<'v128'>[];

/** The same 64 bits in both lanes. */
export function laneConstant(asm: Assembler, bits: bigint): V128 {
  const word = BigInt.asUintN(64, bits);
  return v128.load(i32.const(asm.constant(new Uint8Array(BigUint64Array.of(word, word).buffer))));
}

/** Four digits of 51 bits and what is left above them. */
export function doubleLimbs(value: bigint): bigint[] {
  return Array.from({ length: LIMBS }, (_, i) => {
    const rest = value >> (BITS * BigInt(i));
    return i < LIMBS - 1 ? rest & MASK : rest;
  });
}

/** The bits of a double. */
export function bitsOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0]!;
}
