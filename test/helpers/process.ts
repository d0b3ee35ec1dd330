/** The command line as a process of its own, for what only happens to processes: signals, full disks, threads that hang. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Line } from '../../src/cli/ndjson.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
type AnyLine = ReturnType<typeof Line.parse>;

export interface Ended {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly lines: readonly AnyLine[];
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Runs `fold ARGS --json`; `fault` as in faults.mjs; `onLine` sees every line as it comes. */
export function startFold(
  args: readonly string[],
  {
    fault = '',
    onLine,
  }: { readonly fault?: string; readonly onLine?: (line: AnyLine, child: ChildProcess) => void } = {},
): Running {
  const child = spawn(
    process.execPath,
    ['--import', join(root, 'test/helpers/faults.mjs'), join(root, 'bin/fold.js'), ...args, '--json'],
    { env: { ...process.env, LAYERFOLD_FAULT: fault } },
  );
  const lines: AnyLine[] = [];
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (out + chunk).split('\n');
    out = parts.pop()!;
    for (const part of parts) {
      const line = Line.parse(JSON.parse(part));
      lines.push(line);
      onLine?.(line, child);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, lines, err }))) };
}
