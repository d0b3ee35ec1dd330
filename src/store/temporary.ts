/**
 * Names of half-written files: .TARGET.OWNER.RANDOM.tmp beside the target. The owner is the process that writes, by digests of
 * host and start beside its number, so that what a killed one left can be told from what is being written.
 */
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { sha256Hex } from './digest.ts';
import { isRunning, startOf } from './process.ts';

const NAME = /^\.(.+)\.([0-9a-f]{8})-(\d{1,10})-([0-9a-f]{8})\.[0-9a-f]{12}\.tmp$/;
/** Milliseconds after which a file is taken to be left whose owner cannot be asked, such as one of another host. */
const OLD = 24 * 3600 * 1000;

const short = (text: string): string => sha256Hex(new TextEncoder().encode(text)).slice(0, 8);
const host = short(hostname());
const owner = `${host}-${process.pid}-${short(startOf(process.pid) ?? '')}`;

/** A new name for what will be renamed to `target`. */
export function temporaryPath(target: string): string {
  return join(dirname(target), `.${basename(target)}.${owner}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Whether nobody writes a temporary file any more. */
export async function isLeft(path: string): Promise<boolean> {
  const [, , of, pid, started] = NAME.exec(basename(path)) ?? [];
  if (of === host) return !isRunning(Number(pid), (now) => started === short('') || started === short(now));
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > OLD;
}

/**
 * Removes what killed processes left in a folder, of writing `name` or anything. A failure changes nothing: what follows tells
 * of it.
 */
export async function sweepLeft(folder: string, name?: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const found of names) {
    const target = NAME.exec(found)?.[1];
    if (target === undefined || (name !== undefined && target !== name)) continue;
    const path = join(folder, found);
    if (await isLeft(path)) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
