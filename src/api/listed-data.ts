/**
 * The data that stand beside a proof, in its folder or next to proof.json. Nothing of it is believed: files must have the
 * digests that run.json lists, and output and input must be those that the proven digests cover, under the salts that
 * are there. No engine is started for any of this.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../command.ts';
import { FoldError } from '../errors.ts';
import { sha256Hex } from '../store/digest.ts';
import { hasResume } from '../store/resume-file.ts';
import { parseOutput, parseRunInput, parseSalts, type RunOutput } from '../store/run-data.ts';
import { readRun, readRunFile } from '../store/run-folder.ts';
import {
  type CompleteRun,
  FILES,
  FINAL_FILE,
  INPUT_FILE,
  KEY_FILE,
  OUTPUT_FILE,
  PRIVATE_ITEMS_FILE,
  PRIVATE_OUTPUT_FILE,
  type PrivatePart,
  PUBLIC_FILE,
  type RunFileName,
  type RunRecord,
  SALTS_FILE,
} from '../store/run-record.ts';
import { checkInput, checkOutput, rejected } from './proven-data.ts';
import type { DataSpec } from './specs.ts';

/** The run.json of a finished run. @throws E_FILE for no run or one that is not complete, E_FORMAT */
export async function completeRun(path: string): Promise<CompleteRun> {
  const record = await readRun(path);
  const resumable = record?.state !== 'complete' && (await hasResume(path));
  if (!record)
    throw new FoldError('E_FILE', `There is no run in "${path}".`, {
      expected: 'a folder with a run.json',
      ...(resumable && { got: 'a run that stopped', hint: command`fold resume ${path}` }),
    });
  const { statement } = record;
  if (record.state !== 'complete' || !statement)
    throw new FoldError('E_FILE', `The run in "${path}" is not complete.`, {
      expected: 'state complete, with a statement',
      got: record.state,
      hint: resumable ? command`fold resume ${path}` : 'Run the command that made it again.',
    });
  return { ...record, statement };
}

export type RunFiles = ReadonlyMap<RunFileName, Uint8Array>;

/** Written behind the others, before run.json lists them: a kill may have come between. All else that stands there is listed. */
const ADDED: readonly RunFileName[] = [FINAL_FILE, PUBLIC_FILE, KEY_FILE];

/**
 * All listed files that are there but `skip`, with the digests and sizes that run.json gives of them.
 * @throws E_REJECTED for others, and for a file of a run that stands there and is not listed: nobody would check it; E_FILE
 */
export async function readListed(path: string, { files }: RunRecord, skip?: RunFileName): Promise<RunFiles> {
  const found = new Map<RunFileName, Uint8Array>();
  for (const file of files) {
    const size = (await sizeOf(path, file.path)) ?? file.bytes;
    if (file.bytes !== undefined && size !== file.bytes)
      throw rejected('files', `${file.bytes} bytes of ${file.path}`, `${size}`);
    if (file.path === skip) continue;
    const bytes = await readRunFile(path, file.path);
    if (!bytes) {
      if (file.share === 'no') continue;
      throw absent(path, file.path);
    }
    const sha256 = sha256Hex(bytes);
    if (file.sha256 !== undefined && sha256 !== file.sha256)
      throw rejected('files', `sha256 of ${file.path}: ${file.sha256}`, sha256);
    found.set(file.path, bytes);
  }
  for (const name of FILES.filter((own) => !ADDED.includes(own) && files.every((file) => file.path !== own)))
    if ((await sizeOf(path, name)) !== undefined)
      throw rejected('files', `no ${name}, as run.json lists none`, `one that nothing tells of`);
  return found;
}

const sizeOf = async (folder: string, name: RunFileName): Promise<number | undefined> =>
  (await stat(join(folder, name)).catch(() => undefined))?.size;

/** A file that the verification cannot do without. @throws E_FILE */
export function needFile(files: RunFiles, path: string, name: RunFileName): Uint8Array {
  const bytes = files.get(name);
  if (!bytes) throw absent(path, name);
  return bytes;
}

const absent = (path: string, name: string): FoldError =>
  new FoldError('E_FILE', `The run folder has no ${name}.`, {
    expected: `${path}/${name}`,
    ...(name === FINAL_FILE ? { hint: `Its proof is only folded so far: ${command`fold wrap ${path}`}` } : {}),
  });

/** What of the data could be checked. */
export interface CheckedData {
  /** Undefined when it is private and not here. */
  readonly output: RunOutput | undefined;
  readonly inputChecked: boolean;
}

/**
 * Checks output and input as far as they are there, and their salts where they are private; `passed` hears of each. What is
 * there and cannot be checked is rejected: it would be believed for what was.
 * @throws E_REJECTED, E_FORMAT
 */
export function checkData(
  files: RunFiles,
  record: CompleteRun,
  step: DataSpec,
  digests: { readonly input: bigint; readonly output: bigint },
  passed: (check: 'output' | 'input') => void,
): CheckedData {
  const { private: hidden } = record;
  refuseForeign(record);
  const outputFile = files.get(hidden.includes('output') ? PRIVATE_OUTPUT_FILE : OUTPUT_FILE);
  const output = outputFile && parseOutput(outputFile);
  if (output) {
    checkOutput(step, output, needSalt(files, hidden, 'output'), digests.output);
    passed('output');
  }
  const inputFile = files.get(INPUT_FILE);
  if (inputFile) {
    checkInput(step, parseRunInput(inputFile), needSalt(files, hidden, 'input'), digests.input);
    passed('input');
  }
  return { output, inputChecked: inputFile !== undefined };
}

/** Files that a run of this kind does not have: nothing that is proven would say what is in them. */
function refuseForeign({ private: hidden, statement, files }: CompleteRun): void {
  const batch = statement.root !== undefined;
  const foreign: readonly (readonly [RunFileName, boolean, why: string])[] = [
    [OUTPUT_FILE, batch || hidden.includes('output'), batch ? 'a batch' : 'a run with a private output'],
    [PRIVATE_OUTPUT_FILE, batch || !hidden.includes('output'), batch ? 'a batch' : 'a run with a public output'],
    [INPUT_FILE, batch, 'a batch'],
    [SALTS_FILE, batch, 'a batch'],
    [PRIVATE_ITEMS_FILE, !batch, 'a single run'],
  ];
  for (const [name, refused, why] of foreign)
    if (refused && files.some(({ path }) => path === name))
      throw rejected('files', `no ${name} in the folder of ${why}`, `${name} in the list of run.json`);
}

function needSalt(files: RunFiles, hidden: readonly PrivatePart[], part: 'input' | 'output'): bigint {
  const salt = saltOf(files, hidden, part);
  if (salt === undefined)
    throw rejected(part, `${SALTS_FILE} beside the private ${part}`, `the ${part} without it, which cannot be checked`);
  return salt;
}

/** The salt of a run's digest: 0 of what is public; undefined where it is private and its salt is not here. @throws E_FORMAT */
export function saltOf(files: RunFiles, hidden: readonly PrivatePart[], part: 'input' | 'output'): bigint | undefined {
  if (!hidden.includes(part)) return 0n;
  const salts = files.get(SALTS_FILE);
  return salts && BigInt(parseSalts(salts)[part]);
}
