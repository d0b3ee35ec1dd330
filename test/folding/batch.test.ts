/**
 * A batch in one chain: accepted at every step, resumed at every step, and refused wherever an item, a model or a number
 * of steps is not what the root says.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import { BatchTree, type Item } from '../../src/folding/batch-tree.ts';
import { ChainProver } from '../../src/folding/chain.ts';
import { createBuffers, localCompute } from '../../src/folding/compute.ts';
import { hashModel } from '../../src/folding/hashes.ts';
import { openModelDigest } from '../../src/folding/member.ts';
import { restoreChain } from '../../src/folding/position.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import { itemOfState, LAYER_STATE } from '../../src/folding/state.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { type CheckName, verifyFolded } from '../../src/folding/verify.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { integersOf, listsOf, type Path, replaced } from '../helpers/mutate.ts';
import { MaliciousProver, rehashed } from './attacks/malicious-prover.ts';
import { proveToy, toyKey, toyStep } from './toy.ts';

const WEIGHTS = [12, 345];
const INPUTS = [3, 77, 1500];
const L = WEIGHTS.length;

describe('a batch in one chain', () => {
  let engine: Engine;
  let system: StepSystem;
  let run: Awaited<ReturnType<typeof proveToy>>;
  let whole: FoldedProof;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, toyStep, toyKey(engine));
    run = await proveToy(engine, system, WEIGHTS, ...INPUTS);
  });
  function rejection(proof: FoldedProof): string {
    const error = foldErrorOf(() => verifyFolded(engine, system, proof));
    expect(error.code).toBe('E_REJECTED');
    return /check '([a-z-]+)' failed/.exec(error.message)?.[1] ?? 'malformed';
  }
  const edit = (path: Path, value: unknown): FoldedProof => replaced(whole, path, value);

  it('verifies after every step, and another prover goes on from there', async () => {
    for (const [i, step] of run.prepared.entries()) {
      await run.prover.step(step);
      const proof = run.prover.proof(run.cms.slice((i % L) + 1));
      const held: CheckName[] = [];
      verifyFolded(engine, system, proof, (name) => held.push(name));
      // told only where it is made: after the last step of a network
      expect(held.includes('item')).toBe(i % L === L - 1);
      expect(itemOfState(LAYER_STATE, proof.statement.z).hIn).toBe(run.items[Math.floor(i / L)]!.hIn);
      expect(proof.path.length).toBe(i % L === L - 1 ? 4 : 0);
      // the digest opens alike wherever the chain stands
      const { parameters, stepsPerNetwork, chain } = openModelDigest(nativeSponge(engine), proof);
      expect(hashModel(nativeSponge(engine), parameters, stepsPerNetwork, chain)).toBe(run.modelDigest);
      const next = run.prepared[i + 1];
      if (!next) continue;
      const buffers = createBuffers(system);
      const position = restoreChain(engine, system, proof, buffers, run.tree);
      const other = new ChainProver(engine, system, localCompute(engine, system, buffers), buffers, position);
      await other.step(next);
      verifyFolded(engine, system, other.proof(run.cms.slice(((i + 1) % L) + 1)));
    }
    whole = run.prover.proof([]);
    expect(whole.statement.steps).toBe(L * INPUTS.length);
    const { z, wires } = whole.statement;
    expect(itemOfState(LAYER_STATE, z)).toEqual(run.items[2]);
    expect(wires.root).toBe(run.tree!.root);
  }, 60_000);

  it('ends where its tree ends', async () => {
    await expect(run.prover.step(run.prepared[0]!)).rejects.toThrow('after the last network');
  });

  it('with any number increased is rejected, with the hash recomputed as well', () => {
    for (const { path, value } of integersOf(whole)) {
      const edited = edit(path, typeof value === 'bigint' ? value + 1n : value + 1);
      const first = rejection(edited);
      if (path[0] === 'path') expect(first, path.join('.')).toBe('item');
      if (path.join('.') === 'last.x' || first !== 'chain-hash' || path.some((key) => Number(key) > 0)) continue;
      expect(rejection(rehashed(engine, edited)), path.join('.')).toMatch(/^(last-rows|model|item)$/);
    }
    for (const { path, value } of listsOf(whole.path)) {
      for (const list of [value.slice(1), [...value, value[0]], []])
        expect(rejection(edit(['path', ...path], list))).toBe('malformed');
    }
  }, 60_000);

  it('shown as another number of items, or as a single run, is rejected', () => {
    const steps = (n: number): FoldedProof => edit(['statement', 'steps'], n);
    for (const n of [2, 4, 8]) expect(rejection(steps(n))).toBe('chain-hash');
    // none, fewer, and as many as the counter does not hold: whole networks, all of them
    for (const n of [1, 3, 5, 7, 0, -L, 2 ** 32]) expect(rejection(steps(n)), `${n}`).toBe('steps');
    expect(rejection(rehashed(engine, steps(4)))).toBe('item');
    const single = { ...edit(['statement', 'wires', 'root'], 0n), path: [] };
    expect(rejection(single)).toBe('steps');
    // one network of twice or three times the steps
    for (const [length, check] of [
      [6n, 'chain-hash'],
      [3n, 'chain-hash'],
      [0n, 'steps'],
      [2n ** 32n, 'steps'],
    ] as const)
      expect(rejection(edit(['statement', 'wires', 'stepsPerNetwork'], length))).toBe(check);
    expect(rejection(rehashed(engine, edit(['statement', 'wires', 'stepsPerNetwork'], 6n)))).toBe('model');
  });

  describe('of a prover who', () => {
    async function cheat(items: readonly Item<bigint>[] | undefined, take = run.prepared): Promise<FoldedProof> {
      const tree = items && new BatchTree(nativeSponge(engine), items);
      const wires = { stepsPerNetwork: BigInt(L), modelDigest: run.modelDigest, root: tree?.root ?? 0n };
      const prover = new MaliciousProver(engine, system, wires, run.items[0]!.hIn, {}, tree);
      for (const step of take) await prover.step(step);
      return prover.proof();
    }
    const lie = (k: number, what: Partial<Item<bigint>>): Item<bigint>[] =>
      run.items.map((item, j) => (j === k ? { ...item, ...what } : item));

    it('is honest passes (the attacks below differ in what they say only)', async () => {
      verifyFolded(engine, system, await cheat(run.items));
    });

    it.each([0, 1])('gives item %i another output is refused by the rows of the next step', async (k) => {
      expect(rejection(await cheat(lie(k, { o: 5n })))).toMatch(/^(running|last)-rows$/);
    });

    it('gives the last item another output, or another input, is refused', async () => {
      expect(rejection(await cheat(lie(2, { o: 5n })))).toBe('item');
      expect(rejection(await cheat(lie(2, { hIn: 5n })))).toBe('item');
    });

    it('proves other inputs than the root says, or in another order, is refused', async () => {
      const [a, b, c] = run.items as [Item<bigint>, Item<bigint>, Item<bigint>];
      expect(rejection(await cheat([b, a, c]))).toMatch(/rows$/);
      expect(rejection(await cheat([a, a, c]))).toMatch(/rows$/);
    });

    it('runs one network of another model is refused', async () => {
      const other = await proveToy(engine, system, [12, 346], INPUTS[1]!);
      const steps = [...run.prepared.slice(0, 2), ...other.prepared, ...run.prepared.slice(4)];
      const items = [run.items[0]!, other.items[0]!, run.items[2]!];
      expect(rejection(await cheat(items, steps))).toMatch(/^(running|last)-rows$/);
      // in the last network the verifier meets it itself
      const last = [...run.prepared.slice(0, 4), ...(await proveToy(engine, system, [12, 346], INPUTS[2]!)).prepared];
      expect(rejection(await cheat([run.items[0]!, run.items[1]!, other.items[0]!], last))).toBe('model');
    });

    it('drops or repeats a step of a network is refused', async () => {
      const [s0, s1, s2, s3, s4, s5] = run.prepared as [never, never, never, never, never, never];
      expect(rejection(await cheat(run.items, [s0, s2, s3, s4, s5, s5]))).toMatch(/rows|model/);
      expect(rejection(await cheat(run.items, [s0, s1, s2, s2, s4, s5]))).toMatch(/rows|model/);
    });

    it('goes on after a single run is refused', async () => {
      expect(rejection(await cheat(undefined))).toBe('steps');
    });
  });
});
