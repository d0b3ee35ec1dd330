/**
 * Floors of integers. What a shift or a division of integers floors is a linear map of integers with dyadic weights, which is exact at a
 * scale of so many fractional bits and wrong by whole units at a smaller one.
 */
import type { Codes } from './integer.ts';
import type { ResolvedTensor } from './resolve.ts';
import { isExact } from './scales.ts';

/** Fractional bits beyond which a weight is not taken for one of a shift. */
const MOST_BITS = 24;

/**
 * Fractional bits that hold all numbers of an operand, where it is a linear map of integers; undefined for other numbers, whose floors
 * are as near as the numbers are.
 * @param ownerOf the tensor of a code that is no constant
 */
export function fractionalBits(codes: Codes, ownerOf: (code: number) => ResolvedTensor): number | undefined {
  const owners = new Set(
    Array.from(
      codes.filter((code) => code >= 0),
      ownerOf,
    ),
  );
  let bits = 0;
  for (const { operation } of owners) {
    if (operation.op !== 'linear') return undefined;
    if (!operation.taps.every((code) => code < 0 || isExact(ownerOf(code)))) return undefined;
    for (const part of [operation.weights, operation.bias ?? []])
      for (const number of part) {
        while (bits <= MOST_BITS && !Number.isInteger(number * 2 ** bits)) bits++;
        if (bits > MOST_BITS) return undefined;
      }
  }
  return bits;
}
