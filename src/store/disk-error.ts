/** What stands in the way of a file that could not be written, by the system's code and a look at the place. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { command } from '../command.ts';
import { FoldError } from '../errors.ts';

interface Obstacle {
  readonly expected: string;
  readonly got: string;
  readonly hint: string;
}

const WRITABLE = 'a place that can be written';
const DENIED = ['EACCES', 'EPERM', 'EROFS'];
const FULL = ['ENOSPC', 'EDQUOT'];
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'no such file',
  EISDIR: 'a folder',
  ENOTDIR: 'a file where a folder should be',
  ENAMETOOLONG: 'too long a name',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  EIO: 'the disk fails',
};

/** A system's code in words, where there are any. */
export const systemReason = (code = 'unknown error'): string => REASONS[code] ?? code;

/** Codes that name the place: Node tells of a folder in a read-only file system that it does not exist. */
const OF_PLACE = ['ENOENT', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ENOTEMPTY', ...DENIED];

/**
 * E_DISK for a failed write; errors that are FoldErrors already pass unchanged.
 * @param elsewhere how to write to another place
 */
export function diskError(cause: unknown, path: string, elsewhere = '--out PATH writes elsewhere'): FoldError {
  if (cause instanceof FoldError) return cause;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  const facts = OF_PLACE.includes(code) ? ofPlace(code, resolve(path), elsewhere) : undefined;
  const plain = { expected: WRITABLE, got: systemReason(code || undefined), hint: elsewhere };
  const full = () => ({
    ...plain,
    expected: 'enough free space',
    hint: command`df -h ${nearest(dirname(resolve(path)))}`,
  });
  return new FoldError('E_DISK', `"${path}" could not be written.`, {
    ...(FULL.includes(code) ? full() : (facts ?? plain)),
    cause,
  });
}

/** Refuses a place before any work where nothing can be written. @throws E_DISK */
export function checkPlace(folder: string, elsewhere?: string): void {
  const path = resolve(folder);
  if (kindOf(path) === 'file') throw diskError({ code: 'ENOTDIR' }, folder, elsewhere);
  const above = nearest(path);
  if (kindOf(above) === 'file' || denial(above)) throw diskError({ code: 'EACCES' }, folder, elsewhere);
}

/** Refuses a folder where a file is to be, before the work that makes it. @throws E_DISK */
export function checkTarget(file: string): void {
  if (kindOf(file) === 'folder') throw diskError({ code: 'EISDIR' }, file);
}

/** What is wrong with a path, or with the nearest place above it that exists. */
function ofPlace(code: string, path: string, hint: string): Obstacle | undefined {
  const kind = kindOf(path);
  if (kind === 'folder' && !DENIED.includes(code))
    return { expected: 'the name of a file', got: `"${path}" is a folder`, hint };
  if (kind === 'file' && (code === 'EEXIST' || code === 'ENOTDIR'))
    return { expected: 'a folder', got: `"${path}" is a file`, hint };
  const above = nearest(dirname(path));
  if (kindOf(above) === 'file') return { expected: 'a folder', got: `"${above}" is a file`, hint };
  const denied = [path, above].map((place) => (kindOf(place) === 'folder' ? denial(place) : undefined)).find(Boolean);
  if (denied) return { expected: WRITABLE, got: denied, hint };
  if (code !== 'ENOENT') return undefined;
  if (above === dirname(path)) return { expected: WRITABLE, got: `nothing can be made in "${above}"`, hint };
  const absent = `the folder "${dirname(path)}" does not exist`;
  return { expected: WRITABLE, got: absent, hint: command`mkdir -p ${dirname(path)}` };
}

function kindOf(path: string): 'folder' | 'file' | undefined {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}

function nearest(path: string): string {
  return kindOf(path) === undefined && path !== dirname(path) ? nearest(dirname(path)) : path;
}

function denial(folder: string): string | undefined {
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return DENIED.includes(code) ? `"${folder}": ${systemReason(code)}` : undefined;
  }
}
