/**
 * What lies in the cache folder, and its removal. Only files that carry the names of our entries are touched, so that a
 * LAYERFOLD_CACHE_DIR that points to something else by mistake loses nothing.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE_KINDS, type CacheKind, cacheFolder, OTHER_CACHE } from './cache.ts';
import { diskError } from './disk-error.ts';
import { isLeft } from './temporary.ts';

export interface CacheEntry {
  /** The kind of content: its folder. */
  readonly kind: CacheKind;
  readonly path: string;
  readonly bytes: number;
  /** left: half-written, by a process that is gone; writing: half-written, by one that may still be at it. */
  readonly state: 'whole' | 'left' | 'writing';
  /** A ceremony's key, which cannot be made again from anything else. */
  readonly keep: boolean;
}

const ENTRY = /^[0-9a-f]{16,64}(-INSECURE-dev)?\.(cbor|zkey)$/;
const HALF = /^\.[0-9a-f]{16,64}.*\.tmp$/;

/** All entries, by kind and name. A folder that is not there has none. */
export async function cacheContents(folder: string = cacheFolder()): Promise<CacheEntry[]> {
  const entries: CacheEntry[] = [];
  for (const kind of CACHE_KINDS) {
    const names = await readdir(join(folder, kind)).catch(() => []);
    for (const name of names.sort()) {
      if (!ENTRY.test(name) && !HALF.test(name)) continue;
      const path = join(folder, kind, name);
      const found = await stat(path).catch(() => undefined);
      if (!found?.isFile()) continue;
      const state = ENTRY.test(name) ? 'whole' : (await isLeft(path)) ? 'left' : 'writing';
      const keep = ENTRY.test(name) && name.endsWith('.zkey') && !name.includes('INSECURE');
      entries.push({ kind, path, bytes: found.size, state, keep });
    }
  }
  return entries;
}

/** Removes entries. @throws E_DISK */
export async function removeEntries(entries: readonly CacheEntry[]): Promise<void> {
  // the digest beside a key goes with it
  for (const path of entries.flatMap((entry) => [entry.path, `${entry.path}.sha256`]))
    await rm(path, { force: true }).catch((cause) => {
      throw diskError(cause, path, OTHER_CACHE);
    });
}
