/**
 * The checkpoints of a run: DIR/checkpoints/000064.cbor is the folded proof after 64 steps, in the format of folded.cbor.
 * The folder appears with its first whole file, and a file is complete or absent, whatever happens meanwhile. They hold
 * folded witnesses: mode 0600.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { command } from '../command.ts';
import { FoldError } from '../errors.ts';
import type { FoldedProof } from '../folding/proof.ts';
import { syncFolder, writeFileAtomic } from './atomic.ts';
import { sha256Hex } from './digest.ts';
import { diskError } from './disk-error.ts';
import { decodeProof, MAX_PROOF_BYTES } from './proof-file.ts';
import { readFileBounded } from './read.ts';
import { temporaryPath } from './temporary.ts';

const FOLDER = 'checkpoints';
const NAME = /^(\d{6,10})\.cbor$/;
/** Not the beginnings of locks: other processes make those at any time. */
const TEMPORARY = /^\.(?!lock\.).*\.tmp$/;

export interface StoredCheckpoint {
  readonly step: number;
  /** Relative to the run's folder. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Relative to the run's folder. */
function checkpointFile(step: number): string {
  return `${FOLDER}/${String(step).padStart(6, '0')}.cbor`;
}

/**
 * Writes a checkpoint and removes all but the newest `keep`.
 * @throws E_DISK; then the ones before are as they were
 */
export async function writeCheckpoint(
  folder: string,
  step: number,
  bytes: Uint8Array,
  keep: number,
): Promise<StoredCheckpoint> {
  const file = checkpointFile(step);
  const target = join(folder, file);
  try {
    const present = await readdir(folder);
    if (present.includes(FOLDER)) await writeFileAtomic(target, bytes, { mode: 0o600 });
    else await writeFirst(folder, target, bytes);
    for (const old of (await listCheckpoints(folder)).filter((other) => other <= step).slice(keep))
      await rm(join(folder, checkpointFile(old)), { force: true });
  } catch (cause) {
    throw diskError(cause, target);
  }
  return { step, file, bytes: bytes.length, sha256: sha256Hex(bytes) };
}

/** The first one comes with the folder, by one rename. */
async function writeFirst(folder: string, target: string, bytes: Uint8Array): Promise<void> {
  const made = temporaryPath(join(folder, FOLDER));
  try {
    await mkdir(made, { mode: 0o700 });
    await writeFileAtomic(join(made, basename(target)), bytes, { mode: 0o600 });
    await rename(made, join(folder, FOLDER));
    await syncFolder(folder);
  } catch (cause) {
    await rm(made, { recursive: true, force: true });
    throw cause;
  }
}

/** Steps of the checkpoints that are there, newest first. */
export async function listCheckpoints(folder: string): Promise<number[]> {
  const names = await readdir(join(folder, FOLDER)).catch(() => []);
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

export interface NewestCheckpoint {
  readonly proof: FoldedProof;
  readonly sha256: string;
  readonly file: string;
  /** Newer ones that are damaged, with the reason. */
  readonly damaged: readonly { readonly file: string; readonly error: FoldError }[];
}

/**
 * The newest checkpoint that is whole; undefined where there is none at all. It is parsed and bounded, not verified.
 * @throws E_FORMAT where all are damaged, of another version or cannot be read
 */
export async function newestCheckpoint(folder: string): Promise<NewestCheckpoint | undefined> {
  const damaged: { file: string; error: FoldError }[] = [];
  for (const step of await listCheckpoints(folder)) {
    const file = checkpointFile(step);
    try {
      const bytes = await readFileBounded(join(folder, file), MAX_PROOF_BYTES);
      const proof = decodeProof(bytes);
      if (proof.statement.steps !== step)
        throw new FoldError('E_FORMAT', `${file} is misnamed.`, {
          expected: `a proof of ${step} steps`,
          got: `${proof.statement.steps} steps`,
        });
      return { proof, sha256: sha256Hex(bytes), file, damaged };
    } catch (error) {
      if (!(error instanceof FoldError) || error.code === 'E_BUG') throw error;
      damaged.push({ file, error });
    }
  }
  if (damaged[0]) throw noneUsable(folder, damaged);
  return undefined;
}

/** What the run was begun with is still there, so that it can begin again without them. */
function noneUsable(folder: string, damaged: NewestCheckpoint['damaged']): FoldError {
  const [{ file, error }] = damaged as [NewestCheckpoint['damaged'][number]];
  const place = join(folder, FOLDER);
  return new FoldError(
    'E_FORMAT',
    `None of the checkpoints in "${place}" can be gone on from (${damaged.length} of them).`,
    {
      expected: 'one that is whole and of this version',
      got: `${file}: ${error.message}`,
      hint: `from the first step again: ${command`rm -r ${place}`}; ${command`fold resume ${folder}`}`,
      cause: error,
    },
  );
}

/**
 * Has a finished proof as a checkpoint while `write` makes the run's files of it: a kill or a full disk meanwhile loses
 * nothing. Afterwards it goes, unless it was there before.
 * @throws E_DISK, and what `write` throws; then the checkpoint stays
 */
export async function withCheckpoint<T>(
  folder: string,
  step: number,
  bytes: Uint8Array,
  write: () => Promise<T>,
): Promise<T> {
  const before = await listCheckpoints(folder);
  if (before.includes(step)) return write();
  await writeCheckpoint(folder, step, bytes, before.length + 1);
  const made = await write();
  if (before.length === 0) await removeCheckpoints(folder);
  else await rm(join(folder, checkpointFile(step)), { force: true });
  return made;
}

/** Removes the checkpoints of a run that is to begin anew. */
export async function removeCheckpoints(folder: string): Promise<void> {
  await rm(join(folder, FOLDER), { recursive: true, force: true });
}

/** Removes what a killed run left half-written. Only for the holder of the folder's lock. */
export async function sweepTemporary(folder: string): Promise<void> {
  for (const place of [folder, join(folder, FOLDER), join(folder, 'private')]) {
    const names = await readdir(place).catch(() => []);
    for (const name of names.filter((entry) => TEMPORARY.test(entry)))
      await rm(join(place, name), { recursive: true, force: true });
  }
}
