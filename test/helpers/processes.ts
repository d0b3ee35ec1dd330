/** The command line as a process of its own, which a test may kill; with the faults of faults.mjs. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What `fold` starts. */
export const LAUNCHER = join(root, 'bin/fold.js');
/** Loaded before it. */
export const FAULTS = join(root, 'test/helpers/faults.mjs');

export interface Ended {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Milliseconds. */
  readonly took: number;
}

export interface FoldProcess {
  readonly cache: string;
  readonly cwd?: string;
  /** For faults.mjs, such as "disk 1000"; none by default. */
  readonly fault?: string;
  readonly kill?: { readonly signal: NodeJS.Signals; readonly after: number } | undefined;
  /** Sees the standard output so far, and may send a signal: SIGKILL where it names none. */
  readonly watch?: (out: string, kill: (signal?: NodeJS.Signals) => void) => void;
}

/** Runs `fold` until it ends, or `kill` (milliseconds after its start) ends it. */
export function foldProcess(
  args: readonly string[],
  { cache, cwd, fault = '', kill, watch }: FoldProcess,
): Promise<Ended> {
  const env = { ...process.env, LAYERFOLD_CACHE_DIR: cache, LAYERFOLD_FAULT: fault };
  const child = spawn(process.execPath, ['--import', FAULTS, LAUNCHER, ...args], { env, ...(cwd && { cwd }) });
  const start = performance.now();
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    watch?.(out, (signal = 'SIGKILL') => child.kill(signal));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const timer = kill && setTimeout(() => child.kill(kill.signal), kill.after);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, out, err, took: performance.now() - start });
    });
  });
}

/** A process that has ended: its number is free, or another's by now. */
export async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('exit', resolve));
  return child.pid!;
}
