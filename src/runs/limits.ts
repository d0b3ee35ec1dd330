/** Does the machine have what a run needs? Asked before any work is done. */
import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { setting } from '../environment.ts';
import { FoldError } from '../errors.ts';
import { bytes } from '../show/format.ts';
import { checkPlace } from '../store/disk-error.ts';
import { parseSize } from './option-values.ts';

export interface MemoryLimit {
  readonly bytes: number;
  readonly from: string;
}

/** The narrowest of --max-memory, LAYERFOLD_MAX_MEMORY, the container's limit and the machine's memory. */
export function memoryLimit(
  flag: number | undefined,
  env: NodeJS.ProcessEnv,
  container: number | undefined = process.constrainedMemory(),
  machine: number = totalmem(),
): MemoryLimit {
  const limits: MemoryLimit[] = [{ bytes: machine, from: 'memory of this machine' }];
  if (flag !== undefined) limits.push({ bytes: flag, from: '--max-memory' });
  const set = setting(env, 'LAYERFOLD_MAX_MEMORY', parseSize);
  if (set !== undefined) limits.push({ bytes: set, from: 'LAYERFOLD_MAX_MEMORY' });
  // Without a limit the system reports 0 or a number beyond all memory.
  if (container !== undefined && container > 0) limits.push({ bytes: container, from: 'limit of this container' });
  return limits.reduce((least, limit) => (limit.bytes < least.bytes ? limit : least));
}

/** @throws E_MEMORY */
export function checkMemory(need: number, limit: MemoryLimit, workers: number, instead?: string): void {
  if (need <= limit.bytes) return;
  throw new FoldError('E_MEMORY', 'This run needs more memory than there is.', {
    expected: `about ${bytes(need)} with ${workers} workers`,
    got: `${bytes(limit.bytes)} (${limit.from})`,
    hint: [workers > 1 ? '--workers 1' : '--layers-per-step 1', instead].filter(Boolean).join('   or   '),
  });
}

/** @throws E_DISK where the folder cannot be written, or its file system has less than `need` free bytes */
export async function checkDisk(folder: string, need: number, hint?: string): Promise<void> {
  checkPlace(folder, hint);
  const free = await freeBytes(folder);
  if (free >= need) return;
  throw new FoldError('E_DISK', 'There is not enough free space for this run.', {
    expected: `about ${bytes(need)}`,
    got: `${bytes(free)} at ${folder}`,
    hint: hint ?? '--out FOLDER on another disk',
  });
}

/** Free bytes of the file system that a folder is on, or will be: of the nearest one above that exists. */
export async function freeBytes(path: string): Promise<number> {
  const folder = resolve(path);
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const up = dirname(folder);
    if (up === folder) throw error;
    return freeBytes(up);
  }
}
