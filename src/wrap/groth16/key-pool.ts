/** The threads of a set-up and how its work is cut for them. */
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { Threads } from '../../pool/threads.ts';
import type { ColumnsInput, ProvingKeyTasks } from './key-tasks.ts';

/** Points of one task: a second or a few. */
const LARGEST_TASK = { g1: 1 << 16, g2: 1 << 15 } as const;
const SMALLEST_TASK = 1 << 9;

export class KeyPool {
  readonly #threads: Threads<ProvingKeyTasks>;
  constructor(workers: number, signal?: AbortSignal) {
    this.#threads = new Threads('proving-key', 'the set-up', { workers, signal });
  }

  columns(input: ColumnsInput): Promise<Uint8Array> {
    return this.#threads.run('columns', input);
  }

  /** The multiples of `scalars` (canonical), in order, piece by piece as they are made. */
  async *points(group: 'g1' | 'g2', scalars: Uint8Array): AsyncGenerator<Uint8Array> {
    const n = scalars.length / FIELD_BYTES;
    const size = Math.min(LARGEST_TASK[group], Math.max(SMALLEST_TASK, Math.ceil(n / this.#threads.workers)));
    const waiting: Promise<Uint8Array>[] = [];
    try {
      for (let from = 0; from < n || waiting.length > 0; ) {
        // a bounded window: results wait in memory only as long as an earlier one is missing
        while (from < n && waiting.length < 2 * this.#threads.workers) {
          const part = scalars.slice(from * FIELD_BYTES, (from + size) * FIELD_BYTES);
          waiting.push(this.#threads.run('points', { group, scalars: part }));
          from += size;
        }
        yield await waiting.shift()!;
      }
    } finally {
      for (const dropped of waiting) dropped.catch(() => undefined);
    }
  }

  /** Ends the threads at once. */
  close(): Promise<void> {
    return this.#threads.close();
  }
}
