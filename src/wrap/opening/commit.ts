/**
 * Commitments of the wrap, [p(tau)]_1: to Aux, to s and to the two quotients. Each is a multi-scalar multiplication over as many
 * points as the longest polynomial has coefficients; threads share one by ranges.
 */
import { type Engine, FIELD_BYTES, type Points, type Vec } from '../../algebra/engine.ts';
import type { Affine } from '../../algebra/params.ts';
import { invariant } from '../../errors.ts';
import { keyRange } from '../../folding/commit.ts';
import { Threads } from '../../pool/threads.ts';
import { slice } from '../spartan/blocks.ts';
import type { CommitTasks, CommitThreadData } from './commit-tasks.ts';

/** Commits to the polynomial with these coefficients. */
export type Commit = (p: Vec) => Promise<Affine>;

/** In this thread. */
export function commitHere(engine: Engine, key: Points): Commit {
  return async (p) => finite(engine.g1.msm(keyRange(key, 0, p.length / FIELD_BYTES), { kind: 'full', values: p }));
}

/** By threads, which `close` ends. @throws E_WORKER, E_ABORTED */
export function commitInThreads(
  engine: Engine,
  key: Points,
  { workers, signal }: { readonly workers: number; readonly signal?: AbortSignal | undefined },
): { readonly commit: Commit; readonly close: () => Promise<void> } {
  const data: CommitThreadData = { image: engine.image, key: inSharedMemory(key) };
  const threads = new Threads<CommitTasks>('commit', 'the opening', { workers, signal, data });
  return {
    commit: async (p) => {
      const length = p.length / FIELD_BYTES;
      const size = Math.ceil(length / workers);
      const parts = Array.from({ length: Math.ceil(length / size) }, (_, k) =>
        threads.run('sum', { from: k * size, values: slice(p, k * size, (k + 1) * size).slice() }),
      );
      return finite(engine.g1.sum(await Promise.all(parts)));
    },
    close: () => threads.close(),
  };
}

function inSharedMemory(key: Points): Points {
  if (key.buffer instanceof SharedArrayBuffer) return key;
  const shared = new Uint8Array(new SharedArrayBuffer(key.length));
  shared.set(key);
  return shared;
}

/** Infinity would mean p(tau) = 0, which blinding makes as unlikely as guessing tau. */
function finite(point: Affine | null): Affine {
  invariant(point, 'a commitment of the wrap is infinity');
  return point;
}
