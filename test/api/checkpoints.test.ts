/** Checkpoints of real runs: when they are taken, that they verify, and that a run resumed from one ends as any other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { Checkpointer } from '../../src/api/checkpoints.ts';
import { developmentKeySource } from '../../src/api/keys.ts';
import { loadModel } from '../../src/api/load.ts';
import { type PlannedSlots, plan, quantize } from '../../src/api/plan.ts';
import { prove } from '../../src/api/prove.ts';
import { PUBLIC, stepSalts } from '../../src/api/salts.ts';
import { hex, outputDigest, statementOf } from '../../src/api/statement.ts';
import { verify } from '../../src/api/verify.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import type { Tensor } from '../../src/ir/graph.ts';
import { randomChain } from '../helpers/chains.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { writeOnnx } from '../helpers/onnx.ts';

const SALTS = { model: 11n, input: 22n, output: 33n };
const workers = 1;

describe('a run with checkpoints', () => {
  let folder = '';
  let planned: PlannedSlots;
  let input: Tensor;
  let whole: FoldedProof;
  const kept: FoldedProof[] = [];
  const cacheBefore = process.env.LAYERFOLD_CACHE_DIR;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'layerfold-checkpoints-'));
    process.env.LAYERFOLD_CACHE_DIR = join(folder, 'cache');
    const { graph, input: made } = randomChain(3, { kind: 'dense', layers: 4 });
    input = made;
    writeFileSync(join(folder, 'model.onnx'), writeOnnx(graph));
    const loaded = await loadModel(join(folder, 'model.onnx'));
    planned = await plan(quantize(loaded, { samples: [input], layersPerStep: 1 }), developmentKeySource());
    const save = async (proof: FoldedProof): Promise<void> => void kept.push(proof);
    const checkpoints = { every: { steps: 2 }, save };
    whole = (await prove(planned, input, { workers, salts: SALTS, checkpoints })).proof;
  });
  afterAll(() => {
    if (cacheBefore === undefined) delete process.env.LAYERFOLD_CACHE_DIR;
    else process.env.LAYERFOLD_CACHE_DIR = cacheBefore;
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives a complete proof of each prefix, the last one of the whole', async () => {
    expect(planned.model.steps).toBe(4);
    expect(kept.map(({ statement }) => statement.steps)).toEqual([2, 4]);
    for (const proof of kept) {
      const { modelDigest } = whole.statement.wires;
      const verified = await verify(proof, planned, { modelDigest, prefix: true });
      expect(verified.steps + proof.remaining.length).toBe(4);
    }
  });

  it('is refused as the proof of a run, whose output it would make all zeros', async () => {
    const [half] = kept as [FoldedProof];
    const { step } = planned.model.plan;
    const zeros = outputDigest(step, new Float64Array(step.readout.outputs), SALTS.output);
    expect(statementOf(half).outputDigest).toBe(hex(zeros));
    const error = await foldErrorOfAsync(() => verify(half, planned));
    expect([error.code, error.got]).toEqual(['E_REJECTED', '2 steps, 2 to go']);
    // who says that nothing is left has a number of steps that is no whole network
    const whole = await foldErrorOfAsync(() => verify({ ...half, remaining: [] }, planned));
    expect(whole.message).toContain("check 'steps'");
  });

  it('goes on from one to the same statement, private digests between the steps included', async () => {
    const { proof, output } = await prove(planned, input, { workers, salts: SALTS, resumeFrom: kept[0]! });
    await verify(proof, planned, { modelDigest: whole.statement.wires.modelDigest });
    expect(proof.statement).toEqual(whole.statement);
    expect(statementOf(proof)).toEqual(statementOf(whole));
    expect(output.logits).toHaveLength(planned.model.plan.step.readout.outputs);
  });

  it('has nothing to fold from the last one', async () => {
    const steps: number[] = [];
    const on = (event: { type: string }): void => void (event.type === 'step' && steps.push(1));
    const { proof } = await prove(planned, input, { workers, salts: SALTS, resumeFrom: kept[1]!, on });
    expect(proof.statement).toEqual(whole.statement);
    expect(steps).toEqual([]);
  });

  it.each([
    ['another input', () => ({ data: input.data.map((v) => v / 2) }), SALTS, 'another input'],
    ['other salts of the input', () => ({}), { ...SALTS, input: 23n }, 'another input'],
    ['another model (its salt)', () => ({}), { ...SALTS, model: 12n }, 'another model'],
  ])('is not taken up with %s', async (_what, change, salts, told) => {
    const error = await foldErrorOfAsync(() =>
      prove(planned, { ...input, ...change() }, { workers, salts, resumeFrom: kept[0]! }),
    );
    expect([error.code, error.message.includes(told)]).toEqual(['E_REJECTED', true]);
  });

  it('is not taken up under another plan or from a false proof', async () => {
    const { statement } = kept[0]!;
    const other = { ...kept[0]!, statement: { ...statement, wires: { ...statement.wires, pp: 5n } } };
    const options = { workers, salts: SALTS };
    const plan = await foldErrorOfAsync(() => prove(planned, input, { ...options, resumeFrom: other }));
    expect([plan.code, plan.message.includes('another plan')]).toEqual(['E_REJECTED', true]);
    const shifted = { ...kept[0]!, statement: { ...statement, m: statement.m + 1n } };
    const fake = await foldErrorOfAsync(() => prove(planned, input, { ...options, resumeFrom: shifted }));
    expect([fake.code, fake.message.includes("check 'chain-hash'")]).toEqual(['E_REJECTED', true]);
  });

  it('saves one checkpoint when it is cancelled, and resumes from it', async () => {
    const controller = new AbortController();
    const saved: FoldedProof[] = [];
    const save = async (proof: FoldedProof): Promise<void> => void saved.push(proof);
    const error = await foldErrorOfAsync(() =>
      prove(planned, input, {
        workers,
        signal: controller.signal,
        checkpoints: { save },
        on: (event) => event.type === 'step' && event.step === 3 && controller.abort(),
      }),
    );
    expect(error.code).toBe('E_ABORTED');
    expect(saved.map(({ statement }) => statement.steps)).toEqual([3]);
    const { proof } = await prove(planned, input, { workers, resumeFrom: saved[0]! });
    await verify(proof, planned);
    const uninterrupted = await prove(planned, input, { workers });
    expect(statementOf(proof)).toEqual(statementOf(uninterrupted.proof));
  });

  it('ends with the error of a checkpoint that cannot be saved', async () => {
    const save = (): Promise<void> => Promise.reject(new Error('full'));
    const run = prove(planned, input, { workers, checkpoints: { every: { steps: 1 }, save } });
    await expect(run).rejects.toThrow('full');
  });
});

describe('Checkpointer', () => {
  const at = (steps: number): FoldedProof => ({ statement: { steps } }) as FoldedProof;

  it('counts steps of the network, not of the session', () => {
    const checkpointer = new Checkpointer({ every: { steps: 4 }, save: async () => {} });
    expect([3, 4, 5, 8].map((steps) => checkpointer.due(steps, false))).toEqual([false, true, false, true]);
    expect(checkpointer.due(5, true)).toBe(true);
  });

  it('counts seconds since the one before began', async () => {
    let now = 0;
    const checkpointer = new Checkpointer({ every: { seconds: 30 }, save: async () => {} }, () => now);
    now = 29_999;
    expect(checkpointer.due(1, false)).toBe(false);
    now = 30_000;
    expect(checkpointer.due(2, false)).toBe(true);
    await checkpointer.take(at(2));
    now = 59_000;
    expect(checkpointer.due(3, false)).toBe(false);
  });

  it('saves one at a time, each step once, and is never due without an interval', async () => {
    const order: string[] = [];
    const save = async ({ statement }: FoldedProof): Promise<void> => {
      order.push(`begin ${statement.steps}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(`end ${statement.steps}`);
    };
    const checkpointer = new Checkpointer({ save });
    for (const steps of [1, 1, 2]) await checkpointer.take(at(steps));
    await checkpointer.settle();
    expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
    expect([checkpointer.due(7, true), new Checkpointer(undefined).due(7, true)]).toEqual([false, false]);
  });

  it('tells an error of saving at the next step', async () => {
    const checkpointer = new Checkpointer({ every: { steps: 2 }, save: () => Promise.reject(new Error('full')) });
    await checkpointer.take(at(2));
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => checkpointer.due(3, false)).toThrow('full');
  });
});

describe('salts between the steps', () => {
  it('chain, depend on everything secret and on the input, and are 0 in public runs', async () => {
    const engine = await createEngine();
    const salts = stepSalts(engine, SALTS, 7n);
    expect(salts(0)[0]).toBe(SALTS.input);
    expect(salts(1)[0]).toBe(salts(0)[1]);
    expect(salts(5)).toEqual(stepSalts(engine, SALTS, 7n)(5));
    const firsts = [
      salts(1)[1],
      salts(0)[1],
      stepSalts(engine, SALTS, 8n)(0)[1],
      ...(['model', 'input', 'output'] as const).map((name) => stepSalts(engine, { ...SALTS, [name]: 1n }, 7n)(0)[1]),
    ];
    expect(new Set(firsts).size).toBe(firsts.length);
    expect(stepSalts(engine, PUBLIC, 7n)(3)).toEqual([0n, 0n, 0n]);
    expect(stepSalts(engine, { ...PUBLIC, model: 4n }, 7n)(3)[1]).not.toBe(0n);
  });
});
