/** The circuit of a step by its spec: slots, or the machine. */
import { SLOT_BLOCKS } from '../folding/blocks.ts';
import { LAYER_STATE, layerWires } from '../folding/state.ts';
import type { StepFunction } from '../folding/step-system.ts';
import { stepPlanBytes } from '../ir/plan.ts';
import { buildLayers, layerSizes } from '../layers/step.ts';
import { isMachine, type StepSpec } from '../machine/spec.ts';
import { machineStep } from '../machine/step.ts';

export function stepFunction(step: StepSpec): StepFunction {
  if (isMachine(step)) return machineStep(step.machine);
  const { model, bits, small, fields } = layerSizes(step);
  return {
    blocks: SLOT_BLOCKS,
    sizes: [
      { bits: 0, small: model, fields: 0 },
      { bits, small, fields },
    ],
    state: LAYER_STATE,
    description: stepPlanBytes(step),
    build: (shape) => layerWires(buildLayers(shape, step)),
  };
}
