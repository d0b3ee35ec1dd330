/** Compressed proofs of a machine: what its program and its memory add to a claim. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import type { CompressedProof } from '../../src/compressed/proof.ts';
import { compress } from '../../src/compressed/prove.ts';
import { COMPRESSED_CHECKS, verifyCompressed } from '../../src/compressed/verify.ts';
import { ChainProver } from '../../src/folding/chain.ts';
import { createBuffers, localCompute } from '../../src/folding/compute.ts';
import { startOfProgram } from '../../src/folding/position.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { transparentPoints } from '../../src/folding/transparent-key.ts';
import { decodeCompressed, encodeCompressed } from '../../src/store/compressed-file.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { memoryMachine, prepareMemory } from '../helpers/memory-machine.ts';
import { replaced } from '../helpers/mutate.ts';

const STEPS = [
  { read: 0, weight: 5, constant: 0, input: true },
  { read: 1, weight: 7, constant: 11 },
];

describe('a compressed proof of a machine', () => {
  let engine: Engine;
  let system: StepSystem;
  let proof: CompressedProof;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, memoryMachine, {
      name: 'transparent',
      insecure: false,
      load: async (n) => engine.g1.fromCanonicalPoints(transparentPoints(engine, 0, n)),
    });
    const run = prepareMemory(engine, system, STEPS, [20, 9]);
    const buffers = createBuffers(system);
    const start = startOfProgram(engine, system, run.wires, run.program, run.tree);
    const prover = new ChainProver(engine, system, localCompute(engine, system, buffers), buffers, start);
    for (const step of run.prepared) await prover.step(step);
    proof = await compress(engine, system, prover.proof([]), 'inner-product');
  });

  it('is accepted by every check, and by its file', () => {
    const passed: string[] = [];
    verifyCompressed(engine, system, proof, undefined, (check) => passed.push(check));
    expect(passed).toEqual(COMPRESSED_CHECKS);
    expect(decodeCompressed(encodeCompressed(proof))).toEqual(proof);
  });

  it('is rejected with another interface, other plans for checkpoints and without either', () => {
    const { program } = proof;
    const refused = (edited: CompressedProof): string =>
      foldErrorOf(() => verifyCompressed(engine, system, edited, undefined)).message;
    expect(refused(replaced(proof, ['program', 'interfaceDigest'], 5n))).toContain("check 'model'");
    expect(refused(replaced(proof, ['program', 'planned'], 5n))).toContain("check 'challenges'");
    const { program: _, ...without } = proof;
    expect(refused(without as CompressedProof)).toContain('malformed');
    expect(program).toBeDefined();
  });
});
