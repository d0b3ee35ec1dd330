/** Honest chains of a machine with a memory: every row holds in every step, and the verifier accepts them. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { firstViolation } from '../../src/circuit/check.ts';
import { ChainProver } from '../../src/folding/chain.ts';
import { createBuffers, localCompute } from '../../src/folding/compute.ts';
import { restoreChain, startOfProgram } from '../../src/folding/position.ts';
import { elementOf, MACHINE_STATE } from '../../src/folding/state.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { CHECKS, verifyFolded } from '../../src/folding/verify.ts';
import { decodeProof, encodeProof } from '../../src/store/proof-file.ts';
import { type MemoryRun, memoryMachine, prepareMemory } from '../helpers/memory-machine.ts';
import { MaliciousProver } from './attacks/malicious-prover.ts';
import { toyKey } from './toy.ts';

/** An input, what is read from it, and values that are read twice or never. */
const STEPS = [
  { read: 0, weight: 5, constant: 0, input: true },
  { read: 1, weight: 7, constant: 11 },
  { read: 1, weight: -30, constant: 13 },
];

describe('a chain of a machine', () => {
  let engine: Engine;
  let system: StepSystem;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, memoryMachine, toyKey(engine));
  });

  const proverOf = ({ wires, program, tree }: MemoryRun) => {
    const buffers = createBuffers(system);
    const start = startOfProgram(engine, system, wires, program, tree);
    return { buffers, prover: new ChainProver(engine, system, localCompute(engine, system, buffers), buffers, start) };
  };
  const z = (proof: { statement: { z: readonly bigint[] } }, name: string): bigint =>
    elementOf(MACHINE_STATE, proof.statement.z, name);

  it.each([
    ['one step', 1, [20]],
    ['a network', 3, [20]],
    ['a batch', 3, [20, 9, 20]],
    ['a batch of networks of one step', 1, [20, 9]],
  ])('of %s satisfies every row in every step and verifies', async (_, length, inputs) => {
    const run = prepareMemory(engine, system, STEPS.slice(0, length), inputs);
    const { prover, buffers } = proverOf(run);
    for (const step of run.prepared) {
      await prover.step(step);
      expect(firstViolation(engine.fr, system.rows, system.matrix, buffers.z2)).toBeUndefined();
    }
    const proof = prover.proof([]);
    const held: string[] = [];
    verifyFolded(engine, system, proof, (name) => held.push(name));
    expect(held).toEqual(CHECKS.filter((name) => name !== 'item' || inputs.length > 1));
    expect(proof.statement.z0).toEqual([]);
    const outputs = { 1: 25n, 3: 25n + 32n - 5n } as Record<number, bigint>;
    if (inputs.length === 1) expect(z(proof, 'k')).toBe(outputs[length]);
    expect(run.items.at(-1)).toEqual({ hIn: z(proof, 'hIn'), o: z(proof, 'o'), k: z(proof, 'k') });
    // the file brings it back
    expect(decodeProof(encodeProof(proof))).toEqual(proof);
  });

  it('verifies after some of its steps, and goes on from there as if it had not stopped', async () => {
    const run = prepareMemory(engine, system, STEPS, [20, 9]);
    const { prover } = proverOf(run);
    for (const step of run.prepared.slice(0, 4)) await prover.step(step);
    const checkpoint = prover.proof(run.cmM.slice(1));
    const held: string[] = [];
    verifyFolded(engine, system, checkpoint, (name) => held.push(name));
    // nothing can be said of a memory before its network ends
    expect(held).toEqual(CHECKS.filter((name) => !['challenges', 'memory-sum', 'item'].includes(name)));

    const buffers = createBuffers(system);
    const position = restoreChain(engine, system, decodeProof(encodeProof(checkpoint)), buffers, run.tree);
    const again = new ChainProver(engine, system, localCompute(engine, system, buffers), buffers, position);
    for (const step of run.prepared.slice(4)) await again.step(step);
    verifyFolded(engine, system, again.proof([]));
  });

  it('has challenges of its own in every item, and the same for the same traces', () => {
    const alphas = prepareMemory(engine, system, STEPS, [20, 9, 20]).prepared.map(({ wires }) => wires.enter.alpha);
    expect(new Set(alphas).size).toBe(3);
    const again = prepareMemory(engine, system, STEPS, [20, 9, 20]).prepared.map(({ wires }) => wires.enter.alpha);
    expect(again).toEqual(alphas);
  });

  it("is also made by the adversary's twin of the loop, as long as it does not cheat", async () => {
    const { wires, program, prepared, tree } = prepareMemory(engine, system, STEPS, [20, 9]);
    const twin = new MaliciousProver(engine, system, { ...wires, root: tree!.root }, 0n, {}, tree, program);
    for (const step of prepared) await twin.step(step);
    verifyFolded(engine, system, twin.proof());
  });
});
