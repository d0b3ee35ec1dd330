/**
 * The worker pool of one chain: layer witnesses and commitments of coming steps run ahead of the fold, and the fold's
 * own multi-scalar multiplications and sweeps are split over the threads. The key, the system and all sweep vectors
 * are shared memory. Sweeps change vectors in place, so that after a failed task nothing can be taken up again.
 */
import { type Engine, POINT_BYTES, type Points, SHARED_TABLE_BYTES } from '../algebra/engine.ts';
import type { ChainCompute } from '../folding/compute.ts';
import { type ChainBuffers, frameOf } from '../folding/fresh-witness.ts';
import { chunksOf } from '../folding/row-chunks.ts';
import type { StepSystem } from '../folding/step-system.ts';
import type { StepSpec } from '../machine/spec.ts';
import { chainCompute } from './compute.ts';
import type { FoldData, FoldTasks } from './fold-tasks.ts';
import type { Rank } from './queue.ts';
import { type TaskInput, type TaskResult, Threads } from './threads.ts';

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

export class FoldPool extends Threads<FoldTasks> {
  /** The sequential part's heavy work, split over the threads. */
  readonly compute: ChainCompute;
  #urgentTasks = 0;
  #aloneBefore = 0;
  #aloneSince = performance.now();

  constructor(engine: Engine, system: StepSystem, step: StepSpec, buffers: ChainBuffers, workers: number) {
    const chunks = chunksOf(buffers);
    for (const t of system.widths) engine.poseidon.prepare(t);
    const data: FoldData = {
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
    // one thread is left for what the fold asks next; while that has nothing to do the main thread has its core
    super('fold', 'the fold', { workers, background: Math.max(1, workers - 1), data });
    this.compute = chainCompute(engine, this, chunks);
  }

  override async run<N extends keyof FoldTasks>(
    name: N,
    input: TaskInput<FoldTasks, N>,
    rank: Rank = 'now',
    turn = 0,
  ): Promise<Awaited<TaskResult<FoldTasks, N>>> {
    const urgent = rank === 'now' ? 1 : 0;
    if (urgent && this.#urgentTasks === 0) this.#aloneBefore = this.#alone();
    this.#urgentTasks += urgent;
    try {
      return await super.run(name, input, rank, turn);
    } finally {
      this.#urgentTasks -= urgent;
      if (urgent && this.#urgentTasks === 0) this.#aloneSince = performance.now();
    }
  }

  /** Seconds so far without an urgent task; current only while there is none. */
  #alone(): number {
    return this.#aloneBefore + (performance.now() - this.#aloneSince) / 1000;
  }

  /** Starts a span of time; the function it returns says what the threads did since. */
  span(): () => PoolUse {
    const alone = (): number => (this.#urgentTasks > 0 ? this.#aloneBefore : this.#alone());
    const [start, worked, before] = [performance.now(), new Map(this.busy), alone()];
    return () => {
      const each = [...this.busy].map(([thread, seconds]) => seconds - (worked.get(thread) ?? 0));
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
}

/** The first n points in shared memory. */
function sharedPoints(points: Points, n: number): Points {
  const length = n * POINT_BYTES;
  if (points.buffer instanceof SharedArrayBuffer) return points.subarray(0, length);
  const shared = new Uint8Array(new SharedArrayBuffer(length));
  shared.set(points.subarray(0, length));
  return shared;
}
