/**
 * Puts tasks into the groups of steps, one group after another: of what is ready, first what fills the shared unit best, or what
 * the longest path hangs on when that path is all that is left; then the dense unit, lanes and look-ups. Deterministic.
 */
import { invariant } from '../../errors.ts';
import { groupStart, type MachineShape, slotsPerStep } from '../shape.ts';
import { Group, type RowPlan } from './group.ts';
import { type JobList, type Lookup, NO_TABLE } from './jobs.ts';
import { fixedAddress, type MemoryPlan, planMemory, tableSteps } from './memory-plan.ts';
import { chunkSize, makeTasks, readsOf, type Task } from './parts.ts';
import { type Bucket, ReadyQueues } from './ready.ts';

export interface Schedule {
  readonly memory: MemoryPlan;
  /** Group after group of the steps. */
  readonly groups: readonly Group[];
  readonly addresses: Int32Array;
}

/** Waits for vectors: a task, or a look-up. */
interface Waiting {
  readonly reads: ReadonlySet<number>;
  readonly start: number;
  missing: number;
  /** Rows on the longest path that begins with it. */
  level: number;
}

export class Scheduler {
  readonly #memory: MemoryPlan;
  readonly #tasks: Task[];
  readonly #waiting: Waiting[];
  readonly #readers: number[][];
  readonly #addresses: Int32Array;
  readonly #done: Int32Array;
  /** By task: address of the sum so far. */
  readonly #sums: Int32Array;
  readonly #groups: Group[] = [];
  readonly #arrivals: number[][] = [];
  readonly #queues: ReadyQueues;
  #rowsLeft: number;
  #tasksLeft: number;

