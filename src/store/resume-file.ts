/**
 * What an unfinished run needs beside its checkpoints to go on, in one file: how it was asked for, its plan, inputs and salts.
 * It stands in private/ (mode 0600) from before the first step until the run is complete. It is not believed: a checkpoint
 * is compared with the model, plan and inputs that are then found.
 */
import { access, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { FoldError } from '../errors.ts';
import { MAX_ITEMS } from '../folding/batch-tree.ts';
import { hex } from '../units.ts';
import { makeFolder, writeFileAtomic } from './atomic.ts';
import { entriesOf, listOf } from './bounded.ts';
import { digestNumber, jsonBytes, parseJson } from './json.ts';
import { readIfThere } from './read.ts';
import { type RunInput, runInputSchema } from './run-data.ts';

const RESUME_FILE = 'private/resume.json';
const MAX_BYTES = 2 ** 28;

const resumeSchema = z.strictObject({
  format: z.literal('layerfold/resume'),
  version: z.literal(2),
  /** The same from the first session to the last. */
  runId: z.uuid(),
  /** Options of the command by their names, as text; whoever resumes parses them again. */
  options: entriesOf(z.string().max(50), z.union([z.string().max(10_000), z.boolean()]), 200),
  /** Parsed by the plan's own parser. */
  plan: z.unknown(),
  /** Whether this is a batch in one proof; a single run has one item. */
  batch: z.boolean(),
  items: listOf(
    z.strictObject({
      id: z.string().max(100),
      source: z.string().max(10_000),
      input: runInputSchema,
      /** Of the digests of input and output; the model's own stays with the model. */
      salts: z.strictObject({ input: digestNumber, output: digestNumber }),
    }),
    MAX_ITEMS,
    1,
  ),
});

/** An input in the order of proving. Of a single run id and source are empty. */
export interface ResumeItem {
  readonly id: string;
  readonly source: string;
  readonly input: RunInput;
  readonly salts: { readonly input: bigint; readonly output: bigint };
}

export interface ResumeRecord {
  readonly runId: string;
  readonly options: Readonly<Record<string, string | boolean>>;
  readonly plan: unknown;
  readonly batch: boolean;
  readonly items: readonly ResumeItem[];
}

/** @throws E_DISK; E_TOO_LARGE for more inputs than could be read again */
export async function writeResume(folder: string, record: ResumeRecord): Promise<void> {
  const path = join(folder, RESUME_FILE);
  await makeFolder(dirname(path), { mode: 0o700 });
  const items = record.items.map(({ salts: { input, output }, ...item }) => {
    return { ...item, salts: { input: hex(input), output: hex(output) } };
  });
  const bytes = jsonBytes({ format: 'layerfold/resume', version: 2, ...record, items });
  if (bytes.length > MAX_BYTES)
    throw new FoldError('E_TOO_LARGE', 'These inputs are too much for one run.', {
      expected: `at most ${MAX_BYTES} bytes`,
      got: `${bytes.length} bytes`,
      hint: 'Prove them as several batches.',
    });
  await writeFileAtomic(path, bytes, { mode: 0o600 });
}

/** The record of an unfinished run; undefined where there is none. @throws E_FORMAT, E_FILE */
export async function readResume(folder: string): Promise<ResumeRecord | undefined> {
  const bytes = await readIfThere(join(folder, RESUME_FILE), MAX_BYTES);
  if (!bytes) return undefined;
  const { runId, options, plan, batch, items } = parseJson(bytes, RESUME_FILE, resumeSchema);
  return { runId, options, plan, batch, items };
}

/** Whether a run began here and is not known to have ended. */
export async function hasResume(folder: string): Promise<boolean> {
  return access(join(folder, RESUME_FILE)).then(
    () => true,
    () => false,
  );
}

export async function removeResume(folder: string): Promise<void> {
  await rm(join(folder, RESUME_FILE), { force: true });
}
