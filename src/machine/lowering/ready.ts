/**
 * What could be done in the next group: rows of sums by the weights that they share, rows without weights, look-ups.
 */
import { indexPosition, type MachineShape } from '../shape.ts';
import type { Group } from './group.ts';
import { ZERO_VECTOR } from './jobs.ts';
import { chunkSize, type Task } from './parts.ts';
import type { WeightClass } from './weights.ts';

/** Ready rows of one chunk of a class of weights. */
export interface Bucket {
  readonly weights: WeightClass;
  readonly chunk: number;
  readonly size: number;
  readonly tasks: number[];
  /** Rows of this chunk that have not been placed, ready or not. */
  left: number;
}

/** Taken entries that a queue keeps before it lets go of them. */
const SPENT = 1024;

/** First in, first out among equals of importance. */
class Queue {
  readonly #tasks: { readonly task: number; readonly level: number }[] = [];
  #next = 0;

  get length(): number {
    return this.#tasks.length - this.#next;
  }

  /** Kept in order of falling level. */
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

  get level(): number {
    return this.#tasks[this.#next]?.level ?? 0;
  }
}

/** Rows of the dense unit: a task, its parts done there, and the bank rows that read them. */
export interface DenseChoice {
  readonly task: number;
  readonly parts: number;
  readonly bankRows: readonly number[];
}

/** Buckets for which a partner in the dense unit is looked for. */
const TRIES = 8;

/** A class of at most so many vectors does better in the dense unit. */
const FEW = 4;

export class ReadyQueues {
  readonly #buckets = new Map<WeightClass, Bucket[]>();
  /** Buckets that have ready rows. */
  readonly #open = new Set<Bucket>();
  readonly #lanes = new Queue();
  readonly #products = new Queue();
  readonly #lookups = new Queue();
  #hasReserved = false;

  constructor(
    private readonly tasks: readonly Task[],
    private readonly levelOf: (task: number) => number,
    private readonly rowVectors: number,
  ) {
    for (const { job, parts } of tasks) {
      const { weights } = job;
      if (weights) for (const { chunk } of parts) this.#bucket(weights, chunk).left++;
    }
  }

