/**
 * The heavy work of a wrap before Groth16, shared by threads: commitments by ranges of points, s by ranges of coefficients, the
 * rounds of the sum-checks of the chain and of the rows by ranges of pairs. The transcript and what is short stay in the main thread.
 */
import { type Engine, FIELD_BYTES, type Points, type Vec } from '../algebra/engine.ts';
import { Threads } from '../pool/threads.ts';
import type { ChainWork } from './auxiliary/chain-prove.ts';
import { type Commit, finite } from './opening/commit.ts';
import type { Correlate } from './opening/prove.ts';
import { addShares } from './opening/tensor.ts';
import { slice } from './spartan/blocks.ts';
import type { RowWork } from './spartan/row-sum.ts';
import { type RoundWork, roundsHere } from './spartan/sumcheck.ts';
import type { Range } from './spartan/sumcheck-round.ts';
import type { Summed, WrapTasks, WrapThreadData } from './work-tasks.ts';

export interface WrapWork {
  readonly commit: Commit;
  readonly correlate: Correlate;
  readonly chain: ChainWork;
  readonly rows: RowWork;
}

export interface WorkOptions {
  readonly workers: number;
  readonly signal?: AbortSignal | undefined;
  /** Pairs of a round below which messages to threads would cost more than they save. */
  readonly shortRound?: number;
}

/** By threads, which `close` ends. @throws E_WORKER, E_ABORTED */
export function workInThreads(
  engine: Engine,
  key: Points,
  { workers, signal, shortRound = 1 << 11 }: WorkOptions,
): WrapWork & { readonly close: () => Promise<void> } {
  const data: WrapThreadData = {
    image: engine.image,
    key: key.buffer instanceof SharedArrayBuffer ? key : inSharedMemory(key),
  };
  const threads = new Threads<WrapTasks>('wrap', 'the wrap', { workers, signal, data });
  /** Runs a task on every share of n elements. */
  const shared = <T>(n: number, task: (range: Range) => Promise<T>): Promise<T[]> => {
    const size = Math.ceil(n / workers);
    return Promise.all(
      Array.from({ length: Math.ceil(n / size) }, (_, k) => task([k * size, Math.min(n, (k + 1) * size)])),
    );
  };
  const rounds = (summed: Summed): RoundWork => {
    const here = roundsHere(engine);
    return {
      copy: inSharedMemory,
      round: async (summands, state) => {
        if (state.half < shortRound) return here.round(summands, state);
        const parts = await shared(state.half, (range) => threads.run('round', { summed, state, range }));
        return summands.map((_, k) =>
          parts.map((part) => part[k]!).reduce((sum, part) => sum.map((value, x) => value + part[x]!)),
        );
      },
    };
  };
  return {
    commit: async (p) => {
      const sums = await shared(p.length / FIELD_BYTES, ([from, to]) =>
        threads.run('sum', { from, values: slice(p, from, to).slice() }),
      );
      return finite(engine.g1.sum(sums));
    },
    correlate: async (p, point) => {
      const shares = await shared(p.length / FIELD_BYTES, ([at, to]) =>
        threads.run('correlate', { part: slice(p, at, to).slice(), point, at }),
      );
      return addShares(engine, shares);
    },
    chain: (layout, powers) => rounds({ of: 'chain', layout, powers }),
    rows: (rows) => rounds({ of: 'rows', rows }),
    close: () => threads.close(),
  };
}

/** A copy in shared memory. */
function inSharedMemory(v: Vec): Vec {
  const shared = new Uint8Array(new SharedArrayBuffer(v.length));
  shared.set(v);
  return shared;
}
