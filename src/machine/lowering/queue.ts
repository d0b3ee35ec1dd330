/** Tasks by importance: first in, first out among equals. */

/** Taken entries that a queue keeps before it lets go of them. */
const SPENT = 1024;

export class Queue {
  readonly #tasks: { readonly task: number; readonly level: number }[] = [];
  #next = 0;

  get length(): number {
    return this.#tasks.length - this.#next;
  }

  /** Kept in order of rising level: what is nearest to the end of its path goes first, so that vectors that others wait for are done. */
  add(task: number, level: number): void {
    let at = this.#tasks.length;
    this.#tasks.push({ task, level });
    while (at > this.#next && this.#tasks[at - 1]!.level > level) {
      this.#tasks[at] = this.#tasks[at - 1]!;
      at--;
    }
    this.#tasks[at] = { task, level };
  }

  take(): number | undefined {
    if (this.length === 0) return undefined;
    const { task } = this.#tasks[this.#next++]!;
    if (this.#next > SPENT) {
      this.#tasks.splice(0, this.#next);
      this.#next = 0;
    }
    return task;
  }

  /** Of the first one. */
  get level(): number {
    return this.#tasks[this.#next]?.level ?? 0;
  }
}
