/** Piscina's queue with ranks: what the fold waits for goes before what it will wait for soon, and that before the rest. */
import { Piscina } from 'piscina';

type Queue = NonNullable<NonNullable<ConstructorParameters<typeof Piscina>[0]>['taskQueue']>;
type Task = NonNullable<ReturnType<Queue['shift']>>;

/** `now`: somebody waits; `soon`: needed before this step of the work ends; `ahead`: for a later one. */
const RANKS = ['now', 'soon', 'ahead'] as const;
export type Rank = (typeof RANKS)[number];

/** Task with its rank, an option that does not reach the thread. */
export function ranked<T extends object>(task: T, rank: Rank): T {
  return { ...task, [Piscina.queueOptionsSymbol]: { rank } };
}

export class RankedQueue implements Queue {
  readonly #queues: Record<Rank, Task[]> = { now: [], soon: [], ahead: [] };

  get size(): number {
    return RANKS.reduce((n, rank) => n + this.#queues[rank].length, 0);
  }
  shift(): Task | null {
    for (const rank of RANKS) {
      const task = this.#queues[rank].shift();
      if (task) return task;
    }
    return null;
  }
  push(task: Task): void {
    const options = (task as unknown as Record<symbol, { readonly rank?: Rank } | null>)[Piscina.queueOptionsSymbol];
    this.#queues[options?.rank ?? 'ahead'].push(task);
  }
  remove(task: Task): void {
    for (const queue of Object.values(this.#queues)) {
      const at = queue.indexOf(task);
      if (at >= 0) queue.splice(at, 1);
    }
  }
}
