/** All groups of mutants, on two lanes of processes: what becomes of each is told as soon as it is known. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Outcome } from './outcome.ts';
import { RECORDED, recordedOutcomes } from './recorded.ts';
import type { SourceMutant } from './sources/edit.ts';
import { runAgainst } from './sources/run.ts';
import { mutantsOf, ROOT, TARGETS } from './sources/targets.ts';
import { runTogether } from './sources/together.ts';

const LANES = 2;
const SOURCES = TARGETS.map((target) => ({ name: `source ${target.file}`, target }));

export const GROUPS: readonly string[] = [...RECORDED, ...SOURCES.map(({ name }) => name)];

/** Ids of all mutants of a group, none of them judged. */
export async function idsOf(group: string): Promise<string[]> {
  const source = SOURCES.find(({ name }) => name === group);
  if (source) return (await mutantsOf(source.target)).map(({ id }) => id);
  const ids: string[] = [];
  const listing = recordedOutcomes(group, (id) => {
    ids.push(id);
    return false;
  });
  for await (const _ of listing);
  return [...new Set(ids)];
}

export async function runGroups(groups: readonly string[], heard: (outcome: Outcome) => void): Promise<void> {
  const jobs: (() => Promise<void>)[] = [];
  for (const group of groups) {
    const source = SOURCES.find(({ name }) => name === group);
    if (!source) jobs.push(() => runRecorded(group, heard));
    else {
      const { tests } = source.target;
      const alone = async (mutant: SourceMutant): Promise<void> => {
        const { failed } = await runAgainst(mutant, tests);
        heard({ id: mutant.id, copies: 1, killedBy: failed });
      };
      jobs.push(async () => {
        const mutants = await mutantsOf(source.target);
        const left = await runTogether(mutants, tests, ({ id }, failed) => heard({ id, copies: 1, killedBy: failed }));
        jobs.unshift(...left.map((mutant) => () => alone(mutant)));
      });
    }
  }
  const lane = async (): Promise<void> => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await job();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** In a process of its own, which computes all the time. */
function runRecorded(group: string, heard: (outcome: Outcome) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const program = join(import.meta.dirname, 'recorded.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program, group], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface(child.stdout).on('line', (line) => heard(JSON.parse(line)));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${group}: exit code ${code}`))));
  });
}
