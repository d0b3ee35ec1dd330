/** All circuits under mutation, each made when it is asked for. */
import { createEngine } from '../../../src/algebra/index.ts';
import { buildStepSystem, type StepFunction } from '../../../src/folding/step-system.ts';
import { toyKey, toyStep } from '../../folding/toy.ts';
import { memoryMachine } from '../../helpers/memory-machine.ts';
import { auxiliaryUnderMutation } from './auxiliary.ts';
import { ChainData } from './chain-data.ts';
import type { CircuitUnderMutation } from './circuit.ts';
import { cycleFoldUnderMutation } from './cyclefold.ts';
import { lastFoldUnderMutation } from './last-fold.ts';
import { layersUnderMutation } from './layers.ts';
import { machineEndUnderMutation, machineStepUnderMutation } from './machine.ts';
import { openFoldedUnderMutation } from './open-folded.ts';
import { stepCircuitUnderMutation } from './step.ts';

const engine = await createEngine();
const once = (step: StepFunction): (() => ReturnType<typeof buildStepSystem>) => {
  let made: ReturnType<typeof buildStepSystem> | undefined;
  return () => {
    made ??= buildStepSystem(engine, step, toyKey(engine));
    return made;
  };
};
const system = once(toyStep);
const machine = once(memoryMachine);

export const CIRCUITS: Readonly<Record<string, () => Promise<CircuitUnderMutation[]>>> = {
  step: async () => [stepCircuitUnderMutation(engine, await system())],
  layers: async () => layersUnderMutation(engine),
  cyclefold: async () => [cycleFoldUnderMutation()],
  'wrap last fold': async () => [lastFoldUnderMutation(engine, await system())],
  'wrap open folded': async () => [await openFoldedUnderMutation(engine, new ChainData(engine, await system(), 5))],
  'machine step': async () => [machineStepUnderMutation(engine, await machine())],
  'machine wrap': async () => [machineEndUnderMutation(engine, await machine())],
  'wrap auxiliary': async () => [await auxiliaryUnderMutation(engine)],
};
