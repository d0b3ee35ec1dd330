/**
 * One run per folder. The lock is a file that names its holder by host, process and that process's start: a process
 * number alone is used again sooner or later, and then a lock whose holder was killed would stand for ever.
 *
 * The file appears whole or not at all: it is a hard link to a finished file, which fails where the name is taken. A stale
 * lock may be removed only under a guard of the same kind; otherwise, of two runs that find it stale, the slower would
 * remove the fresh lock of the faster.
 */

import { randomBytes } from 'node:crypto';
import { constants, copyFile, link, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { command } from '../command.ts';
import { FoldError } from '../errors.ts';
import { makeFolder } from './atomic.ts';
import { diskError } from './disk-error.ts';
import { isRunning, startOf } from './process.ts';
import { readIfThere } from './read.ts';

/** In the folder of a run. */
export const LOCK_FILE = '.lock';
/** Milliseconds; a guard is held for a few. An older one is of a run that was killed within them. */
const GUARD_AGE = 10_000;
const MAX_LOCK_BYTES = 2 ** 12;
const NO_LINKS: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];
const JUST_BEGUN = 'a run that began this moment';

const holderSchema = z.strictObject({
  format: z.literal('layerfold/lock'),
  host: z.string().max(300),
  pid: z.int().positive(),
  /** When the process began, as its system tells it; '' where that is not known. */
  started: z.string().max(200),
  since: z.iso.datetime(),
});
type Holder = z.infer<typeof holderSchema>;

export interface Lock {
  /** Gives the folder free; another's lock stays. */
  release(): Promise<void>;
}

/**
 * Takes the folder for this process; makes it where it is absent.
 * @throws E_LOCKED while another run has it, E_DISK
 */
export async function lockFolder(folder: string): Promise<Lock> {
  const path = join(folder, LOCK_FILE);
  const holder: Holder = {
    format: 'layerfold/lock',
    host: hostname(),
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    since: new Date().toISOString(),
  };
  const text = `${JSON.stringify(holder)}\n`;
  const own = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  await makeFolder(folder);
  try {
    await writeFile(own, text, { mode: 0o644 });
    if (!(await linked(own, path))) {
      await removeStale(folder, path, own);
      if (!(await linked(own, path))) throw locked(folder, path, JUST_BEGUN);
    }
  } catch (cause) {
    throw diskError(cause, path);
  } finally {
    await rm(own, { force: true }).catch(() => {});
  }
  return {
    async release() {
      if ((await textOf(path)) === text) await rm(path, { force: true });
    },
  };
}

/** File systems without links (FAT, some of networks) get a copy: who reads half of one takes the lock for held. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    return await isNew(link(from, to));
  } catch (error) {
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return isNew(copyFile(from, to, constants.COPYFILE_EXCL));
  }
}

/** False where the name was taken. */
async function isNew(making: Promise<void>): Promise<boolean> {
  try {
    await making;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes away the lock of a run that is over. @throws E_LOCKED for one that is not, or may not be */
async function removeStale(folder: string, path: string, own: string): Promise<void> {
  const guard = `${path}.guard`;
  if (!(await linked(own, guard))) {
    const age = await stat(guard).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > GUARD_AGE) await rm(guard, { force: true });
    throw locked(folder, path, JUST_BEGUN);
  }
  try {
    const text = await textOf(path);
    if (text === undefined) return;
    const holder = parse(text);
    if (!holder) throw locked(folder, path, 'a file that is no lock of layerfold');
    if (holder.host !== hostname()) throw locked(folder, path, `process ${holder.pid} on ${holder.host}`);
    const { pid, started } = holder;
    if (isRunning(pid, (now) => started === '' || now === started))
      throw locked(folder, path, `process ${holder.pid}, since ${holder.since}`);
    await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** Of a lock; undefined where there is none, '' for what cannot be one. */
async function textOf(path: string): Promise<string | undefined> {
  const bytes = await readIfThere(path, MAX_LOCK_BYTES).catch(() => new Uint8Array());
  return bytes && new TextDecoder().decode(bytes);
}

function parse(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function locked(folder: string, path: string, holder: string): FoldError {
  return new FoldError('E_LOCKED', `Another run works in "${folder}".`, {
    expected: 'one run per folder',
    got: holder,
    hint: `--out FOLDER writes elsewhere; if that run is over for certain: ${command`rm ${path}`}`,
  });
}
