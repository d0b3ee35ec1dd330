/** `fold batch --one-proof`: all good inputs in one chain, one run folder and one final proof (protocol section 6). */
import { commitModel } from '../api/commit.ts';
import { plan } from '../api/plan.ts';
import type { RunSalts } from '../api/salts.ts';
import { runWarnings } from '../api/warnings.ts';
import { defaultWorkers } from '../api/workers.ts';
import { FoldError, throwIfAborted } from '../errors.ts';
import { warnOfRuns } from '../show/warnings.ts';
import { type BatchItem, readBatchItems } from '../store/batch-folder.ts';
import { lockFolder } from '../store/lock.ts';
import { type ResumeRecord, readResume } from '../store/resume-file.ts';
import { BatchLists } from './batch-files.ts';
import { type BatchRun, FAILED_IN_PART, failure, integerRun } from './batch-inputs.ts';
import { reportBudget } from './budget.ts';
import type { CommandContext } from './context.ts';
import { existingRun, runExists } from './existing-run.ts';
import type { Job } from './job.ts';
import { hiddenParts, hidesClass, openModelSalt, runSalts } from './privacy.ts';
import { proveAnew } from './prove-job.ts';
import { openKey, openModel, resumedModel } from './resolve.ts';
import { revealOf } from './reveal.ts';
import { canGoOn, saltsOfSame } from './same-run.ts';
import { type JobItem, resumedInput } from './session.ts';
import { verifyAgain } from './verify-again.ts';

type Asked = Pick<Job, 'loaded' | 'planned' | 'folder'>;
type Prepared = Asked & Pick<Job, 'workers' | 'hidden' | 'wrapKey'> & { readonly modelSalt: bigint };

/**
 * Proves the good inputs in one chain, or goes on with it, or verifies it again.
 * @param resuming the record of the unfinished run, whose options `context` has
 * @returns 5 where some inputs were bad
 * @throws E_RUN_EXISTS for a folder with another run, unless --force is given; E_INPUT for no good input; as `fold prove`
 */
export async function proveTogether(
  context: CommandContext,
  asked: Asked,
  runs: readonly BatchRun[],
  resuming: ResumeRecord | undefined,
): Promise<number> {
  const { options } = context;
  const { planned, folder } = asked;
  const hidden = hiddenParts(context);
  revealOf(options, planned.model.plan, hidden, true);
  const good = runs.filter((run): run is GoodRun => run.output !== undefined);
  if (good.length === 0)
    throw new FoldError('E_INPUT', 'None of the inputs can be run.', {
      expected: 'at least one that the model takes',
      got: runs[0]?.error ? `${runs[0].id}: ${runs[0].error.message}` : 'no input',
    });
  const workers = options.workers ?? defaultWorkers();
  const wrapKey = await reportBudget(context, planned, folder, workers, 1, good.length);
  throwIfAborted(context.signal);
  const modelSalt = await openModelSalt(context, resuming !== undefined);
  const job = { ...asked, workers, hidden, wrapKey, modelSalt };
  const lock = await lockFolder(folder);
  try {
    const batch = await listsOf(folder, runs, hidesClass(planned.model, hidden), resuming !== undefined);
    await proveLocked(context, { ...job, batch }, good, resuming);
    return batch.badLines.length > 0 ? FAILED_IN_PART : 0;
  } finally {
    await lock.release();
  }
}

/** Goes on with the batch that a folder holds: its inputs come from the record, bad ones are known from its lists. */
export async function resumeTogether(context: CommandContext, record: ResumeRecord): Promise<number> {
  const loaded = await openModel(context);
  const key = openKey(context.options);
  const model = await resumedModel(context, loaded, record);
  const planned = await plan(model, key, context.report.on);
  const runs = record.items.map((item) => {
    const { id, source } = item;
    return integerRun(model, { id, source, input: resumedInput(item, loaded) });
  });
  const failed = runs.find(({ error }) => error);
  if (failed) throw failed.error!;
  warnOfRuns(context.report, runWarnings(loaded, model), runs);
  return proveTogether(context, { loaded, planned, folder: context.options.out! }, runs, record);
}

type GoodRun = BatchRun & Pick<JobItem, 'input' | 'output'>;

async function proveLocked(
  context: CommandContext,
  { modelSalt, ...job }: Prepared & { readonly batch: BatchLists },
  good: readonly GoodRun[],
  given: ResumeRecord | undefined,
): Promise<void> {
  const { folder, hidden } = job;
  const { force } = context.options;
  const withSalts = (salts: (k: number) => RunSalts): JobItem[] =>
    good.map(({ id, source, input, output }, k) => ({ id, source, input, output, salts: salts(k) }));

  const { planned, workers } = job;
  const modelDigest = async (): Promise<bigint> =>
    (await commitModel(planned, { workers, signal: context.signal, salt: modelSalt })).digest;
  const asked = { planned, hidden, batch: true, items: good, modelSalt, modelDigest };
  const existing = await existingRun(folder);
  if (existing.kind === 'complete' && !force) {
    const salts = await saltsOfSame(asked, folder, existing.record);
    if (salts) {
      await verifyAgain(context, { ...job, items: withSalts((k) => salts[k]!) });
      return;
    }
  }
  const found = given ?? (existing.kind === 'complete' || force ? undefined : await readResume(folder));
  const resuming = found && (given || canGoOn(asked, found)) ? found : undefined;
  if (existing.kind !== 'free' && !resuming && !force) throw runExists(folder, existing);
  const { provers } = context;
  const items = withSalts((k) => {
    if (resuming) return { ...resuming.items[k]!.salts, model: modelSalt };
    const { id, input } = good[k]!;
    return provers ? provers.salts(id, input) : runSalts(hidden, modelSalt);
  });
  await proveAnew(context, { ...job, items, resuming, replaces: existing.kind === 'complete' });
}

/**
 * All inputs as results.csv and manifest.jsonl tell of them, with what they took in earlier sittings; `resuming` keeps the bad
 * ones of the first.
 */
async function listsOf(
  folder: string,
  runs: readonly BatchRun[],
  hideClass: boolean,
  resuming: boolean,
): Promise<BatchLists> {
  const before = await readBatchItems(folder);
  let index = 0;
  const items = runs.map(({ id, source, output, error }): BatchItem => {
    if (error) return { id, source, ...failure(error) };
    const shown = output && !hideClass ? { class: output.class } : {};
    const was = before.get(id);
    // those of a finished run are of another sitting of another run
    const seconds = was?.status === 'waiting' ? was.seconds : undefined;
    return { id, source, status: 'waiting', ...shown, ...(seconds === undefined ? {} : { seconds }), index: index++ };
  });
  const bad = resuming ? [...before.values()].filter(({ status }) => status === 'failed') : [];
  return new BatchLists(folder, [...items, ...bad]);
}
