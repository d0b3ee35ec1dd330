/**
 * The folder of a run (docs/formats.md): what was proven, by which plan, with which output, and the proof.
 *
 * `run.json` (run-record.ts) is written last and atomically: while a run is under way it says so and lists nothing, so
 * that no reader takes half a run for a whole one.
 */
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FoldError } from '../errors.ts';
import { makeFolder, writeFileAtomic } from './atomic.ts';
import { sha256Hex } from './digest.ts';
import { systemReason } from './disk-error.ts';
import { jsonBytes, parseJson } from './json.ts';
import { readFileBounded, readIfThere } from './read.ts';
import {
  COMPRESSED_FILE,
  type CompleteRun,
  FILES,
  MOST_BYTES,
  PROOF_FILE,
  RUN_FILE,
  type RunFileName,
  type RunHead,
  type RunRecord,
  runSchema,
} from './run-record.ts';

/** Of run.json: a dozen files, digests and names. */
const MAX_JSON_BYTES = 2 ** 16;

/** What may stand beside the listed files and speaks of their proof: it goes when they do. */
const UNLISTED = [
  ...['members', 'results.csv', 'manifest.jsonl', 'events.ndjson'],
  ...['report.html', 'Verifier.sol', 'calldata.hex', COMPRESSED_FILE],
] as const;

export interface RunFile {
  readonly path: RunFileName;
  readonly bytes: Uint8Array;
  readonly share: 'yes' | 'no';
}

/** The run.json of a folder; undefined where there is none. @throws E_FORMAT, E_FILE, E_TOO_LARGE */
export async function readRun(folder: string): Promise<RunRecord | undefined> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException): string[] => {
    if (cause.code === 'ENOENT') return [];
    throw new FoldError('E_FILE', `The run folder "${folder}" cannot be read.`, {
      expected: 'a folder that can be read',
      got: systemReason(cause.code),
      cause,
    });
  });
  return names.includes(RUN_FILE)
    ? parseJson(await readFileBounded(join(folder, RUN_FILE), MAX_JSON_BYTES), RUN_FILE, runSchema)
    : undefined;
}

/** A listed file; undefined where it is absent. @throws E_FILE, E_TOO_LARGE */
export async function readRunFile(folder: string, path: RunFileName): Promise<Uint8Array | undefined> {
  return readIfThere(join(folder, path), MOST_BYTES[path]);
}

/** Makes the folder and says that a run is under way, or how it ended without a result. @throws E_DISK */
export async function writeUnfinished(
  folder: string,
  run: RunHead,
  state: 'running' | 'interrupted' | 'failed',
): Promise<void> {
  await makeFolder(folder);
  await writeRecord(folder, { ...run, state, files: [] });
}

/**
 * Writes a finished run: the old record goes first, then all that an earlier run left, and the new record comes last.
 * @param writeUnlisted writes what belongs to the run and is not listed, while no record stands
 * @throws E_DISK; then the folder has no run.json and no new file under a listed name is half-written
 */
export async function writeComplete(
  folder: string,
  run: RunHead,
  statement: NonNullable<RunRecord['statement']>,
  files: readonly RunFile[],
  writeUnlisted: () => Promise<void> = async () => {},
): Promise<CompleteRun> {
  await makeFolder(folder);
  for (const path of [RUN_FILE, ...FILES, ...UNLISTED]) await rm(join(folder, path), { recursive: true, force: true });
  await writeUnlisted();
  const listed = await writeFiles(folder, files);
  return { ...(await writeRecord(folder, { ...run, state: 'complete', statement, files: listed })), statement };
}

/** Adds files to a finished run, replacing those of the same name. @throws E_DISK */
export async function addFiles(folder: string, record: CompleteRun, files: readonly RunFile[]): Promise<void> {
  const listed = await writeFiles(folder, files);
  const kept = record.files.filter(({ path }) => !files.some((file) => file.path === path));
  await writeRecord(folder, { ...record, files: [...kept, ...listed] });
}

async function writeFiles(folder: string, files: readonly RunFile[]): Promise<RunRecord['files']> {
  for (const { path, bytes } of files) {
    const target = join(folder, path);
    const secret = isPrivate(path);
    if (secret) await makeFolder(dirname(target), { mode: 0o700 });
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
