/**
 * The readout: raw accumulators W x + b of the last slot's output, one row each (protocol section 7).
 *
 * It stands in every step with its own model entries (weights [outputs, n], then biases), zero outside the last step.
 * Nothing is dropped from the sum: a logit is `bits` signed bits, in the circuit as logit + 2^(bits-1).
 * Its rows are in readout-rows.ts.
 */
import { widenDense } from './dense.ts';
import { innerProducts } from './linear.ts';
import { type DenseShape, type Linear, weightCount } from './linear-shape.ts';
import { checkRange } from './range.ts';
import { type StepPlan, stateSize } from './step-plan.ts';

export function readoutShape(step: StepPlan): DenseShape {
  return { kind: 'dense', inputs: stateSize(step.slot), outputs: step.readout.outputs };
}

/** Model entries of the readout. */
export function readoutModelSize(step: StepPlan): number {
  return weightCount(readoutShape(step)) + step.readout.outputs;
}

/** What is added to a logit so that it is not negative. */
export function logitOffset(step: StepPlan): number {
  return 2 ** (step.readout.bits - 1);
}

/** The readout's model entries: of the last step, elsewhere zeros. */
export function readoutModel(step: StepPlan, linear: Linear & { readonly shape: DenseShape }): Float64Array {
  const to = new Float64Array(readoutModelSize(step));
  const wide = readoutShape(step);
  widenDense(linear.shape, linear.weights, wide, to);
  to.set(linear.bias, weightCount(wide));
  return to;
}

/** Logits of exact integers. @param model the readout's entries. @throws E_RANGE when one does not fit */
export function runReadout(step: StepPlan, model: Float64Array, x: Float64Array): Float64Array {
  const shape = readoutShape(step);
  const biases = weightCount(shape);
  const logits = innerProducts({ shape, weights: model.subarray(0, biases), bias: model.subarray(biases) }, x);
  const offset = logitOffset(step);
  checkRange(logits, [-offset, offset - 1], 'readout', 'a logit');
  return logits;
}
