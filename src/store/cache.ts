/**
 * What is expensive to make and follows from its inputs alone (commitment keys, plans, wrap keys) is kept between
 * runs. An entry is addressed by the digest of everything it depends on, and carries its own digest: a damaged entry
 * is made again, never believed. Deleting the folder is always safe. Where nothing can be kept, the work goes on without.
 */
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { FoldError, invariant } from '../errors.ts';
import { makeFolder, writeFileAtomic } from './atomic.ts';
import { decodeFile, encodeFile } from './files.ts';
import { readFileBounded } from './read.ts';
import { sweepLeft } from './temporary.ts';

/** Entries above this are not read: 4 GiB. */
const MAX_ENTRY_BYTES = 2 ** 32;
const VERSION = 1;
/** What is kept: a folder for each. `fold cache` lists and clears these, and no other folder. */
export const CACHE_KINDS = [
  'commitment-key',
  'machine-plan',
  'model-commitment',
  'plan',
  'wrap-circuit',
  'wrap-key',
  'wrap-size',
] as const;
export type CacheKind = (typeof CACHE_KINDS)[number];
const Entry = z.strictObject({ name: z.string(), digest: z.string(), content: z.instanceof(Uint8Array) });

/** LAYERFOLD_CACHE_DIR, else the platform's cache folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  if (env.LAYERFOLD_CACHE_DIR) return env.LAYERFOLD_CACHE_DIR;
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'layerfold');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'layerfold');
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'layerfold');
}

/** Where an entry lies: one folder per kind of content, one file per digest. */
export function cachePath(name: CacheKind, digest: string): string {
  invariant(CACHE_KINDS.includes(name), `"${name}" is no kind of cache entry.`);
  invariant(/^[0-9a-f]{16,64}$/.test(digest), `"${digest}" is no digest for a cache entry.`);
  return join(cacheFolder(), name, `${digest}.cbor`);
}

/** How to have the cache in another place. */
export const OTHER_CACHE = 'LAYERFOLD_CACHE_DIR=FOLDER names another cache';

/** Who is told of an entry that could not be kept. */
let listener: ((error: FoldError) => void) | undefined;

/** Sets who is told; undefined for nobody. The work that needed the entry goes on without. */
export function onCacheFailure(tell: ((error: FoldError) => void) | undefined): void {
  listener = tell;
}

export interface Cached {
  readonly content: Uint8Array;
  /** True if it was read and not made. */
  readonly hit: boolean;
  /** Whether the next one who asks will find it. */
  readonly kept: boolean;
}

/**
 * The entry's content, from the cache if it is there and whole, else made and stored. Any number of processes may
 * ask at once: each may make it, all store the same bytes under an atomic rename.
 * @param name the kind of content
 * @param digest hex digest of all that the content depends on, the code's own version included
 * @throws what `make` throws
 */
export async function cached(name: CacheKind, digest: string, make: () => Promise<Uint8Array>): Promise<Cached> {
  const content = await readCached(name, digest);
  if (content !== undefined) return { content, hit: true, kept: true };
  const made = await make();
  return { content: made, hit: false, kept: await writeCached(name, digest, made) };
}

/** Stores an entry in the place of the one that is there; false where that cannot be. */
export async function writeCached(name: CacheKind, digest: string, content: Uint8Array): Promise<boolean> {
  const path = cachePath(name, digest);
  try {
    await makeFolder(dirname(path), { elsewhere: OTHER_CACHE });
    await sweepCache();
    const bytes = encodeFile('cache-entry', VERSION, { name, digest, content });
    await writeFileAtomic(path, bytes, { mode: 0o600, elsewhere: OTHER_CACHE });
    return true;
  } catch (error) {
    if (!(error instanceof FoldError) || error.code !== 'E_DISK') throw error;
    listener?.(error);
    return false;
  }
}

/** Removes what killed processes left half-written, keys of half a gigabyte among it. */
export async function sweepCache(): Promise<void> {
  const kinds = await readdir(cacheFolder()).catch(() => []);
  for (const kind of kinds) await sweepLeft(join(cacheFolder(), kind));
}

/** Undefined for an entry that is absent, unreadable, damaged or another one under this name. */
export async function readCached(name: CacheKind, digest: string): Promise<Uint8Array | undefined> {
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
