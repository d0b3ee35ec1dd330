/** What the threads that make the transparent commitment key can do. */
import { createEngine } from '../algebra/index.ts';
import { transparentPoints } from './transparent-key.ts';

export type CommitmentKeyTasks = Awaited<ReturnType<typeof commitmentKeyTasks>>;

export async function commitmentKeyTasks() {
  const engine = await createEngine();
  return {
    /** Points [from, to) of the transparent key, canonical. */
    points: ({ from, to }: { readonly from: number; readonly to: number }): Uint8Array =>
      transparentPoints(engine, from, to),
  };
}
