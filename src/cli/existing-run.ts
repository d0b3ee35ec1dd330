/** What to do about what already lies in the output folder. */
import { readdir } from 'node:fs/promises';
import { FoldError } from '../errors.ts';
import { type CompleteRun, readRun } from '../store/run-folder.ts';

export type Existing =
  /** Nothing, or what may be replaced now: an unfinished run. */
  | { readonly kind: 'free' }
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
  if (record) return { kind: 'free' };
  const names = await readdir(folder).catch(() => []);
  return { kind: names.length === 0 ? 'free' : 'foreign' };
}

export function runExists(folder: string, existing: Exclude<Existing, { kind: 'free' }>): FoldError {
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
