/**
 * The threads of one piece of work: a run's fold, a set-up, a proof, a key. They are started for it and ended with it, so that
 * their memory is given back. What a thread can do is one table of functions; a caller names one of them.
 *
 * A task that fails in an unexpected way, or a thread that dies, fails the work (E_WORKER).
 */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { FoldError, throwIfAborted } from '../errors.ts';
import { type Outcome, unwrap } from './outcome.ts';
import { type Rank, RankedQueue } from './queue.ts';

/** Tasks by name: each takes one input that can be sent to a thread, and returns what can be sent back. */
type TaskTable<T> = { readonly [N in keyof T]: (input: never) => unknown };
export type TaskInput<T, N extends keyof T> = T[N] extends (input: infer I) => unknown ? I : never;
export type TaskResult<T, N extends keyof T> = T[N] extends (input: never) => infer R ? R : never;

/** What a thread is started with (workers/thread.ts). */
export interface ThreadStart {
  /** Name of the table there. */
  readonly table: string;
  /** What that table is made from. */
  readonly data: unknown;
}

export interface ThreadOptions {
  readonly workers: number;
  /** How many threads may do background work; by default all. */
  readonly background?: number;
  /** Ends the threads when it fires. */
  readonly signal?: AbortSignal | undefined;
  /** What the table is made from, the same in every thread. */
  readonly data?: unknown;
}

export class Threads<T extends TaskTable<T>> {
  readonly workers: number;
  /** How many threads may do background work. */
  readonly background: number;
  /** Seconds of work so far by the thread's id. */
  readonly busy = new Map<number, number>();
  readonly #pool: Piscina;
  readonly #queue: RankedQueue;
  readonly #work: string;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => void this.close();
  #closed = false;

  /**
   * @param table name of the table of tasks in workers/thread.ts
   * @param work what fails when a thread does: "the set-up"
   * @throws E_ABORTED
   */
  constructor(table: string, work: string, { workers, background = workers, signal, data }: ThreadOptions) {
    throwIfAborted(signal);
    this.workers = workers;
    this.background = background;
    this.#queue = new RankedQueue(workers, background);
    const workerData: ThreadStart = { table, data };
    const built = import.meta.url.endsWith('.js');
    this.#pool = new Piscina({
      filename: fileURLToPath(new URL(`../../workers/${built ? 'thread.js' : 'source.mjs'}`, import.meta.url)),
      minThreads: workers,
      maxThreads: workers,
      recordTiming: false,
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

  /**
   * Runs a task in a thread, when it is its turn (queue.ts).
   * @throws what the task throws; E_WORKER, E_ABORTED
   */
  async run<N extends keyof T & string>(
    name: N,
    input: TaskInput<T, N>,
    rank: Rank = 'now',
    turn = 0,
  ): Promise<Awaited<TaskResult<T, N>>> {
    let result: Outcome<Awaited<TaskResult<T, N>>>;
    try {
      result = await this.#queue.run(rank, () => this.#pool.run({ name, input }), turn);
    } catch (cause) {
      throwIfAborted(this.#signal);
      throw new FoldError(
        'E_WORKER',
        `${this.#closed ? 'The threads' : 'A thread'} of ${this.#work} ${this.#closed ? 'were closed' : 'failed'}.`,
        {
          got: cause instanceof Error ? cause.message : String(cause),
          hint: 'Run again; if it was out of memory, use fewer workers (--workers 1).',
          cause,
        },
      );
    }
    this.busy.set(result.thread, (this.busy.get(result.thread) ?? 0) + result.seconds);
    return unwrap(result);
  }

  /** Awaits work that nothing goes on without; threads that were kept free may help. */
  waitFor<R>(work: Promise<R>): Promise<R> {
    return this.#queue.waitFor(work);
  }

  /** Ends the threads at once; tasks under way are dropped. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#queue.drop(new Error('closed'));
    await this.#pool.destroy();
  }
}
