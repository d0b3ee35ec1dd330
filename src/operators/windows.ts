/** HannWindow, HammingWindow and BlackmanWindow: sums of cosines over a constant length. */
import { numberAttribute } from '../layers/node.ts';
import { constantInput, scalar, unsupported } from './arguments.ts';
import type { Operator } from './operator.ts';

/** Longest window that is written out. */
const MAX_LENGTH = 2 ** 20;

/** sum_k coefficients[k] cos(2 pi k i / n), n the length or, of a symmetric window, one less. */
function cosines(op: string, coefficients: readonly number[]): Operator {
  return {
    op,
    inputs: [1, 1],
    attributes: ['output_datatype', 'periodic'],
    expand: (b, call) => {
      const length = scalar(call.node, constantInput(call, 0, 'length')!, 'length');
      if (!(Number.isInteger(length) && length >= 0 && length <= MAX_LENGTH))
        throw unsupported(call.node, `is ${length} numbers long`, `Give a length of 0 to ${MAX_LENGTH}.`);
      const period = numberAttribute(call.node, 'periodic', 1) === 1 ? length : Math.max(length - 1, 1);
      const value = (i: number): number =>
        coefficients.reduce((sum, coefficient, k) => sum + coefficient * Math.cos((2 * Math.PI * k * i) / period), 0);
      return [
        b.constant(
          [length],
          Float64Array.from({ length }, (_, i) => value(i)),
        ),
      ];
    },
  };
}

export const WINDOWS: readonly Operator[] = [
  cosines('HannWindow', [0.5, -0.5]),
  cosines('HammingWindow', [25 / 46, -21 / 46]),
  cosines('BlackmanWindow', [0.42, -0.5, 0.08]),
];
