/** A step's model entries between the order of the layers, slot after slot, and that of the block (step-layout.ts). */
import { invariant } from '../errors.ts';
import { stepLayout } from './step-layout.ts';
import type { StepPlan } from './step-plan.ts';

/**
 * The model entries of a step.
 * @param slots entries of each of the K slots in the order of slot.ts
 * @param readout entries of the readout
 */
export function modelBlock(
  step: StepPlan,
  slots: readonly Float64Array[],
  readout: Float64Array | undefined,
): Float64Array {
  const { groups, readout: ofReadout, sizes } = stepLayout(step);
  const block = new Float64Array(sizes.model);
  for (const { slots: own, model } of groups)
    for (let k = 0; k < 2 ** own.log; k++) scatter(slots[own.from + k]!, model, k, block);
  if (readout) scatter(readout, ofReadout.model, 0, block);
  return block;
}

export interface StepModel {
  readonly slots: readonly Float64Array[];
  readonly readout: Float64Array;
}

/** What `modelBlock` was made of. */
export function modelOfBlock(step: StepPlan, block: Float64Array): StepModel {
  const { groups, readout, sizes } = stepLayout(step);
  invariant(block.length === sizes.model, `a step has ${sizes.model} model entries, not ${block.length}`);
  const slots = groups.flatMap(({ slots: own, model }) =>
    Array.from({ length: 2 ** own.log }, (_, k) => gather(block, model, k)),
  );
  return { slots, readout: gather(block, readout.model, 0) };
}

function scatter(from: Float64Array, places: Int32Array, offset: number, to: Float64Array): void {
  for (let i = 0; i < from.length; i++) to[places[i]! + offset] = from[i]!;
}

function gather(from: Float64Array, places: Int32Array, offset: number): Float64Array {
  const to = new Float64Array(places.length);
  for (let i = 0; i < to.length; i++) to[i] = from[places[i]! + offset]!;
  return to;
}
