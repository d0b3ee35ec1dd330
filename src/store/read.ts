/** Reading a whole file that someone else wrote: existence, kind and size are checked before a byte is read. */
import { open } from 'node:fs/promises';
import { FoldError } from '../errors.ts';
import { systemReason } from './disk-error.ts';

/** How a file begins that Git LFS put in the place of a large one; it has no more than 1,024 bytes. */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/**
 * The file's bytes. The size is taken from the open handle and reading stops there, so a file that grows meanwhile
 * cannot exceed the limit.
 * @throws E_FILE where there is no readable regular file or it shrinks while it is read, E_TOO_LARGE above `maxBytes`,
 *   E_FORMAT for a pointer of Git LFS
 */
export async function readFileBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    await using handle = await open(path, 'r');
    const stat = await handle.stat();
    if (!stat.isFile())
      throw new FoldError('E_FILE', `"${path}" is not a regular file.`, {
        expected: 'a file',
        got: stat.isDirectory() ? 'a folder' : 'a pipe or a device',
      });
    if (stat.size > maxBytes)
      throw new FoldError('E_TOO_LARGE', `The file "${path}" is too large.`, {
        expected: `at most ${maxBytes} bytes`,
        got: `${stat.size} bytes`,
      });
    const bytes = new Uint8Array(stat.size);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled);
      if (bytesRead === 0) throw new FoldError('E_FILE', `The file "${path}" became shorter while it was read.`);
      filled += bytesRead;
    }
    if (isLfsPointer(bytes))
      throw new FoldError('E_FORMAT', `"${path}" is a Git LFS pointer, not the file itself.`, {
        expected: 'the file that it points to',
        got: `a text of ${bytes.length} bytes`,
        hint: 'git lfs pull',
      });
    return bytes;
  } catch (cause) {
    if (cause instanceof FoldError) throw cause;
    throw new FoldError('E_FILE', `The file "${path}" cannot be read.`, {
      expected: 'a readable file',
      got: systemReason((cause as NodeJS.ErrnoException).code),
      cause,
    });
  }
}

const isLfsPointer = (bytes: Uint8Array): boolean =>
  bytes.length <= 1024 && Buffer.from(bytes.subarray(0, LFS_POINTER.length)).toString('latin1') === LFS_POINTER;

/** The same; undefined where there is no such file. */
export async function readIfThere(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    return await readFileBounded(path, maxBytes);
  } catch (error) {
    const absent = error instanceof FoldError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    if (absent) return undefined;
    throw error;
  }
}
