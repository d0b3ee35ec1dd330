/**
 * Writer of iden3's binary container, in which .r1cs, .wtns and .zkey files come:
 *
 *   magic (4 characters), version u32, number of sections u32, then per section: type u32, size u64, data; little-endian
 *
 * Files of a gigabyte are streamed; the size of a section is filled in when it ends. As with all our files the target
 * name never shows half of one: the bytes go to a temporary file that is renamed at the end.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { invariant } from '../../errors.ts';
import { checkTarget, diskError } from '../../store/disk-error.ts';
import { sweepLeft, temporaryPath } from '../../store/temporary.ts';

/** Writes are gathered into blocks of this size. */
const BLOCK_BYTES = 1 << 22;
const PREAMBLE_BYTES = 12;
const SIZE_BYTES = 8;

export class SectionWriter {
  readonly #handle: FileHandle;
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  #filled = 0;
  /** File position of the block's first byte. */
  #position = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Writes one section; `body` calls `write`. */
  async section(type: number, body: () => Promise<void>): Promise<void> {
    const head = Buffer.alloc(4 + SIZE_BYTES);
    head.writeUInt32LE(type, 0);
    await this.write(head);
    const start = this.#at;
    await body();
    await this.flush();
    const size = Buffer.alloc(SIZE_BYTES);
    size.writeBigUInt64LE(BigInt(this.#at - start));
    await this.#handle.write(size, 0, SIZE_BYTES, start - SIZE_BYTES);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      if (this.#filled === BLOCK_BYTES) await this.flush();
      const part = bytes.subarray(from, from + BLOCK_BYTES - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
    }
  }

  async flush(): Promise<void> {
    for (let done = 0; done < this.#filled; ) {
      const { bytesWritten } = await this.#handle.write(this.#block, done, this.#filled - done, this.#position + done);
      done += bytesWritten;
    }
    this.#position += this.#filled;
    this.#filled = 0;
  }

  get #at(): number {
    return this.#position + this.#filled;
  }
}

/**
 * Writes a container of `sections` sections to `path`, replacing what is there when it is complete.
 * @throws E_DISK, and what `body` throws (then nothing is left behind)
 */
export async function writeSections(
  path: string,
  magic: string,
  version: number,
  sections: number,
  body: (file: SectionWriter) => Promise<void>,
): Promise<void> {
  invariant(magic.length === 4, 'a magic has four characters');
  checkTarget(path);
  // of files of this size a killed process leaves too much to wait for somebody to notice
  await sweepLeft(dirname(path), basename(path));
  const temporary = temporaryPath(path);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx', 0o644);
    const file = new SectionWriter(handle);
    const preamble = Buffer.alloc(PREAMBLE_BYTES);
    preamble.write(magic, 0, 'latin1');
    preamble.writeUInt32LE(version, 4);
    preamble.writeUInt32LE(sections, 8);
    await file.write(preamble);
    await body(file);
    await file.flush();
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, path);
  } catch (cause) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw isSystemError(cause) ? diskError(cause, path) : cause;
  }
}

function isSystemError(cause: unknown): boolean {
  return cause instanceof Error && 'syscall' in cause;
}
