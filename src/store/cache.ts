/**
 * What is expensive to make and follows from its inputs alone (commitment keys, plans, wrap keys) is kept between
 * runs. An entry is addressed by the digest of everything it depends on, and carries its own digest: a damaged entry
 * is made again, never believed. Deleting the folder is always safe.
 */
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { FoldError, invariant } from '../errors.ts';
import { diskError, writeFileAtomic } from './atomic.ts';
import { decodeFile, encodeFile } from './files.ts';
import { readFileBounded } from './read.ts';

/** Entries above this are not read: 4 GiB. */
const MAX_ENTRY_BYTES = 2 ** 32;
const VERSION = 1;
const Entry = z.strictObject({ name: z.string(), digest: z.string(), content: z.instanceof(Uint8Array) });

/** LAYERFOLD_CACHE_DIR, else the platform's cache folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  if (env.LAYERFOLD_CACHE_DIR) return env.LAYERFOLD_CACHE_DIR;
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'layerfold');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'layerfold');
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'layerfold');
}

/** Where an entry lies: one folder per kind of content, one file per digest. */
export function cachePath(name: string, digest: string): string {
  invariant(/^[a-z0-9][a-z0-9-]*$/.test(name), `"${name}" is no name for a cache entry.`);
  invariant(/^[0-9a-f]{16,64}$/.test(digest), `"${digest}" is no digest for a cache entry.`);
  return join(cacheFolder(), name, `${digest}.cbor`);
}

export interface Cached {
  readonly content: Uint8Array;
  /** True if it was read and not made. */
  readonly hit: boolean;
}

/**
 * The entry's content, from the cache if it is there and whole, else made and stored. Any number of processes may
 * ask at once: each may make it, all store the same bytes under an atomic rename.
 * @param name the kind of content, e.g. "commitment-key"
 * @param digest hex digest of all that the content depends on, the code's own version included
 * @throws E_DISK if it cannot be stored, and what `make` throws
 */
export async function cached(name: string, digest: string, make: () => Promise<Uint8Array>): Promise<Cached> {
  const content = await readCached(name, digest);
  if (content !== undefined) return { content, hit: true };
  const made = await make();
  await writeCached(name, digest, made);
  return { content: made, hit: false };
}

/** Stores an entry in the place of the one that is there. @throws E_DISK */
export async function writeCached(name: string, digest: string, content: Uint8Array): Promise<void> {
  const path = cachePath(name, digest);
  try {
    await mkdir(join(cacheFolder(), name), { recursive: true });
  } catch (cause) {
    throw diskError(cause, path);
  }
  await writeFileAtomic(path, encodeFile('cache-entry', VERSION, { name, digest, content }), { mode: 0o600 });
}

/** Undefined for an entry that is absent, unreadable, damaged or another one under this name. */
export async function readCached(name: string, digest: string): Promise<Uint8Array | undefined> {
  const path = cachePath(name, digest);
  try {
    const file = decodeFile(await readFileBounded(path, MAX_ENTRY_BYTES), 'cache-entry', [VERSION], MAX_ENTRY_BYTES);
    const entry = Entry.parse(file.body);
    return entry.name === name && entry.digest === digest ? entry.content : undefined;
  } catch (error) {
    if (error instanceof FoldError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}
