/**
 * Packing range-checked values for hashing: as many as fit in 252 bits per field element, the first value lowest.
 *
 * 252 bits stay below r, so that packing is injective on values in their range; values that come from outside the step
 * are therefore decomposed into bits first (protocol section 6, item 4). Signed values are packed with an offset.
 */
import type { ConstraintSystem } from '../circuit/constraint-system.ts';

const ELEMENT_BITS = 252;

/** Number of field elements that hold `count` values of `width` bits. */
export function packedLength(count: number, width: number): number {
  return Math.ceil(count / Math.floor(ELEMENT_BITS / width));
}

/** Packed values + offset as linear forms: no row. */
export function packForms<E>(cs: ConstraintSystem<E>, values: readonly E[], width: number, offset: bigint): E[] {
  const per = Math.floor(ELEMENT_BITS / width);
  const one = cs.constant(1n);
  return Array.from({ length: packedLength(values.length, width) }, (_, e) => {
    const group = values.slice(e * per, (e + 1) * per);
    const weighted = group.map((v, k) => [1n << BigInt(k * width), v] as const);
    const offsets = group.reduce((sum, _v, k) => sum + (offset << BigInt(k * width)), 0n);
    return cs.sum([...weighted, [offsets, one]]);
  });
}

/** Packed values + offset; twin of `packForms`. Every value + offset must be in [0, 2^width). */
export function packIntegers(values: Float64Array, width: number, offset: number): bigint[] {
  const per = Math.floor(ELEMENT_BITS / width);
  const shift = BigInt(width);
  return Array.from({ length: packedLength(values.length, width) }, (_, e) => {
    let element = 0n;
    for (let i = Math.min(values.length, (e + 1) * per) - 1; i >= e * per; i--) {
      element = (element << shift) | BigInt(values[i]! + offset);
    }
    return element;
  });
}
