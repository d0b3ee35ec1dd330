/** Figures of repetitions that nobody ran. */
import type { Asked, Measured } from '../../src/api/repetition.ts';

const figures: Measured = {
  circuit: 'slots',
  layers: 3,
  layersPerStep: 1,
  activationBits: 10,
  activationFraction: 0,
  weightFraction: 20,
  activations: 1568,
  weights: 36,
  steps: 2,
  rows: 1,
  bits: 1,
  products: 1,
  wrapConstraints: 1,
  circuitSeconds: 1,
  integersSeconds: 1,
  commitSeconds: 1,
  foldSeconds: 1,
  proveSeconds: 1.23456789,
  processorSeconds: 1,
  verifySeconds: 1,
  stepSeconds: 1,
  stepWitnessSeconds: 1,
  stepCommitSeconds: 1,
  stepCycleFoldSeconds: 1,
  stepFoldSeconds: 1,
  peakMemory: 1,
  proofBytes: 1,
  class: 1,
  logitError: 0,
};

/** The parameters that were asked for, with made-up figures. */
export async function measured({ layers = 3, layersPerStep = 1, ...asked }: Asked): Promise<Measured> {
  const { activationBits = 10, activationFraction = 0, weightFraction = 20 } = asked;
  return { ...figures, layers, layersPerStep, activationBits, activationFraction, weightFraction };
}
