/**
 * Signed digits without zero: how the wrap reads the scalars of the CycleFold commitment (protocol section 9.4).
 *
 * A scalar is an odd integer V = sum over k < 85 of 8^k d_k with d_k in {+-1, +-3, +-5, +-7}. Writing d_k = 2 b_k - 7
 * shows that V = 2 sum 8^k b_k - (8^85 - 1): the odd integers of size below 2^255 are exactly those with digits, and
 * have them once. No digit is zero, so that no addition of the sum is skipped; -d mirrors a point, so that a
 * table of four points serves eight digits.
 */
import { Q } from '../../algebra/params.ts';
import { invariant } from '../../errors.ts';

/** Digits of one scalar. */
export const DIGITS = 85;
export const DIGIT_BITS = 3;
/** The sizes that a digit may have. */
export const DIGIT_SIZES = [1n, 3n, 5n, 7n] as const;

const RANGE = 1n << BigInt(DIGIT_BITS * DIGITS);

/** The odd integer that stands for w in [0, q): w itself or w - q. Both are below 2^254 in size. */
export function oddRepresentative(w: bigint): bigint {
  invariant(w >= 0n && w < Q, 'a scalar of the CycleFold commitment is not canonical');
  return w & 1n ? w : w - Q;
}

/** The 85 digits of an odd integer, lowest first. */
export function signedDigits(v: bigint): bigint[] {
  invariant((v & 1n) === 1n && v < RANGE && -v < RANGE, 'only odd integers below 2^255 have these digits');
  const shifted = (v + RANGE - 1n) >> 1n;
  return Array.from({ length: DIGITS }, (_, k) => 2n * ((shifted >> BigInt(DIGIT_BITS * k)) & 7n) - 7n);
}
