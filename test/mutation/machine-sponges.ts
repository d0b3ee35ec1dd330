/** What the sponges of a machine's chain and wrap must take up, beside what they share with the slot circuit (sponges.ts). */
import type { Engine } from '../../src/algebra/engine.ts';
import { MODEL, TRACE } from '../../src/folding/blocks.ts';
import { extendModelChain, extendTraceChain } from '../../src/folding/hashes.ts';
import { commitmentOf, elementsOfRunning } from '../../src/folding/instance.ts';
import { elementOf, MACHINE_STATE } from '../../src/folding/state.ts';
import { stepCircuit } from '../../src/folding/step-circuit.ts';
import type { StepSystem } from '../../src/folding/step-system.ts';
import { atOnce } from '../../src/turns.ts';
import { foldLast, type WrapAdvice } from '../../src/wrap/circuit.ts';
import { challengedWords } from '../../src/wrap/final-proof.ts';
import { ChainData } from './circuits/chain-data.ts';
import { machineEnd, machineItem, machineStep } from './circuits/machine-data.ts';
import { AbsorptionSystem, type Permutation, type Requirement } from './permutations.ts';
import { againInFold, LAST, limbs, nextRunning, ofFold, ofPath, only, required, type SpongeUse } from './sponges.ts';

export function machineSpongeUses(engine: Engine, system: StepSystem): SpongeUse[] {
  return [inside(engine, system), begins(engine, system), ends(engine, system), wrapped(engine, system)];
}

function run(engine: Engine, system: StepSystem, seed: number, i: bigint) {
  const data = new ChainData(engine, system, seed);
  const items = Array.from({ length: 40 }, () => machineItem(data));
  const { advice, wires } = machineStep(data, { i, stepsPerNetwork: 2n, items });
  const cs = new AbsorptionSystem(engine);
  stepCircuit(cs, wires, { defaults: system.defaults, state: system.step.state }, () => advice);
  const { z, m, fresh } = advice;
  const extended = extendModelChain(data.sponge, m, commitmentOf(fresh.cms[MODEL]!));
  const c = elementOf(MACHINE_STATE, z, 'c');
  const trace = extendTraceChain(data.sponge, c, commitmentOf(fresh.cms[TRACE]!));
  return { advice, layers: wires, permutations: cs.permutations, extended, c, trace };
}

function inside(engine: Engine, system: StepSystem): SpongeUse {
  const { advice, layers, permutations, extended, c, trace } = run(engine, system, 177, 3n);
  const { wires, i, z, m, running, fresh } = advice;
  const { alpha, gamma, rho } = layers.enter;
  const left = [...Object.values(layers.leave), alpha!, gamma!, rho!, trace];
  return {
    name: 'machine step',
    permutations: only(permutations, /^(link|link 2|model-chain|trace-chain|fold)$/),
    requirements: [
      ...required('link', LAST, {
        wires: Object.values(wires),
        i: [i],
        z,
        m: [m],
        running: elementsOfRunning(running),
      }),
      ...required('link 2', LAST, { wires: Object.values(wires), i: [i + 1n], z: left, m: [extended] }),
      ...required('link 2', LAST, { running: elementsOfRunning(nextRunning(engine, system, advice)) }),
      ...required('model-chain', LAST, { m: [m], 'model commitment': limbs(fresh.cms[MODEL]!) }),
      ...required('trace-chain', LAST, { c: [c], 'trace commitment': limbs(fresh.cms[TRACE]!) }),
      ...ofFold(wires.pp, advice),
    ],
    again: againInFold(permutations, advice),
  };
}

function begins(engine: Engine, system: StepSystem): SpongeUse {
  const { advice, permutations } = run(engine, system, 178, 4n);
  const [salt, other] = advice.salts;
  return {
    name: 'machine step where a network begins',
    permutations: only(permutations, /^(in-start|out-start)$/),
    requirements: [
      ...required('in-start', LAST, { salt: [salt!] }),
      ...required('out-start', LAST, { salt: [other!] }),
    ],
  };
}

/** Of the network that ended: D, the challenges and the leaf. */
function ofEnd(
  {
    pp,
    stepsPerNetwork,
    modelDigest,
  }: { readonly pp: bigint; readonly stepsPerNetwork: bigint; readonly modelDigest: bigint },
  { interfaceDigest, planned }: { readonly interfaceDigest: bigint; readonly planned: bigint },
  { m, trace }: { readonly m: bigint; readonly trace: bigint },
  item: readonly bigint[],
  permutations: readonly Permutation[],
): Requirement[] {
  const body = permutations.find(({ sponge }) => sponge === 'model-body')!;
  return [
    ...required('model-body', LAST, { pp: [pp], m: [m], interface: [interfaceDigest] }),
    ...required('model', LAST, { 'steps per network': [stepsPerNetwork], body: [body.squeezed] }),
    ...required('memory', 0, { pp: [pp], 'model digest': [modelDigest], trace: [trace], planned: [planned] }),
    ...required('batch-leaf', LAST, { item }),
  ];
}

function ends(engine: Engine, system: StepSystem): SpongeUse {
  const { advice, permutations, extended, trace } = run(engine, system, 179, 70n);
  const item = ['hIn', 'o', 'k'].map((name) => elementOf(MACHINE_STATE, advice.z, name));
  return {
    name: 'machine step where a network ends',
    permutations: only(permutations, /^(model$|model-body|memory|batch)/),
    requirements: [
      ...ofEnd(advice.wires, advice.program!, { m: extended, trace }, item, permutations),
      ...ofPath(advice.path),
    ],
  };
}

function wrapped(engine: Engine, system: StepSystem): SpongeUse {
  const data = new ChainData(engine, system, 180);
  const advice = machineEnd(data, { items: 20 });
  const cs = new AbsorptionSystem(engine);
  const last = atOnce(foldLast(cs, { system }, () => advice as WrapAdvice));
  // the first squeeze takes up what is absorbed
  last.transcript.squeeze();
  const { stepsPerNetwork, modelDigest, root, steps, m, running, state } = advice;
  const c = elementOf(MACHINE_STATE, state, 'c');
  const [cmM, cmT] = [advice.last.cms[MODEL]!, advice.last.cms[TRACE]!];
  const complete = {
    m: extendModelChain(data.sponge, m, commitmentOf(cmM)),
    trace: extendTraceChain(data.sponge, c, commitmentOf(cmT)),
  };
  const item = [advice.inputDigest, advice.outputDigest, advice.revealed];
  const told = { ...advice, fresh: advice.last };
  return {
    name: 'machine wrap',
    permutations: cs.permutations,
    requirements: [
      ...required('wrap', LAST, {
        pp: [system.pp],
        statement: challengedWords(last.statement),
        folded: elementsOfRunning(last.folded),
      }),
      ...required('link', LAST, {
        wires: [system.pp, stepsPerNetwork, modelDigest, root],
        i: [steps],
        z: state.filter((v) => v !== 0n),
        m: [m],
        running: elementsOfRunning(running),
      }),
      ...required('model-chain', LAST, { m: [m], 'model commitment': limbs(cmM) }),
      ...required('trace-chain', LAST, { c: [c], 'trace commitment': limbs(cmT) }),
      ...ofEnd({ pp: system.pp, stepsPerNetwork, modelDigest }, advice.program!, complete, item, cs.permutations),
      ...ofPath(advice.path),
      ...ofFold(system.pp, told),
    ],
    again: againInFold(cs.permutations, told),
  };
}
