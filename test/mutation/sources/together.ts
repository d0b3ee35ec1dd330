/**
 * Many mutants of one source against one test file in one process: the file is loaded once, and every test runs once for every mutant
 * that no test has noticed so far (runner.ts). What is left then is tried alone (run.ts), so that nothing survives because of this.
 */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceMutant } from './edit.ts';
import { MOST_SECONDS, vitestProcess } from './run.ts';

/** What the process of the tests reads: the file, and the texts of its mutants. */
export interface Together {
  readonly file: string;
  readonly texts: readonly string[];
  /** Where it appends a line for every run that it begins, and one for every mutant that a test has noticed. */
  readonly log: string;
}

/** A line of the log. */
export type Told =
  | { readonly begun: number; readonly test: string }
  | { readonly killed: number; readonly test: string }
  /** A template's mutant that is no contract. */
  | { readonly broken: number; readonly error: string }
  /** A test that fails without a mutant, once it has met some: what it said of them does not count. */
  | { readonly unrepeatable: string };

/**
 * Test file by test file; hears of mutants that are noticed.
 * @returns those that are not
 * @throws where a test fails without a mutant
 */
export async function runTogether(
  mutants: readonly SourceMutant[],
  tests: readonly string[],
  heard: (mutant: SourceMutant, failed: string) => void,
): Promise<readonly SourceMutant[]> {
  let left = mutants;
  const gone = (k: number, failed: string): void => heard(left[k]!, failed);
  for (const test of tests)
    while (left.length > 0) {
      const { killed, stuck } = await once(left, test);
      for (const [k, failed] of killed) gone(k, failed);
      if (stuck) gone(stuck.k, `${stuck.test} went on for ${MOST_SECONDS} seconds`);
      left = left.filter((_, k) => k !== stuck?.k && !killed.has(k));
      if (!stuck) break;
    }
  return left;
}

interface Heard {
  readonly killed: ReadonlyMap<number, string>;
  readonly stuck?: { readonly k: number; readonly test: string } | undefined;
}

async function once(mutants: readonly SourceMutant[], test: string): Promise<Heard> {
  const folder = await mkdtemp(join(tmpdir(), 'layerfold-mutants-'));
  try {
    const log = join(folder, 'log');
    await writeFile(log, '');
    const together: Together = { file: mutants[0]!.file, texts: mutants.map((mutant) => mutant.text()), log };
    const path = join(folder, 'mutants.json');
    await writeFile(path, JSON.stringify(together));
    const { stop, ended } = vitestProcess([test], { MUTANTS: path });
    let [size, since, stopped] = [0, Date.now(), false];
    const watch = setInterval(async () => {
      const now = await stat(log).then((found) => found.size);
      // before the first line the set-up is made and the tests run without a mutant
      if (now !== size || now === 0) [size, since] = [now, Date.now()];
      else if (Date.now() - since > 1000 * MOST_SECONDS) {
        stopped = true;
        stop();
      }
    }, 1000);
    const { code, output } = await ended.finally(() => clearInterval(watch));
    const lines = (await readFile(log, 'utf8')).split('\n').filter(Boolean);
    const told = lines.map((line): Told => JSON.parse(line));
    const killed = new Map(told.flatMap((line) => ('killed' in line ? [[line.killed, line.test] as const] : [])));
    const broken = told.find((line) => 'broken' in line);
    if (broken) throw new Error(`${mutants[broken.broken]!.id}: the mutant does not compile\n${broken.error}`);
    const last = told.findLast((line) => 'begun' in line);
    if (stopped && last) return { killed, stuck: { k: last.begun, test: last.test } };
    if (code !== 0) throw new Error(`${test} fails without a mutant of ${together.file}:\n${output.slice(-3000)}`);
    return { killed };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
