/** What the sponges of all circuits must take up, and what they do take up. Natively the same text runs on values. */
import type { Engine } from '../../src/algebra/engine.ts';
import type { Affine } from '../../src/algebra/params.ts';
import { lowChallenge } from '../../src/circuit/gadgets/bits.ts';
import type { ItemPath } from '../../src/folding/batch-tree.ts';
import { MODEL } from '../../src/folding/blocks.ts';
import { allocateCommitment, allocateMessages, verifyFold } from '../../src/folding/fold-verifier.ts';
import { extendModelChain } from '../../src/folding/hashes.ts';
import { commitmentOf, elementsOfRunning, limbsOfCommitment, type Running } from '../../src/folding/instance.ts';
import { itemOfState, layerWires, startState } from '../../src/folding/state.ts';
import { type StepAdvice, stepCircuit } from '../../src/folding/step-circuit.ts';
import type { StepSystem } from '../../src/folding/step-system.ts';
import { packIntegers } from '../../src/layers/pack.ts';
import { atOnce } from '../../src/turns.ts';
import { foldLast, type WrapAdvice } from '../../src/wrap/circuit.ts';
import { challengedWords, statementWords } from '../../src/wrap/final-proof.ts';
import { ChainData } from './circuits/chain-data.ts';
import { type LastFoldAdvice, lastFoldAdvice, READOUT } from './circuits/last-fold.ts';
import { openCircuit, openedInstance } from './circuits/open-folded.ts';
import { AbsorptionSystem, type Permutation, type Requirement } from './permutations.ts';

export interface SpongeUse {
  readonly name: string;
  /** Of the sponges that this use is about. */
  readonly permutations: readonly Permutation[];
  readonly requirements: readonly Requirement[];
  /** What is taken up although the same sponge has taken it up, or given it, before. */
  readonly again?: Readonly<Record<string, readonly bigint[]>>;
}

export const LAST = Number.POSITIVE_INFINITY;
export const required = (
  sponge: string,
  by: number,
  values: Readonly<Record<string, readonly bigint[]>>,
): Requirement[] =>
  Object.entries(values).flatMap(([what, list]) =>
    list.map((value, k) => ({ what: `${what} ${k}`, value, sponge, by })),
  );
export const limbs = (point: Affine): bigint[] => limbsOfCommitment(commitmentOf(point));
export const only = (permutations: readonly Permutation[], sponges: RegExp): Permutation[] =>
  permutations.filter(({ sponge }) => sponges.test(sponge));

export async function spongeUses(engine: Engine, system: StepSystem): Promise<SpongeUse[]> {
  return [inside(engine, system), itemEnds(engine, system), lastFold(engine, system), await opened(engine, system)];
}

type Told = Pick<LastFoldAdvice, 'messages' | 'running'> & { readonly fresh: LastFoldAdvice['last'] };

/** Of one fold: challenge c, then b, then r, then one for each CycleFold instance. */
export function ofFold(pp: bigint, { fresh, messages, running }: Told): Requirement[] {
  return [
    ...required('fold', 0, { pp: [pp], 'fresh x': [fresh.x], 'fresh commitments': fresh.cms.flatMap(limbs) }),
    ...required('fold', 1, { h: messages.h }),
    ...required('fold', 2, { t: messages.t }),
    ...messages.fresh.flatMap((point, k) =>
      required('fold', 3 + k, {
        [`CycleFold commitment ${k}`]: [point.x, point.y],
        [`running commitment ${k}`]: limbsOfCommitment(running.U.cms[k]!),
        [`folded commitment ${k}`]: limbs(messages.cms[k]!),
      }),
    ),
  ];
}

/** Taken up by the challenges of the CycleFold instances once more. */
export function againInFold(
  permutations: readonly Permutation[],
  { fresh }: Told,
): Readonly<Record<string, readonly bigint[]>> {
  const r = permutations.find(({ sponge, index }) => sponge === 'fold' && index === 2)!.squeezed;
  return { r: [lowChallenge(r)], 'fresh commitments': fresh.cms.flatMap(limbs) };
}

/** Children that are not 0: a place without an item is 0, and would be. */
export function ofPath(path: ItemPath<bigint>): Requirement[] {
  return path.flatMap((children, level) => {
    const sponge = level ? `batch-node ${level + 1}` : 'batch-node';
    return required(sponge, LAST, { [`level ${level}`]: children.filter((child) => child !== 0n) });
  });
}

/** What a step hands on. */
export function nextRunning(engine: Engine, system: StepSystem, advice: StepAdvice): Running<bigint> {
  const { wires, running, fresh, messages } = advice;
  const cs = new AbsorptionSystem(engine);
  const cms = fresh.cms.map((cm) => allocateCommitment(cs, () => cm));
  const told = allocateMessages(cs, system.defaults, () => messages);
  return verifyFold(cs, wires.pp, running, { x: fresh.x, cms }, told);
}

function inside(engine: Engine, system: StepSystem): SpongeUse {
  const data = new ChainData(engine, system, 77);
  const layers = { input: data.next(), output: data.next(), readout: data.next() };
  const items = [0, 1].map(() => ({ hIn: data.next(), o: data.next() }));
  const advice = data.step(3n, 2n, items, layers.input, []);
  const cs = new AbsorptionSystem(engine);
  stepCircuit(cs, layerWires(layers), { defaults: system.defaults, state: system.step.state }, () => advice);
  const { wires, i, z0, z, m, running, fresh } = advice;
  const carried = Object.values(wires);
  const { hIn } = itemOfState(system.step.state, z);
  const extended = extendModelChain(data.sponge, m, commitmentOf(fresh.cms[MODEL]!));
  return {
    name: 'step',
    permutations: only(cs.permutations, /^(link|link 2|model-chain|fold)$/),
    requirements: [
      ...required('link', LAST, { wires: carried, i: [i], z0, z, m: [m], running: elementsOfRunning(running) }),
      ...required('link 2', LAST, { wires: carried, i: [i + 1n], z0, z: [layers.output, hIn, layers.readout] }),
      ...required('link 2', LAST, { m: [extended], running: elementsOfRunning(nextRunning(engine, system, advice)) }),
      ...required('model-chain', LAST, { m: [m], 'model commitment': limbs(fresh.cms[MODEL]!) }),
      ...ofFold(wires.pp, advice),
    ],
    again: againInFold(cs.permutations, advice),
  };
}