  #bucket(weights: WeightClass, chunk: number): Bucket {
    let chunks = this.#buckets.get(weights);
    if (chunks === undefined) {
      chunks = [];
      this.#buckets.set(weights, chunks);
    }
    chunks[chunk] ??= { weights, chunk, size: chunkSize(weights, chunk, this.rowVectors), tasks: [], left: 0 };
    return chunks[chunk];
  }

  add(task: number, part: number): void {
    const { job, parts } = this.tasks[task]!;
    const { chunk, vectors } = parts[part]!;
    if (job.weights === undefined || vectors.length === 0) {
      const queue = job.left === ZERO_VECTOR ? this.#lanes : this.#products;
      queue.add(task, this.levelOf(task));
      return;
    }
    const bucket = this.#bucket(job.weights, chunk);
    bucket.tasks.push(task);
    this.#open.add(bucket);
  }

  addLookup(lookup: number, level: number): void {
    this.#lookups.add(lookup, level);
  }

  /** Positions of the bank to keep free of weights in the next group, because products or look-ups wait. */
  reservations(shape: MachineShape): readonly number[] {
    const { rows, lookups } = shape;
    const last = indexPosition(shape) + lookups - 1;
    const fullest = Math.max(0, ...Array.from(this.#open, ({ tasks }) => tasks.length));
    const isIdle = fullest < rows / 2;
    // not twice in a row where the shared unit has work
    const may = isIdle || !this.#hasReserved;
    const positions: number[] = [];
    if (this.#products.length >= rows || (this.#products.length > 0 && may && this.#products.level >= this.#level()))
      if (may) positions.push(0);
    if (this.#products.length > 0 && isIdle && positions.length === 0) positions.push(0);
    if (this.#lookups.length >= lookups ? may : this.#lookups.length > 0 && isIdle)
      for (let v = 0; v < Math.min(lookups, this.#lookups.length); v++) positions.push(last - v);
    this.#hasReserved = positions.length > 0;
    return positions;
  }

  #level(): number {
    let most = 0;
    for (const { tasks } of this.#open) most = Math.max(most, this.levelOf(tasks[0]!));
    return most;
  }

  /** The bucket that the group should take next; undefined if none fits. */
  best(group: Group, takesComputed: boolean, groupsLeft: number): Bucket | undefined {
    let best: Bucket | undefined;
    let most = -1;
    for (const bucket of this.#open) {
      const { weights, size, tasks } = bucket;
      if (size > group.freePositions || (weights.isComputed && !takesComputed)) continue;
      const level = this.levelOf(tasks[0]!);
      const rows = Math.min(tasks.length, group.freeRows);
      const short = bucket.left <= FEW ? this.rowVectors - size : 0;
      const score = level >= groupsLeft ? 1e12 + level : rows * 1e6 + short * 1e4 - level;
      if (score > most) [best, most] = [bucket, score];
    }
    return best;
  }

  take(bucket: Bucket): number | undefined {
    const task = bucket.tasks.shift();
    if (task !== undefined) bucket.left--;
    if (bucket.tasks.length === 0) this.#open.delete(bucket);
    return task;
  }

  /** @param takesProducts whether rows with a lane product can be had */
  takeLane(takesProducts: boolean): number | undefined {
    if (
      takesProducts &&
      this.#products.length > 0 &&
      (this.#lanes.length === 0 || this.#products.level >= this.#lanes.level)
    )
      return this.#products.take();
    return this.#lanes.take();
  }

  takeLookup(): number | undefined {
    return this.#lookups.take();
  }

  /** Rows that nobody shares weights with any more. @param partOf how many parts of a task are done */
  takeDense(vectors: number, bankRows: number, partOf: (task: number) => number): readonly DenseChoice[] {
    const single: Bucket[] = [];
    for (const bucket of this.#open)
      if (!bucket.weights.isComputed && bucket.left <= FEW && bucket.tasks.length > 0) single.push(bucket);
    // long sums first: the rest of one is left to the shared unit, which has room for several short ones
    const blocksOf = ({ tasks: [task] }: Bucket): number =>
      this.tasks[task!]!.parts.slice(partOf(task!), partOf(task!) + bankRows).reduce((n, p) => n + p.vectors.length, 0);
    const order = single.map((bucket) => ({ bucket, blocks: blocksOf(bucket), level: this.levelOf(bucket.tasks[0]!) }));
    order.sort((a, b) => b.blocks - a.blocks || b.level - a.level);
    single.splice(0, single.length, ...order.map(({ bucket }) => bucket));
    if (single.length === 0) return [];
    const { alike, length } = this.#mostAlike(single, vectors, bankRows, partOf);
    if (alike.length > 1 || length === bankRows || single.length === 1 || bankRows < 2) {
      const rows = Array.from({ length }, (_, n) => n);
      return alike.map((bucket) => this.#dense(bucket, length, rows, partOf));
    }
    return single.slice(0, Math.min(vectors, bankRows)).map((bucket, row) => this.#dense(bucket, 1, [row], partOf));
  }

  /** Of the first few buckets one whose parts others read too, with those others; the first alone if there is none. */
  #mostAlike(
    single: readonly Bucket[],
    vectors: number,
    bankRows: number,
    partOf: (task: number) => number,
  ): { readonly alike: readonly Bucket[]; readonly length: number } {
    const lengthOf = (task: number): number => Math.min(bankRows, this.tasks[task]!.parts.length - partOf(task));
    for (const first of single.slice(0, TRIES)) {
      const task = first.tasks[0]!;
      const length = lengthOf(task);
      const alike = [first];
      for (const other of single) {
        if (alike.length === vectors) break;
        if (other !== first && this.#readAlike(task, other.tasks[0]!, partOf, length)) alike.push(other);
      }
      if (alike.length > 1) return { alike, length };
    }
    return { alike: single.slice(0, 1), length: lengthOf(single[0]!.tasks[0]!) };
  }

  #readAlike(a: number, b: number, partOf: (task: number) => number, length: number): boolean {
    const [left, right] = [this.tasks[a]!.parts, this.tasks[b]!.parts];
    for (let n = 0; n < length; n++) {
      const [x, y] = [left[partOf(a) + n]!.vectors, right[partOf(b) + n]?.vectors];
      if (y?.length !== x.length || !x.every((v, i) => v === y[i])) return false;
    }
    return true;
  }

  /** Takes the first task of a bucket; its further parts leave theirs without having been there. */
  #dense(bucket: Bucket, parts: number, bankRows: readonly number[], partOf: (task: number) => number): DenseChoice {
    const task = this.take(bucket)!;
    for (let n = 1; n < parts; n++)
      this.#bucket(bucket.weights, this.tasks[task]!.parts[partOf(task) + n]!.chunk).left--;
    return { task, parts, bankRows };
  }
}
