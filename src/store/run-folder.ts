/**
 * The folder of a run (docs/formats.md): what was proven, by which plan, with which output, and the proof.
 *
 * `run.json` names every file with its digest and whether it may be shared. It is written last and atomically: while a
 * run is under way it says so and lists nothing, so that no reader takes half a run for a whole one. Nothing in the
 * folder is believed; a verifier recomputes what it can and compares (src/api/verify-run.ts).
 */
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { FoldError } from '../errors.ts';
import { diskError, writeFileAtomic } from './atomic.ts';
import { sha256Hex } from './digest.ts';
import { readFileBounded } from './read.ts';

const MAX_JSON_BYTES = 2 ** 24;
const RUN_FILE = 'run.json';
export const PLAN_FILE = 'plan.json';
export const OUTPUT_FILE = 'output.json';
export const PROOF_FILE = 'folded.cbor';
export const INPUT_FILE = 'private/input.json';
export const PRIVATE_OUTPUT_FILE = 'private/output.json';
export const SALTS_FILE = 'private/salts.json';
/** What is hidden of a batch's items. */
export const PRIVATE_ITEMS_FILE = 'private/items.jsonl';
/** The final proof, in snarkjs' names. */
export const FINAL_FILE = 'proof.json';
export const PUBLIC_FILE = 'public.json';
export const KEY_FILE = 'verification_key.json';
/** The only names that a run folder may list: a listed path is joined to the folder and must not leave it. */
const FILES = [
  PLAN_FILE,
  OUTPUT_FILE,
  PROOF_FILE,
  INPUT_FILE,
  PRIVATE_OUTPUT_FILE,
  SALTS_FILE,
  PRIVATE_ITEMS_FILE,
  FINAL_FILE,
  PUBLIC_FILE,
  KEY_FILE,
] as const;
export type RunFileName = (typeof FILES)[number];

/** What may stand beside the listed files and speaks of their proof: it goes when they do. */
const BESIDE = [
  ...['members', 'results.csv', 'manifest.jsonl', 'events.ndjson'],
  ...['report.html', 'Verifier.sol', 'calldata.hex'],
] as const;

/** What a run can hide. */
export const PRIVATE_PARTS = ['input', 'output', 'model'] as const;
export type PrivatePart = (typeof PRIVATE_PARTS)[number];

const digest = z.string().regex(/^0x[0-9a-f]{64}$/, '0x and 64 hexadecimal digits');
const count = z.int().nonnegative();
const finite = z.number();

const statementSchema = z.strictObject({
  sentence: z.string().max(1000),
  parameters: digest,
  modelDigest: digest,
  inputDigest: digest,
  outputDigest: digest,
  steps: count,
  /** Of a batch. */
  root: digest.optional(),
});

const runSchema = z.strictObject({
  format: z.literal('layerfold/run'),
  version: z.literal(1),
  state: z.enum(['running', 'interrupted', 'failed', 'complete']),
  model: z.strictObject({
    name: z.string().max(200),
    /** Of the ONNX file; not said of a private model, whose weights it would let anyone confirm. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    layers: count,
    layersPerStep: count,
    seed: z.int().optional(),
  }),
  key: z.strictObject({ name: z.string().max(200), insecure: z.boolean() }),
  /** What is hidden behind salted digests. */
  private: z.array(z.enum(PRIVATE_PARTS)).max(PRIVATE_PARTS.length),
  /** Only when the state is complete. */
  statement: statementSchema.optional(),
  files: z
    .array(
      z.strictObject({
        path: z.enum(FILES),
        /** Not told of files in private/: a digest without salt would let anyone confirm a guess of them. */
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional(),
        bytes: count.optional(),
        share: z.enum(['yes', 'no']),
      }),
    )
    .max(FILES.length),
});

export const outputSchema = z.strictObject({
  format: z.literal('layerfold/output'),
  version: z.literal(1),
  shape: z.array(count).max(16),
  /** Raw accumulators of the readout: what the proof's output digest covers. */
  integers: z.array(z.int()).max(4096),
  /** integers / 2^fraction. */
  values: z.array(finite).max(4096),
  fraction: count,
  class: count,
});

const saltsSchema = z.strictObject({
  format: z.literal('layerfold/salts'),
  version: z.literal(1),
  input: digest,
  output: digest,
});

export const runInputSchema = z.strictObject({
  input_data: z.array(z.array(finite).max(2 ** 24)).length(1),
  input_shapes: z.array(z.array(count).max(16)).length(1),
});

export type RunRecord = z.infer<typeof runSchema>;
export type RunOutput = z.infer<typeof outputSchema>;
export type RunInput = z.infer<typeof runInputSchema>;
/** Salts of input and output digest as 0x and 64 digits; 0 for what is public. */
export type SaltsFile = z.infer<typeof saltsSchema>;
/** The record of a finished run. */
export type CompleteRun = RunRecord & { readonly statement: NonNullable<RunRecord['statement']> };
/** What is known of a run before it ends. */
export type RunHead = Pick<RunRecord, 'model' | 'key' | 'private'>;

export interface RunFile {
  readonly path: RunFileName;
  readonly bytes: Uint8Array;
  readonly share: 'yes' | 'no';
}

/** Indented, with a newline at the end: people read these files. */
export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

/** The run.json of a folder; undefined where there is none. @throws E_FORMAT, E_FILE, E_TOO_LARGE */
export async function readRun(folder: string): Promise<RunRecord | undefined> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException): string[] => {
    if (cause.code === 'ENOENT') return [];
    throw new FoldError('E_FILE', `The run folder "${folder}" cannot be read.`, { got: cause.code ?? '', cause });
  });
  return names.includes(RUN_FILE) ? parseFile(folder, RUN_FILE, runSchema) : undefined;
}

