/** `fold batch --one-proof`: all good inputs in one chain, one run folder and one final proof (protocol section 6). */
import { commitModel } from '../api/commit.ts';
import { itemOf, treeOf } from '../api/items.ts';
import { plan } from '../api/plan.ts';
import type { RunSalts } from '../api/salts.ts';
import { hex } from '../api/statement.ts';
import { runWarnings } from '../api/warnings.ts';
import { defaultWorkers } from '../api/workers.ts';
import { FoldError, throwIfAborted } from '../errors.ts';
import { type BatchItem, readBatchItems } from '../store/batch-folder.ts';
import { canonicalJson } from '../store/canonical-json.ts';
import { lockFolder } from '../store/lock.ts';
import { readPrivateItems } from '../store/private-items.ts';
import { type ResumeRecord, readResume } from '../store/resume-file.ts';
import type { CompleteRun } from '../store/run-record.ts';
import { BatchLists } from './batch-files.ts';
import { type BatchRun, FAILED_IN_PART, failure, integerRun } from './batch-runs.ts';
import { existingRun, runExists } from './existing-run.ts';
import { hiddenParts, openModelSalt, runSalts } from './privacy.ts';
import { reportBudget } from './prove-budget.ts';
import { type Job, proveAnew } from './prove-job.ts';
import { hidTheSame, isInput, type JobItem, resumedInput } from './session.ts';
import { openKey, openModel, resumedModel } from './subject.ts';
import type { VerbContext } from './verb.ts';
import { verifyAgain } from './verify-again.ts';
import { warnOfRuns } from './warnings.ts';
import { revealOf } from './wrapping.ts';

type Subject = Pick<Job, 'loaded' | 'planned' | 'folder'>;
type Prepared = Subject & Pick<Job, 'workers' | 'hidden' | 'wrapKey'> & { readonly modelSalt: bigint };

/**
 * Proves the good inputs in one chain, or goes on with it, or verifies it again.
 * @param resuming the record of the unfinished run, whose options `context` has
 * @returns 5 where some inputs were bad
 * @throws E_RUN_EXISTS for a folder with another run, unless --force is given; E_INPUT for no good input; as `fold prove`
 */
export async function proveTogether(
  context: VerbContext,
  subject: Subject,
  runs: readonly BatchRun[],
  resuming: ResumeRecord | undefined,
): Promise<number> {
  const { options } = context;
  const { planned, folder } = subject;
  const hidden = hiddenParts(context);
  revealOf(options, hidden, true);
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
  const job = { ...subject, workers, hidden, wrapKey, modelSalt };
  const lock = await lockFolder(folder);
  try {
    const batch = await listsOf(folder, runs, hidden.includes('output'), resuming !== undefined);
    await proveLocked(context, { ...job, batch }, good, resuming);
    return batch.badLines.length > 0 ? FAILED_IN_PART : 0;
  } finally {
    await lock.release();
  }
}

/** Goes on with the batch that a folder holds: its inputs come from the record, bad ones are known from its lists. */
export async function resumeTogether(context: VerbContext, record: ResumeRecord): Promise<number> {
  const loaded = await openModel(context);
  const key = openKey(context.options);
  const model = resumedModel(context, loaded, record);
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
  context: VerbContext,
  { modelSalt, ...job }: Prepared & { readonly batch: BatchLists },
  good: readonly GoodRun[],
  given: ResumeRecord | undefined,
): Promise<void> {
  const { folder, hidden } = job;
  const { force } = context.options;
  const withSalts = (salts: (k: number) => RunSalts): JobItem[] =>
    good.map(({ id, source, input, output }, k) => ({ id, source, input, output, salts: salts(k) }));

  const existing = await existingRun(folder);
  if (existing.kind === 'complete' && !force) {
    const known = await knownItemSalts(existing.record, folder, good, modelSalt);
    const items = known && withSalts((k) => known[k]!);
    if (items && (await isSame(context, { ...job, items }, existing.record, modelSalt))) {
      await verifyAgain(context, { ...job, items });
      return;
    }
  }
  const found = given ?? (existing.kind === 'complete' || force ? undefined : await readResume(folder));
  const resuming = found && (given || isOf(found, job, good)) ? found : undefined;
  if (existing.kind !== 'free' && !resuming && !force) throw runExists(folder, existing);
  const items = withSalts((k) =>
    resuming ? { ...resuming.items[k]!.salts, model: modelSalt } : runSalts(hidden, modelSalt),
  );
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

/** The salts under which a finished batch was made; undefined where private/ is not at hand or the items are others. */
async function knownItemSalts(
  record: CompleteRun,
  folder: string,
  good: readonly GoodRun[],
  model: bigint,
): Promise<readonly RunSalts[] | undefined> {
  const hidden = record.private.includes('input') || record.private.includes('output');
  if (!hidden) return good.map(() => ({ model, input: 0n, output: 0n }));
  const items = await readPrivateItems(folder);
  return items?.length === good.length ? items.map(({ salts }) => ({ ...salts, model })) : undefined;
}

/** Whether a finished run is of this model, plan, key, privacy and of these inputs in this order. */
async function isSame(
  { signal }: VerbContext,
  { planned, items, workers, hidden }: Pick<Job, 'planned' | 'items' | 'workers' | 'hidden'>,
  { statement, private: parts }: CompleteRun,
  salt: bigint,
): Promise<boolean> {
  const ready = items.map(({ input, output, salts }) => itemOf(planned, input, output, salts));
  return (
    parts.join() === hidden.join() &&
    statement.parameters === hex(planned.system.pp) &&
    statement.root === hex(treeOf(planned, ready).root) &&
    statement.modelDigest === hex((await commitModel(planned, { workers, signal, salt })).digest)
  );
}

/** Whether an unfinished batch is of this plan and privacy and of these inputs in this order. */
function isOf(
  record: ResumeRecord,
  { planned, hidden }: Pick<Job, 'planned' | 'hidden'>,
  good: readonly GoodRun[],
): boolean {
  const { batch, plan: kept, items } = record;
  return (
    batch &&
    hidTheSame(record, hidden) &&
    canonicalJson(kept) === canonicalJson(planned.model.plan) &&
    items.length === good.length &&
    good.every(({ id, input }, k) => id === items[k]!.id && isInput(items[k]!, input))
  );
}
