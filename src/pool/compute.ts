/** The sequential part's heavy work, shared out over the threads of a pool. */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import { type ScalarRange, scalarCount } from '../folding/commit.ts';
import type { ChainCompute } from '../folding/compute.ts';
import { type Chunks, errorChunks, joinLines, type Share, share } from '../folding/row-chunks.ts';
import { joinCross } from '../folding/sweeps.ts';
import type { FoldTasks } from './fold-tasks.ts';
import type { TaskInput, Threads } from './threads.ts';

/** Fewer full scalars are not worth splitting. */
const SPLIT_FROM = 1024;
/** Of longer ranges no multiples are stored, since their table would not fit the cache. */
const LONGEST = 8192;
/** A part may be larger than the mean by this factor before sums are cut anew. */
const KEEP_BELOW = 1.1;

/** @param chunks how the sweeps' rows are cut */
export function chainCompute(
  { g1 }: Engine,
  pool: Pick<Threads<FoldTasks>, 'workers' | 'background' | 'run' | 'waitFor'>,
  chunks: Chunks,
): ChainCompute {
  const { workers, background } = pool;
  /** How urgent sums are cut, and those of background work. */
  const cuts = { now: new EvenCuts(workers), soon: new EvenCuts(background) };
  const every = (parts: number): Share[] => Array.from({ length: parts }, (_, part) => ({ part, parts }));
  /** A sweep that is short, or reads whole vectors in each share: as many shares as threads may do it. */
  const shared = async <N extends keyof FoldTasks>(
    name: N,
    rank: 'now' | 'soon',
    input: (own: Share) => TaskInput<FoldTasks, N>,
  ): Promise<void> => {
    const shares = every(rank === 'now' ? workers : background);
    await Promise.all(shares.map((own) => pool.run(name, input(own), rank)));
  };
  return {
    terms: () => shared('terms', 'now', (own) => own),
    forms: () => shared('forms', 'soon', (own) => own),
    update: async (k) => {
      await shared('update', 'now', (own) => ({ ...own, k }));
      await shared('boxes', 'now', (own) => own);
    },
    line: async (rho, delta) => {
      const all = errorChunks(chunks);
      // more shares than threads, because one of them may be busy with work ahead
      const shares = every(Math.min(workers === 1 ? 1 : 2 * workers, all.length));
      const lines = shares.map((own) =>
        pool.run('line', { rho, delta, chunks: all.slice(...share(all.length, own)) }, 'now'),
      );
      return joinLines(chunks, (await Promise.all(lines)).flat(), rho, delta);
    },
    cross: async (point, u, A) => {
      const { quadratic } = chunks.live;
      const parts = every(workers).map((own) =>
        pool.run('cross', { ...own, point, chunks: quadratic.slice(...share(quadratic.length, own)) }, 'now'),
      );
      return joinCross(u, A, await Promise.all(parts));
    },
    waitFor: (work) => pool.waitFor(work),
    writeLayers: (blocks) => pool.run('writeLayers', { blocks }, 'now'),
    writePrologue: (layers, advice) => pool.run('writePrologue', { layers, advice }, 'soon'),
    writeFold: (layers, prologue, messages) => pool.run('writeFold', { layers, prologue, messages }, 'now'),
    commit: async (ranges, wanted) => {
      const tasks = splitRanges(ranges, cuts[wanted]).map((part) => pool.run('commit', { ranges: part }, wanted));
      return g1.sum(await Promise.all(tasks));
    },
    cycleFold: {
      commit: (w) => pool.run('commitCycleFold', { w }, 'now'),
      cross: (running, fresh) => pool.run('crossCycleFold', { running, fresh }, 'now'),
    },
  };
}

/** Commits to ranges in the background, a task each, so that none keeps a thread for long. `turn`: number of the step. */
export async function commitInBackground(
  { g1 }: Engine,
  pool: Pick<Threads<FoldTasks>, 'run'>,
  ranges: readonly ScalarRange[],
  turn: number,
): Promise<Affine | null> {
  return g1.sum(await Promise.all(ranges.map((range) => pool.run('commit', { ranges: [range] }, 'later', turn))));
}

/** Cuts long ranges into shorter ones, a task each; short ones are one task together. */
function splitRanges(ranges: readonly ScalarRange[], cuts: EvenCuts): ScalarRange[][] {
  const whole: ScalarRange[] = [];
  const parts: ScalarRange[][] = [];
  for (const range of ranges) {
    const { at, scalars } = range;
    if (scalars.kind !== 'full' || scalarCount(scalars) < SPLIT_FROM) {
      whole.push(range);
      continue;
    }
    const bounds = cuts.of(at, scalars.values);
    bounds.slice(1).forEach((to, part) => {
      const from = bounds[part]!;
      const values = viewOf(scalars.values, from * FIELD_BYTES, to * FIELD_BYTES);
      if (from < to) parts.push([{ at: at + from, scalars: { kind: 'full', values } }]);
    });
  }
  return whole.length > 0 ? [...parts, whole] : parts;
}

/**
 * Where long sums are cut, so that every part has about as many scalars other than zero, which alone cost something. A cut
 * that still serves is kept: multiples of the key's points are stored by range, so the same ranges should come again.
 */
export class EvenCuts {
  readonly #least: number;
  readonly #last = new Map<number, number[]>();

  /** @param least parts at least; more where one would be too long */
  constructor(least: number) {
    this.#least = least;
  }

  /** Bounds of the parts of a vector; `at` says where in the key it belongs. */
  of(at: number, values: Vec): readonly number[] {
    const before = nonZerosBefore(values);
    const n = before.length - 1;
    const all = before[n]!;
    const parts = Math.max(this.#least, Math.ceil(n / LONGEST));
    const last = this.#last.get(at);
    if (last && last[last.length - 1] === n) {
      const largest = Math.max(...last.slice(1).map((to, part) => before[to]! - before[last[part]!]!));
      if (largest * parts <= all * KEEP_BELOW) return last;
    }
    const cuts = Array.from({ length: parts + 1 }, (_, part) =>
      part === parts ? n : before.findIndex((count) => count >= (all * part) / parts),
    );
    this.#last.set(at, cuts);
    return cuts;
  }
}

/** Entry k: how many of the first k elements are not zero. */
function nonZerosBefore(values: Vec): Uint32Array {
  const before = new Uint32Array(values.length / FIELD_BYTES + 1);
  for (let k = 1; k < before.length; k++) before[k] = before[k - 1]! + (isZero(values, k - 1) ? 0 : 1);
  return before;
}

function isZero(values: Vec, k: number): boolean {
  for (let at = k * FIELD_BYTES; at < (k + 1) * FIELD_BYTES; at++) if (values[at] !== 0) return false;
  return true;
}

/** A view of shared memory, which threads get as it is; of other memory a copy: of a view they would get all of it. */
function viewOf(values: Vec, from: number, to: number): Vec {
  return values.buffer instanceof SharedArrayBuffer ? values.subarray(from, to) : values.slice(from, to);
}
