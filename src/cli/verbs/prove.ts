/** `fold prove`: the integer run, the budget, the fold, its verification, the final proof, and the folder of the run. */
import { join } from 'node:path';
import { commitModel } from '../../api/commit.ts';
import type { LoadedModel } from '../../api/load.ts';
import { runModel, toldLayers } from '../../api/model.ts';
import { plan } from '../../api/plan.ts';
import { defaultWorkers } from '../../api/workers.ts';
import { throwIfAborted } from '../../errors.ts';
import { reportBudget } from '../../runs/budget.ts';
import { type CommandContext, MODEL_OPTIONS, PLAN_OPTIONS, PRIVACY_OPTIONS } from '../../runs/context.ts';
import { existingRun, runExists } from '../../runs/existing-run.ts';
import { hiddenParts, openModelSalt, runSalts } from '../../runs/privacy.ts';
import { proveAnew } from '../../runs/prove-job.ts';
import { needInput, openKey, openModel, openQuantized, resumedModel } from '../../runs/resolve.ts';
import { saltsOfSame } from '../../runs/same-run.ts';
import { resumedInput, singleRun } from '../../runs/session.ts';
import { verifyAgain } from '../../runs/verify-again.ts';
import { predictionLines } from '../../show/prediction.ts';
import { warnOfRun } from '../../show/warnings.ts';
import { lockFolder } from '../../store/lock.ts';
import type { ResumeRecord } from '../../store/resume-file.ts';
import { FINAL_PROOF, MODEL_SALT, onMachine, REVEAL, revealsFolded, SCALES, SEED } from '../meaning.ts';
import { MODEL_ARGUMENT, type Verb } from '../verb.ts';

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
    'compressed',
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
  meanings: [SEED, SCALES, MODEL_SALT, FINAL_PROOF, REVEAL],
  factsOf: (context) => onMachine(context, revealsFolded(context.options)),
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
export async function runProve(context: CommandContext, resuming: ResumeRecord | undefined): Promise<number> {
  const { options, report } = context;
  const loaded = await openModel(context);
  const key = openKey(options);
  const input = resuming ? resumedInput(resuming.items[0]!, loaded) : await needInput(context, loaded);
  const model = resuming ? await resumedModel(context, loaded, resuming) : await openQuantized(context, loaded, input);
  const output = runModel(model, input);
  warnOfRun(report, loaded, model, input, output);
  report.fact('prediction', { class: output.class, logits: [...output.logits], values: [...output.values] }, [
    ...predictionLines(output),
    ...cutLines(loaded),
  ]);
  const planned = await plan(model, key, report.on);
  const folder = options.out ?? join('runs', `${loaded.name}-${toldLayers(model, hiddenParts(context))}`);
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
      const modelDigest = async (): Promise<bigint> =>
        (await commitModel(planned, { workers, signal: context.signal, salt })).digest;
      const asked = { planned, hidden, batch: false, items: [{ id: '', input, output }], modelSalt: salt, modelDigest };
      const [salts] = (await saltsOfSame(asked, folder, existing.record)) ?? [];
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
