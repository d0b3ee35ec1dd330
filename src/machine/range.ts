/** The one error for an integer that the machine cannot hold: never a wrapped number. */
import { FoldError } from '../errors.ts';

export interface Place {
  /** Node of the network; '' where none is known. */
  readonly node: string;
  readonly what: string;
  readonly step: number;
}

/** E_RANGE naming node, place, step and value. */
export function outOfRange(
  { node, what, step }: Place,
  got: number | string,
  low: number,
  high: number | string,
): FoldError {
  return rangeError(`${node || 'The program'}: ${what} of step ${step}`, got, low, high);
}

export function rangeError(what: string, got: number | string, low: number, high: number | string): FoldError {
  return new FoldError('E_RANGE', `${what} is out of range.`, {
    expected: `an integer from ${low} to ${high}`,
    got: `${got}`,
    hint: 'fold calibrate MODEL.onnx --data FILES, with inputs like this one among them, makes a plan with room for it',
  });
}
