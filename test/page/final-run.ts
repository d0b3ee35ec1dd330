/** A small network that was folded, with a simulated final proof beside: the files that are given to a verifier. */
import { readFileSync } from 'node:fs';
import { FINAL_FILE, KEY_FILE, OUTPUT_FILE } from '../../src/store/run-record.ts';
import { fold } from '../cli/harness.ts';
import { addFinal } from '../helpers/final-beside.ts';
import { smallRun } from '../helpers/small-run.ts';

/** The files by what they are; they lie in the folder "run" of the test's folder, the input in input.json beside it. */
export interface FinalRun {
  readonly proof: string;
  readonly key: string;
  readonly input: string;
  readonly output: string;
  readonly modelDigest: string;
}

export async function finalRun(path: (...parts: string[]) => string): Promise<FinalRun> {
  await fold(['prove', ...smallRun(path, 1).args, '--out', path('folded')]);
  addFinal(path, 'run', 'folded');
  const text = (...parts: string[]): string => readFileSync(path(...parts), 'utf8');
  return {
    ...{ proof: text('run', FINAL_FILE), key: text('run', KEY_FILE), output: text('run', OUTPUT_FILE) },
    input: text('input.json'),
    modelDigest: JSON.parse(text('run', 'run.json')).statement.modelDigest,
  };
}
