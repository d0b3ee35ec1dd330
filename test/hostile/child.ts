/**
 * A process of little memory that reads hostile files. Its heap is bounded by V8, which ends it where objects are too many; how
 * much memory it held beside that the system tells: the highest since it was asked to forget it (Linux alone).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { FoldError } from '../../src/errors.ts';
import { READERS, type ReaderName } from './readers.ts';

export interface Asked {
  readonly reader: ReaderName;
  readonly path: string;
}

export interface Answer {
  /** Of the FoldError, or what else was thrown; undefined for nothing. */
  readonly code: string | undefined;
  /** Characters of the error. */
  readonly words: number;
  /** Bytes of memory at the peak, above what there was before. */
  readonly grown: number;
}

const FORGET = '/proc/self/clear_refs';

process.on('message', async ({ reader, path }: Asked) => {
  const bytes = new Uint8Array(readFileSync(path));
  const before = memory('VmRSS');
  if (existsSync(FORGET)) writeFileSync(FORGET, '5');
  const error = await attempt(() => READERS[reader](bytes));
  const answer: Answer = {
    code: error instanceof FoldError ? error.code : error === undefined ? undefined : String(error),
    words: error instanceof FoldError ? [error.message, error.expected, error.got].join().length : 0,
    grown: memory('VmHWM') - before,
  };
  process.send!(answer);
});
process.send!('ready');

async function attempt(read: () => unknown): Promise<unknown> {
  try {
    await read();
    return undefined;
  } catch (error) {
    return error;
  }
}

function memory(name: string): number {
  if (!existsSync(FORGET)) return 0;
  return 1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}
