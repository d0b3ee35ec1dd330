/** A run that is complete already: it is not made twice, but verified again; a final proof that is wanted and absent is made. */

import { hasFinal, verifyFinalRun } from '../api/final-run.ts';
import { forWrap } from '../api/keys.ts';
import { verifyRun } from '../api/verify-run.ts';
import { count } from '../show/format.ts';
import type { CommandContext } from './context.ts';
import type { Job } from './job.ts';
import { nextLines } from './next-commands.ts';
import { closeSession } from './session.ts';
import { wrapFolder } from './wrap-folder.ts';

/** @param job the same run as the one in its folder */
export async function verifyAgain(
  context: CommandContext,
  { folder, planned, wrapKey, items, batch }: Pick<Job, 'folder' | 'planned' | 'wrapKey' | 'items' | 'batch'>,
): Promise<number> {
  const { report } = context;
  const final = await hasFinal(folder);
  const { key } = planned;
  if (!final && wrapKey) return wrapFolder(context, folder, forWrap(key));
  await closeSession(folder);
  const verified = final
    ? await verifyFinalRun(folder, { on: report.on })
    : await verifyRun(folder, { key, on: report.on });
  const { statement } = verified.record!;
  const found = batch ? { items: items.length } : { class: items[0]!.output.class };
  const words = batch ? `${count(items.length)} inputs` : `class ${items[0]!.output.class}`;
  const kind = !final ? 'folded' : verified.insecure ? 'development' : 'ceremony';
  report.result(batch ? 'batch' : 'prove', { folder, again: true, ...found, ...statement, insecure: key.insecure }, [
    `This run is complete already and was verified again: ${words}, model ${statement!.modelDigest}`,
    ...nextLines(folder, statement!.modelDigest, kind, context),
  ]);
  return 0;
}
