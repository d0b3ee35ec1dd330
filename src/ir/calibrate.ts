/**
 * Choosing the activation bits from sample inputs.
 *
 * The integers of a run do not depend on the bits, only on the scales; the bits are a limit. So the network is run in
 * integers with the widest limit and the largest magnitude that must fit is noted: of the input and of every y before ReLU.
 */
import { FoldError } from '../errors.ts';
import { MOST_ACTIVATION_BITS } from '../layers/step-plan.ts';
import type { Tensor } from './graph.ts';
import type { IntegerNetwork } from './model.ts';
import { runNetwork, scaleInput } from './run.ts';

/** Headroom above the samples: one bit, so that other inputs may go twice as far. */
const MARGIN_BITS = 1;

export interface Calibration {
  /** Bits of the largest magnitude, with headroom. */
  readonly activationBits: number;
  /** Largest magnitude that must fit the activation bits. */
  readonly peak: number;
  /** Largest |y| per layer. */
  readonly layerPeaks: Float64Array;
  readonly samples: number;
  /** Whether some input value is negative. */
  readonly negativeInput: boolean;
}

/**
 * @param scales fractional bits of activations and weights that the network's integers stand for
 * @throws E_PLAN without samples, E_RANGE where a layer needs more than 30 bits
 */
export function calibrate(
  network: IntegerNetwork,
  scales: { readonly activationFraction: number; readonly weightFraction: number },
  samples: readonly Tensor[],
): Calibration {
  if (samples.length === 0)
    throw new FoldError('E_PLAN', 'A plan needs a sample input or a number of activation bits.', {
      expected: 'at least one sample input',
      hint: 'fold calibrate MODEL.onnx --data FILES',
    });
  const limits = { signed: true, activationBits: MOST_ACTIVATION_BITS, shift: scales.weightFraction };
  const layerPeaks = new Float64Array(network.layers.length);
  let peak = 0;
  let negativeInput = false;
  for (const sample of samples) {
    const input = scaleInput(sample, scales.activationFraction);
    peak = Math.max(peak, magnitude(input));
    negativeInput ||= input.some((v) => v < 0);
    runNetwork(network, limits, input, ({ index, before }) => {
      layerPeaks[index] = Math.max(layerPeaks[index]!, magnitude(before));
    });
  }
  for (const p of layerPeaks) peak = Math.max(peak, p);
  const activationBits = Math.min(MOST_ACTIVATION_BITS, bitLength(peak) + MARGIN_BITS);
  return { activationBits, peak, layerPeaks, samples: samples.length, negativeInput };
}

function magnitude(values: Float64Array): number {
  let largest = 0;
  for (const v of values) largest = Math.max(largest, Math.abs(v));
  return largest;
}

/** Bits of a non-negative integer. */
export function bitLength(value: number): number {
  let bits = 0;
  while (2 ** bits <= value) bits++;
  return bits;
}
