/** A chain that goes on from a folded proof: the same statement as an uninterrupted run, and a proof that verifies. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { ChainProver } from '../../src/folding/chain.ts';
import { createBuffers, localCompute } from '../../src/folding/compute.ts';
import { restoreChain } from '../../src/folding/position.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { verifyFolded } from '../../src/folding/verify.ts';
import { decodeProof, encodeProof } from '../../src/store/proof-file.ts';
import { foldErrorOf, foldErrorOfAsync } from '../helpers/errors.ts';
import { replaced, withByte } from '../helpers/mutate.ts';
import { proveToy, toyKey, toyStep } from './toy.ts';

const WEIGHTS = [3, 141, 59, 26, 5];
const INPUT = 979;

describe('a chain resumed from a folded proof', () => {
  let engine: Engine;
  let system: StepSystem;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, toyStep, toyKey(engine));
  });

  function resumed(proof: FoldedProof): { prover: ChainProver; vectors: Uint8Array[] } {
    const buffers = createBuffers(system);
    const compute = localCompute(engine, system, buffers);
    const prover = new ChainProver(engine, system, compute, buffers, restoreChain(engine, system, proof, buffers));
    const { z1, z2, forms1, forms2, errors, bits2 } = buffers;
    return { prover, vectors: [z1, z2, forms1, forms2, ...Object.values(errors), bits2] };
  }

  it('stands where the other stopped, vector by vector, and makes the same proof there', async () => {
    const { prover, prepared, cms, buffers } = await proveToy(engine, system, WEIGHTS, INPUT);
    for (const step of prepared.slice(0, 3)) await prover.step(step);
    const proof = prover.proof(cms.slice(3));
    const again = resumed(proof);
    const { z1, z2, forms1, forms2, errors, bits2 } = buffers;
    expect(again.prover.steps).toBe(3);
    const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
    expect(
      [z1, z2, forms1, forms2, ...Object.values(errors), bits2].map((v, k) => same(v, again.vectors[k]!)),
    ).not.toContain(false);
    expect(same(encodeProof(again.prover.proof(cms.slice(3))), encodeProof(proof))).toBe(true);
  });

  it.each([1, 2, 4])('ends with the statement of an uninterrupted run (from a file after %i steps)', async (k) => {
    const whole = await proveToy(engine, system, WEIGHTS, INPUT);
    for (const step of whole.prepared) await whole.prover.step(step);
    const { prover, prepared, cms } = await proveToy(engine, system, WEIGHTS, INPUT);
    for (const step of prepared.slice(0, k)) await prover.step(step);
    const file = encodeProof(prover.proof(cms.slice(k)));

    const { prover: second } = resumed(decodeProof(file));
    for (const step of prepared.slice(k)) await second.step(step);
    const proof = second.proof([]);
    verifyFolded(engine, system, proof);
    expect(proof.statement).toEqual(whole.prover.proof([]).statement);
  });

  it('can stop and go on at every step', async () => {
    const { prover, prepared, cms } = await proveToy(engine, system, WEIGHTS, INPUT);
    await prover.step(prepared[0]!);
    let proof = prover.proof(cms.slice(1));
    for (const [j, step] of prepared.entries()) {
      if (j === 0) continue;
      const { prover: next } = resumed(proof);
      await next.step(step);
      proof = next.proof(cms.slice(j + 1));
      verifyFolded(engine, system, proof);
    }
    expect(proof.statement.steps).toBe(WEIGHTS.length);
  });

  it('is refused by the verifier and by the prover itself after a changed witness', async () => {
    const { prover, prepared, cms } = await proveToy(engine, system, WEIGHTS.slice(0, 3), INPUT);
    for (const step of prepared.slice(0, 2)) await prover.step(step);
    const honest = prover.proof(cms.slice(2, 3));
    const { fields } = honest.running.opening[1]!;
    const changed = replaced(honest, ['running', 'opening', 1, 'fields'], withByte(fields, 0, fields[0]! ^ 1));
    expect(foldErrorOf(() => verifyFolded(engine, system, changed)).code).toBe('E_REJECTED');
    const { prover: second } = resumed(changed);
    const error = await foldErrorOfAsync(() => second.step(prepared[2]!));
    expect(error.message).toContain('the running error claim does not hold');
  });
});
