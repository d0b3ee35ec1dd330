/**
 * Which waiting task a free thread takes: urgent work goes before what is needed soon, and that before the rest.
 * Background work, all that is not urgent, can be kept from holding all threads, so that the next urgent task starts at once.
 */

/** `now`: urgent, somebody waits; `soon`: needed before this step of the work ends; `later`: for a later one. */
const RANKS = ['now', 'soon', 'later'] as const;
export type Rank = (typeof RANKS)[number];

interface Waiting {
  readonly turn: number;
  start(): Promise<void>;
  drop(reason: Error): void;
}

export class RankedQueue {
  readonly #waiting: Record<Rank, Waiting[]> = { now: [], soon: [], later: [] };
  readonly #threads: number;
  readonly #most: number;
  #busy = 0;
  #waits = 0;
  #background = 0;

  /** @param most how many threads may do background work */
  constructor(threads: number, most = threads) {
    this.#threads = threads;
    this.#most = most;
  }

  /** Runs `task` when a thread is free for it; tasks of one rank by their turns, those of one turn in order of arrival. */
  run<T>(rank: Rank, task: () => Promise<T>, turn = 0): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting = this.#waiting[rank];
      const before = waiting.findLastIndex((other) => other.turn <= turn);
      waiting.splice(before + 1, 0, { turn, start: () => task().then(resolve, reject), drop: reject });
      this.#fill();
    });
  }

  /** Awaits work of any rank that nothing goes on without: until then no thread is kept free. */
  async waitFor<T>(work: Promise<T>): Promise<T> {
    this.#waits += 1;
    this.#fill();
    try {
      return await work;
    } finally {
      this.#waits -= 1;
    }
  }

  /** Fails all tasks that have not begun. */
  drop(reason: Error): void {
    for (const waiting of Object.values(this.#waiting)) for (const task of waiting.splice(0)) task.drop(reason);
  }

  #fill(): void {
    const most = this.#waits > 0 ? this.#threads : this.#most;
    for (const rank of RANKS) {
      const waiting = this.#waiting[rank];
      while (waiting.length > 0 && this.#busy < this.#threads && (rank === 'now' || this.#background < most)) {
        void this.#start(waiting.shift()!, rank === 'now' ? 0 : 1);
      }
    }
  }

  async #start(task: Waiting, background: 0 | 1): Promise<void> {
    this.#busy += 1;
    this.#background += background;
    await task.start();
    this.#busy -= 1;
    this.#background -= background;
    this.#fill();
  }
}
