/** `fold prove`: the integer run, the budget, the fold, its verification, the final proof, and the folder of the run. */
import { join } from 'node:path';
import { commitModel } from '../../api/commit.ts';
import type { LoadedModel } from '../../api/load.ts';
import { plan } from '../../api/plan.ts';
import type { RunSalts } from '../../api/salts.ts';
import { hex, inputDigest } from '../../api/statement.ts';
import { defaultWorkers } from '../../api/workers.ts';
import { throwIfAborted } from '../../errors.ts';
import type { Tensor } from '../../ir/graph.ts';
import { runInteger } from '../../ir/run.ts';
import { lockFolder } from '../../store/lock.ts';
import type { ResumeRecord } from '../../store/resume-file.ts';
import { type Existing, existingRun, runExists } from '../existing-run.ts';
import { FINAL_PROOF, MODEL_SALT, SCALES, SEED } from '../meaning.ts';
import { predictionLines } from '../prediction.ts';
import { hiddenParts, knownSalts, openModelSalt, runSalts } from '../privacy.ts';
import { reportBudget } from '../prove-budget.ts';
import { type Job, proveAnew } from '../prove-job.ts';
import { resumedInput, singleRun } from '../session.ts';
import { needInput, openKey, openModel, openQuantized, resumedModel } from '../subject.ts';
import { MODEL_ARGUMENT, MODEL_OPTIONS, PLAN_OPTIONS, PRIVACY_OPTIONS, type Verb, type VerbContext } from '../verb.ts';
import { verifyAgain } from '../verify-again.ts';
import { warnOfRun } from '../warnings.ts';

export const proveVerb: Verb = {
  name: 'prove',
  about:
    'Prove that the network gives its output on an input: fold every layer, verify, and wrap it all in one small proof.',
  argument: MODEL_ARGUMENT,
  options: [
    ...MODEL_OPTIONS,
    'input',
    ...PLAN_OPTIONS,
    ...PRIVACY_OPTIONS,
    'reveal',
    'ptau',
    'key',
    'groth16',
    'insecureDev',
    'workers',
    'maxMemory',
    'out',
    'checkpointEvery',
    'keep',
    'verifyCheckpoints',
    'stream',
    'force',
    'dryRun',
    'wrap',
  ],
  meanings: [SEED, SCALES, MODEL_SALT, FINAL_PROOF],
  examples: [
    'fold --layers 8 --no-wrap',
    'fold --layers 512',
    'fold --network synthetic --layers 2048 --checkpoint-every 10m',
    'fold prove MODEL.onnx --input X.json --ptau FILE.ptau --key KEY.zkey --out runs/mine',
    'fold prove MODEL.onnx --input X.json --insecure-dev --private input,model --reveal class',
  ],
  run: (context) => runProve(context, undefined),
};

/** @param resuming the record of an unfinished run, whose options `context` has */
export async function runProve(context: VerbContext, resuming: ResumeRecord | undefined): Promise<number> {
  const { options, report } = context;
  const loaded = await openModel(context);
  const key = openKey(options);
  const input = resuming ? resumedInput(resuming.items[0]!, loaded) : await needInput(context, loaded);
  const model = resuming ? resumedModel(context, loaded, resuming) : await openQuantized(context, loaded, input);
  const output = runInteger(model, input);
  warnOfRun(report, loaded, model, input, output);
  report.fact('prediction', { class: output.class, logits: [...output.logits], values: [...output.values] }, [
    ...predictionLines(output),
    ...cutLines(loaded),
  ]);
  const planned = await plan(model, key, report.on);
  const folder = options.out ?? join('runs', `${loaded.name}-${model.layers}`);
  const workers = options.workers ?? defaultWorkers();
  const wrapKey = await reportBudget(context, planned, folder, workers);
  if (options.dryRun) return 0;
  throwIfAborted(context.signal);

  const hidden = hiddenParts(context);
  const salt = await openModelSalt(context, resuming !== undefined);
  const job = { loaded, planned, folder, workers, hidden, wrapKey, resuming };
  const lock = await lockFolder(folder);
  try {
    const existing = await existingRun(folder);
    if (existing.kind === 'complete' && !options.force) {
      const salts = await sameRun(context, job, input, existing, salt);
      if (salts) return await verifyAgain(context, { ...job, ...singleRun(input, output, salts) });
    }
    if (existing.kind !== 'free' && !resuming && !options.force) throw runExists(folder, existing);
    const salts = resuming ? { ...resuming.items[0]!.salts, model: salt } : runSalts(hidden, salt);
    return await proveAnew(context, {
      ...job,
      ...singleRun(input, output, salts),
      replaces: existing.kind === 'complete',
    });
  } finally {
    await lock.release();
  }
}

/** A network cut short computes something, but not what it was trained for. */
function cutLines({ graph, whole, name }: LoadedModel): string[] {
  return graph === whole ? [] : [`  (of the first layers of ${name}: the class counts only for the whole network)`];
}

/** The salts of the run in the folder, if it is a run of the same model, plan, key, input and privacy. */
async function sameRun(
  { signal }: VerbContext,
  { planned, folder, workers, hidden }: Pick<Job, 'planned' | 'folder' | 'workers' | 'hidden'>,
  input: Tensor,
  { record }: Extract<Existing, { kind: 'complete' }>,
  salt: bigint,
): Promise<RunSalts | undefined> {
  const { system, model } = planned;
  const { statement } = record;
  const known = await knownSalts(folder, record);
  const same =
    known !== undefined &&
    record.private.join() === hidden.join() &&
    statement.parameters === hex(system.pp) &&
    statement.inputDigest === hex(inputDigest(model.plan.step, input, known.input)) &&
    statement.modelDigest === hex((await commitModel(planned, { workers, signal, salt })).digest);
  return same ? { ...known, model: salt } : undefined;
}
