/**
 * Integers of 255 bits in the wrap: five limbs of 51 bits, V = sum over l < 5 of 2^(51 l) V_l, limbs signed or not.
 *
 * With 51 bits a product of two such integers, read as a polynomial in T = 2^51, has coefficients of about 2^108: times a
 * 127-bit challenge and added up over forty rows they still fit Fr. Products are not formed as integers at
 * all: they are compared as polynomials, by their values at small points (reduction.ts).
 */
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import { assertEqual, type ConstraintSystem } from '../../circuit/constraint-system.ts';
import { pack, toBits } from '../../circuit/gadgets/bits.ts';
import { type FqLimbs, HIGH_BITS, LOW_BITS } from '../../circuit/gadgets/fq.ts';

export const LIMB_BITS = 51;
export const LIMBS = 5;
/** T: every limb is below it in size. */
export const LIMB = 1n << BigInt(LIMB_BITS);

/** At most five limbs, lowest first, each below 2^51 in size. */
export type Limbs<E> = readonly E[];

/** A variable that equals a form, so that the form's terms are not repeated wherever it is used. One constraint. */
export function named<E>(cs: ConstraintSystem<E>, form: E): E {
  const variable = cs.field(() => cs.value(form));
  assertEqual(cs, variable, form);
  return variable;
}

function limbsOfBits<E>(cs: ConstraintSystem<E>, bits: readonly E[]): Limbs<E> {
  return Array.from({ length: Math.ceil(bits.length / LIMB_BITS) }, (_, l) =>
    named(cs, pack(cs, bits.slice(LIMB_BITS * l, LIMB_BITS * (l + 1)))),
  );
}

/** An integer in [0, 2^bits), which is asserted, for bits < 254. */
export function limbsOfInteger<E>(cs: ConstraintSystem<E>, value: E, bits: number): Limbs<E> {
  return limbsOfBits(cs, toBits(cs, value, bits));
}

/** An element of Fq in limbs of 136 and 118 bits, whose ranges are asserted. 261 constraints. */
export function limbsOfFq<E>(cs: ConstraintSystem<E>, { lo, hi }: FqLimbs<E>): Limbs<E> {
  return limbsOfBits(cs, [...toBits(cs, lo, LOW_BITS), ...toBits(cs, hi, HIGH_BITS)]);
}

/** A new integer in [0, 2^255) given as advice. 260 constraints. */
export function allocateLimbs<E>(cs: ConstraintSystem<E>, value: () => bigint): Limbs<E> {
  return limbsOfBits(cs, cs.bits(LIMB_BITS * LIMBS, value));
}

/** The value at t of the polynomial whose coefficients are the limbs: a form. */
export function evaluate<E>(cs: ConstraintSystem<E>, limbs: Limbs<E>, t: bigint): E {
  return cs.sum(limbs.map((limb, l) => [t ** BigInt(l), limb] as const));
}

/** The representative of an element of Fr nearest to zero. */
export function signed(element: bigint): bigint {
  const e = field(R).create(element);
  return e > R >> 1n ? e - R : e;
}

/** The integer that limbs stand for; only inside `value` callbacks. */
export function signedValue<E>(cs: ConstraintSystem<E>, limbs: Limbs<E>): bigint {
  return limbs.reduce((v, limb, l) => v + (signed(cs.value(limb)) << BigInt(LIMB_BITS * l)), 0n);
}
