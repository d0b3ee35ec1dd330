/** Threads for one piece of work, a set-up or a proof: started for it, ended with it, so that their memory is given back. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { FoldError, throwIfAborted } from '../../errors.ts';
import { type Outcome, unwrap } from '../../pool/outcome.ts';
import { RankedQueue } from '../../pool/queue.ts';

export interface ThreadOptions {
  readonly workers: number;
  readonly signal?: AbortSignal | undefined;
  /** What every thread gets at its start. */
  readonly workerData?: unknown;
}

export class Threads {
  readonly #pool: Piscina;
  readonly #queue: RankedQueue;
  readonly #work: string;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => void this.close();

  /**
   * @param entry name of the threads' module in workers/: `entry`-tasks.js, or `entry`-source.mjs where the sources run unbuilt
   * @param work what fails when a thread does: "the set-up"
   */
  constructor(entry: string, work: string, { workers, signal, workerData }: ThreadOptions) {
    throwIfAborted(signal);
    this.#queue = new RankedQueue(workers);
    const file = import.meta.url.endsWith('.js') ? `${entry}-tasks.js` : `${entry}-source.mjs`;
    this.#pool = new Piscina({
      filename: fileURLToPath(new URL(`../../../workers/${file}`, import.meta.url)),
      minThreads: workers,
      maxThreads: workers,
      // a loader that this process was started with is not wanted there
      execArgv: [],
      workerData,
    });
    // the rejection of the task that it killed tells the caller; this only keeps the event from being fatal
    this.#pool.on('error', () => {});
    this.#work = work;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** Runs the exported function `name` of the threads' module; urgent tasks go before the others that wait. */
  async run<T>(name: string, input: object, { urgent = false } = {}): Promise<T> {
    let result: Outcome<T>;
    try {
      result = await this.#queue.run(urgent ? 'now' : 'ahead', () => this.#pool.run(input, { name }));
    } catch (cause) {
      throwIfAborted(this.#signal);
      throw new FoldError('E_WORKER', `A thread of ${this.#work} failed.`, {
        got: cause instanceof Error ? cause.message : String(cause),
        hint: 'Run again; if it was out of memory, use fewer workers (--workers 1).',
        cause,
      });
    }
    return unwrap(result);
  }

  /** Ends the threads at once. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#queue.drop(new Error('The threads were closed.'));
    await this.#pool.destroy();
  }
}
