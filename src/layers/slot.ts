/**
 * A slot: the one layer shape that a step repeats K times (protocol section 7), in integers. Its rows are in slot-rows.ts.
 *
 * Model entries, in this order: weights, biases, the residual coefficient and, in signed steps, the ReLU selector.
 * A narrower layer is padded with zeros, a slot that no layer uses is the identity (residual 2^s, all else 0).
 */

import { invariant } from '../errors.ts';
import { addResidual } from './add.ts';
import { widenConv } from './conv.ts';
import { widenDense } from './dense.ts';
import { dropBits } from './floor.ts';
import { innerProducts } from './linear.ts';
import { biasCount, type Linear, slotLinearShape, weightCount } from './linear-shape.ts';
import { checkRange } from './range.ts';
import { type StepPlan, stateSize, sumBits } from './step-plan.ts';

/** A layer in integers as a slot computes it. */
export interface SlotLayer {
  readonly linear: Linear;
  readonly residual: boolean;
  readonly relu: boolean;
}

type SlotScales = Omit<StepPlan, 'slots' | 'readout'>;

export function slotModelSize(step: SlotScales): number {
  const shape = slotLinearShape(step.slot);
  return weightCount(shape) + biasCount(shape) + (step.signed ? 2 : 1);
}

export interface SlotSizes {
  readonly model: number;
  readonly bits: number;
  readonly small: number;
}

export function slotSizes(step: SlotScales): SlotSizes {
  const n = stateSize(step.slot);
  return { model: slotModelSize(step), bits: n * sumBits(step), small: n * (step.signed ? 2 : 1) };
}

/** A slot's model entries; no layer: the identity. */
export function slotModel(step: StepPlan, layer: SlotLayer | undefined): Float64Array {
  const to = new Float64Array(slotModelSize(step));
  const wide = slotLinearShape(step.slot);
  const biases = weightCount(wide);
  const residual = biases + biasCount(wide);
  if (layer) {
    const { shape, weights, bias } = layer.linear;
    if (shape.kind === 'conv' && wide.kind === 'conv') widenConv(shape, weights, wide, to);
    else {
      invariant(shape.kind === 'dense' && wide.kind === 'dense', 'a layer of the slot kind');
      widenDense(shape, weights, wide, to);
    }
    to.set(bias, biases);
  }
  to[residual] = !layer || layer.residual ? 2 ** step.shift : 0;
  if (step.signed) to[residual + 1] = layer?.relu ? 1 : 0;
  return to;
}

/** What a slot computes of each activation. */
export interface SlotValues {
  readonly acc: Float64Array;
  /** min(y, 0), what a slot with ReLU clips. */
  readonly p: Float64Array;
  readonly output: Float64Array;
}

/**
 * Runs a slot on exact integers.
 * @param model the slot's model entries
 * @throws E_RANGE for a y outside [-2^a, 2^a), naming `where`
 */
export function runSlot(step: StepPlan, model: Float64Array, x: Float64Array, where: string): SlotValues {
  const { activationBits: a, shift: s } = step;
  const shape = slotLinearShape(step.slot);
  const biases = weightCount(shape);
  const residualAt = biases + biasCount(shape);
  const linear: Linear = { shape, weights: model.subarray(0, biases), bias: model.subarray(biases, residualAt) };
  const acc = innerProducts(linear, x);
  addResidual(acc, model[residualAt]!, x);
  const output = acc.slice();
  dropBits(output, s);
  checkRange(output, [-(2 ** a), 2 ** a - 1], where, 'a value before ReLU');
  const selector = step.signed ? model[residualAt + 1]! : 1;
  const p = output.map((y) => Math.min(y, 0));
  for (let i = 0; i < output.length; i++) output[i] = output[i]! - selector * p[i]!;
  return { acc, p, output };
}
