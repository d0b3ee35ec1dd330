/** From a violated row or bit of a step to the place in the network that a user knows: layer, tensor, index. */
import type { Violation } from '../circuit/check.ts';
import type { QuantizedModel } from '../ir/model.ts';
import { slotSizes } from '../layers/slot.ts';
import { packedBits, type StepPlan, stateSize } from '../layers/step-plan.ts';

/** Where in the network a constraint is violated. */
export interface Place {
  readonly step: number;
  /** Name of the layer's node; "identity" for a slot that no layer uses. */
  readonly layer: string;
  /** Name of the tensor in the network's own terms. */
  readonly tensor: string;
  /** Index of the activation or logit in that tensor; undefined for a digest. */
  readonly index: number | undefined;
}

/** Where in a network a violation of step `step` stands; `slotRows`: rows of one slot. */
export function locate(model: QuantizedModel, step: number, violation: Violation, slotRows: number): Place {
  const { kind, index, scope, indexInScope } = violation;
  const plan = model.plan.step;
  if (kind === 'bit') return bitPlace(model, plan, step, index);
  const slot = /^layers\/slot (\d+)$/.exec(scope)?.[1];
  if (slot !== undefined) {
    const rowsPerActivation = slotRows / stateSize(plan.slot);
    return slotPlace(model, step, Number(slot), Math.floor(indexInScope / rowsPerActivation));
  }
  if (scope === 'layers/readout') return readoutPlace(model, step, indexInScope);
  return { step, layer: scope, tensor: 'digest', index: undefined };
}

/** Bits stand in the order input, slots, readout (layers/step.ts). */
function bitPlace(model: QuantizedModel, plan: StepPlan, step: number, index: number): Place {
  const n = stateSize(plan.slot);
  const width = packedBits(plan);
  if (index < n * width) {
    const before = model.network.layers[step * plan.slots - 1];
    return { step, layer: 'input of the step', tensor: before?.output ?? 'input', index: Math.floor(index / width) };
  }
  const inSlots = index - n * width;
  const { bits } = slotSizes(plan);
  const slot = Math.floor(inSlots / bits);
  if (slot < plan.slots) return slotPlace(model, step, slot, Math.floor((inSlots % bits) / (bits / n)));
  return readoutPlace(model, step, Math.floor((inSlots - plan.slots * bits) / plan.readout.bits));
}

function slotPlace(model: QuantizedModel, step: number, slot: number, index: number): Place {
  const layer = model.network.layers[step * model.plan.step.slots + slot];
  return { step, layer: layer?.name ?? 'identity', tensor: layer?.output ?? 'state', index };
}

function readoutPlace(model: QuantizedModel, step: number, index: number): Place {
  return { step, layer: model.network.readout.name, tensor: 'logits', index };
}
