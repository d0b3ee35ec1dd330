/**
 * The lines of a stream, kept for those who come late, fall behind or come again: one bounded history for all readers.
 *
 * A reader has no queue of its own, only its place in the history, so that no number of slow readers costs memory and none of
 * them ever makes the run wait. What a reader was too slow for is told by a line of type `gap`. Lines that the next of
 * their kind makes worthless (steps, progress) leave a full history before all others.
 */
import { randomBytes } from 'node:crypto';
import { jsonLine, type LineBody } from '../../show/ndjson.ts';

/** Lines that are kept: below two megabytes, a checkpoint's line having some 800 bytes. */
const KEPT = 2048;
const PASSING: ReadonlySet<string> = new Set(['step', 'progress']);

export interface Entry {
  /** 1, 2, 3, ... */
  readonly number: number;
  /** What a reader gives back as Last-Event-ID: the sitting and the number. */
  readonly id: string;
  readonly type: string;
  /** The line of JSON, without its newline. */
  readonly text: string;
}

export class Feed {
  /** Tells this sitting's ids from those of another process. */
  readonly #sitting = randomBytes(4).toString('hex');
  readonly #keep: number;
  readonly #readers = new Set<() => void>();
  #entries: Entry[] = [];
  #newest = 0;
  #ended = false;

  /** @param keep lines of history */
  constructor(keep: number = KEPT) {
    this.#keep = keep;
  }

  add(body: LineBody): void {
    const number = ++this.#newest;
    const id = `${this.#sitting}-${number}`;
    this.#entries.push({ number, id, type: body.type, text: jsonLine({ id, ...body }) });
    if (this.#entries.length > this.#keep) {
      const passing = this.#entries.findIndex(({ type }) => PASSING.has(type));
      this.#entries.splice(Math.max(0, passing), 1);
    }
    this.#wake();
  }

  /** No line will come any more. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The first line after a number that is still kept. */
  after(number: number): Entry | undefined {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]!.number > number) high = middle;
      else low = middle + 1;
    }
    return this.#entries[low];
  }

  /** Where a reader that had the line `id` goes on; an id of another sitting, or none, is before the first line. */
  placeOf(id: string | undefined): number {
    const [, sitting, digits] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(id ?? '') ?? [];
    return sitting === this.#sitting ? Math.min(Number(digits), this.#newest) : 0;
  }

  /** Calls `wake` whenever there is something new; returns what ends that. */
  onNews(wake: () => void): () => void {
    this.#readers.add(wake);
    return () => this.#readers.delete(wake);
  }

  #wake(): void {
    for (const wake of this.#readers) wake();
  }
}
