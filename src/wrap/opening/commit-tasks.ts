/** What the threads of the wrap's commitments can do. */
import { type EngineImage, FIELD_BYTES, type Points, type Vec } from '../../algebra/engine.ts';
import { createEngine } from '../../algebra/index.ts';
import type { Affine } from '../../algebra/params.ts';
import { keyRange } from '../../folding/commit.ts';

export interface CommitThreadData {
  /** Of the main thread's engine. */
  readonly image?: EngineImage | undefined;
  /** In shared memory. */
  readonly key: Points;
}

export type CommitTasks = Awaited<ReturnType<typeof commitTasks>>;

export async function commitTasks({ image, key }: CommitThreadData) {
  const { g1 } = await createEngine(image);
  return {
    /** sum values[i] key[from + i]. */
    sum: ({ from, values }: { readonly from: number; readonly values: Vec }): Affine | null =>
      g1.msm(keyRange(key, from, values.length / FIELD_BYTES), { kind: 'full', values }),
  };
}
