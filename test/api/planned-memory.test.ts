/** Checkpoints that the prover of a program plans: each shows what its network still reads, in every item of a batch, and after a resume. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import type { Committable } from '../../src/api/commit.ts';
import { runItem } from '../../src/api/items.ts';
import { developmentKeySource } from '../../src/api/keys.ts';
import type { MachineModel } from '../../src/api/model.ts';
import { plannedSteps } from '../../src/api/planned-memory.ts';
import { type FoldOptions, proveBatch } from '../../src/api/prove.ts';
import { PUBLIC } from '../../src/api/salts.ts';
import { verify } from '../../src/api/verify.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import { buildStepSystem } from '../../src/folding/step-system.ts';
import { interfaceOf } from '../../src/machine/interface.ts';
import { slotsPerStep, TOY, VECTOR } from '../../src/machine/shape.ts';
import { machineStep } from '../../src/machine/step.ts';
import { toyKey } from '../folding/toy.ts';
import { randomProgram } from '../helpers/random-program.ts';

const L = 3;
let folder: string;
let planned: Committable & { readonly model: MachineModel; readonly key: ReturnType<typeof developmentKeySource> };
let inputs: { readonly shape: readonly number[]; readonly data: Float64Array }[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerfold-planned-'));
  vi.stubEnv('LAYERFOLD_CACHE_DIR', folder);
  const engine = await createEngine();
  const system = await buildStepSystem(engine, machineStep(TOY), toyKey(engine));
  const { program, input } = randomProgram(TOY, 5, L);
  const plan = { format: 'layerfold/plan', version: 4, machine: TOY } as const;
  const ports = interfaceOf(program);
  const model = { plan, program, ports, layers: 1, steps: L, stepModel: (j: number) => program.model(j) };
  planned = { engine, system, model, key: developmentKeySource() };
  const [{ shape, scale }] = ports.inputs as [(typeof ports.inputs)[0]];
  inputs = [1, -1].map((sign) => ({ shape, data: input.map((x) => (sign * x) / scale) }));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Proves a batch of two, and gives all its checkpoints. */
async function checkpoints(salts = PUBLIC, more: FoldOptions = {}): Promise<FoldedProof[]> {
  const items = inputs.map((input) => runItem(planned, input, salts));
  const saved: FoldedProof[] = [];
  const save = async (proof: FoldedProof): Promise<void> => {
    saved.push(proof);
  };
  const { proof } = await proveBatch(planned, items, {
    workers: 1,
    checkpoints: { every: { steps: 2 }, save },
    ...more,
  });
  await verify(proof, planned);
  expect(proof.memory).toBeUndefined();
  return saved;
}
const shown = (proofs: readonly FoldedProof[]) =>
  proofs.map(({ statement, memory }) => [
    statement.steps,
    memory?.planned.map(({ steps }) => steps),
    memory?.live !== undefined,
  ]);

it('are verified where they stop, whichever item is under way', async () => {
  const saved = await checkpoints();
  // of the second item step 4 of the chain is the first
  expect(shown(saved)).toEqual([
    [2, [2], true],
    [4, [1], true],
    [6, undefined, false],
  ]);
  for (const proof of saved) {
    const { checks } = await verify(proof, planned, { prefix: true });
    expect(checks.includes('planned')).toBe(proof.memory !== undefined);
    expect(checks).toContain('memory-sum');
    const { width, rows } = proof.memory?.live ?? { width: VECTOR, rows: new Float64Array(0) };
    expect(width).toBe(VECTOR);
    const own = proof.statement.steps % L;
    for (let at = 0; at < rows.length; at += VECTOR + 2) expect(rows[at]).toBeLessThan(own * slotsPerStep(TOY));
  }

  // from the middle of the second item on: what was planned of it stays
  const resumed = await checkpoints(PUBLIC, {
    resumeFrom: saved[1]!,
    checkpoints: {
      every: { steps: 1 },
      save: async (proof) => {
        if (proof.remaining.length === 0) return;
        expect(shown([proof])).toEqual([[5, [1], false]]);
        await verify(proof, planned, { prefix: true });
      },
    },
  });
  expect(resumed).toEqual([]);
});

it('show nothing of what is private', async () => {
  for (const part of ['input', 'output', 'model']) {
    const saved = await checkpoints({ ...PUBLIC, [part]: 5n });
    expect(shown(saved).map(([, ...memory]) => memory)).toEqual(Array(3).fill([undefined, false]));
  }
});

it('are planned at the steps of the chain that the interval says', () => {
  const all = (every: number, steps: number, items: number): number[] =>
    Array.from({ length: items }, (_, q) =>
      plannedSteps({ steps: every }, PUBLIC, q * steps, steps).map((k) => q * steps + k),
    ).flat();
  for (const [every, steps, items] of [
    [1, 3, 2],
    [2, 3, 5],
    [3, 3, 4],
    [5, 3, 9],
    [4, 7, 6],
    [9, 1, 20],
  ] as const)
    expect([every, steps, all(every, steps, items)]).toEqual([
      ...[every, steps],
      Array.from({ length: items * steps }, (_, i) => i + 1).filter((i) => i % every === 0 && i % steps !== 0),
    ]);
  expect(plannedSteps({ seconds: 1 }, PUBLIC, 0, 9)).toEqual([]);
  expect(plannedSteps(undefined, PUBLIC, 0, 9)).toEqual([]);
});
