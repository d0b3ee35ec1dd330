/** `fold prove`: the integer run, the budget, the fold, its verification, and the folder of the run. */
import { join } from 'node:path';
import { budgetOf, diskEstimate, memoryEstimate, WRAP_LIMIT } from '../../api/budget.ts';
import { commitModel } from '../../api/commit.ts';
import type { LoadedModel } from '../../api/load.ts';
import { type PlannedModel, plan } from '../../api/plan.ts';
import { prove } from '../../api/prove.ts';
import { inputDigest, outputDigest, statementOf } from '../../api/statement.ts';
import { hex, verify } from '../../api/verify.ts';
import { verifyRun } from '../../api/verify-run.ts';
import { defaultWorkers } from '../../api/workers.ts';
import { FoldError, invariant, throwIfAborted } from '../../errors.ts';
import { stage } from '../../events.ts';
import type { Tensor } from '../../ir/graph.ts';
import { type IntegerResult, runInteger } from '../../ir/run.ts';
import { encodeProof } from '../../store/proof-file.ts';
import { writeComplete, writeUnfinished } from '../../store/run-folder.ts';
import { existingRun, runExists } from '../existing-run.ts';
import { bytes, count } from '../format.ts';
import { checkDisk, checkMemory, memoryLimit } from '../limits.ts';
import { predictionLines } from '../prediction.ts';
import { provedReport } from '../proved-report.ts';
import { runFiles } from '../run-files.ts';
import { isOwn, keyName, needInput, openKey, openModel, openQuantized } from '../subject.ts';
import { MODEL_ARGUMENT, MODEL_OPTIONS, PLAN_OPTIONS, type Verb, type VerbContext } from '../verb.ts';
import { sentenceOf } from '../words.ts';

export const proveVerb: Verb = {
  name: 'prove',
  about: 'Prove that the network gives its output on an input: fold every layer, verify, write the run folder.',
  argument: MODEL_ARGUMENT,
  options: [
    ...MODEL_OPTIONS,
    'input',
    ...PLAN_OPTIONS,
    'ptau',
    'insecureDev',
    'workers',
    'maxMemory',
    'out',
    'force',
    'dryRun',
    'wrap',
  ],
  examples: [
    'fold --layers 8 --no-wrap',
    'fold --network synthetic --layers 2048',
    'fold prove MODEL.onnx --input X.json --ptau FILE.ptau --out runs/mine',
  ],
  run: async (context) => {
    const { options, report } = context;
    const loaded = await openModel(context);
    const key = openKey(options);
    const input = await needInput(context, loaded);
    const model = await openQuantized(context, loaded, input);
    const output = runInteger(model, input);
    report.fact('prediction', { class: output.class, logits: [...output.logits], values: [...output.values] }, [
      ...predictionLines(output),
      ...cutLines(loaded),
    ]);
    const planned = await plan(model, key, report.on);
    const folder = options.out ?? join('runs', `${loaded.name}-${model.layers}`);
    const workers = options.workers ?? defaultWorkers();
    await reportBudget(context, planned, folder, workers);
    if (options.dryRun) return 0;
    throwIfAborted(context.signal);

    const existing = await existingRun(folder);
    if (existing.kind === 'complete' && !options.force) {
      const { statement } = existing.record;
      const same =
        statement.parameters === hex(planned.system.pp) &&
        statement.inputDigest === hex(inputDigest(planned.engine, model.plan.step, input)) &&
        statement.modelDigest === hex((await commitModel(planned, { workers, signal: context.signal })).digest);
      if (same) return verifyAgain(context, planned, folder, BigInt(statement.modelDigest));
    }
    if (existing.kind !== 'free' && !options.force) throw runExists(folder, existing);
    return proveAnew(context, {
      loaded,
      planned,
      input,
      output,
      folder,
      workers,
      replaces: existing.kind === 'complete',
    });
  },
};

