/** Honest chains of the toy step: what a prover makes satisfies every row, and the verifier accepts it. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, Vec } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { hash, nativeSponge } from '../../src/algebra/sponge.ts';
import { firstViolation } from '../../src/circuit/check.ts';
import { ChainProver } from '../../src/folding/chain.ts';
import { localCompute } from '../../src/folding/compute.ts';
import { extendModelChain } from '../../src/folding/hashes.ts';
import { commitmentOf } from '../../src/folding/instance.ts';
import { startOfChain } from '../../src/folding/position.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { CHECKS, verifyFolded } from '../../src/folding/verify.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { MaliciousProver } from './attacks/malicious-prover.ts';
import { proveToy, toyKey, toyStep, tracedToyStep } from './toy.ts';

const WEIGHTS = [3, 141, 59, 26, 535, 8];
const INPUT = 979;

describe.each([
  ['', toyStep],
  [' with a trace', tracedToyStep],
])('honest chains%s', (_, step) => {
  let engine: Engine;
  let system: StepSystem;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, step, toyKey(engine));
  });

  it.each([1, 2, 3, 6])('of %i steps satisfy every row in every step and verify', async (n) => {
    const { prover, prepared, buffers, modelDigest, cms } = await proveToy(engine, system, WEIGHTS.slice(0, n), INPUT);
    for (const [j, step] of prepared.entries()) {
      await prover.step(step);
      expect(firstViolation(engine.fr, system.rows, system.matrix, buffers.z2)).toBeUndefined();
      expect(prover.steps).toBe(j + 1);
    }
    const proof = prover.proof([]);
    const held: string[] = [];
    verifyFolded(engine, system, proof, (name) => held.push(name));
    // a single run has no item of a batch, and layers no memory
    expect(held).toEqual(CHECKS.filter((name) => !['challenges', 'memory-sum', 'item'].includes(name)));

    const sponge = nativeSponge(engine);
    const digest = (domain: string, v: number): bigint => hash(sponge, domain, [BigInt(v)]);
    const output = INPUT + WEIGHTS.slice(0, n).reduce((s, w) => s + w, 0);
    const hIn = digest('act', INPUT);
    expect(proof.statement).toEqual({
      wires: { pp: system.pp, stepsPerNetwork: BigInt(n), modelDigest, root: 0n },
      steps: n,
      z0: [hIn, hIn, 0n],
      z: [digest('act', output), hIn, digest('out', output)],
      m: cms.slice(0, -1).reduce((m, cm) => extendModelChain(sponge, m, commitmentOf(cm)), 0n),
    });
  });

  it('after k < L steps verify with the commitments of the remaining steps', async () => {
    const { prover, prepared, cms } = await proveToy(engine, system, WEIGHTS.slice(0, 4), INPUT);
    for (const step of prepared.slice(0, 3)) await prover.step(step);
    const checkpoint = prover.proof(cms.slice(3));
    // a proof is a copy: going on does not change it
    await prover.step(prepared[3]!);
    verifyFolded(engine, system, checkpoint);
    verifyFolded(engine, system, prover.proof([]));
  });

  it('work in the same buffers from the first step to the last', async () => {
    const { prover, prepared, buffers } = await proveToy(engine, system, WEIGHTS.slice(0, 3), INPUT);
    const vectors = (): Vec[] => [
      buffers.z1,
      buffers.z2,
      buffers.forms1,
      buffers.forms2,
      ...Object.values(buffers.errors),
      buffers.t,
    ];
    const before = vectors();
    for (const step of prepared) await prover.step(step);
    vectors().forEach((v, k) => {
      expect(v).toBe(before[k]);
      expect(v.some((byte) => byte !== 0)).toBe(true);
    });
  });

  it('are refused by the prover itself when a step starts from other activations', async () => {
    const { prover, prepared } = await proveToy(engine, system, WEIGHTS.slice(0, 3), INPUT);
    await prover.step(prepared[0]!);
    const error = await foldErrorOfAsync(() => prover.step(prepared[2]!));
    expect(error.code).toBe('E_BUG');
  });

  it('end with one error, handled, when everything under way fails at once', async () => {
    const { prepared, buffers, modelDigest } = await proveToy(engine, system, WEIGHTS.slice(0, 2), INPUT);
    const wires = { stepsPerNetwork: 2n, modelDigest, root: 0n };
    const position = startOfChain(engine, system, wires, prepared[0]!.wires.enter.h!);
    const fail = (): Promise<never> => Promise.reject(new Error('a thread died'));
    const compute = { ...localCompute(engine, system, buffers), commit: fail, forms: fail };
    const prover = new ChainProver(engine, system, compute, buffers, position);
    // an unhandled rejection would fail the test run
    await expect(prover.step(prepared[0]!)).rejects.toThrow('a thread died');
  });

  it("are also made by the adversary's twin of the loop, as long as it does not cheat", async () => {
    const { prepared, modelDigest } = await proveToy(engine, system, WEIGHTS.slice(0, 3), INPUT);
    const wires = { stepsPerNetwork: 3n, modelDigest, root: 0n };
    const twin = new MaliciousProver(engine, system, wires, prepared[0]!.wires.enter.h!);
    for (const step of prepared) await twin.step(step);
    verifyFolded(engine, system, twin.proof());
  });
});
