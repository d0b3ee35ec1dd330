/** Limbs of 29 bits and the slots of memory that hold two elements by their limbs (pair-field.ts). */

export const LIMB_BITS = 29;
export const LIMBS = 9;
export const LIMB = 2n ** BigInt(LIMB_BITS);
/** R = 2^261 */
export const MONTGOMERY_BITS = LIMB_BITS * LIMBS;
/** Nine limbs of two words and 8 bytes of padding, so that limbs can be read two by two. */
export const SLOT_BYTES = 80;

/** Two equal elements as a slot; `limbs` of any size below 2^32. */
export function slotOf(limbs: readonly bigint[]): Uint8Array {
  const words = new Uint32Array(SLOT_BYTES / 4);
  limbs.forEach((limb, i) => {
    words.fill(Number(limb), 2 * i, 2 * i + 2);
  });
  return new Uint8Array(words.buffer);
}

/** Nine digits of 29 bits. */
export function limbsOf(value: bigint): bigint[] {
  return Array.from({ length: LIMBS }, (_, i) => (value >> BigInt(LIMB_BITS * i)) % LIMB);
}

/**
 * k p with limbs 0..7 of at least 2^29 - 1, so that a tight value below k p can be subtracted limb by limb without a
 * borrow. Limbs are < 2^30.
 */
export function spread(multiple: bigint): bigint[] {
  const reserve = limbsOf(LIMB ** BigInt(LIMBS - 1) - 1n);
  const rest = limbsOf(multiple - (LIMB ** BigInt(LIMBS - 1) - 1n));
  return rest.map((limb, i) => limb + reserve[i]!);
}
