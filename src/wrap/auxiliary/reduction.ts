/**
 * "This integer is a multiple of q", for integers far larger than r (protocol section 9.4).
 *
 * The integer is S(2^45) for a polynomial S(T) = sum over l <= d of s_l T^l with integer coefficients, |s_l| <= bounds[l], which are
 * given as elements of Fr. The prover shows integers k_l and c_l such that
 *   S(T) - k(T) q(T) = (T - 2^45) c(T)        q(T): the limbs of q; deg k = d - 5, deg c = d - 1
 * coefficient by coefficient. The ranges of k_l and c_l keep every coefficient of the difference below r in size, so it is zero over the
 * integers, and at T = 2^45 S(2^45) = k(2^45) q. This is exact: no challenge, no error.
 */
import { Q, R } from '../../algebra/params.ts';
import type { ConstraintSystem } from '../../circuit/constraint-system.ts';
import { toBits } from '../../circuit/gadgets/bits.ts';
import { invariant } from '../../errors.ts';
import { LIMB, LIMB_BITS, limbsOfConstant, signed } from './limbs.ts';
import { once } from './once.ts';
import { times } from './polynomials.ts';

const Q_LIMBS = limbsOfConstant(Q);

export interface ReductionSizes {
  /** Range of the highest k_l, signed: |k_l| <= 2^(topBits - 1). The others are in [0, 2^45). */
  readonly topBits: number;
  /** Range of each c_l, signed: |c_l| <= 2^(carryBits[l] - 1). */
  readonly carryBits: readonly number[];
}

/** Ranges that an honest prover can keep. Throws E_BUG when they would let a coefficient wrap around r. */
export function reductionSizes(bounds: readonly bigint[]): ReductionSizes {
  const degree = bounds.length - 1;
  const top = degree - (Q_LIMBS.length - 1);
  invariant(top >= 0, 'a reduction needs a polynomial of degree 5 at least');
  // |k| <= |S(2^45)| / q, of which the lower limbs take their part from below
  const largest = bounds.reduceRight((sum, bound) => sum * LIMB + bound, 0n);
  const topBits = bitLength(largest / (Q << BigInt(LIMB_BITS * top)) + 1n) + 1;
  const ofQuotient = Array.from({ length: top + 1 }, (_, l) => (l < top ? LIMB : 1n << BigInt(topBits - 1)));
  const products = times(ofQuotient, Q_LIMBS);
  const carryBits: number[] = [];
  let before = 0n;
  for (const [l, bound] of bounds.entries()) {
    const whole = bound + products[l]! + before;
    const bits = l < degree ? bitLength(whole / LIMB + 1n) + 1 : 0;
    const carry = l < degree ? 1n << BigInt(bits - 1) : 0n;
    invariant(whole + carry * LIMB < R, 'a reduction whose coefficients may wrap around r');
    if (l < degree) carryBits.push(bits);
    before = carry;
  }
  return { topBits, carryBits };
}

function bitLength(v: bigint): number {
  return v.toString(2).length;
}

/**
 * Asserts S(2^45) = 0 modulo q.
 * @param coefficients of S, lowest first
 * @param bounds on their sizes; the caller has shown them
 */
export function assertMultipleOfQ<E>(
  cs: ConstraintSystem<E>,
  coefficients: readonly E[],
  bounds: readonly bigint[],
): void {
  const degree = coefficients.length - 1;
  const { topBits, carryBits } = reductionSizes(bounds);
  const top = degree - (Q_LIMBS.length - 1);
  const advice = once(() =>
    solve(
      coefficients.map((c) => signed(cs.value(c))),
      top,
    ),
  );
  const one = cs.constant(1n);
  const ranged = (value: () => bigint, bits: number, offset: bigint): E => {
    const k = cs.field(value);
    toBits(cs, cs.add(k, cs.scale(offset, one)), bits);
    return k;
  };
  const half = (bits: number): bigint => 1n << BigInt(bits - 1);
  const quotient = Array.from({ length: top + 1 }, (_, l) =>
    l < top
      ? ranged(() => advice().quotient[l]!, LIMB_BITS, 0n)
      : ranged(() => advice().quotient[l]!, topBits, half(topBits)),
  );
  const carries = carryBits.map((bits, l) => ranged(() => advice().carries[l]!, bits, half(bits)));
  coefficients.forEach((s, l) => {
    const products = Q_LIMBS.flatMap((q, j) =>
      quotient[l - j] === undefined ? [] : [[-q, quotient[l - j]!] as const],
    );
    const carried = [
      ...(l > 0 ? [[-1n, carries[l - 1]!] as const] : []),
      ...(l < degree ? [[LIMB, carries[l]!] as const] : []),
    ];
    cs.row([cs.sum([[1n, s], ...products, ...carried]), one]);
  });
}

/** k and c of an honest S. For an S that is no multiple of q the quotient is rounded and the equations fail. */
function solve(s: readonly bigint[], top: number): { quotient: bigint[]; carries: bigint[] } {
  const whole = s.reduceRight((sum, coefficient) => (sum << BigInt(LIMB_BITS)) + coefficient, 0n) / Q;
  const quotient = Array.from({ length: top + 1 }, (_, l) => {
    const rest = whole >> BigInt(LIMB_BITS * l);
    return l < top ? BigInt.asUintN(LIMB_BITS, rest) : rest;
  });
  const products = times(quotient, Q_LIMBS);
  let carry = 0n;
  const carries = s.slice(0, -1).map((coefficient, l) => {
    carry = (carry - (coefficient - products[l]!)) >> BigInt(LIMB_BITS);
    return carry;
  });
  return { quotient, carries };
}
