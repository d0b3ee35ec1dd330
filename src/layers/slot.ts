/**
 * A slot: the one layer shape that a step repeats K times (protocol section 6).
 *
 * Model entries, in this order: weights, biases, the residual coefficient and, in signed steps, the ReLU selector.
 * Per activation: one row for the inner product with all its products, one (signed: two) for ReLU; a + 1 + s bits.
 * A narrower layer is padded with zeros, a slot that no layer uses is the identity (residual 2^s, all else 0).
 */

import type { LinearForm } from '../circuit/linear-form.ts';
import type { ShapeBuilder, ShapeRow } from '../circuit/shape.ts';
import { invariant } from '../errors.ts';
import { addResidual } from './add.ts';
import { widenConv } from './conv.ts';
import { widenDense } from './dense.ts';
import { dropBits, droppedBits, writeDroppedBits } from './floor.ts';
import { biasIndex, innerProducts, taps } from './linear.ts';
import { biasCount, type Linear, slotLinearShape, weightCount } from './linear-shape.ts';
import { checkRange } from './range.ts';
import { reluRow, selectedReluRows } from './relu.ts';
import { type StepPlan, stateSize } from './step-plan.ts';

/** A layer in integers as a slot computes it. */
export interface SlotLayer {
  readonly linear: Linear;
  readonly residual: boolean;
  readonly relu: boolean;
}

export interface SlotSizes {
  readonly model: number;
  readonly bits: number;
  readonly small: number;
}

export function slotSizes(step: Omit<StepPlan, 'slots' | 'readout'>): SlotSizes {
  const shape = slotLinearShape(step.slot);
  const n = stateSize(step.slot);
  return {
    model: weightCount(shape) + biasCount(shape) + (step.signed ? 2 : 1),
    bits: n * (step.activationBits + 1 + step.shift),
    small: n * (step.signed ? 2 : 1),
  };
}

/** Writes a layer's model entries into `to` (slotSizes(step).model zeros); no layer: the identity. */
export function writeSlotModel(step: StepPlan, layer: SlotLayer | undefined, to: Float64Array): void {
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
}

/**
 * Bits, field variables and rows of one slot, activation after activation.
 * @param model the slot's model variables
 * @param x n forms
 * @returns n forms, the slot's output
 */
export function buildSlot(
  shape: ShapeBuilder,
  step: StepPlan,
  model: readonly LinearForm[],
  x: readonly LinearForm[],
): LinearForm[] {
  const linear = slotLinearShape(step.slot);
  const biases = weightCount(linear);
  const residual = model[biases + biasCount(linear)]!;
  const one = shape.constant(1n);
  return x.map((own, o) => {
    const products: ShapeRow[number][] = [];
    taps(linear, o, (weight, input) => products.push([model[weight]!, x[input]!]));
    const { low, sign, y, acc } = droppedBits(shape, step.activationBits, step.shift);
    const bias = model[biases + biasIndex(linear, o)]!;
    shape.row(...products, [residual, own], [shape.sub(bias, acc), one]);
    return step.signed ? selectedReluRows(shape, y, sign, model[model.length - 1]!) : reluRow(shape, low, sign);
  });
}

/** Where a slot's witness goes: whole blocks of the step and the positions of this slot in them. */
export interface SlotTarget {
  readonly bits: Uint8Array;
  readonly bitAt: number;
  readonly small: Float64Array;
  readonly smallAt: number;
}

/**
 * Runs a slot on exact integers, writes its bits and small field values in the order of `buildSlot`, returns its output.
 * @throws E_RANGE for a y outside [-2^a, 2^a), naming `where`
 */
export function writeSlot(
  step: StepPlan,
  model: Float64Array,
  x: Float64Array,
  target: SlotTarget,
  where: string,
): Float64Array {
  const { activationBits: a, shift: s } = step;
  const shape = slotLinearShape(step.slot);
  const biases = weightCount(shape);
  const residualAt = biases + biasCount(shape);
  const linear: Linear = { shape, weights: model.subarray(0, biases), bias: model.subarray(biases, residualAt) };
  const acc = innerProducts(linear, x);
  addResidual(acc, model[residualAt]!, x);
  const y = acc.slice();
  dropBits(y, s);
  checkRange(y, [-(2 ** a), 2 ** a - 1], where, 'a value before ReLU');
  const selector = step.signed ? model[residualAt + 1]! : 1;
  const out = new Float64Array(y.length);
  let { bitAt, smallAt } = target;
  for (let i = 0; i < y.length; i++) {
    const v = y[i]!;
    bitAt = writeDroppedBits(target.bits, bitAt, v, acc[i]! - v * 2 ** s, a, s);
    const p = Math.min(v, 0);
    out[i] = v - selector * p;
    if (step.signed) target.small[smallAt++] = p;
    target.small[smallAt++] = out[i]!;
  }
  return out;
}
