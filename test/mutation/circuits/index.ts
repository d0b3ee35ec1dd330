/** All circuits under mutation, each made when it is asked for. */
import { createEngine } from '../../../src/algebra/index.ts';
import { buildStepSystem } from '../../../src/folding/step-system.ts';
import { toyKey, toyStep } from '../../folding/toy.ts';
import { auxiliaryUnderMutation } from './auxiliary.ts';
import { ChainData } from './chain-data.ts';
import type { CircuitUnderMutation } from './circuit.ts';
import { cycleFoldUnderMutation } from './cyclefold.ts';
import { lastFoldUnderMutation } from './last-fold.ts';
import { layersUnderMutation } from './layers.ts';
import { openFoldedUnderMutation } from './open-folded.ts';
import { stepCircuitUnderMutation } from './step.ts';

const engine = await createEngine();
let made: ReturnType<typeof buildStepSystem> | undefined;
const system = () => {
  made ??= buildStepSystem(engine, toyStep, toyKey(engine));
  return made;
};

export const CIRCUITS: Readonly<Record<string, () => Promise<CircuitUnderMutation[]>>> = {
  step: async () => [stepCircuitUnderMutation(engine, await system())],
  layers: async () => layersUnderMutation(engine),
  cyclefold: async () => [cycleFoldUnderMutation()],
  'wrap last fold': async () => [lastFoldUnderMutation(engine, await system())],
  'wrap open folded': async () => [await openFoldedUnderMutation(engine, new ChainData(engine, await system(), 5))],
  'wrap auxiliary': async () => [await auxiliaryUnderMutation(engine)],
};
