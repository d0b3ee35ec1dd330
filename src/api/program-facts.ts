/** A network's program in numbers: what its steps do, and how well they fill the machine. */

import { joinedShape } from '../machine/shape.ts';
import { productsOf, type StepUsage, stepUsage, UNITS, type Unit, unitsOf } from '../machine/usage.ts';
import { type GraphWork, workOf } from '../tensor/work.ts';
import type { LoadedTensorModel } from './machine-model.ts';
import type { MachineModel } from './model.ts';

/** How much of a unit a program uses, over all of its steps. */
interface UnitUse {
  readonly unit: Unit;
  readonly used: number;
  readonly of: number;
}

export interface ProgramFacts extends GraphWork {
  readonly steps: readonly StepUsage[];
  readonly units: readonly UnitUse[];
  /** Multiplications that the sums of all steps have room for. */
  readonly room: number;
}

/** Goes through the program once. */
export function programFacts({ tensors }: Pick<LoadedTensorModel, 'tensors'>, { program }: MachineModel): ProgramFacts {
  const { shape } = program;
  const has = unitsOf(shape);
  const steps = Array.from({ length: program.steps }, (_, j) => stepUsage(program, j));
  const units = UNITS.filter((unit) => has[unit] > 0).map((unit) => ({
    unit,
    used: steps.reduce((n, { used }) => n + used[unit], 0),
    of: has[unit] * program.steps,
  }));
  const room = steps.reduce((sum, { joins }) => sum + productsOf(joins ? joinedShape(shape) : shape), 0);
  return { ...workOf(tensors), steps, units, room };
}
