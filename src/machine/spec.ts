/** Which circuit the steps of a proof are: slots for a chain of equal layers, or the machine. */
import type { StepPlan } from '../layers/step-plan.ts';
import type { MachineShape } from './shape.ts';

/** The step of the tensor machine. */
export interface MachineSpec {
  readonly machine: MachineShape;
}

/** Slots, or the machine. */
export type StepSpec = StepPlan | MachineSpec;

export function isMachine(spec: StepSpec): spec is MachineSpec {
  return 'machine' in spec;
}
