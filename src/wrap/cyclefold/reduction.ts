/**
 * "This integer is a multiple of q", for integers far larger than r (protocol section 9, step 4).
 *
 * The integer is S(2^51) for a polynomial S(T) = sum over l <= d of s_l T^l with integer coefficients, |s_l| <= bound, given
 * by its values at d + 1 small points, which are elements of Fr. The prover shows integers k_l and c_l such that
 *   S(T) - k(T) q(T) = (T - 2^51) c(T)        q(T): the limbs of q; deg k = d - 4, deg c = d - 1
 * Both sides have degree <= d: equal at d + 1 points they are the same polynomial over Fr. The ranges of k_l and
 * c_l keep every coefficient of the difference below r in size, so it is zero over the integers, and at T = 2^51
 * S(2^51) = k(2^51) q. This is exact: no challenge, no error.
 */
import { field } from '../../algebra/field.ts';
import { Q, R } from '../../algebra/params.ts';
import type { ConstraintSystem } from '../../circuit/constraint-system.ts';
import { toBits } from '../../circuit/gadgets/bits.ts';
import { invariant } from '../../errors.ts';
import { evaluate, LIMB, LIMB_BITS, LIMBS, signed } from './limbs.ts';
import { once } from './once.ts';
import { inverseVandermonde } from './vandermonde.ts';

const Fr = field(R);

/** The points 0, 1, -1, 2, -2, ...: values there are forms with small coefficients. */
export function evaluationPoints(degree: number): bigint[] {
  return Array.from({ length: degree + 1 }, (_, k) => (k & 1 ? BigInt(k + 1) >> 1n : -(BigInt(k) >> 1n)));
}

const Q_LIMBS = Array.from({ length: LIMBS }, (_, l) => BigInt.asUintN(LIMB_BITS, Q >> BigInt(LIMB_BITS * l)));

export interface ReductionSizes {
  /** Range of the highest k_l, signed: |k_l| <= 2^(topBits - 1). The others are in [0, 2^51). */
  readonly topBits: number;
  /** Range of every c_l, signed: |c_l| <= 2^(carryBits - 1). */
  readonly carryBits: number;
}

/** Ranges that an honest prover can keep. Throws E_BUG when they would let a coefficient wrap around r. */
export function reductionSizes(degree: number, bound: bigint): ReductionSizes {
  const top = degree - (LIMBS - 1);
  invariant(top >= 0, 'a reduction needs a polynomial of degree 4 at least');
  // |k| <= |S(2^51)| / q, of which the lower limbs take their part from below
  const largest = bound * weightOf(degree);
  const topBits = bitLength(largest / (Q << BigInt(LIMB_BITS * top)) + 1n) + 1;
  const product = ((1n << BigInt(topBits - 1)) + BigInt(top) * LIMB) * LIMB;
  const carryBits = bitLength((bound + product) / (LIMB - 1n) + 1n) + 1;
  const difference = bound + product + (1n << BigInt(carryBits - 1)) * (LIMB + 1n);
  invariant(difference < R, 'a reduction whose coefficients may wrap around r');
  return { topBits, carryBits };
}

/** sum over l <= degree of 2^(51 l). */
function weightOf(degree: number): bigint {
  return Array.from({ length: degree + 1 }, (_, l) => 1n << BigInt(LIMB_BITS * l)).reduce((a, b) => a + b);
}

function bitLength(v: bigint): number {
  return v.toString(2).length;
}

/**
 * Asserts S(2^51) = 0 modulo q.
 * @param values S at evaluationPoints(d), so that the degree d is values.length - 1
 * @param bound on the size of every coefficient of S; the caller has shown it
 */
export function assertMultipleOfQ<E>(cs: ConstraintSystem<E>, values: readonly E[], bound: bigint): void {
  const degree = values.length - 1;
  const points = evaluationPoints(degree);
  const { topBits, carryBits } = reductionSizes(degree, bound);
  const top = degree - (LIMBS - 1);
  const advice = once(() => solve(interpolate(values.map((v) => cs.value(v))), top));
  const one = cs.constant(1n);
  const ranged = (value: () => bigint, bits: number, offset: bigint): E => {
    const k = cs.field(value);
    toBits(cs, cs.add(k, cs.scale(offset, one)), bits);
    return k;
  };
  const k = Array.from({ length: top + 1 }, (_, l) =>
    l < top
      ? ranged(() => advice().quotient[l]!, LIMB_BITS, 0n)
      : ranged(() => advice().quotient[l]!, topBits, 1n << BigInt(topBits - 1)),
  );
  const c = Array.from({ length: degree }, (_, l) =>
    ranged(() => advice().carries[l]!, carryBits, 1n << BigInt(carryBits - 1)),
  );
  points.forEach((t, at) => {
    const q = Q_LIMBS.reduceRight((sum, limb) => sum * t + limb, 0n);
    cs.row([
      cs.sum([
        [1n, values[at]!],
        [-q, evaluate(cs, k, t)],
        [LIMB - t, evaluate(cs, c, t)],
      ]),
      one,
    ]);
  });
}

const matrices = new Map<number, bigint[][]>();

/** The integer coefficients of S from its values. */
function interpolate(values: readonly bigint[]): bigint[] {
  let matrix = matrices.get(values.length);
  if (!matrix) {
    matrix = inverseVandermonde(Fr, evaluationPoints(values.length - 1));
    matrices.set(values.length, matrix);
  }
  return matrix.map((line) => signed(line.reduce((s, c, j) => s + c * values[j]!, 0n)));
}

/** k and c of an honest S. For an S that is no multiple of q the quotient is rounded and the equations fail. */
function solve(s: readonly bigint[], top: number): { quotient: bigint[]; carries: bigint[] } {
  const whole = s.reduceRight((sum, coefficient) => (sum << BigInt(LIMB_BITS)) + coefficient, 0n) / Q;
  const quotient = Array.from({ length: top + 1 }, (_, l) => {
    const rest = whole >> BigInt(LIMB_BITS * l);
    return l < top ? BigInt.asUintN(LIMB_BITS, rest) : rest;
  });
  const difference = [...s];
  quotient.forEach((k, i) => {
    Q_LIMBS.forEach((q, j) => {
      difference[i + j]! -= k * q;
    });
  });
  let carry = 0n;
  const carries = difference.slice(0, -1).map((d) => {
    carry = (carry - d) >> BigInt(LIMB_BITS);
    return carry;
  });
  return { quotient, carries };
}
