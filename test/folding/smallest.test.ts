/**
 * The smallest chains: networks of one step, where every step begins and ends one, and a batch of one item. What other chains
 * check in different steps is checked here in the same one, or in the first and last at once.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import { BatchTree, type Item } from '../../src/folding/batch-tree.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { type CheckName, verifyFolded } from '../../src/folding/verify.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { type Path, replaced } from '../helpers/mutate.ts';
import { MaliciousProver, rehashed } from './attacks/malicious-prover.ts';
import { proveToy, toyKey, toyStep } from './toy.ts';

type Run = Awaited<ReturnType<typeof proveToy>>;

describe('a chain of', () => {
  let engine: Engine;
  let system: StepSystem;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, toyStep, toyKey(engine));
  });
  const checks = (proof: FoldedProof): CheckName[] => {
    const held: CheckName[] = [];
    verifyFolded(engine, system, proof, (name) => held.push(name));
    return held;
  };
  function rejection(proof: FoldedProof): string {
    const error = foldErrorOf(() => verifyFolded(engine, system, proof));
    expect(error.code).toBe('E_REJECTED');
    return /check '([a-z-]+)' failed/.exec(error.message)?.[1] ?? 'malformed';
  }
  /** These steps as networks of one step, whatever the items of the tree say. */
  async function chain(
    run: Run,
    items: readonly Item<bigint>[] | undefined,
    take = run.prepared,
  ): Promise<FoldedProof> {
    const tree = items && new BatchTree(nativeSponge(engine), items);
    const wires = { stepsPerNetwork: 1n, modelDigest: run.modelDigest, root: tree?.root ?? 0n };
    const prover = new MaliciousProver(engine, system, wires, run.items[0]!.hIn, {}, tree);
    for (const step of take) await prover.step(step);
    return prover.proof();
  }
  const edit = (proof: FoldedProof, path: Path, value: unknown): FoldedProof => replaced(proof, path, value);

  it('one step is a whole run, and no two', async () => {
    const run = await proveToy(engine, system, [12], 3);
    await run.prover.step(run.prepared[0]!);
    const proof = run.prover.proof([]);
    expect(proof.statement).toMatchObject({ steps: 1, m: 0n });
    expect(checks(proof)).not.toContain('item');
    expect(rejection(edit(proof, ['statement', 'steps'], 2))).toBe('steps');
    expect(rejection(edit(proof, ['statement', 'steps'], 0))).toBe('steps');
    expect(rejection(rehashed(engine, edit(proof, ['statement', 'wires', 'stepsPerNetwork'], 2n)))).toBe('steps');
    expect(rejection(rehashed(engine, edit(proof, ['statement', 'm'], 1n)))).toBe('model');
  });

  it('networks of one step is true after each, and holds their items only', async () => {
    const run = await proveToy(engine, system, [12], 3, 77, 1500);
    for (const step of run.prepared) {
      await run.prover.step(step);
      expect(checks(run.prover.proof([]))).toContain('item');
    }
    const items = run.items as [Item<bigint>, Item<bigint>, Item<bigint>];
    checks(await chain(run, items));
    const lie = { ...items[0], o: 5n };
    expect(rejection(await chain(run, [lie, items[1], items[2]]))).toMatch(/^(running|last)-rows$/);
    expect(rejection(await chain(run, [items[0], lie, items[2]]))).toMatch(/^(running|last)-rows$/);
    expect(rejection(await chain(run, [items[0], items[1], lie]))).toBe('item');
    expect(rejection(await chain(run, [items[1], items[0], items[2]]))).toMatch(/^(running|last)-rows$/);
  }, 30_000);

  it('networks of one step runs the committed model in each', async () => {
    const run = await proveToy(engine, system, [12], 3, 77, 1500);
    const [a, b, c] = run.prepared as [never, never, never];
    const other = await proveToy(engine, system, [13], 77);
    const items = [run.items[0]!, other.items[0]!, run.items[2]!];
    expect(rejection(await chain(run, items, [a, other.prepared[0]!, c]))).toMatch(/^(running|last)-rows$/);
    expect(rejection(await chain(run, [...run.items.slice(0, 2), other.items[0]!], [a, b, other.prepared[0]!]))).toBe(
      'model',
    );
  }, 30_000);

  it('one item is a batch, checked by the verifier alone, and no single run', async () => {
    const run = await proveToy(engine, system, [12], 3);
    const proof = await chain(run, run.items);
    expect(proof.path).toHaveLength(4);
    expect(checks(proof)).toContain('item');
    expect(rejection(await chain(run, [{ ...run.items[0]!, o: 5n }]))).toBe('item');
    expect(rejection(await chain(run, [{ ...run.items[0]!, hIn: 5n }]))).toBe('item');
    expect(rejection({ ...edit(proof, ['statement', 'wires', 'root'], 0n), path: [] })).toBe('chain-hash');
    expect(rejection({ ...proof, path: [] })).toBe('malformed');
  });
});
