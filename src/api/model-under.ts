/** A network in integers under a plan that is at hand, whichever circuit both are of. */
import { FoldError } from '../errors.ts';
import { type EventListener, stage } from '../events.ts';
import type { LoadedModel } from './load.ts';
import { isTensorModel, machineModel } from './machine-model.ts';
import { type AnyPlan, isMachinePlan, type ProvableModel } from './model.ts';
import { quantize } from './plan.ts';

/** @throws E_PLAN for the plan of another network or circuit; E_UNSUPPORTED, E_RANGE, E_TOO_LARGE */
export async function modelUnder(loaded: LoadedModel, plan: AnyPlan, on?: EventListener): Promise<ProvableModel> {
  if (isTensorModel(loaded)) {
    if (!isMachinePlan(plan)) throw otherCircuit('slots');
    return stage(on, 'program', async () => machineModel(loaded, plan));
  }
  if (isMachinePlan(plan)) throw otherCircuit('the tensor machine');
  return quantize(loaded, { plan });
}

/** @param of which circuit the plan is of */
export const otherCircuit = (of: string): FoldError =>
  new FoldError('E_PLAN', `The plan is for ${of}.`, {
    expected: 'a plan of the same circuit as the network',
    got: 'another',
    hint: '--circuit slots   or   --circuit machine',
  });
