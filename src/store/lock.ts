/**
 * One run per folder. The lock is a file that names its holder by host, process and that process's start: a process
 * number alone is used again sooner or later, and then a lock whose holder was killed would stand for ever.
 *
 * The file appears whole or not at all: it is a hard link to a finished file, which fails where the name is taken. A stale
 * lock may be removed only under a guard of the same kind; otherwise, of two runs that find it stale, the slower would
 * remove the fresh lock of the faster.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { FoldError } from '../errors.ts';
import { diskError } from './atomic.ts';
import { readIfThere } from './read.ts';

/** In the folder of a run. */
export const LOCK_FILE = '.lock';
/** Milliseconds; a guard is held for a few. An older one is of a run that was killed within them. */
const GUARD_AGE = 10_000;
const MAX_LOCK_BYTES = 2 ** 12;
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
  try {
    await mkdir(folder, { recursive: true });
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

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
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
    if (isAlive(holder)) throw locked(folder, path, `process ${holder.pid}, since ${holder.since}`);
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
    hint: `--out FOLDER writes elsewhere; if that run is over for certain: rm "${path}"`,
  });
}

/** Whether the very process that took the lock still runs. */
function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return now === undefined || started === '' || now === started;
}

/** When a process began, in a form that no later process of this host repeats; undefined where it cannot be told. */
export function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      // the name in parentheses may hold spaces; the start is the 20th field after it, in ticks since boot
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
    }
    if (process.platform === 'win32') return undefined;
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
