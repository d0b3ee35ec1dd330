/**
 * The worker pool of one chain: layer witnesses and commitments of coming steps run ahead of the fold, and the fold's
 * own multi-scalar multiplications and sweeps are split over the threads. The key, the system and all sweep vectors
 * are shared memory.
 *
 * A task that fails in an unexpected way, or a thread that dies, fails the run (E_WORKER): sweeps change vectors in
 * place, so that nothing can be taken up again.
 */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { type Engine, POINT_BYTES, type Points, SHARED_TABLE_BYTES } from '../algebra/engine.ts';
import { FoldError } from '../errors.ts';
import type { ChainCompute } from '../folding/compute.ts';
import { type ChainBuffers, frameOf } from '../folding/fresh-witness.ts';
import { chunksOf } from '../folding/row-chunks.ts';
import type { StepSystem } from '../folding/step-system.ts';
import type { StepPlan } from '../layers/step-plan.ts';
import { chainCompute } from './compute.ts';
import type { TaskName, Tasks, ThreadData } from './messages.ts';
import { type Outcome, unwrap } from './outcome.ts';
import { type Rank, RankedQueue } from './queue.ts';

/** What the threads did in some span of time. */
export interface PoolUse {
  /** Number of threads. */
  readonly workers: number;
  /** Length of the span. */
  readonly seconds: number;
  /** Seconds of work, summed over the threads. */
  readonly busy: number;
  /** The same of each thread, in an order that stays. */
  readonly each: readonly number[];
  /** Seconds in which the fold waited for no task that it had asked for: its own work, in the main thread. */
  readonly alone: number;
}

export class FoldPool {
  readonly workers: number;
  /**
   * How many threads may do what nobody waits for. One is left for what the fold asks next; while that has nothing to do
   * the main thread has its core.
   */
  readonly unhurried: number;
  /** The sequential part's heavy work, split over the threads. */
  readonly compute: ChainCompute;
  readonly #pool: Piscina;
  readonly #queue: RankedQueue;
  #closed = false;
  /** Seconds of work by the thread's id. */
  readonly #busy = new Map<number, number>();
  #urgentTasks = 0;
  #aloneBefore = 0;
  #aloneSince = performance.now();

  constructor(engine: Engine, system: StepSystem, step: StepPlan, buffers: ChainBuffers, workers: number) {
    this.workers = workers;
    this.unhurried = Math.max(1, workers - 1);
    this.#queue = new RankedQueue(workers, this.unhurried);
    const chunks = chunksOf(buffers);
    this.compute = chainCompute(engine, this, chunks);
    for (const t of system.widths) engine.poseidon.prepare(t);
    const workerData: ThreadData = {
      image: engine.image,
      matrix: system.matrix.matrix,
      key: sharedPoints(system.key, system.layout.keyLength),
      tables: new SharedArrayBuffer(SHARED_TABLE_BYTES),
      cycleFold: system.cycleFold.frame,
      frame: frameOf(system),
      layout: system.layout,
      step,
      buffers,
      chunkLog: chunks.chunkLog,
    };
    const built = import.meta.url.endsWith('.js');
    this.#pool = new Piscina({
      filename: fileURLToPath(new URL(`../../workers/${built ? 'tasks.js' : 'source.mjs'}`, import.meta.url)),
      minThreads: workers,
      maxThreads: workers,
      recordTiming: false,
      // a loader that this process was started with is not wanted there
      execArgv: [],
      workerData,
    });
    // the rejection of the task that it killed tells the run; this only keeps the event from being fatal
    this.#pool.on('error', () => {});
  }

  /** Runs a task in a thread, when it is its turn (queue.ts). */
  async run<N extends TaskName>(name: N, input: Tasks[N]['in'], rank: Rank, turn = 0): Promise<Tasks[N]['out']> {
    const urgent = rank === 'now' ? 1 : 0;
    if (urgent && this.#urgentTasks === 0) this.#aloneBefore = this.#alone();
    this.#urgentTasks += urgent;
    try {
      return await this.#inThread(name, input, rank, turn);
    } finally {
      this.#urgentTasks -= urgent;
      if (urgent && this.#urgentTasks === 0) this.#aloneSince = performance.now();
    }
  }

  /** Awaits work that the fold can't go on without; threads that were kept free for it may help. */
  waitFor<T>(work: Promise<T>): Promise<T> {
    return this.#queue.waitFor(work);
  }

  async #inThread<N extends TaskName>(
    name: N,
    input: Tasks[N]['in'],
    rank: Rank,
    turn: number,
  ): Promise<Tasks[N]['out']> {
    let result: Outcome<Tasks[N]['out']>;
    try {
      result = await this.#queue.run(rank, () => this.#pool.run(input, { name }), turn);
    } catch (cause) {
      throw new FoldError('E_WORKER', this.#closed ? 'The worker pool was closed.' : 'A worker thread failed.', {
        got: cause instanceof Error ? cause.message : String(cause),
        hint: 'Run again; if it was out of memory, use fewer workers (--workers 1).',
        cause,
      });
    }
    this.#busy.set(result.thread, (this.#busy.get(result.thread) ?? 0) + result.seconds);
    return unwrap(result);
  }

  /** Seconds so far without an urgent task; current only while there is none. */
  #alone(): number {
    return this.#aloneBefore + (performance.now() - this.#aloneSince) / 1000;
  }

  /** Starts a span of time; the function it returns says what the threads did since. */
  span(): () => PoolUse {
    const alone = (): number => (this.#urgentTasks > 0 ? this.#aloneBefore : this.#alone());
    const [start, worked, before] = [performance.now(), new Map(this.#busy), alone()];
    return () => {
      const each = [...this.#busy].map(([thread, seconds]) => seconds - (worked.get(thread) ?? 0));
      return {
        workers: this.workers,
        seconds: (performance.now() - start) / 1000,
        busy: each.reduce((sum, seconds) => sum + seconds, 0),
        // a thread that has done nothing yet is in the list as well
        each: Array.from({ length: this.workers }, (_, k) => each[k] ?? 0),
        alone: alone() - before,
      };
    };
  }

  /** Ends the threads at once; tasks under way are dropped. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#queue.drop(new Error('closed'));
    await this.#pool.destroy();
  }
}

/** The first n points in shared memory. */
function sharedPoints(points: Points, n: number): Points {
  const length = n * POINT_BYTES;
  if (points.buffer instanceof SharedArrayBuffer) return points.subarray(0, length);
  const shared = new Uint8Array(new SharedArrayBuffer(length));
  shared.set(points.subarray(0, length));
  return shared;
}
