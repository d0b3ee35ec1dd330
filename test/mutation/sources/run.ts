/** Runs the tests of a target against one mutant, in processes of their own. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceMutant } from './edit.ts';
import { ROOT } from './targets.ts';

/** A test that waits for ever on a mutant has noticed it: none needs a tenth of this on a machine that does nothing else. */
export const MOST_SECONDS = 600;

export interface Verdict {
  /** The first test that failed; undefined where all passed. */
  readonly failed?: string | undefined;
}

/**
 * Test file by test file, until one fails.
 * @throws when it shows nothing: a template's mutant that does not compile, a file that failed without a test or its set-up failing
 */
export async function runAgainst(mutant: SourceMutant, tests: readonly string[]): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'layerfold-mutant-'));
  try {
    const text = join(folder, 'text');
    await writeFile(text, mutant.text());
    const report = join(folder, 'report.json');
    const told = { MUTANT_FILE: mutant.file, MUTANT_TEXT: text };
    for (const test of tests) {
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
      const { code, output } = await vitest([test, ...reporters], told);
      if (code === 0) continue;
      const results = await readFile(report, 'utf8').catch(() => '{"testResults":[]}');
      if (/does not compile/.test(results)) throw new Error(`${mutant.id}: the mutant does not compile\n${results}`);
      const failed = firstFailure(JSON.parse(results)) ?? setUpFailure(output);
      if (failed === undefined && code !== null)
        throw new Error(`${mutant.id}: ${test} failed, and no test of it did\n${output.slice(-2000)}`);
      return { failed: failed ?? `${test} went on for ${MOST_SECONDS} seconds` };
    }
    return {};
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Ended {
  /** null for a process that was stopped. */
  readonly code: number | null;
  readonly output: string;
}

/** In a process group of its own, which `stop` ends: a worker that is stuck does not end with the process that started it. */
export function vitestProcess(
  options: readonly string[],
  env: NodeJS.ProcessEnv,
): { readonly stop: () => void; readonly ended: Promise<Ended> } {
  const config = join(import.meta.dirname, 'vitest.config.ts');
  const child = spawn(
    process.execPath,
    [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config, ...options],
    { cwd: ROOT, env: { ...process.env, ...env, NO_COLOR: '1' }, detached: true },
  );
  const stop = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  process.on('exit', stop);
  const parts: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => parts.push(part));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: Buffer.concat(parts).toString() }));
  });
  return { stop, ended: ended.finally(() => process.off('exit', stop)) };
}

function vitest(options: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const { stop, ended } = vitestProcess(options, env);
  const clock = setTimeout(stop, 1000 * MOST_SECONDS);
  return ended.finally(() => clearTimeout(clock));
}

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

function firstFailure({ testResults }: Report): string | undefined {
  const failures = testResults.flatMap((file) => file.assertionResults.filter(({ status }) => status === 'failed'));
  return failures[0]?.fullName ?? testResults.find(({ message }) => message)?.message.slice(0, 300);
}

/** What a hook of the test file threw, as when it verifies an honest proof; a hook that took too long says nothing of the mutant. */
export function setUpFailure(output: string): string | undefined {
  const [, error] = /^ ?FAIL .*\n(\w*(?:Error|Exception): .*)$/m.exec(output) ?? [];
  return error === undefined || /timed out/.test(error) ? undefined : `set-up: ${error.slice(0, 300)}`;
}
