/** Piscina's queue with two ranks: what the fold waits for goes before what is made ahead of it. */
import { Piscina } from 'piscina';

type Queue = NonNullable<NonNullable<ConstructorParameters<typeof Piscina>[0]>['taskQueue']>;
type Task = NonNullable<ReturnType<Queue['shift']>>;

/** Message option that marks a task as urgent. */
export const URGENT = { [Piscina.queueOptionsSymbol]: { urgent: true } } as const;

export class RankedQueue implements Queue {
  readonly #urgent: Task[] = [];
  readonly #ahead: Task[] = [];

  get size(): number {
    return this.#urgent.length + this.#ahead.length;
  }
  shift(): Task | null {
    return this.#urgent.shift() ?? this.#ahead.shift() ?? null;
  }
  push(task: Task): void {
    const options = (task as unknown as Record<symbol, { readonly urgent?: boolean } | null>)[
      Piscina.queueOptionsSymbol
    ];
    const urgent = options?.urgent === true;
    (urgent ? this.#urgent : this.#ahead).push(task);
  }
  remove(task: Task): void {
    for (const queue of [this.#urgent, this.#ahead]) {
      const at = queue.indexOf(task);
      if (at >= 0) queue.splice(at, 1);
    }
  }
}