  constructor(
    private readonly list: JobList,
    private readonly shape: MachineShape,
  ) {
    this.#tasks = makeTasks(list, shape.rowVectors);
    this.#memory = planMemory(list, shape);
    this.#addresses = new Int32Array(list.origins.length).fill(-1);
    this.#done = new Int32Array(this.#tasks.length);
    this.#sums = new Int32Array(this.#tasks.length);
    this.#rowsLeft = this.#tasks.reduce((n, { parts }) => n + parts.length, 0);
    this.#tasksLeft = this.#tasks.length + list.lookups.length;
    this.#waiting = [
      ...this.#tasks.map(({ job }) => ({ reads: readsOf(job), start: 0, missing: 0, level: 0 })),
      ...list.lookups.map((lookup) => ({
        reads: new Set([lookup.index]),
        start: this.#tablesReady(lookup),
        missing: 0,
        level: 0,
      })),
    ];
    this.#readers = list.origins.map(() => []);
    this.#waiting.forEach(({ reads }, w) => {
      for (const v of reads) this.#readers[v]!.push(w);
    });
    this.#findLevels();
    this.#queues = new ReadyQueues(this.#tasks, (t) => this.#waiting[t]!.level - this.#done[t]!, shape.rowVectors);
    this.#release();
  }

  run(): Schedule {
    for (let t = 0; this.#tasksLeft > 0; t++) {
      for (const w of this.#arrivals[t] ?? []) this.#arrive(w);
      const group = new Group(this.shape);
      this.#groups.push(group);
      this.#fill(group, t);
      invariant(t <= MOST_GROUPS, 'a program that does not end');
    }
    return { memory: this.#memory, groups: this.#groups, addresses: this.#addresses };
  }

  #tablesReady({ tables }: Lookup): number {
    const last = (table: number): number =>
      table === NO_TABLE ? 0 : this.#memory.tables[table]!.step + tableSteps(this.list.tables[table]!) - 1;
    return tables.reduce((step, table) => Math.max(step, last(table)), 0) * this.shape.groups;
  }

  #resultsOf(w: number): readonly number[] {
    if (w < this.#tasks.length) return [this.#tasks[w]!.job.result];
    const { values, slopes } = this.list.lookups[w - this.#tasks.length]!;
    return [values, slopes];
  }

  #findLevels(): void {
    const order: number[] = [];
    const missing = this.#waiting.map(({ reads }) => {
      let n = 0;
      for (const v of reads) if (this.#isComputed(v)) n++;
      return n;
    });
    missing.forEach((n, w) => {
      if (n === 0) order.push(w);
    });
    for (let i = 0; i < order.length; i++)
      for (const v of this.#resultsOf(order[i]!))
        for (const w of this.#readers[v]!) if (--missing[w]! === 0) order.push(w);
    invariant(order.length === this.#waiting.length, 'jobs that wait for each other');
    for (const w of order.reverse()) {
      let after = 0;
      for (const v of this.#resultsOf(w))
        for (const r of this.#readers[v]!) after = Math.max(after, this.#waiting[r]!.level);
      this.#waiting[w]!.level = after + (this.#tasks[w]?.parts.length ?? 1);
    }
  }

  #isComputed(vector: number): boolean {
    const { from } = this.list.origins[vector]!;
    return from === 'job' || from === 'lookup';
  }

  /** Gives what is not computed its address, and lets those who wait for nothing else arrive in time. */
  #release(): void {
    const start = this.#waiting.map((waiting) => waiting.start);
    this.list.origins.forEach((_, v) => {
      const address = fixedAddress(this.list, this.#memory, this.shape, v);
      if (address === undefined) return;
      this.#addresses[v] = address;
      const ready = Math.floor(address / slotsPerStep(this.shape)) * this.shape.groups;
      for (const w of this.#readers[v]!) start[w] = Math.max(start[w]!, ready);
    });
    this.#waiting.forEach((waiting, w) => {
      for (const v of waiting.reads) if (this.#isComputed(v)) waiting.missing++;
      this.#starts[w] = start[w]!;
      if (waiting.missing === 0) this.#at(start[w]!, w);
    });
  }
  readonly #starts: number[] = [];

  #at(t: number, w: number): void {
    const others = this.#arrivals[t];
    if (others) others.push(w);
    else this.#arrivals[t] = [w];
  }

  #arrive(w: number): void {
    if (w < this.#tasks.length) this.#queues.add(w, this.#done[w]!);
    else this.#queues.addLookup(w - this.#tasks.length, this.#waiting[w]!.level);
  }

  #fill(group: Group, t: number): void {
    const isLastGroups = t % this.shape.groups >= this.shape.groups - this.shape.computed;
    const groupsLeft = this.#rowsLeft / this.shape.rows;
    group.reserve(this.#queues.reservations(this.shape));
    // where the shared unit cannot be filled, the dense unit chooses first: it adds twice as many blocks to a sum
    const first = this.#queues.best(group, isLastGroups, groupsLeft);
    const isFull = first !== undefined && (first.tasks.length >= this.shape.rows || first.weights.isComputed);
    if (!isFull) this.#placeDense(group, t);
    while (group.freeRows > 0) {
      const bucket = this.#queues.best(group, isLastGroups && group.denseBank.size === 0, groupsLeft);
      if (bucket === undefined) break;
      this.#placeShared(group, bucket, t);
    }
    if (group.isDenseFree) this.#placeDense(group, t);
    while (group.freeRows > 0) {
      const task = this.#queues.takeLane(group.takesProducts);
      if (task === undefined) break;
      this.#place(group, t, group.takeRow(), task, 1, undefined, undefined);
    }
    for (let v = group.freeLookup(); v !== undefined; v = group.freeLookup()) {
      const lookup = this.#queues.takeLookup();
      if (lookup === undefined) break;
      group.lookups.push({ lookup: this.list.lookups[lookup]!, v });
      const { values, slopes } = this.list.lookups[lookup]!;
      const at = this.#start(t) + this.shape.rows + 2 * v;
      this.#written(values, at, t);
      this.#written(slopes, at + 1, t);
      this.#tasksLeft--;
    }
  }

  #placeShared(group: Group, bucket: Bucket, t: number): void {
    const { weights, chunk } = bucket;
    const shared = group.openShared(weights, chunk, chunkSize(weights, chunk, this.shape.rowVectors));
    while (group.freeRows > 0) {
      const task = this.#queues.take(bucket);
      if (task === undefined) return;
      this.#place(group, t, group.takeRow(), task, 1, shared, undefined);
    }
  }

  /** Single rows: two of one part each, or two that read the same vectors, as many parts as the dense unit has rows. */
  #placeDense(group: Group, t: number): void {
    const { vectors, rows } = this.shape.dense;
    const chosen = this.#queues.takeDense(vectors, rows, (task) => this.#done[task]!);
    if (chosen.length === 0) return;
    group.claimDense();
    chosen.forEach(({ task, parts, bankRows }, row) => {
      const from = this.#done[task]!;
      bankRows.forEach((bankRow, n) => {
        group.denseBank.set(bankRow, this.#tasks[task]!.parts[from + n]!.vectors);
      });
      this.#place(group, t, row, task, parts, undefined, bankRows);
    });
  }

  #start(t: number): number {
    const { groups } = this.shape;
    return Math.floor(t / groups) * slotsPerStep(this.shape) + groupStart(this.shape, t % groups);
  }

  #place(
    group: Group,
    t: number,
    row: number,
    task: number,
    count: number,
    shared: RowPlan['shared'],
    dense: RowPlan['dense'],
  ): void {
    const { job, parts } = this.#tasks[task]!;
    const from = this.#done[task]!;
    const isLast = from + count >= parts.length;
    const before = from > 0 ? this.#sums[task] : undefined;
    group.rows[row] = { job, before, parts: parts.slice(from, from + count), isLast, shared, dense };
    this.#done[task] = from + count;
    this.#rowsLeft -= count;
    const address = this.#start(t) + row;
    if (isLast) {
      this.#written(job.result, address, t);
      this.#tasksLeft--;
      return;
    }
    this.#sums[task] = address;
    this.#at(t + 1, task);
  }

  #written(vector: number, address: number, t: number): void {
    this.#addresses[vector] = address;
    for (const w of this.#readers[vector]!) {
      const waiting = this.#waiting[w]!;
      waiting.missing--;
      if (waiting.missing === 0) this.#at(Math.max(t + 1, this.#starts[w]!), w);
    }
  }
}

const MOST_GROUPS = 2 ** 20;
