/**
 * All transcripts and hashes of the circuits: every message is taken up before the next challenge, each element that is taken up
 * changes what is squeezed next, and provers take up, natively, what the circuits do.
 */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import { stepCircuit } from '../../src/folding/step-circuit.ts';
import { buildStepSystem } from '../../src/folding/step-system.ts';
import { MaliciousProver } from '../folding/attacks/malicious-prover.ts';
import { proveToy, toyKey, toyStep } from '../folding/toy.ts';
import { memoryMachine } from '../helpers/memory-machine.ts';
import { absorptionMutants, unabsorbed } from './absorptions.ts';
import { ChainData } from './circuits/chain-data.ts';
import { openCircuit, openedInstance } from './circuits/open-folded.ts';
import { machineSpongeUses } from './machine-sponges.ts';
import { survives } from './outcome.ts';
import { AbsorptionSystem, heardEngine, type Permutation, SpongeTracker } from './permutations.ts';
import { spongeUses } from './sponges.ts';
import { explained } from './survivors.ts';

const engine = await createEngine();
const system = await buildStepSystem(engine, toyStep, toyKey(engine));
const machine = await buildStepSystem(engine, memoryMachine, toyKey(engine));
const uses = [...(await spongeUses(engine, system)), ...machineSpongeUses(engine, machine)];

describe.each(uses)('$name', (use) => {
  it('takes up everything that a challenge or a digest must depend on, in time', () => {
    expect(use.requirements.length).toBeGreaterThan(1);
    expect(unabsorbed(use)).toEqual([]);
  });

  it('would be found out with any single element taken up as zero, or has taken it up before', () => {
    const survivors = absorptionMutants(use, () => true).filter(survives);
    expect(survivors.map(({ id }) => id).filter((id) => !explained(id))).toEqual([]);
  });

  it('squeezes something else for every element that is changed', () => {
    const { permute } = nativeSponge(engine);
    for (const { state, squeezed, sponge } of use.permutations) {
      // the capacity, too: it is what earlier permutations leave
      for (let k = 0; k < state.length; k++) {
        const other = permute(state.with(k, (state[k]! + 1n) % engine.fr.modulus));
        expect(other[1], `${sponge}, element ${k}`).not.toBe(squeezed);
      }
    }
  });
});

describe('natively as in the circuit', () => {
  /** What sponges with these names absorb, in order. */
  const absorbedBy = (permutations: readonly Permutation[], names: RegExp) =>
    permutations.flatMap(({ sponge, absorbed }) => (names.test(sponge) ? [absorbed] : []));

  it('absorbs the transcript of a fold', async () => {
    const { prepared, modelDigest } = await proveToy(engine, system, [12, 345], 6);
    const wires = { stepsPerNetwork: 2n, modelDigest, root: 0n };
    const tracker = new SpongeTracker();
    const cheats = { foldEngine: heardEngine(engine, tracker) };
    const prover = new MaliciousProver(engine, system, wires, prepared[0]!.wires.enter.h!, cheats);
    for (const step of prepared) await prover.step(step);
    const cs = new AbsorptionSystem(engine);
    const frame = { defaults: system.defaults, state: system.step.state };
    stepCircuit(cs, prepared[1]!.wires, frame, () => prover.told[1]!);
    const native = absorbedBy(tracker.permutations, /^fold$/);
    // 17 elements and more, h, t, and twice 19 for the CycleFold instances
    expect(native.length).toBeGreaterThanOrEqual(5);
    expect(absorbedBy(cs.permutations, /^fold$/)).toEqual(native);
  });

  it('absorbs the transcripts of Spartan and of the opening', async () => {
    const tracker = new SpongeTracker();
    const instance = await openedInstance(heardEngine(engine, tracker), new ChainData(engine, system, 81), 4);
    const cs = new AbsorptionSystem(engine);
    openCircuit(cs, instance);
    for (const sponge of [/^wrap$/, /^spartan-outer$/, /^spartan-inner$/]) {
      const native = absorbedBy(tracker.permutations, sponge);
      expect(native.length).toBeGreaterThan(4);
      expect(absorbedBy(cs.permutations, sponge)).toEqual(native);
    }
  });
});
