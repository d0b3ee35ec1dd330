/**
 * Writing a file so that its name never shows half of it: the bytes go to a temporary file in the same folder, are
 * forced to the disk, and the file is then renamed over the target (atomic within a file system). The folder is
 * forced as well, or a power cut could forget the rename.
 */
import { chmod, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskError } from './disk-error.ts';
import { temporaryPath } from './temporary.ts';

export interface AtomicOptions {
  /** Permission bits, exact whatever the umask; 0o644 by default, 0o600 for what holds witnesses. */
  readonly mode?: number;
  /** How to write to another place, for the error. */
  readonly elsewhere?: string;
}

/**
 * Makes a folder and those above it; one that is there stays as it is, but for a mode that is given.
 * @throws E_DISK
 */
export async function makeFolder(folder: string, { mode, elsewhere }: AtomicOptions = {}): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if (mode !== undefined) await chmod(folder, mode);
  } catch (cause) {
    throw diskError(cause, folder, elsewhere);
  }
}

/**
 * Writes `bytes` to `path`, replacing what is there. Afterwards the name holds the old content or all of the new,
 * also if the process is killed meanwhile; a temporary file `.NAME.*.tmp` can be left behind only by a kill.
 * @throws E_DISK
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array, options: AtomicOptions = {}): Promise<void> {
  const mode = options.mode ?? 0o644;
  const folder = dirname(path);
  const temporary = temporaryPath(path);
  let handle: FileHandle | undefined;
  try {
    // Created closed to others: the content may be secret before the final mode is set.
    handle = await open(temporary, 'wx', 0o600);
    await handle.writeFile(bytes);
    await handle.chmod(mode);
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (cause) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw diskError(cause, path, options.elsewhere);
  }
}

/** Forces a folder's entries to the disk. Windows cannot open a folder; its renames are journaled. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
