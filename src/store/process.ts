/**
 * Which process it is that a file names. A process number alone is used again sooner or later, in containers at once; with the
 * start of the process it is not.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whether a process of this host still runs; `isIt` compares its start, as `startOf` tells it, with what is known of it. */
export function isRunning(pid: number, isIt: (started: string) => boolean): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return now === undefined || isIt(now);
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
