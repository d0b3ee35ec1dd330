/**
 * What could be done in the next group: parts of sums by the panel whose weights they share, rows without weights, look-ups.
 */
import { groupsPerMatrix, type MachineShape, tilesPerMatrix } from '../shape.ts';
import { columnsOf, indexColumns } from './columns.ts';
import type { Group } from './group.ts';
import { ZERO_VECTOR } from './jobs.ts';
import type { Entry } from './matrix.ts';
import { type Panel, sizeOf, type Task } from './parts.ts';
import { Queue } from './queue.ts';

/** Ready tasks of one part of a panel. */
export interface Bucket {
  readonly panel: Panel;
  readonly part: number;
  readonly tasks: number[];
  /** Tasks of which this part has not been placed, ready or not. */
  left: number;
}

/** What a group should take next: in an entry that its matrix has, or in one that is to be opened at a row of its tiles. */
export interface Choice {
  readonly bucket: Bucket;
  readonly entry: Entry | undefined;
  readonly row: number;
}

/** The group that is filled: its number within those that share a matrix, and what else decides. */
export interface Moment {
  readonly group: Group;
  /** Groups of the matrix that follow. */
  readonly after: number;
  /** Whether the matrix can have these computed weights. */
  readonly takesComputed: (panel: Panel) => boolean;
  /** Groups that the rows left would fill. */
  readonly groupsLeft: number;
}

/** A panel of so few tasks should be taken with others: the widest first. */
const FEW = 4;

export class ReadyQueues {
  readonly #buckets = new Map<Panel, Bucket[]>();
  /** Buckets that have ready tasks. */
  readonly #open = new Set<Bucket>();
  readonly #lanes = new Queue();
  readonly #products = new Queue();
  readonly #lookups = new Queue();
  /** Entries of the matrix that is filled. */
  readonly #entries = new Map<Bucket, Entry[]>();
  #hasReserved = false;

  constructor(
    private readonly tasks: readonly Task[],
    private readonly levelOf: (task: number) => number,
    /** How tiles stand in the step that is filled. */
    private shape: MachineShape,
  ) {
    for (const { panel, parts } of tasks) if (panel) for (const { number } of parts) this.#bucket(panel, number).left++;
  }

