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
import { add } from '../algebra/curve.ts';
import { POINT_BYTES, type Points, type Scalars, SHARED_TABLE_BYTES } from '../algebra/engine.ts';
import { type Affine, G1_PARAMS } from '../algebra/params.ts';
import { FoldError } from '../errors.ts';
import { type Piece, scalarCount } from '../folding/commit.ts';
import type { ChainCompute } from '../folding/compute.ts';
import type { StepSystem } from '../folding/step-system.ts';
import { type Chunks, chunksOf, joinLines, joinParts, type SweepBuffers, share } from '../folding/sweeps.ts';
import type { StepPlan } from '../layers/step-plan.ts';
import type { Share, TaskName, Tasks, ThreadData } from './messages.ts';
import { type Outcome, unwrap } from './outcome.ts';
import { RankedQueue, URGENT } from './queue.ts';

/** Below this many full scalars a multiplication is not worth splitting. */
const SPLIT_FROM = 1024;

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
  readonly #pool: Piscina;
  readonly #chunks: Chunks;
  /** Shares of a sweep: more than threads, because equal shares do not cost the same. */
  readonly #parts: number;
  #closed = false;
  /** Seconds of work by the thread's id. */
  readonly #busy = new Map<number, number>();
  #urgentTasks = 0;
  #aloneBefore = 0;
  #aloneSince = performance.now();

  constructor(system: StepSystem, step: StepPlan, buffers: SweepBuffers, workers: number) {
    this.workers = workers;
    this.#chunks = chunksOf(buffers);
    this.#parts = workers === 1 ? 1 : 2 * workers;
    const workerData: ThreadData = {
      matrix: system.matrix.matrix,
      key: sharedPoints(system.key, system.layout.keyLength),
      tables: new SharedArrayBuffer(SHARED_TABLE_BYTES),
      layout: system.layout,
      step,
      buffers,
      chunkLog: this.#chunks.chunkLog,
    };
    const built = import.meta.url.endsWith('.js');
    this.#pool = new Piscina({
      filename: fileURLToPath(new URL(`../../workers/${built ? 'tasks.js' : 'source.mjs'}`, import.meta.url)),
      minThreads: workers,
      maxThreads: workers,
      taskQueue: new RankedQueue(),
      workerData,
    });
    // the rejection of the task that it killed tells the run; this only keeps the event from being fatal
    this.#pool.on('error', () => {});
  }

  /** Runs a task that the fold does not wait for yet. */
  ahead<N extends TaskName>(name: N, input: Tasks[N]['in']): Promise<Tasks[N]['out']> {
    return this.#run(name, input);
  }

  async #run<N extends TaskName>(name: N, input: Tasks[N]['in'] & object): Promise<Tasks[N]['out']> {
    let result: Outcome<Tasks[N]['out']>;
    try {
      result = await this.#pool.run(input, { name });
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

  async #urgent<N extends TaskName>(name: N, input: Tasks[N]['in']): Promise<Tasks[N]['out']> {
    if (this.#urgentTasks++ === 0) this.#aloneBefore = this.#alone();
    try {
      return await this.#run(name, { ...input, ...URGENT });
    } finally {
      if (--this.#urgentTasks === 0) this.#aloneSince = performance.now();
    }
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

  /** Every part of a sweep over all vectors. */
  async #shares<N extends TaskName>(name: N, input: (share: Share) => Tasks[N]['in']): Promise<void> {
    const parts = this.#parts;
    await Promise.all(Array.from({ length: parts }, (_, part) => this.#urgent(name, input({ part, parts }))));
  }

  /** A sweep over the live chunks, its results in their order. */
  async #liveChunks<T>(run: (chunks: readonly number[]) => Promise<T[]>): Promise<T[]> {
    const { live } = this.#chunks;
    const parts = Math.min(this.#parts, live.length);
    const shares = Array.from({ length: parts }, (_, part) => live.slice(...share(live.length, part, parts)));
    return (await Promise.all(shares.map(run))).flat();
  }

  /** The sequential part's heavy work, split over the threads. */
  readonly compute: ChainCompute = {
    terms: () => this.#shares('terms', (own) => own),
    line: async (rho, delta) => {
      const lines = await this.#liveChunks((chunks) => this.#urgent('line', { rho, delta, chunks }));
      return joinLines(this.#chunks, lines, rho, delta);
    },
    cross: async (point) => {
      const parts = await this.#liveChunks((chunks) => this.#urgent('cross', { point, chunks }));
      return joinParts(this.#chunks, parts, point);
    },
    update: (k) => this.#shares('update', (own) => ({ ...own, k })),
    forms: () => this.#shares('forms', (own) => own),
    commit: async (pieces) => {
      const parts = splitPieces(pieces, this.workers).map((part) => this.#urgent('commit', { pieces: part }));
      return (await Promise.all(parts)).reduce<Affine | null>((sum, point) => add(G1_PARAMS, sum, point), null);
    },
  };

  /** Ends the threads at once; tasks under way are dropped. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.destroy();
  }
}

/** Cuts long pieces into equal ranges, one per worker; short ones go to the first. */
function splitPieces(pieces: readonly Piece[], workers: number): Piece[][] {
  const parts: Piece[][] = Array.from({ length: workers }, () => []);
  for (const { at, scalars } of pieces) {
    const n = scalarCount(scalars);
    const cuts = n < SPLIT_FROM ? 1 : workers;
    for (let k = 0; k < cuts; k++) {
      const [from, to] = [Math.floor((n * k) / cuts), Math.floor((n * (k + 1)) / cuts)];
      parts[k]!.push({ at: at + from, scalars: scalarRange(scalars, from, to) });
    }
  }
  return parts.filter((part) => part.length > 0);
}

function scalarRange(scalars: Scalars, from: number, to: number): Scalars {
  if (scalars.kind === 'bits') return { kind: 'bits', bits: scalars.bits.slice(from, to) };
  if (scalars.kind === 'small') return { kind: 'small', values: scalars.values.slice(from, to) };
  return { kind: 'full', values: scalars.values.slice(from * 32, to * 32) };
}

/** The first n points in shared memory. */
function sharedPoints(points: Points, n: number): Points {
  const length = n * POINT_BYTES;
  if (points.buffer instanceof SharedArrayBuffer) return points.subarray(0, length);
  const shared = new Uint8Array(new SharedArrayBuffer(length));
  shared.set(points.subarray(0, length));
  return shared;
}
