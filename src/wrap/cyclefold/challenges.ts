/**
 * Two integer challenges from one squeezed element, because a squeeze and its decomposition cost about a thousand constraints.
 *
 * e = low + 2^127 high as an integer in [0, r), so that (low, high) determines e. Against values d, d' modulo q, not both zero, that were
 * fixed before the squeeze, a sum low d + high d' + (what other challenges give) vanishes modulo q for at most one
 * low to each high when d is not zero, else for one high only (both stay below q): at most 2^127 of the r
 * elements are bad. Soundness error: 2^127 / r < 2^-126.5.
 */
import { R } from '../../algebra/params.ts';
import { assertEqual, type ConstraintSystem } from '../../circuit/constraint-system.ts';
import { pack, toBits } from '../../circuit/gadgets/bits.ts';

/** Both challenges are below 2^127. */
export const PAIR_BITS = 127;
const HIGH_LIMIT = R >> BigInt(PAIR_BITS);

/**
 * (low, high) of the canonical decomposition. Two rows and 381 bits. As with `challengeBits` high < floor(r / 2^127) is
 * shown by a second range, and an element with high equal to it, of probability below 2^-126, has no witness.
 */
export function challengePair<E>(cs: ConstraintSystem<E>, e: E): [E, E] {
  const low = pack(
    cs,
    cs.bits(PAIR_BITS, () => BigInt.asUintN(PAIR_BITS, cs.value(e))),
  );
  const high = pack(
    cs,
    cs.bits(PAIR_BITS, () => cs.value(e) >> BigInt(PAIR_BITS)),
  );
  assertEqual(cs, cs.add(low, cs.scale(1n << BigInt(PAIR_BITS), high)), e);
  toBits(cs, cs.sub(cs.constant(HIGH_LIMIT - 1n), high), PAIR_BITS);
  return [low, high];
}
