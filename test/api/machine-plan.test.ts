/** A plan that is kept for a network on the machine is one for the machine that keys are made for; a plan that is given stays as it is. */
import { expect, it } from 'vitest';
import { loadModel } from '../../src/api/load.ts';
import {
  isTensorModel,
  keepMachinePlan,
  keptMachinePlan,
  type LoadedTensorModel,
  machineModel,
  machinePlanFor,
  planMachine,
} from '../../src/api/machine-model.ts';
import { machinePlanToJson, parseMachinePlan } from '../../src/api/machine-plan.ts';
import { STANDARD, TOY } from '../../src/machine/shape.ts';
import { useFolder } from '../cli/harness.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { SMALL_NETWORKS } from '../helpers/small-networks.ts';

useFolder();

const { onnx, input } = SMALL_NETWORKS.find(({ name }) => name === 'two inputs and two outputs')!;
const sample = { shape: [input.flat().length], data: Float64Array.from(input.flat()) };
const loaded = async (): Promise<LoadedTensorModel> => {
  const model = await loadModel({ onnx, name: 'small' });
  if (!isTensorModel(model)) throw new Error('a chain');
  return model;
};

it('moves to the standard machine, with the ranges that it had', async () => {
  const own = await loaded();
  const plan = { ...planMachine(own, [sample, sample], { headroom: 3 }), machine: TOY };
  expect(await keepMachinePlan(own, plan)).toBe(true);
  expect(await keptMachinePlan(own)).toEqual({ ...plan, machine: STANDARD });
  const chosen = await machinePlanFor(own, { sample });
  expect(chosen).toEqual({ origin: 'cache', kept: true, plan: { ...plan, machine: STANDARD } });
  expect(machineModel(own, chosen.plan).program.shape).toEqual(STANDARD);
  // more headroom is another plan
  expect((await machinePlanFor(own, { sample, headroom: 5 })).origin).toBe('made');
});

it('stays on the machine that it names where it is given', async () => {
  const own = await loaded();
  const plan = { ...planMachine(own, [sample]), machine: TOY };
  expect(await machinePlanFor(own, { plan, sample })).toEqual({ origin: 'given', kept: true, plan });
});

it('is refused by its version where it was made for a machine without tiles', async () => {
  const plan = machinePlanToJson(planMachine(await loaded(), [sample])) as Record<string, unknown>;
  expect(parseMachinePlan(plan).machine).toEqual(STANDARD);
  const { tile: _, matrices: __, ...machine } = STANDARD;
  const old = { ...plan, version: 2, machine: { ...machine, dense: { vectors: 2, rows: 2 } } };
  const error = foldErrorOf(() => parseMachinePlan(old));
  expect(error).toMatchObject({ code: 'E_PLAN', got: 'at version' });
});
