/**
 * Jobs gathered into the tasks that the scheduler places: as many jobs that read the same vectors as a tile has rows for, each with weights
 * of its own, and cut into parts, as much of a long sum as one tile reads; each part adds to what the last one left whole.
 */
import { joinedShape, type MachineShape } from '../shape.ts';
import { columnsOf } from './columns.ts';
import { gather, type Sums } from './gather.ts';
import { type Job, type JobList, PLAIN, UNIT, ZERO_VECTOR } from './jobs.ts';
import { type Pattern, patch } from './patches.ts';
import type { WeightClass } from './weights.ts';

/** Classes of weights for rows of one tile that read the same. */
export interface Panel {
  /** One, or another power of two. */
  readonly classes: readonly WeightClass[];
  /** Columns: blocks of a class, or those of a pattern. */
  readonly size: number;
  readonly pattern: Pattern | undefined;
  /** Columns that a tile reads at once. */
  readonly perPart: number;
  /** Whether the weights are read: then there is one class. */
  readonly isComputed: boolean;
}

/** What one tile adds to the sums of a task. */
export interface Part {
  /** Which perPart of the panel's columns. */
  readonly number: number;
  /** What is read there; ZERO_VECTOR where nothing is. */
  readonly vectors: Int32Array;
}

export interface Task {
  /** As many as the panel has classes. */
  readonly jobs: readonly Job[];
  /** Absent where nothing is summed up. */
  readonly panel: Panel | undefined;
  /** At least one; without weights the one has no vectors. */
  readonly parts: readonly Part[];
}

const NO_VECTORS = new Int32Array(0);
const NOTHING: readonly Part[] = [{ number: 0, vectors: NO_VECTORS }];
const NO_SUM = { weights: undefined, reads: new Int32Array(0), bias: undefined };

/** Panels of at most so many tasks are bounded by the weights of a step, others by its rows. */
const FEW = 2;

/** What tasks may be made of. */
export interface Arrangements {
  /** Neighbours side by side (patches.ts). */
  readonly patches: boolean;
  /** Long sums for steps whose matrices are joined. */
  readonly joins: boolean;
}

/** Which of them tasks are made of. */
export function arrangementsOf(tasks: readonly Task[], { tile }: MachineShape): Arrangements {
  const panels = tasks.flatMap(({ panel }) => panel ?? []);
  return {
    patches: panels.some(({ pattern }) => pattern !== undefined),
    joins: panels.some(({ classes }) => classes.length > tile),
  };
}

export function makeTasks(list: JobList, shape: MachineShape, { patches, joins }: Arrangements): Task[] {
  const tasks: Task[] = [];
  const panels = new Panels(shape);
  const alike = gather(list, shape, joins && shape.joins);
  const all = patches ? patch(alike, shape) : alike;
  for (const sums of all) panels.count(sums);
  for (const sums of all) {
    const panel = panels.of(sums);
    const parts = panel ? partsOf(sums.vectors, panel.perPart) : NOTHING;
    if (parts.length < 2) tasks.push({ jobs: sums.jobs, panel, parts });
    else {
      const split = sums.jobs.map((job) => splitComparison(list, job));
      tasks.push({ jobs: split.map(({ sum }) => sum), panel, parts });
      for (const { rest } of split) if (rest) tasks.push({ jobs: [rest], panel: undefined, parts: NOTHING });
    }
  }
  return tasks;
}

/**
 * A sum of several parts cannot be compared with Y in its last one: Y holds the sum so far. Then a row of its own does it. A Y that is
 * only added comes first.
 */
function splitComparison(list: JobList, job: Job): { readonly sum: Job; readonly rest: Job | undefined } {
  if (job.m[3] === 0) return { sum: job, rest: undefined };
  const { weights, reads, bias, node } = job;
  const left = list.job({ weights, reads, bias, m: PLAIN, node }, list.used[job.result]!);
  const rest = { ...NO_SUM, left, right: list.uniform(UNIT), y: job.y, m: job.m, result: job.result, node };
  return { sum: list.jobs.at(-1)!, rest };
}

function partsOf(vectors: Int32Array, perPart: number): readonly Part[] {
  const parts: Part[] = [];
  for (let from = 0; from < vectors.length; from += perPart) {
    const own = vectors.subarray(from, from + perPart);
    if (own.some((v) => v !== ZERO_VECTOR)) parts.push({ number: from / perPart, vectors: own });
  }
  return parts.length > 0 ? parts : NOTHING;
}

/** The panels of a program, each once. */
class Panels {
  readonly #numbers = new Map<WeightClass | Pattern, number>();
  readonly #panels = new Map<string, Panel>();
  readonly #counts = new Map<string, number>();

  constructor(private readonly shape: MachineShape) {}

  count(sums: Sums): void {
    const key = this.#keyOf(sums);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  of(sums: Sums): Panel | undefined {
    const classes = sums.jobs.flatMap(({ weights }) => weights ?? []);
    if (classes.length === 0) return undefined;
    const key = this.#keyOf(sums);
    let panel = this.#panels.get(key);
    if (panel === undefined) {
      const { pattern } = sums;
      const { isComputed } = classes[0]!;
      const size = pattern?.size ?? classes[0]!.size;
      const isFew = this.#counts.get(key)! <= FEW;
      const perPart = isComputed ? this.shape.rowVectors : blocksPerPart(this.shape, classes.length, size, isFew);
      panel = { classes, size, pattern, perPart, isComputed };
      this.#panels.set(key, panel);
    }
    return panel;
  }

  #keyOf({ jobs, pattern }: Sums): string {
    return [pattern, ...jobs.map(({ weights }) => weights)]
      .map((own) => {
        const number = own && (this.#numbers.get(own) ?? this.#numbers.size);
        if (own) this.#numbers.set(own, number!);
        return number;
      })
      .join();
  }
}

/**
 * How many columns each part of a sum should have: with the fewest tiles for a position where other positions of the panel fill what is left of
 * a tile, then with the fewest parts.
 */
function blocksPerPart(shape: MachineShape, rows: number, size: number, isFew: boolean): number {
  const { tile } = shape;
  if (rows > tile) return columnsOf(joinedShape(shape));
  const most = columnsOf(shape);
  if (rows === tile || isFew) return most;
  let best = most;
  let least = Infinity;
  for (let parts = Math.ceil(size / most); ; parts++) {
    const blocks = Math.ceil(size / parts);
    const besides = Math.min(tile / rows, Math.floor(most / blocks));
    if (parts / besides < least) [best, least] = [blocks, parts / besides];
    if (besides === tile / rows || blocks === 1) return best;
  }
}

/** Every vector that a task reads, each once. */
export function readsOf({ jobs, panel }: Task): ReadonlySet<number> {
  const all = new Set<number>();
  for (const { left, right, y, reads } of jobs) {
    all.add(left).add(right).add(y);
    for (let at = 1; at < reads.length; at += 2) all.add(reads[at]!);
  }
  for (const { computed } of panel?.classes ?? []) for (const vectors of computed) for (const v of vectors) all.add(v);
  all.delete(ZERO_VECTOR);
  return all;
}

/** The block that class o of a panel has in a column; -1 for none. */
export function blockAt({ pattern, classes }: Panel, o: number, column: number): number {
  if (pattern === undefined) return column;
  const perPosition = classes.length / pattern.blockAt.length;
  return pattern.blockAt[Math.floor(o / perPosition)]![column]!;
}

/** Columns of a part of a panel. */
export function sizeOf({ size, perPart }: Panel, number: number): number {
  return Math.min(perPart, size - number * perPart);
}
