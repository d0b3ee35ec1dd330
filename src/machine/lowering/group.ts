/**
 * One group of a step while it is filled: which rows and look-ups are taken, and by what. What fits together is decided here and by the matrix
 * whose weights it has, what goes first by the scheduler.
 */
import { indexPosition, type MachineShape } from '../shape.ts';
import type { Job, Lookup } from './jobs.ts';
import type { Entry, Matrix } from './matrix.ts';
import type { Part } from './parts.ts';

export interface RowPlan {
  readonly job: Job;
  /** Address of the sum of the parts before, if there are any. */
  readonly before: number | undefined;
  /** What is added here. */
  readonly part: Part;
  readonly isLast: boolean;
  /** The weights by which it is; undefined without any. */
  readonly entry: Entry | undefined;
}

export interface LookupPlan {
  readonly lookup: Lookup;
  /** Number of the index vector. */
  readonly v: number;
}

export class Group {
  readonly rows: (RowPlan | undefined)[];
  readonly lookups: LookupPlan[] = [];

  /** @param shape how tiles stand in its step */
  constructor(
    readonly shape: MachineShape,
    readonly matrix: Matrix,
  ) {
    this.rows = new Array(shape.rows).fill(undefined);
  }

  get hasFreeRows(): boolean {
    return this.rows.includes(undefined);
  }

  /** Node of what a row does; behind the rows stand the look-ups. */
  nodeOf(row: number): string | undefined {
    const { rows } = this.shape;
    return row < rows ? this.rows[row]?.job.node : this.lookups.find(({ v }) => v === row - rows)?.lookup.node;
  }

  /** Tiles whose rows from one on are free, so many of them: by the number of their first row. */
  freeTiles(row: number, rows: number): number[] {
    const { tile } = this.shape;
    const firsts = Array.from({ length: this.shape.rows / tile }, (_, p) => p * tile + row);
    return firsts.filter((first) => this.rows.slice(first, first + rows).every((plan) => plan === undefined));
  }

  /** Free rows, one by one. */
  freeRows(): number[] {
    return [...this.rows.keys()].filter((r) => this.rows[r] === undefined);
  }

  /** The column of a row's first vector. */
  #firstColumn(row: number): number {
    return (row % this.shape.tile) * this.shape.rowVectors;
  }

  /** A free row in which a lane product would be met by no weight. */
  freeProductRow(): number | undefined {
    const isLast = (row: number): boolean =>
      row === this.shape.rows - 1 && this.lookups.some(({ v }) => indexPosition(this.shape) + v === 0);
    return this.freeRows().find((row) => !this.matrix.isWeighted(this.#firstColumn(row)) && !isLast(row));
  }

  /** A free row for what needs no weights: better one that would do for no product. */
  freeLaneRow(): number | undefined {
    const free = this.freeRows();
    return free.find((row) => this.matrix.isWeighted(this.#firstColumn(row))) ?? free[0];
  }

  /** What a lane product reads in a row is met by no weight from now on. */
  claimProduct(row: number): void {
    this.matrix.claim([this.#firstColumn(row)]);
  }

  /** Number of an index vector that can be used: nothing multiplies its place in the last row. */
  freeLookup(): number | undefined {
    const { rows, rowVectors, tile, lookups } = this.shape;
    const first = indexPosition(this.shape);
    for (let v = lookups - 1; v >= 0; v--) {
      const isTaken =
        this.matrix.isWeighted((tile - 1) * rowVectors + first + v) ||
        (first + v === 0 && this.rows[rows - 1]?.job.left !== 0) ||
        this.lookups.some((plan) => plan.v === v);
      if (!isTaken) return v;
    }
    return undefined;
  }

  lookUp(lookup: Lookup, v: number): void {
    const { rowVectors, tile } = this.shape;
    this.matrix.claim([(tile - 1) * rowVectors + indexPosition(this.shape) + v]);
    this.lookups.push({ lookup, v });
  }
}