/** A network cut short computes something, but not what it was trained for. */
function cutLines({ graph, whole, name }: LoadedModel): string[] {
  return graph === whole ? [] : [`  (of the first layers of ${name}: the class counts only for the whole network)`];
}

/** What the run will take; refuses it where the machine has less. */
async function reportBudget(
  { options, report, env }: VerbContext,
  { system, model, key }: PlannedModel,
  folder: string,
  workers: number,
): Promise<void> {
  const budget = budgetOf(system);
  const memory = memoryEstimate(system, model, workers);
  const disk = diskEstimate(system, model);
  const { steps, layers } = model;
  report.fact('budget', { steps, layers, workers, key: key.name, insecure: key.insecure, memory, disk, ...budget }, [
    '',
    `${count(layers)} layers in ${count(steps)} steps of up to ${model.plan.step.slots}, ${workers} workers`,
    `  a step: ${count(budget.rows)} rows, ${count(budget.bits)} bits; estimated final proof ${count(budget.wrapEstimate)} constraints (not made in this version)`,
    `  peak memory about ${bytes(memory)}, disk about ${bytes(disk)}; the time is estimated from the first steps on`,
    `  commitment key ${keyName(key)}${key.insecure ? ': anyone can forge proofs under it' : ''}`,
    '',
  ]);
  if (budget.wrapEstimate > WRAP_LIMIT)
    report.warn(
      `warning: a final proof of these steps would exceed ${count(WRAP_LIMIT)} constraints; use fewer layers per step.`,
    );
  checkMemory(memory, memoryLimit(options.maxMemory, env), workers);
  await checkDisk(folder, disk);
}

export interface Job {
  readonly loaded: LoadedModel;
  readonly planned: PlannedModel;
  readonly input: Tensor;
  readonly output: IntegerResult;
  readonly folder: string;
  readonly workers: number;
  /** A finished run stands in the folder and stays until the new one is verified. */
  readonly replaces: boolean;
}

async function proveAnew(context: VerbContext, job: Job): Promise<number> {
  const { options, report, signal } = context;
  const { loaded, planned, input, folder, workers } = job;
  const { model, key } = planned;
  const run = {
    model: {
      name: loaded.name,
      sha256: loaded.sha256,
      layers: model.layers,
      layersPerStep: model.plan.step.slots,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    },
    key: { name: key.name, insecure: key.insecure },
  };
  if (!job.replaces) await writeUnfinished(folder, run, 'folding');
  try {
    const proved = await prove(planned, input, { workers, signal, on: report.on });
    const { proof, output } = proved;
    const verified = await verify(proof, planned, { on: report.on });
    throwIfAborted(signal);
    invariant(
      outputDigest(planned.engine, model.plan.step, output.logits) === proof.statement.z.o,
      'the proof is of this output',
    );
    const statement = {
      sentence: sentenceOf({ layers: model.layers, steps: model.steps, class: output.class }),
      ...statementOf(proof),
    };
    const file = encodeProof(proof);
    const files = runFiles(model, input, output, file, isOwn(options) ? 'no' : 'yes');
    await stage(report.on, 'write', () => writeComplete(folder, run, statement, files));
    provedReport(report, job, { statement, verified, proofBytes: file.length, partSeconds: proved.seconds, files });
    return 0;
  } catch (error) {
    const state = error instanceof FoldError && error.code === 'E_ABORTED' ? 'interrupted' : 'failed';
    if (!job.replaces) await writeUnfinished(folder, run, state);
    throw error;
  }
}

async function verifyAgain(
  { report }: VerbContext,
  { key }: PlannedModel,
  folder: string,
  modelDigest: bigint,
): Promise<number> {
  const { statement, output } = await verifyRun(folder, { key, modelDigest, on: report.on });
  report.result('prove', { folder, again: true, class: output.class, ...statement, insecure: key.insecure }, [
    `This run is complete already and was verified again: class ${output.class}, model ${statement.modelDigest}`,
    `next: npx fold verify ${folder} --model-digest ${statement.modelDigest}`,
  ]);
  return 0;
}
