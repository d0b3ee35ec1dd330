/** One item of a batch: its run folder is found complete, gone on with, or made. */
import { forWrap } from '../api/keys.ts';
import { hex, inputDigest } from '../api/statement.ts';
import { hasFinal } from '../api/verify-final.ts';
import type { Tensor } from '../ir/graph.ts';
import { canonicalJson } from '../store/canonical-json.ts';
import { lockFolder } from '../store/lock.ts';
import { type ResumeRecord, readResume } from '../store/resume-file.ts';
import type { CompleteRun, PrivatePart } from '../store/run-record.ts';
import { existingRun, runExists } from './existing-run.ts';
import { knownSalts, runSalts } from './privacy.ts';
import { type Job, proveAnew } from './prove-job.ts';
import { closeSession, hidTheSame, isInput, type JobItem, singleRun } from './session.ts';
import type { VerbContext } from './verb.ts';
import { wrapFolder } from './wrap-folder.ts';

/** What all items of a batch have in common. */
export interface BatchJob extends Pick<Job, 'loaded' | 'planned' | 'workers' | 'hidden' | 'wrapKey'> {
  readonly modelDigest: bigint;
  readonly modelSalt: bigint;
}

/**
 * @returns false if the folder held the finished proof already
 * @throws E_RUN_EXISTS for a folder with another run, unless --force is given; and as `fold prove`
 */
export async function proveItem(
  context: VerbContext,
  batch: BatchJob,
  item: Pick<JobItem, 'input' | 'output'> & Pick<Job, 'folder'>,
): Promise<boolean> {
  const { folder, input, output } = item;
  const lock = await lockFolder(folder);
  try {
    const existing = await existingRun(folder);
    const replaces = existing.kind === 'complete';
    if (existing.kind === 'complete' && (await isSame(batch, existing.record, folder, input))) {
      if (!batch.wrapKey || (await hasFinal(folder))) {
        // a kill may have come between the last file and this
        await closeSession(folder);
        return false;
      }
      await wrapFolder(context, folder, forWrap(batch.planned.key));
      return true;
    }
    const record = existing.kind === 'unfinished' ? await readResume(folder) : undefined;
    const resuming = record && isOf(record, batch, input) ? record : undefined;
    if (existing.kind !== 'free' && !resuming && !context.options.force) throw runExists(folder, existing);
    const known = resuming && { ...resuming.items[0]!.salts, model: batch.modelSalt };
    const salts = known ?? runSalts(batch.hidden, batch.modelSalt);
    await proveAnew(context, { ...batch, ...singleRun(input, output, salts), folder, replaces, resuming });
    return true;
  } finally {
    await lock.release();
  }
}

/** Whether a finished run is of this model, plan, key, input and privacy. */
async function isSame(
  { planned, modelDigest, hidden }: BatchJob,
  record: CompleteRun,
  folder: string,
  input: Tensor,
): Promise<boolean> {
  const { statement } = record;
  const salts = await knownSalts(folder, record);
  return (
    salts !== undefined &&
    samePrivacy(record.private, hidden) &&
    statement.parameters === hex(planned.system.pp) &&
    statement.modelDigest === hex(modelDigest) &&
    statement.inputDigest === hex(inputDigest(planned.model.plan.step, input, salts.input))
  );
}

const samePrivacy = (a: readonly PrivatePart[], b: readonly PrivatePart[]): boolean => a.join() === b.join();

/** Whether an unfinished run can be gone on with; its checkpoints are checked against model and input later. */
function isOf(record: ResumeRecord, { planned, hidden }: BatchJob, input: Tensor): boolean {
  const { plan, batch, items } = record;
  const samePlan = canonicalJson(plan) === canonicalJson(planned.model.plan);
  return !batch && samePlan && hidTheSame(record, hidden) && isInput(items[0]!, input);
}
