/**
 * Two integer challenges from one squeezed element, because a squeeze and its decomposition cost about a thousand constraints.
 *
 * e = low + 2^127 high as an integer in [0, r), so that (low, high) determines e. Of the elements with one high at most one low solves
 * a given linear equation modulo q in which low has a coefficient that is not zero; and at most 2^127 elements share one
 * high. So an equation fixed before the squeeze holds by chance with probability at most 2^127 / r < 2^-126.5, whether it is about low
 * (others known) or about high.
 */
import { R } from '../../algebra/params.ts';
import { assertEqual, type ConstraintSystem } from '../../circuit/constraint-system.ts';
import { pack, toBits } from '../../circuit/gadgets/bits.ts';
import { LIMB_BITS, type Limbs, limbsOfBits, limbsOfConstant } from './limbs.ts';

/** Both challenges are below 2^127. */
const PAIR_BITS = 127;
const HIGH_LIMIT = R >> BigInt(PAIR_BITS);

/** Bounds on the three limbs of a challenge. */
export const CHALLENGE_BOUNDS: readonly bigint[] = [0, 1, 2].map(
  (l) => 1n << BigInt(Math.min(LIMB_BITS, PAIR_BITS - l * LIMB_BITS)),
);

/** The limbs of low and high. */
export interface ChallengePair<E> {
  readonly low: Limbs<E>;
  readonly high: Limbs<E>;
}

/**
 * The canonical decomposition. Two rows and 381 bits. As with `challengeBits` high < floor(r / 2^127) is
 * shown by a second range, and an element with high equal to it, of probability below 2^-126, has no witness.
 */
export function challengePair<E>(cs: ConstraintSystem<E>, e: E): ChallengePair<E> {
  const low = cs.bits(PAIR_BITS, () => BigInt.asUintN(PAIR_BITS, cs.value(e)));
  const high = cs.bits(PAIR_BITS, () => cs.value(e) >> BigInt(PAIR_BITS));
  const packed = pack(cs, high);
  assertEqual(cs, cs.add(pack(cs, low), cs.scale(1n << BigInt(PAIR_BITS), packed)), e);
  toBits(cs, cs.sub(cs.constant(HIGH_LIMIT - 1n), packed), PAIR_BITS);
  return { low: limbsOfBits(cs, low), high: limbsOfBits(cs, high) };
}

/** Native twin of `challengePair`. */
export function pairOf(e: bigint): ChallengePair<bigint> {
  return {
    low: limbsOfConstant(BigInt.asUintN(PAIR_BITS, e)),
    high: limbsOfConstant(e >> BigInt(PAIR_BITS)),
  };
}
