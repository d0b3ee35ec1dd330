/** Commitments to a model are kept by all of its entries, which are never held together; what is damaged is made again. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { type Committable, commitModel } from '../../src/api/commit.ts';
import type { MachineModel } from '../../src/api/model.ts';
import { buildStepSystem } from '../../src/folding/step-system.ts';
import { interfaceOf } from '../../src/machine/interface.ts';
import { TOY } from '../../src/machine/shape.ts';
import { machineStep } from '../../src/machine/step.ts';
import { toyKey } from '../folding/toy.ts';
import { randomProgram } from '../helpers/random-program.ts';

let folder: string;
let planned: Committable & { readonly model: MachineModel };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerfold-commit-'));
  vi.stubEnv('LAYERFOLD_CACHE_DIR', folder);
  const engine = await createEngine();
  const system = await buildStepSystem(engine, machineStep(TOY), toyKey(engine));
  const { program } = randomProgram(TOY, 5, 3);
  const plan = { format: 'layerfold/plan', version: 4, machine: TOY } as const;
  const { steps } = program;
  const model = {
    plan,
    program,
    ports: interfaceOf(program),
    layers: 1,
    steps,
    stepModel: (j: number) => program.model(j),
  };
  planned = { engine, system, model };
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Commits to a model, and tells whether that was made anew. */
async function commit(stepModel: MachineModel['stepModel']) {
  let made = false;
  const model = { ...planned.model, stepModel };
  const on = ({ type }: { type: string }) => {
    made ||= type === 'progress';
  };
  return { ...(await commitModel({ ...planned, model }, { workers: 1, on })), made };
}

it('finds what is kept of a model whose steps share one array, as they do in no other', async () => {
  const { program } = planned.model;
  const first = await commit((j) => program.model(j));
  const shared = program.model(0).slice();
  const again = await commit((j) => {
    shared.set(program.model(j));
    return shared;
  });
  expect([first.made, again.made]).toEqual([true, false]);
  expect(again.digest).toBe(first.digest);

  for (let changed = 0; changed < program.steps; changed++) {
    const other = await commit((j) => program.model(j).map((v, k) => (j === changed && k === 0 ? v + 1 : v)));
    expect([other.made, other.digest === first.digest]).toEqual([true, false]);
  }
});

it('makes again what is damaged', async () => {
  const { program } = planned.model;
  const { digest } = await commit((j) => program.model(j));
  const entries = await readdir(join(folder, 'model-commitment'));
  for (const entry of entries) {
    const path = join(folder, 'model-commitment', entry);
    const bytes = await readFile(path);
    bytes[bytes.length - 3]! ^= 1;
    await writeFile(path, bytes);
  }
  const again = await commit((j) => program.model(j));
  expect([again.made, again.digest]).toEqual([true, digest]);
});