function itemEnds(engine: Engine, system: StepSystem): SpongeUse {
  const data = new ChainData(engine, system, 78);
  const items = Array.from({ length: 40 }, () => ({ hIn: data.next(), o: data.next() }));
  const layers = { input: data.next(), output: data.next(), readout: data.next() };
  const advice = data.step(70n, 2n, items, data.next(), []);
  const cs = new AbsorptionSystem(engine);
  stepCircuit(cs, layerWires(layers), { defaults: system.defaults, state: system.step.state }, () => advice);
  const { wires, path, m, fresh } = advice;
  const item = itemOfState(system.step.state, advice.z);
  const extended = extendModelChain(data.sponge, m, commitmentOf(fresh.cms[MODEL]!));
  return {
    name: 'step where an item ends',
    permutations: only(cs.permutations, /^(model$|batch)/),
    requirements: [
      ...required('model', LAST, { wires: [wires.pp, wires.stepsPerNetwork], m: [extended] }),
      ...required('batch-leaf', LAST, { item: [item.hIn, item.o] }),
      ...ofPath(path),
    ],
  };
}

function lastFold(engine: Engine, system: StepSystem): SpongeUse {
  const data = new ChainData(engine, system, 79);
  const shifted = [9, 60, 3, 1];
  const advice = lastFoldAdvice(data, { items: 20, reveal: true, shifted });
  const cs = new AbsorptionSystem(engine);
  const last = atOnce(foldLast(cs, { system, readout: READOUT }, () => advice as WrapAdvice));
  // the first squeeze takes up what is absorbed
  last.transcript.squeeze();
  const { stepsPerNetwork, modelDigest, root, steps, m, running, firstInput } = advice;
  const packed = packIntegers(Float64Array.from(shifted), READOUT.bits, 0);
  const extended = extendModelChain(data.sponge, m, commitmentOf(advice.last.cms[MODEL]!));
  const told = { ...advice, fresh: advice.last };
  return {
    name: 'wrap last fold',
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
        z0: startState(system.step.state, firstInput, 0n).filter((v) => v !== 0n),
        z: advice.state,
        m: [m],
        running: elementsOfRunning(running),
      }),
      ...required('model-chain', LAST, { m: [m], 'model commitment': limbs(advice.last.cms[MODEL]!) }),
      ...required('model', LAST, { wires: [system.pp, stepsPerNetwork], m: [extended] }),
      ...required('batch-leaf', LAST, { item: [advice.inputDigest, advice.outputDigest] }),
      ...ofPath(advice.path),
      ...required('out', LAST, { readout: [advice.readout.salt, ...packed] }),
      ...ofFold(system.pp, told),
    ],
    again: againInFold(cs.permutations, told),
  };
}

async function opened(engine: Engine, system: StepSystem): Promise<SpongeUse> {
  const instance = await openedInstance(engine, new ChainData(engine, system, 80), 3);
  const cs = new AbsorptionSystem(engine);
  openCircuit(cs, instance);
  const { spartan, opening } = instance.advice;
  const rounds = (sponge: string, first: number, messages: readonly (readonly bigint[])[]): Requirement[] =>
    messages.flatMap((sent, k) => required(sponge, first + k, { [`round ${k}`]: sent }));
  const [at1, at2] = opening.evaluations;
  const evaluations = [...at1.blocks, at1.s, ...at2.blocks, at2.s];
  const of = (sponge: string): Permutation[] => cs.permutations.filter((p) => p.sponge === sponge);
  const [main, outer, inner] = [of('wrap'), of('spartan-outer'), of('spartan-inner')];
  // main ends in the challenge that Spartan begins with, g', zeta, g; outer has one permutation a round, but the first
  const first = main.length - 4;
  const start = outer.length - 1 - spartan.outer.length;
  const { statement, folded } = instance;
  const { zeta, g, f1, f2 } = instance.opened;
  return {
    name: 'wrap open folded',
    // what comes before is this test's own: `foldLast` has absorbed it
    permutations: cs.permutations.filter(({ sponge, index }) => sponge !== 'wrap' || index > first),
    requirements: [
      ...required('spartan-outer', start, { transcript: [main[first]!.squeezed], linear: [spartan.linear] }),
      ...rounds('spartan-outer', start, spartan.outer),
      ...required('spartan-outer', LAST, { 'a, b, l': [spartan.a, spartan.b, spartan.l] }),
      ...required('spartan-inner', 0, { gamma: [outer.at(-1)!.squeezed] }),
      ...rounds('spartan-inner', 0, spartan.inner),
      ...required('spartan-inner', LAST, { claims: spartan.claims }),
      ...required('wrap', first + 1, { Spartan: [inner.at(-1)!.squeezed] }),
      ...required('wrap', first + 2, { s: limbs(opening.s) }),
      ...required('wrap', first + 3, { evaluations }),
      ...required('wrap-signals', LAST, {
        statement: statementWords(statement),
        points: [...folded.U.cms.flatMap(limbsOfCommitment), ...limbs(instance.cmAux), ...limbs(opening.s)],
        opened: [zeta, g, f1, f2],
      }),
    ],
  };
}
