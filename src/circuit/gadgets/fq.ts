/**
 * Elements of Fq inside a circuit over Fr (protocol sections 1 and 4).
 *
 * An Fq coordinate is two limbs everywhere, 136 low and 118 high bits; for products the low limb is split again into
 * two halves of 68 bits. Values are below 2^254, not always below q: folding only needs them modulo q.
 */
import { Q } from '../../algebra/params.ts';
import { invariant } from '../../errors.ts';
import type { ConstraintSystem } from '../constraint-system.ts';
import { pack, toBits } from './bits.ts';

export interface FqLimbs<E> {
  /** 136 low bits. */
  readonly lo: E;
  /** 118 high bits. */
  readonly hi: E;
}

/** Limbs with the halves of `lo`, ready to be multiplied. */
export interface SplitFq<E> extends FqLimbs<E> {
  readonly half0: E;
  readonly half1: E;
}

export const LOW_BITS = 136;
export const HIGH_BITS = 118;
const HALF_BITS = 68;
const HALF = 1n << BigInt(HALF_BITS);
const LOW = 1n << BigInt(LOW_BITS);

export function limbsOf(v: bigint): FqLimbs<bigint> {
  return { lo: BigInt.asUintN(LOW_BITS, v), hi: v >> BigInt(LOW_BITS) };
}

export function fqValue(limbs: FqLimbs<bigint>): bigint {
  return limbs.lo + (limbs.hi << BigInt(LOW_BITS));
}

/** A new Fq value given as advice: 254 bits, no listed row; its limbs are forms over the bits. */
export function allocateFq<E>(cs: ConstraintSystem<E>, value: () => bigint): SplitFq<E> {
  const bits = cs.bits(LOW_BITS + HIGH_BITS, value);
  return {
    lo: pack(cs, bits.slice(0, LOW_BITS)),
    hi: pack(cs, bits.slice(LOW_BITS)),
    half0: pack(cs, bits.slice(0, HALF_BITS)),
    half1: pack(cs, bits.slice(HALF_BITS, LOW_BITS)),
  };
}

/** Splits limbs that are known to be in range. One row and 136 bits. */
export function splitFq<E>(cs: ConstraintSystem<E>, limbs: FqLimbs<E>): SplitFq<E> {
  const bits = toBits(cs, limbs.lo, LOW_BITS);
  return { ...limbs, half0: pack(cs, bits.slice(0, HALF_BITS)), half1: pack(cs, bits.slice(HALF_BITS)) };
}

/** A multiplier n below 2^130 in 68 low and 62 high bits. */
export interface Multiplier<E> {
  readonly half0: E;
  readonly half1: E;
  readonly whole: E;
}

const MAX_TERMS = 3;
const QUOTIENT_BITS = 132;
const CARRY_BITS = 72;
const CARRY_OFFSET = 1n << 70n;

/**
 * x'' = x + sum n_i x_i modulo q, as new limbs (protocol section 4), for at most three terms. Two rows and 458 bits.
 *
 * The integer X = x + sum n_i x_i - k q - x'' is shown to be 0 modulo r and modulo 2^136. x, x_i, x'' < 2^254, n_i < 3 2^128 and
 * k < 2^132, so |X| < 2^387 < r 2^136 and X = 0 over the integers; an honest k is below 2^131.6. Modulo 2^136 the products of
 * halves stay below 2^207 and the carry within 2^70, so that row cannot wrap around r either.
 */
export function foldFq<E>(
  cs: ConstraintSystem<E>,
  x: FqLimbs<E>,
  terms: readonly { readonly n: Multiplier<E>; readonly x: SplitFq<E> }[],
): FqLimbs<E> {
  invariant(terms.length <= MAX_TERMS, 'the bounds of a reduction hold for three terms');
  const value = (l: FqLimbs<E>): bigint => cs.value(l.lo) + (cs.value(l.hi) << BigInt(LOW_BITS));
  const total = (): bigint => terms.reduce((s, t) => s + cs.value(t.n.whole) * value(t.x), value(x));
  const folded = allocateFq(cs, () => total() % Q);
  const quotient = cs.bits(QUOTIENT_BITS, () => total() / Q);
  const k0 = pack(cs, quotient.slice(0, HALF_BITS));
  const k1 = pack(cs, quotient.slice(HALF_BITS));
  const q = { half0: Q % HALF, half1: (Q / HALF) % HALF };
  // lo(k q + x'') modulo 2^136, before carries
  const taken: [bigint, E][] = [
    [q.half0 + HALF * q.half1, k0],
    [HALF * q.half0, k1],
    [1n, folded.lo],
  ];
  const carry = cs.bits(CARRY_BITS, () => {
    const given = terms.reduce(
      (s, { n, x: t }) =>
        s +
        cs.value(n.half0) * (cs.value(t.half0) + HALF * cs.value(t.half1)) +
        HALF * cs.value(n.half1) * cs.value(t.half0),
      cs.value(x.lo),
    );
    const subtracted = taken.reduce((s, [c, e]) => s + c * cs.value(e), 0n);
    return (given - subtracted) / LOW + CARRY_OFFSET;
  });
  const one = cs.constant(1n);
  const minus = taken.map(([c, e]) => [-c, e] as const);
  cs.row(...terms.flatMap(({ n, x: t }) => [[n.half0, t.lo] as const, [cs.scale(HALF, n.half1), t.half0] as const]), [
    cs.sum([[1n, x.lo], ...minus, [-LOW, pack(cs, carry)], [LOW * CARRY_OFFSET, one]]),
    one,
  ]);
  const whole = (l: FqLimbs<E>): E =>
    cs.sum([
      [1n, l.lo],
      [LOW, l.hi],
    ]);
  const k = cs.sum([
    [1n, k0],
    [HALF, k1],
  ]);
  cs.row(...terms.map(({ n, x: t }) => [n.whole, whole(t)] as const), [
    cs.sum([
      [1n, whole(x)],
      [-Q, k],
      [-1n, whole(folded)],
    ]),
    one,
  ]);
  return { lo: folded.lo, hi: folded.hi };
}
