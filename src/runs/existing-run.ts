/** What to do about what already lies in the output folder. */

import { readdir } from 'node:fs/promises';
import { sep } from 'node:path';
import { command } from '../command.ts';
import { FoldError } from '../errors.ts';
import { listCheckpoints } from '../store/checkpoints.ts';
import { LOCK_FILE } from '../store/lock.ts';
import { hasResume } from '../store/resume-file.ts';
import { readRun } from '../store/run-folder.ts';
import type { CompleteRun } from '../store/run-record.ts';

export type Existing =
  /** Nothing, or an unfinished run that has nothing to lose. */
  | { readonly kind: 'free' }
  /** A run that stopped and has checkpoints: it is resumed, or begins anew with --force. */
  | { readonly kind: 'unfinished' }
  /** A finished run: the same one is verified again, another one only goes with --force. */
  | {
      readonly kind: 'complete';
      readonly record: CompleteRun;
    }
  /** A run whose run.json cannot be read, or other files; only with --force. */
  | { readonly kind: 'foreign' };

/** @throws E_FILE for a folder that cannot be read */
export async function existingRun(folder: string): Promise<Existing> {
  const record = await readRun(folder).catch((error: unknown) => {
    if (error instanceof FoldError && error.code === 'E_FORMAT') return 'damaged' as const;
    throw error;
  });
  if (record === 'damaged') return { kind: 'foreign' };
  if (record?.state === 'complete' && record.statement)
    return { kind: 'complete', record: { ...record, statement: record.statement } };
  // run.json is absent before the first step and while the result is written: a kill may have been there
  if (record || (await hasResume(folder)))
    return { kind: (await listCheckpoints(folder)).length > 0 ? 'unfinished' : 'free' };
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return {
    kind: names.every((name) => name === LOCK_FILE || BEGINNING.test(name.split(sep).join('/'))) ? 'free' : 'foreign',
  };
}

/** What a run may have left, beside its lock, that was killed before it had a record: an empty private/, half-written files. */
const BEGINNING = /^(private|(private\/)?\.[^/]+\.tmp(\/.*)?)$/;

export function runExists(folder: string, existing: Exclude<Existing, { kind: 'free' }>): FoldError {
  if (existing.kind === 'unfinished')
    return new FoldError('E_RUN_EXISTS', `The folder "${folder}" holds an unfinished run.`, {
      expected: 'to go on with it, or --force to begin anew',
      got: 'a run that stopped, with checkpoints',
      hint: command`fold resume ${folder}`,
    });
  const complete = existing.kind === 'complete';
  return new FoldError(
    'E_RUN_EXISTS',
    `The folder "${folder}" ${complete ? 'holds another run' : 'holds other files'}.`,
    {
      expected: 'a new folder, or a run of the same model, plan, key and input',
      got: complete ? existing.record.statement.sentence : 'files that are no run of layerfold',
      hint: '--force replaces it; --out FOLDER writes elsewhere',
    },
  );
}
