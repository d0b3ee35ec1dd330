/** Runs the command line inside the test process, with its output caught and a cache of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { execute } from '../../src/cli/main.ts';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface FoldOptions {
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
  /** Sees what is told while the command goes on; no step is left out then. */
  readonly heard?: (text: string) => void;
}

export async function fold(args: readonly string[], options: FoldOptions = {}): Promise<Outcome> {
  let [out, err, time] = ['', '', 0];
  const { heard } = options;
  const code = await execute(args, {
    streams: {
      out: (text) => {
        out += text;
        heard?.(text);
      },
      err: (text) => {
        err += text;
        heard?.(text);
      },
      columns: () => 80,
      now: () => (time += heard ? 1000 : 400),
    },
    terminal: options.terminal ?? false,
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
    interruptedCode: () => 130,
  });
  return { code, out, err };
}

/** JSON of which a test knows the fields. */
export interface Json {
  [name: string]: never;
}

/** The lines of a `--json` run. */
export function lines(text: string): Json[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A folder for the tests of one file, with the cache in it; removed at the end. */
export function useFolder(): { readonly path: (...parts: string[]) => string } {
  let folder = '';
  const before = process.env.LAYERFOLD_CACHE_DIR;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'layerfold-test-'));
    process.env.LAYERFOLD_CACHE_DIR = join(folder, 'cache');
  });
  afterAll(() => {
    if (before === undefined) delete process.env.LAYERFOLD_CACHE_DIR;
    else process.env.LAYERFOLD_CACHE_DIR = before;
    rmSync(folder, { recursive: true, force: true });
  });
  return { path: (...parts) => join(folder, ...parts) };
}