/** A listed file; undefined where it is absent. @throws E_FILE, E_TOO_LARGE */
export async function readRunFile(
  folder: string,
  path: RunFileName,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  try {
    return await readFileBounded(join(folder, path), maxBytes);
  } catch (error) {
    const absent = error instanceof FoldError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    if (absent) return undefined;
    throw error;
  }
}

export const parseOutput = (bytes: Uint8Array): RunOutput => parseJson(bytes, OUTPUT_FILE, outputSchema);
export const parseSalts = (bytes: Uint8Array): SaltsFile => parseJson(bytes, SALTS_FILE, saltsSchema);
export const parseRunInput = (bytes: Uint8Array): RunInput => parseJson(bytes, INPUT_FILE, runInputSchema);
export const parseAnyJson = (bytes: Uint8Array, name: string): unknown => parseJson(bytes, name, z.unknown());

async function parseFile<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T> {
  return parseJson(await readFileBounded(join(folder, name), MAX_JSON_BYTES), name, schema);
}

export function parseJson<T>(bytes: Uint8Array, name: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FoldError('E_FORMAT', `${name} is not JSON.`, { got: (cause as Error).message, cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new FoldError('E_FORMAT', `${name} has a wrong field.`, {
    expected: issue?.message ?? 'the fields of docs/formats.md',
    got: `at ${issue?.path.join('.') || 'the top level'}`,
  });
}

/** Makes the folder and says that a run is under way, or how it ended without a result. @throws E_DISK */
export async function writeUnfinished(
  folder: string,
  run: RunHead,
  state: 'running' | 'interrupted' | 'failed',
): Promise<void> {
  await makeFolder(folder, 0o755);
  await writeRecord(folder, { ...run, state, files: [] });
}

/**
 * Writes a finished run: the old record goes first, then all that an earlier run left, and the new record comes last.
 * @param beside writes what belongs to the run and is not listed, while no record stands
 * @throws E_DISK; then the folder has no run.json and no new file under a listed name is half-written
 */
export async function writeComplete(
  folder: string,
  run: RunHead,
  statement: NonNullable<RunRecord['statement']>,
  files: readonly RunFile[],
  beside: () => Promise<void> = async () => {},
): Promise<CompleteRun> {
  await makeFolder(folder, 0o755);
  for (const path of [RUN_FILE, ...FILES, ...BESIDE]) await rm(join(folder, path), { recursive: true, force: true });
  await beside();
  const listed = await writeFiles(folder, files);
  return { ...(await writeRecord(folder, { ...run, state: 'complete', statement, files: listed })), statement };
}

/**
 * Adds files to a finished run, replacing those of the same name; `sentence` becomes its statement in words.
 * @throws E_DISK
 */
export async function addFiles(
  folder: string,
  record: CompleteRun,
  sentence: string,
  files: readonly RunFile[],
): Promise<void> {
  const listed = await writeFiles(folder, files);
  const kept = record.files.filter(({ path }) => !files.some((file) => file.path === path));
  await writeRecord(folder, { ...record, statement: { ...record.statement, sentence }, files: [...kept, ...listed] });
}

async function writeFiles(folder: string, files: readonly RunFile[]): Promise<RunRecord['files']> {
  for (const { path, bytes } of files) {
    const target = join(folder, path);
    const secret = isPrivate(path);
    if (secret) await makeFolder(dirname(target), 0o700);
    await writeFileAtomic(target, bytes, { mode: secret || path === PROOF_FILE ? 0o600 : 0o644 });
  }
  return files.map(({ path, bytes, share }) => ({
    path,
    ...(isPrivate(path) ? {} : { sha256: sha256Hex(bytes), bytes: bytes.length }),
    share,
  }));
}

const isPrivate = (path: RunFileName): boolean => path.startsWith('private/');

async function writeRecord(folder: string, record: Omit<RunRecord, 'format' | 'version'>): Promise<RunRecord> {
  const checked = runSchema.parse({ format: 'layerfold/run', version: 1, ...record });
  await writeFileAtomic(join(folder, RUN_FILE), jsonBytes(checked));
  return checked;
}

async function makeFolder(folder: string, mode: number): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if (mode !== 0o755) await chmod(folder, mode);
  } catch (cause) {
    throw diskError(cause, folder);
  }
}
