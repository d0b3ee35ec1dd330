/** The threads of a set-up: started for it, ended with it, so that their memory is given back. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { FoldError, throwIfAborted } from '../../errors.ts';
import type { ColumnsInput, PointsInput } from './key-tasks.ts';

/** Points of one task: a second or a few. */
const LARGEST_TASK = { g1: 1 << 16, g2: 1 << 14 } as const;
const SMALLEST_TASK = 1 << 9;

export class KeyPool {
  readonly #pool: Piscina;
  readonly #workers: number;
  readonly #signal: AbortSignal | undefined;
  readonly #expected: { readonly g1: number; readonly g2: number };
  readonly #abort = (): void => void this.close();

  /** @param expected number of multiples that will be made in each group */
  constructor(workers: number, expected: { readonly g1: number; readonly g2: number }, signal?: AbortSignal) {
    throwIfAborted(signal);
    const built = import.meta.url.endsWith('.js');
    const entry = built ? 'key-tasks.js' : 'key-source.mjs';
    this.#pool = new Piscina({
      filename: fileURLToPath(new URL(`../../../workers/${entry}`, import.meta.url)),
      minThreads: workers,
      maxThreads: workers,
    });
    this.#pool.on('error', () => {});
    this.#workers = workers;
    this.#expected = expected;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  columns(input: ColumnsInput): Promise<Uint8Array> {
    return this.#run('columns', input);
  }

  /** The multiples of `scalars` (canonical), in order, piece by piece as they are made. */
  async *points(group: 'g1' | 'g2', scalars: Uint8Array): AsyncGenerator<Uint8Array> {
    const n = scalars.length / FIELD_BYTES;
    const size = Math.min(LARGEST_TASK[group], Math.max(SMALLEST_TASK, Math.ceil(n / this.#workers)));
    const waiting: Promise<Uint8Array>[] = [];
    try {
      for (let from = 0; from < n || waiting.length > 0; ) {
        // a bounded window: results wait in memory only as long as an earlier one is missing
        while (from < n && waiting.length < 2 * this.#workers) {
          const part = scalars.slice(from * FIELD_BYTES, (from + size) * FIELD_BYTES);
          const input: PointsInput = { group, scalars: part, expected: this.#expected[group] };
          waiting.push(this.#run('points', input));
          from += size;
        }
        yield await waiting.shift()!;
      }
    } finally {
      for (const dropped of waiting) dropped.catch(() => undefined);
    }
  }

  async #run(name: 'columns' | 'points', input: ColumnsInput | PointsInput): Promise<Uint8Array> {
    try {
      return await this.#pool.run(input, { name });
    } catch (cause) {
      throwIfAborted(this.#signal);
      throw new FoldError('E_WORKER', 'A thread of the set-up failed.', {
        got: cause instanceof Error ? cause.message : String(cause),
        hint: 'Run again; if it was out of memory, use fewer workers (--workers 1).',
        cause,
      });
    }
  }

  /** Ends the threads at once. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort);
    await this.#pool.destroy();
  }
}
