/**
 * The readout: raw accumulators W x + b of the last slot's output, one row each (protocol section 6).
 *
 * It stands in every step with its own model entries (weights [outputs, n], then biases), zero outside the last step.
 * Nothing is dropped from the sum: a logit is `bits` signed bits, in the circuit as logit + 2^(bits-1).
 */

import type { LinearForm } from '../circuit/linear-form.ts';
import type { ShapeBuilder, ShapeRow } from '../circuit/shape.ts';
import { widenDense } from './dense.ts';
import { writeBits } from './floor.ts';
import { innerProducts, taps } from './linear.ts';
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

/** Writes the last step's readout into `to` (readoutModelSize zeros). */
export function writeReadoutModel(
  step: StepPlan,
  linear: Linear & { readonly shape: DenseShape },
  to: Float64Array,
): void {
  const wide = readoutShape(step);
  widenDense(linear.shape, linear.weights, wide, to);
  to.set(linear.bias, weightCount(wide));
}

/** Bits and one row per output; returns the logits as forms. */
export function buildReadout(
  shape: ShapeBuilder,
  step: StepPlan,
  model: readonly LinearForm[],
  x: readonly LinearForm[],
): LinearForm[] {
  const linear = readoutShape(step);
  const biases = weightCount(linear);
  const one = shape.constant(1n);
  const offset = BigInt(logitOffset(step));
  return Array.from({ length: linear.outputs }, (_, o) => {
    const products: ShapeRow[number][] = [];
    taps(linear, o, (weight, input) => products.push([model[weight]!, x[input]!]));
    const bits = shape.bits(step.readout.bits).map((b, k) => [1n << BigInt(k), b] as const);
    const logit = shape.sum([...bits, [-offset, one]]);
    shape.row(...products, [shape.sub(model[biases + o]!, logit), one]);
    return logit;
  });
}

/** Logits of exact integers; writes their bits from `at`. @throws E_RANGE when one does not fit */
export function writeReadout(
  step: StepPlan,
  model: Float64Array,
  x: Float64Array,
  bits: Uint8Array,
  at: number,
): Float64Array {
  const shape = readoutShape(step);
  const biases = weightCount(shape);
  const logits = innerProducts({ shape, weights: model.subarray(0, biases), bias: model.subarray(biases) }, x);
  const offset = logitOffset(step);
  checkRange(logits, [-offset, offset - 1], 'readout', 'a logit');
  let position = at;
  for (const logit of logits) position = writeBits(bits, position, logit + offset, step.readout.bits);
  return logits;
}
