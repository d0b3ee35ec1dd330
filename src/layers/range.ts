/** The one error for an integer that does not fit the plan: never a wrapped number (protocol section 7). */
import { FoldError } from '../errors.ts';

/**
 * Checks low <= value <= high for every entry.
 * @param where the layer or slot, for the message
 * @param tensor which of its numbers
 * @throws E_RANGE naming place, index, value and range
 */
export function checkRange(
  values: Float64Array,
  [low, high]: readonly [number, number],
  where: string,
  tensor: string,
  hint = 'Make the plan with more bits: fold run MODEL.onnx --activation-bits BITS, or calibrate it with more samples.',
): void {
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (v >= low && v <= high) continue;
    throw new FoldError('E_RANGE', `${where}: ${tensor} is out of range at index ${i}.`, {
      expected: `an integer from ${low} to ${high}`,
      got: `${v}`,
      hint,
    });
  }
}
