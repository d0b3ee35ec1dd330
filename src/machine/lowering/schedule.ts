/**
 * Puts tasks into the groups of steps, one group after another: of what is ready, first what fills the tiles best, or what the longest
 * path hangs on when that path is all that is left; then lanes and look-ups. Deterministic.
 */
import { invariant } from '../../errors.ts';
import { groupStart, groupsPerMatrix, isComputed, joinedShape, type MachineShape, slotsPerStep } from '../shape.ts';
import { Group } from './group.ts';
import { type JobList, type Lookup, NO_TABLE, ZERO_VECTOR } from './jobs.ts';
import { type Entry, Matrix } from './matrix.ts';
import { fixedAddress, type MemoryPlan, planMemory, tableSteps } from './memory-plan.ts';
import { type Arrangements, arrangementsOf, makeTasks, type Panel, readsOf, type Task } from './parts.ts';
import { type Choice, ReadyQueues } from './ready.ts';

export interface Schedule {
  readonly memory: MemoryPlan;
  /** Group after group of the steps. */
  readonly groups: readonly Group[];
  readonly addresses: Int32Array;
  /** Which arrangements are made use of somewhere. */
  readonly uses: Arrangements;
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
  /** By task: address of the sum so far, of its first job. */
  readonly #sums: Int32Array;
  readonly #groups: Group[] = [];
  readonly #arrivals: number[][] = [];
  readonly #queues: ReadyQueues;
  /** How tiles stand in the step that is filled. */
  #geometry: MachineShape;
  #matrix: Matrix;
  #rowsLeft: number;
  #tasksLeft: number;

  constructor(
    private readonly list: JobList,
    private readonly shape: MachineShape,
    arrangements: Arrangements,
  ) {
    this.#geometry = shape;
    this.#matrix = new Matrix(shape);
    this.#tasks = makeTasks(list, shape, arrangements);
    this.#memory = planMemory(list, shape);
    this.#addresses = new Int32Array(list.origins.length).fill(-1);
    this.#done = new Int32Array(this.#tasks.length);
    this.#sums = new Int32Array(this.#tasks.length);
    this.#rowsLeft = this.#tasks.reduce((n, { jobs, parts }) => n + jobs.length * parts.length, 0);
    this.#tasksLeft = this.#tasks.length + list.lookups.length;
    this.#waiting = [
      ...this.#tasks.map((task) => ({ reads: readsOf(task), start: 0, missing: 0, level: 0 })),
      ...list.lookups.map((lookup) => {
        return { reads: new Set([lookup.index]), start: this.#tablesReady(lookup), missing: 0, level: 0 };
      }),
    ];
    this.#readers = list.origins.map(() => []);
    this.#waiting.forEach(({ reads }, w) => {
      for (const v of reads) this.#readers[v]!.push(w);
    });
    this.#findLevels();
    this.#queues = new ReadyQueues(this.#tasks, (t) => this.#waiting[t]!.level - this.#done[t]!, shape);
    this.#release();
  }

  run(): Schedule {
    for (let t = 0; this.#tasksLeft > 0; t++) {
      for (const w of this.#arrivals[t] ?? []) this.#arrive(w);
      if (t % this.shape.groups === 0) {
        this.#geometry = this.#queues.shouldJoin(this.shape) ? joinedShape(this.shape) : this.shape;
        this.#queues.begin(this.#geometry);
      }
      if (t % groupsPerMatrix(this.#geometry) === 0) {
        this.#matrix = new Matrix(this.#geometry);
        this.#matrix.claim(this.#queues.reservations());
      }
      const group = new Group(this.#geometry, this.#matrix);
      this.#groups.push(group);
      this.#fill(group, t);
      invariant(t <= MOST_GROUPS, 'a program that does not end');
    }
    const uses = arrangementsOf(this.#tasks, this.shape);
    return { memory: this.#memory, groups: this.#groups, addresses: this.#addresses, uses };
  }

  #tablesReady({ tables }: Lookup): number {
    const last = (table: number): number =>
      table === NO_TABLE ? 0 : this.#memory.tables[table]!.step + tableSteps(this.list.tables[table]!) - 1;
    return tables.reduce((step, table) => Math.max(step, last(table)), 0) * this.shape.groups;
  }

  #resultsOf(w: number): readonly number[] {
    if (w < this.#tasks.length) return this.#tasks[w]!.jobs.map(({ result }) => result);
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
    const shared = groupsPerMatrix(this.#geometry);
    const first = t - (t % shared);
    const matrix = Math.floor((t % this.shape.groups) / shared);
    const takesComputed = ({ classes }: Panel): boolean =>
      isComputed(this.#geometry, matrix) &&
      classes.every(({ computed }) =>
        computed.every((vectors) => vectors.every((v) => this.#addresses[v]! < this.#start(first))),
      );
    while (group.hasFreeRows) {
      const groupsLeft = this.#rowsLeft / this.shape.rows;
      const choice = this.#queues.best({ group, after: first + shared - 1 - t, takesComputed, groupsLeft });
      if (choice === undefined) break;
      this.#placePart(group, choice, t);
    }
    for (let row = group.freeLaneRow(); row !== undefined; row = group.freeLaneRow()) {
      const productRow = group.freeProductRow();
      const task = this.#queues.takeLane(productRow !== undefined);
      if (task === undefined) break;
      const isProduct = this.#tasks[task]!.jobs.some(({ left }) => left !== ZERO_VECTOR);
      if (isProduct) group.claimProduct(productRow!);
      this.#place(group, t, isProduct ? productRow! : row, task, undefined);
    }
    for (let v = group.freeLookup(); v !== undefined; v = group.freeLookup()) {
      const lookup = this.#queues.takeLookup();
      if (lookup === undefined) break;
      group.lookUp(this.list.lookups[lookup]!, v);
      const { values, slopes } = this.list.lookups[lookup]!;
      const at = this.#start(t) + this.shape.rows + 2 * v;
      this.#written(values, at, t);
      this.#written(slopes, at + 1, t);
      this.#tasksLeft--;
    }
  }

  /** Tasks of a bucket in the tiles of a group, as many as there are and as fit. */
  #placePart(group: Group, { bucket, entry: known, row }: Choice, t: number): void {
    const { panel, part } = bucket;
    let entry = known;
    if (entry === undefined) {
      entry = group.matrix.open(panel, part, row, bucket.tasks.length);
      this.#queues.opened(bucket, entry);
    }
    const places = panel.isComputed ? group.freeRows() : group.freeTiles(row, panel.classes.length);
    for (const place of places) {
      const task = this.#queues.take(bucket);
      if (task === undefined) return;
      this.#place(group, t, place, task, entry);
    }
  }

  #start(t: number): number {
    const { groups } = this.shape;
    return Math.floor(t / groups) * slotsPerStep(this.shape) + groupStart(this.shape, t % groups);
  }

  /** The next part of a task, its first job in a row and the others in those that follow. */
  #place(group: Group, t: number, row: number, task: number, entry: Entry | undefined): void {
    const { jobs, parts } = this.#tasks[task]!;
    const from = this.#done[task]!++;
    const isLast = from + 1 === parts.length;
    jobs.forEach((job, n) => {
      const before = from > 0 ? this.#sums[task]! + n : undefined;
      group.rows[row + n] = { job, before, part: parts[from]!, isLast, entry };
    });
    this.#rowsLeft -= jobs.length;
    const address = this.#start(t) + row;
    if (isLast) {
      jobs.forEach(({ result }, n) => {
        this.#written(result, address + n, t);
      });
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
