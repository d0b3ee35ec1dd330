/**
 * The digest of a proving key beside it, as sha256sum writes one. One flipped byte among half a gigabyte of points makes proofs
 * that do not hold, and nothing in them says why; a second of hashing does.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { command } from '../../command.ts';
import { FoldError } from '../../errors.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import { systemReason } from '../../store/disk-error.ts';
import { readIfThere } from '../../store/read.ts';

const BLOCK_BYTES = 1 << 22;
const MAX_DIGEST_BYTES = 2 ** 12;

/** Where the digest of a key lies. */
export const digestPath = (key: string): string => `${key}.sha256`;

/** Keeps the digest of a key that was just written. @throws E_FILE, E_DISK */
export async function writeKeyDigest(key: string): Promise<void> {
  const line = `${await sha256File(key)}  ${basename(key)}\n`;
  await writeFileAtomic(digestPath(key), new TextEncoder().encode(line));
}

export interface KeyDigests {
  /** undefined where no digest lies beside the key. */
  readonly expected: string | undefined;
  readonly got: string;
}

/** @throws E_FILE for a key that cannot be read */
export async function keyDigests(key: string): Promise<KeyDigests> {
  return { expected: await expectedDigest(key), got: await sha256File(key) };
}

/** Whether a key is what its digest says; undefined where no digest lies beside it. @throws E_FILE */
export async function isWhole(key: string): Promise<boolean | undefined> {
  const expected = await expectedDigest(key);
  return expected === undefined ? undefined : expected === (await sha256File(key));
}

/** Refuses a key that is not what its digest says; one without a digest passes. @throws E_KEY, E_FILE */
export async function checkKeyDigest(key: string): Promise<void> {
  if ((await isWhole(key)) === false) throw damagedKey(key, await keyDigests(key));
}

async function expectedDigest(key: string): Promise<string | undefined> {
  const bytes = await readIfThere(digestPath(key), MAX_DIGEST_BYTES);
  return /^([0-9a-f]{64})\s/.exec(new TextDecoder().decode(bytes))?.[1];
}

/** @param renewable it is made again by itself */
export function damagedKey(key: string, { expected, got }: KeyDigests, renewable = false): FoldError {
  return new FoldError('E_KEY', `The proving key "${key}" is damaged.`, {
    expected: expected === undefined ? 'the key as it was made' : `sha256 ${expected}, as ${digestPath(key)} says`,
    got,
    hint: renewable
      ? 'It is made again when it is needed.'
      : `Copy it again from its source, or keep a copy that is whole: ${command`fold key verify KEY.zkey --model MODEL.onnx --ptau FILE`}`,
  });
}

/** Digests of files as this process has read them, with what the system said of each before. */
const known = new Map<string, { readonly state: string; readonly digest: string }>();
/** A change within a tick of the system's clock may leave the times as they are: what was changed just now is read again. */
const SETTLED_MS = 2000;

/** What changes with a file; undefined for one that was changed just now. */
async function stateOf(path: string): Promise<string | undefined> {
  const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = await stat(path, { bigint: true });
  if (Date.now() - Number(ctimeMs) < SETTLED_MS) return undefined;
  return [dev, ino, size, mtimeNs, ctimeNs].join();
}

async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const state = await stateOf(path);
    const before = known.get(path);
    if (before && before.state === state) return before.digest;
    for await (const block of createReadStream(path, { highWaterMark: BLOCK_BYTES })) hash.update(block);
    const digest = hash.digest('hex');
    if (state !== undefined && state === (await stateOf(path))) known.set(path, { state, digest });
    return digest;
  } catch (cause) {
    throw new FoldError('E_FILE', `The key "${path}" cannot be read.`, {
      expected: 'a readable file',
      got: systemReason((cause as NodeJS.ErrnoException).code),
      cause,
    });
  }
}
