/**
 * Integers of 255 bits as polynomials in T = 2^45 (protocol section 9.4): V = sum over l < 6 of T^l V_l, limbs signed or not.
 *
 * A limb is 15 digits of three bits. The product of three such polynomials and two challenges still has coefficients below
 * r, with room for all rows, so that an identity of them over Fr is one over the integers (row-system.ts counts it).
 */
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import { assertEqual, type ConstraintSystem, sumOfProducts } from '../../circuit/constraint-system.ts';
import { pack, toBits } from '../../circuit/gadgets/bits.ts';
import { type FqLimbs, HIGH_BITS, LOW_BITS } from '../../circuit/gadgets/fq.ts';
import { DIGIT_BITS, DIGITS } from './digits.ts';

export const LIMB_BITS = 45;
/** T: every limb is below it in size. */
export const LIMB = 1n << BigInt(LIMB_BITS);
const DIGITS_PER_LIMB = LIMB_BITS / DIGIT_BITS;

/** Bounds on the limbs of a scalar of 85 digits, of an element of Fq and of u: the last has ten digits. */
export const LIMB_BOUNDS: readonly bigint[] = Array.from({ length: Math.ceil(DIGITS / DIGITS_PER_LIMB) }, (_, l) =>
  l * DIGITS_PER_LIMB + DIGITS_PER_LIMB <= DIGITS ? LIMB : 1n << BigInt(DIGIT_BITS * (DIGITS % DIGITS_PER_LIMB)),
);

/** Limbs, lowest first: coefficients of a polynomial in T. */
export type Limbs<E> = readonly E[];

/** Digit number k, the lowest first, is weighted T^power * factor. */
export function placeOfDigit(k: number): { readonly power: number; readonly factor: bigint } {
  return { power: Math.floor(k / DIGITS_PER_LIMB), factor: 1n << BigInt(DIGIT_BITS * (k % DIGITS_PER_LIMB)) };
}

/** Limbs of the integer that digits, the lowest first, stand for. */
export function limbsOfDigits(digits: readonly bigint[]): bigint[] {
  const limbs = LIMB_BOUNDS.map(() => 0n);
  digits.forEach((d, k) => {
    const { power, factor } = placeOfDigit(k);
    limbs[power]! += factor * d;
  });
  return limbs;
}

/** A constant: limbs of its size, all with its sign. */
export function limbsOfConstant(v: bigint): bigint[] {
  const sign = v < 0n ? -1n : 1n;
  const limbs: bigint[] = [];
  for (let rest = sign * v; rest > 0n; rest >>= BigInt(LIMB_BITS)) limbs.push(sign * BigInt.asUintN(LIMB_BITS, rest));
  return limbs;
}

/** Packed pieces of 45 bits: forms, no constraint. */
export function limbsOfBits<E>(cs: ConstraintSystem<E>, bits: readonly E[]): Limbs<E> {
  return Array.from({ length: Math.ceil(bits.length / LIMB_BITS) }, (_, l) =>
    pack(cs, bits.slice(LIMB_BITS * l, LIMB_BITS * (l + 1))),
  );
}

/** An integer in [0, 2^bits), which is asserted, for bits < 254. */
export function limbsOfInteger<E>(cs: ConstraintSystem<E>, value: E, bits: number): Limbs<E> {
  return limbsOfBits(cs, toBits(cs, value, bits));
}

/** An element of Fq in limbs of 136 and 118 bits, whose ranges are asserted. 256 constraints. */
export function limbsOfFq<E>(cs: ConstraintSystem<E>, { lo, hi }: FqLimbs<E>): Limbs<E> {
  return limbsOfBits(cs, [...toBits(cs, lo, LOW_BITS), ...toBits(cs, hi, HIGH_BITS)]);
}

/** The value at a point whose powers are given, powers[0] the first: a constraint a limb but the lowest. */
export function evaluateLimbs<E>(cs: ConstraintSystem<E>, limbs: Limbs<E>, powers: readonly E[]): E {
  const [lowest, ...higher] = limbs as [E, ...E[]];
  if (higher.length === 0) return lowest;
  return cs.add(
    lowest,
    sumOfProducts(
      cs,
      higher.map((limb, k) => [limb, powers[k]!] as const),
    ),
  );
}

/** Value of a polynomial over Fr, coefficients lowest first, possibly negative. */
export function evaluateAt(coefficients: readonly bigint[], point: bigint): bigint {
  return coefficients.reduceRight((sum, c) => field(R).create(sum * point + c), 0n);
}

/** The representative of an element of Fr nearest to zero. */
export function signed(element: bigint): bigint {
  const e = field(R).create(element);
  return e > R >> 1n ? e - R : e;
}

/** A variable that equals a form, so that the form's terms are not repeated wherever it is used. One constraint. */
export function named<E>(cs: ConstraintSystem<E>, form: E): E {
  const variable = cs.field(() => cs.value(form));
  assertEqual(cs, variable, form);
  return variable;
}