  #bucket(panel: Panel, part: number): Bucket {
    let parts = this.#buckets.get(panel);
    if (parts === undefined) {
      parts = [];
      this.#buckets.set(panel, parts);
    }
    parts[part] ??= { panel, part, tasks: [], left: 0 };
    return parts[part];
  }

  add(task: number, part: number): void {
    const { jobs, panel, parts } = this.tasks[task]!;
    const { number, vectors } = parts[part]!;
    if (panel === undefined || vectors.length === 0) {
      const queue = jobs.every(({ left }) => left === ZERO_VECTOR) ? this.#lanes : this.#products;
      queue.add(task, this.levelOf(task));
      return;
    }
    const bucket = this.#bucket(panel, number);
    bucket.tasks.push(task);
    this.#open.add(bucket);
  }

  addLookup(lookup: number, level: number): void {
    this.#lookups.add(lookup, level);
  }

  /**
   * Of a new step: whether its matrices should be joined. Then one panel can fill all tiles; as many rows as it does what else is ready fills,
   * or fewer.
   */
  shouldJoin({ tile, groups, rows }: MachineShape): boolean {
    let [joined, others] = [0, this.#lanes.length + this.#products.length];
    for (const { panel, tasks } of this.#open) {
      const own = tasks.length * panel.classes.length;
      if (panel.classes.length > tile) joined = Math.max(joined, Math.min(own, groups * rows));
      else others += own;
    }
    return joined > 0 && joined >= Math.min(others, groups * rows);
  }

  begin(shape: MachineShape): void {
    this.shape = shape;
  }

  /** Columns that a new matrix should keep free of weights, because products or look-ups wait. */
  reservations(): readonly number[] {
    this.#entries.clear();
    const { tile, rowVectors } = this.shape;
    const groups = groupsPerMatrix(this.shape);
    const rows = tilesPerMatrix(this.shape) * tile;
    let [weighted, widest, level] = [0, 0, 0];
    for (const { tasks, panel, part } of this.#open) {
      if (panel.classes.length > tile) continue;
      weighted += tasks.length * panel.classes.length;
      widest = Math.max(widest, sizeOf(panel, part));
      level = Math.max(level, this.levelOf(tasks[0]!));
    }
    const [products, indices] = [this.#products.length, this.#lookups.length];
    const isIdle = weighted < rows / 2;
    const columns: number[] = [];
    if (indices >= groups || (indices > 0 && isIdle))
      columns.push(...indexColumns(this.shape).slice(-Math.ceil(indices / groups)));
    if (products >= rows / tile || (products > 0 && (isIdle || this.#products.level >= level))) {
      const share = Math.round((tile * products) / (products + weighted));
      const most = Math.ceil((products * tile) / rows);
      const own = Math.min(tile, most, Math.max(share, 1));
      for (let o = tile - own; o < tile; o++) columns.push(o * rowVectors);
    }
    // not twice in a row where a sum needs the columns
    const isTight = !isIdle && widest > columnsOf(this.shape) - columns.length;
    this.#hasReserved = columns.length > 0 && !(isTight && this.#hasReserved);
    return this.#hasReserved ? columns : [];
  }

  /** What the group should take next; undefined if nothing fits. */
  best(moment: Moment): Choice | undefined {
    let best: Choice | undefined;
    let most = -1;
    const freeTiles = this.#freeTiles(moment);
    for (const bucket of this.#open) {
      const found = this.#choice(bucket, moment, freeTiles);
      if (found === undefined) continue;
      const { panel, part, tasks } = bucket;
      const level = this.levelOf(tasks[0]!);
      const size = sizeOf(panel, part);
      const wide = bucket.left <= FEW ? size : -size;
      // of equal ones what is farthest from the end: positions that are ahead of others fill the tiles of a matrix less
      const score =
        level >= moment.groupsLeft
          ? 1e12 + level
          : (panel.isComputed ? 1e9 : 0) + found.rows * 1e6 + (columnsOf(this.shape) + wide) * 1e3 + level;
      if (score > most) [best, most] = [found.choice, score];
    }
    return best;
  }

  /** By rows of a panel, and the first of them: tiles of the group that have them free. */
  #freeTiles({ group }: Moment): (rows: number, row: number) => number {
    const known = new Map<number, number>();
    return (rows, row) => {
      const key = rows * this.shape.tile + row;
      let count = known.get(key);
      if (count === undefined) {
        count = group.freeTiles(row, rows).length;
        known.set(key, count);
      }
      return count;
    };
  }

  /** Where a bucket could be placed, and how many rows it would fill until the matrix is done. */
  #choice(
    bucket: Bucket,
    { group, after, takesComputed }: Moment,
    freeTiles: (rows: number, row: number) => number,
  ): { readonly choice: Choice; readonly rows: number } | undefined {
    const { panel, part, tasks } = bucket;
    const { tile, rows } = this.shape;
    const tiles = (rows / tile) * after;
    const entries = this.#entries.get(bucket) ?? [];
    if (panel.isComputed) {
      const [entry] = entries;
      if (!entry && !(takesComputed(panel) && group.matrix.hasRoom(panel, part))) return undefined;
      const free = group.freeRows().length;
      if (free === 0) return undefined;
      return { choice: { bucket, entry, row: 0 }, rows: Math.min(tasks.length, free + tiles * tile) };
    }
    const own = panel.classes.length;
    if (own > tile) return undefined;
    for (const entry of entries) {
      const free = freeTiles(own, entry.row);
      if (free > 0)
        return { choice: { bucket, entry, row: entry.row }, rows: own * Math.min(tasks.length, free + tiles) };
    }
    if (!group.matrix.hasRoom(panel, part)) return undefined;
    let best: { readonly row: number; readonly free: number; readonly load: number } | undefined;
    for (let row = 0; row < tile; row += own) {
      const [free, load] = [freeTiles(own, row), group.matrix.loadOf(row, own)];
      if (free > 0 && (!best || free > best.free || (free === best.free && load < best.load)))
        best = { row, free, load };
    }
    if (!best) return undefined;
    // what its other entries will do in later groups needs no further one, but rows may be free for one now
    const left = tasks.length - entries.length * tiles;
    const filled = left > 0 ? own * Math.min(left, best.free + tiles) : own / tile / 2;
    return { choice: { bucket, entry: undefined, row: best.row }, rows: filled };
  }

  opened(bucket: Bucket, entry: Entry): void {
    this.#entries.set(bucket, [...(this.#entries.get(bucket) ?? []), entry]);
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
}
