import type { StepFunction } from '../folding/step-system.ts';
import type { MachineShape } from './shape.ts';

export function machineStep(_shape: MachineShape): StepFunction {
  throw new Error('stub');
}
