/** The one error for an integer that does not fit the plan: never a wrapped number (protocol section 7). */
import { FoldError } from '../errors.ts';
import { MOST_ACTIVATION_BITS } from './step-plan.ts';

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
  hint = rangeHint(high),
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

/** What helps against a number above the largest of a range: a plan with more bits, as long as there are more. */
export function rangeHint(high: number): string {
  return high < 2 ** MOST_ACTIVATION_BITS - 1
    ? 'fold calibrate MODEL.onnx --data FILES, with inputs like this one among them, makes a plan with room for it'
    : `No plan has more than ${MOST_ACTIVATION_BITS} bits: fold calibrate MODEL.onnx --data FILES --activation-fraction BITS, with fewer fractional ones, or scale the network's numbers down`;
}
