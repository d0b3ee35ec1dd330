/**
 * Writing a file so that its name never shows half of it: the bytes go to a temporary file in the same folder, are
 * forced to the disk, and the file is then renamed over the target (atomic within a file system). The folder is
 * forced as well, or a power cut could forget the rename.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FoldError } from '../errors.ts';

export interface AtomicOptions {
  /** Permission bits, exact whatever the umask; 0o644 by default, 0o600 for what holds witnesses. */
  readonly mode?: number;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'the folder does not exist',
};

/** E_DISK for a failed write; errors that are FoldErrors already pass unchanged. */
export function diskError(cause: unknown, path: string): FoldError {
  if (cause instanceof FoldError) return cause;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'unknown error';
  return new FoldError('E_DISK', `The file "${path}" could not be written.`, {
    expected: 'a writable folder with enough free space',
    got: REASONS[code] ?? code,
    hint: `df -h "${dirname(path)}"`,
    cause,
  });
}

/**
 * Writes `bytes` to `path`, replacing what is there. Afterwards the name holds the old content or all of the new,
 * also if the process is killed meanwhile; a temporary file `.NAME.*.tmp` can be left behind only by a kill.
 * @throws E_DISK
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array, options: AtomicOptions = {}): Promise<void> {
  const mode = options.mode ?? 0o644;
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`);
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
    throw diskError(cause, path);
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
