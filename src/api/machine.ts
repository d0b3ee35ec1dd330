/** What a figure was measured on, and how much memory this process took. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../ir/networks.ts';

export interface Machine {
  readonly cpu: string;
  /** Cores that this process may use. */
  readonly cores: number;
  /** Bytes of the machine. */
  readonly memory: number;
  /** Bytes that the container allows; undefined without a limit. */
  readonly memoryLimit: number | undefined;
  readonly node: string;
  /** Such as linux-x64. */
  readonly platform: string;
}

export function machine(): Machine {
  const memory = totalmem();
  // Without a limit the system reports 0 or a number beyond all memory.
  const limit = process.constrainedMemory();
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memory,
    memoryLimit: limit !== undefined && limit > 0 && limit < memory ? limit : undefined,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  };
}

/**
 * The commit of the sources that run, with a + where files differ from it; undefined outside a clone (an installed package
 * inside somebody's repository is no clone of ours).
 */
export async function sourceCommit(root: string = packageRoot()): Promise<string | undefined> {
  if (!existsSync(join(root, '.git'))) return undefined;
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { cwd: root })).stdout.trim();
  try {
    const commit = await git('rev-parse', '--short=12', 'HEAD');
    return (await git('status', '--porcelain', '--untracked-files=no')) === '' ? commit : `${commit}+`;
  } catch {
    return undefined;
  }
}

/**
 * Largest resident memory of this process so far, in bytes. Linux counts it per program image (VmHWM); elsewhere, and in
 * getrusage on Linux too, a child starts from what its parent had when it was started.
 */
export async function peakMemory(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return 1024 * (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes));
}
