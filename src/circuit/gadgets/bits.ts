/** Ranges, packing, selection, comparison with zero, and canonical decomposition of challenges. */
import { R } from '../../algebra/params.ts';
import { assertEqual, type ConstraintSystem, multiply } from '../constraint-system.ts';

/** sum 2^k bits[k], a linear form: no row. */
export function pack<E>(cs: ConstraintSystem<E>, bits: readonly E[]): E {
  return cs.sum(bits.map((b, k) => [1n << BigInt(k), b] as const));
}

/** The n bits of e, lowest first; asserts 0 <= e < 2^n. One row and n bits. Needs n < 254. */
export function toBits<E>(cs: ConstraintSystem<E>, e: E, n: number): E[] {
  const bits = cs.bits(n, () => cs.value(e));
  assertEqual(cs, pack(cs, bits), e);
  return bits;
}

/** when ? a : b for a boolean `when`. One row. */
export function select<E>(cs: ConstraintSystem<E>, when: E, a: E, b: E): E {
  return cs.add(b, multiply(cs, when, cs.sub(a, b)));
}

/** 1 when e is zero, else 0. Two rows. */
export function isZero<E>(cs: ConstraintSystem<E>, e: E, invert: (v: bigint) => bigint): E {
  const inverse = cs.field(() => (cs.value(e) === 0n ? 0n : invert(cs.value(e))));
  const zero = cs.field(() => (cs.value(e) === 0n ? 1n : 0n));
  const one = cs.constant(1n);
  cs.row([e, inverse], [cs.sub(zero, one), one]);
  cs.row([e, zero]);
  return zero;
}

const CHALLENGE_BITS = 128;
const HIGH_BITS = 126;
const HIGH_LIMIT = R >> BigInt(CHALLENGE_BITS);

/**
 * The low 128 bits of the canonical decomposition of a squeezed element (protocol section 5).
 * e = low + 2^128 high with high < floor(r / 2^128), shown by a second range: then e < r as an integer and the
 * decomposition is the only one. Two rows and 380 bits. An element with high = floor(r / 2^128) has no
 * witness; a squeezed one is such with probability below 2^-126.
 */
export function challengeBits<E>(cs: ConstraintSystem<E>, e: E): E[] {
  const low = cs.bits(CHALLENGE_BITS, () => lowChallenge(cs.value(e)));
  const high = cs.bits(HIGH_BITS, () => cs.value(e) >> BigInt(CHALLENGE_BITS));
  const packedHigh = pack(cs, high);
  assertEqual(
    cs,
    cs.sum([
      [1n, pack(cs, low)],
      [1n << BigInt(CHALLENGE_BITS), packedHigh],
    ]),
    e,
  );
  toBits(cs, cs.sub(cs.constant(HIGH_LIMIT - 1n), packedHigh), HIGH_BITS);
  return low;
}

/** Native twin of `challengeBits`: a 128-bit challenge from a squeezed element. */
export function lowChallenge(e: bigint): bigint {
  return BigInt.asUintN(CHALLENGE_BITS, e);
}
