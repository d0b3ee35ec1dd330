/** One item of a batch: its run folder is found complete, gone on with, or made. */

import { hasFinal } from '../api/final-run.ts';
import { forWrap } from '../api/keys.ts';
import { lockFolder } from '../store/lock.ts';
import { readResume } from '../store/resume-file.ts';
import type { CommandContext } from './context.ts';
import { existingRun, runExists } from './existing-run.ts';
import type { Job } from './job.ts';
import { runSalts } from './privacy.ts';
import { proveAnew } from './prove-job.ts';
import { canGoOn, saltsOfSame } from './same-run.ts';
import { closeSession, type JobItem, singleRun } from './session.ts';
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
  context: CommandContext,
  batch: BatchJob,
  item: Pick<JobItem, 'id' | 'input' | 'output'> & Pick<Job, 'folder'>,
): Promise<boolean> {
  const { id, folder, input, output } = item;
  const lock = await lockFolder(folder);
  try {
    const modelDigest = async (): Promise<bigint> => batch.modelDigest;
    const asked = { ...batch, batch: false, items: [{ id: '', input, output }], modelDigest };
    const existing = await existingRun(folder);
    const replaces = existing.kind === 'complete';
    if (existing.kind === 'complete' && (await saltsOfSame(asked, folder, existing.record))) {
      if (!batch.wrapKey || (await hasFinal(folder))) {
        // a kill may have come between the last file and this
        await closeSession(folder);
        return false;
      }
      await wrapFolder(context, folder, forWrap(batch.planned.key));
      return true;
    }
    const record = existing.kind === 'unfinished' ? await readResume(folder) : undefined;
    const resuming = record && canGoOn(asked, record) ? record : undefined;
    if (existing.kind !== 'free' && !resuming && !context.options.force) throw runExists(folder, existing);
    const known = resuming && { ...resuming.items[0]!.salts, model: batch.modelSalt };
    const salts = known ?? context.provers?.salts(id, input) ?? runSalts(batch.hidden, batch.modelSalt);
    await proveAnew(context, { ...batch, ...singleRun(input, output, salts), folder, replaces, resuming });
    return true;
  } finally {
    await lock.release();
  }
}
