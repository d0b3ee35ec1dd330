/**
 * The rows of a group of slots as replicated patterns (protocol section 2).
 *
 * Per activation of a slot: one row for the sum, the inner product with all its products; in signed steps one for p = sign y; one for the
 * output, which is the input x of the next slot. A slot's place among the slots is the number k, and k + 1 is not affine in the bits
 * of k; it is for those k whose t lowest bits are 1 and the next one 0. So the outputs are log K + 1 families, and nothing else is needed to
 * tie a slot to the one before.
 */

import type { LinearForm } from '../circuit/linear-form.ts';
import type { ShapeBuilder, ShapeRow } from '../circuit/shape.ts';
import { channelsOf, countedArrays, type NumberedArray, pixelsOf } from './activation-arrays.ts';
import { droppedBits } from './floor.ts';
import { biasIndex, taps } from './linear.ts';
import { biasCount, slotLinearShape, weightCount } from './linear-shape.ts';
import { clippedRow, selectedRow, signRow } from './relu.ts';
import { type SlotPlaces, stepLayout } from './step-layout.ts';
import { type StepPlan, stateSize } from './step-plan.ts';
import type { LayerVariables } from './step-variables.ts';

/**
 * @param group of slots
 * @param next what the last of them gives, by activation: the input of the next group, or the step's output
 */
export function buildSlots(
  shape: ShapeBuilder,
  step: StepPlan,
  variables: LayerVariables,
  group: SlotPlaces,
  next: readonly LinearForm[],
): void {
  sumRows(shape, step, variables, group);
  const { arrays } = stepLayout(step);
  if (step.signed) for (const array of arrays) signRows(shape, step, variables, group, array);
  for (let ones = 0; ones <= group.slots.log; ones++)
    for (const array of arrays) outputRows(shape, step, variables, group, { array, ones, next });
}

/** acc = sum of weights times inputs + residual x + bias: a pattern for each pixel and group of channels, its copies slots and channels. */
function sumRows(shape: ShapeBuilder, step: StepPlan, variables: LayerVariables, group: SlotPlaces): void {
  const linear = slotLinearShape(step.slot);
  const biases = weightCount(linear);
  const residual = biases + biasCount(linear);
  const pixels = pixelsOf(step.slot);
  const one = shape.constant(1n);
  const copies = 2 ** group.slots.log;
  for (const { log, members } of countedArrays(channelsOf(step.slot))) {
    shape.replicate(group.slots.log + log, (copy) => {
      const k = copy % copies;
      const entry = (m: number): LinearForm => variables.model[group.model[m]! + k]!;
      const x = (i: number): LinearForm => variables.small[group.x[i]! + k]!;
      const first = members[Math.floor(copy / copies)]! * pixels;
      for (let o = first; o < first + pixels; o++) {
        const products: ShapeRow[number][] = [];
        taps(linear, o, (weight, input) => products.push([entry(weight), x(input)]));
        const { acc } = sumOf(shape, step, variables, group, o, k);
        const bias = entry(biases + biasIndex(linear, o));
        shape.row(...products, [entry(residual), x(o)], [shape.sub(bias, acc), one]);
      }
    });
  }
}

/** p = sign y, in all slots. */
function signRows(
  shape: ShapeBuilder,
  step: StepPlan,
  variables: LayerVariables,
  group: SlotPlaces,
  { log, members }: NumberedArray,
): void {
  const copies = 2 ** group.slots.log;
  shape.replicate(group.slots.log + log, (copy) => {
    const [k, i] = [copy % copies, members[Math.floor(copy / copies)]!];
    const { y, sign } = sumOf(shape, step, variables, group, i, k);
    signRow(shape, y, sign, variables.small[group.p![i]! + k]!);
  });
}

/** Outputs of the slots k whose lowest bits are `ones` times 1, then 0: of slot K - 1 where there is no bit left. */
function outputRows(
  shape: ShapeBuilder,
  step: StepPlan,
  variables: LayerVariables,
  group: SlotPlaces,
  { array, ones, next }: { array: NumberedArray; ones: number; next: readonly LinearForm[] },
): void {
  const last = ones === group.slots.log;
  const free = last ? 0 : group.slots.log - ones - 1;
  shape.replicate(free + array.log, (copy) => {
    const k = 2 ** ones - 1 + (copy % 2 ** free) * 2 ** (ones + 1);
    const i = array.members[Math.floor(copy / 2 ** free)]!;
    const { y, sign, low } = sumOf(shape, step, variables, group, i, k);
    const output = last ? next[i]! : variables.small[group.x[i]! + k + 1]!;
    if (!group.p) clippedRow(shape, low, sign, output);
    else selectedRow(shape, y, variables.small[group.p[i]! + k]!, variables.model[group.model.at(-1)! + k]!, output);
  });
}

function sumOf(
  shape: ShapeBuilder,
  step: StepPlan,
  variables: LayerVariables,
  { sums }: SlotPlaces,
  activation: number,
  k: number,
): ReturnType<typeof droppedBits> {
  return droppedBits(shape, variables.number(sums, activation, k), step.activationBits, step.shift);
}

/** Inputs of the group's first slot, by activation. */
export function firstInputs(step: StepPlan, { small }: LayerVariables, { x }: SlotPlaces): LinearForm[] {
  return Array.from({ length: stateSize(step.slot) }, (_, i) => small[x[i]!]!);
}
