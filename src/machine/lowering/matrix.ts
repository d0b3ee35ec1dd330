/**
 * One weight matrix of a step while the groups that share it are filled. Its columns are a tile's vectors, row after row; a panel takes some of
 * them and feeds some rows of a tile. No column is taken twice: so a row has no weights for what another panel reads, a tile may be used by
 * several panels, and by none.
 */
import { type MachineShape, tilesPerMatrix } from '../shape.ts';
import { columnsOf, indexColumns } from './columns.ts';
import { type Panel, sizeOf } from './parts.ts';

/** A part of a panel in the matrix. */
export interface Entry {
  readonly panel: Panel;
  readonly part: number;
  /** Of each column of the panel the matrix's, or, of computed weights, the vector of every row. */
  readonly columns: readonly number[];
  /** First row of a tile that it feeds: one for each class. Computed weights feed all. */
  readonly row: number;
}

export class Matrix {
  readonly entries: Entry[] = [];
  /** Free columns, the best to take first. */
  #free: number[];
  /** Columns that have weights. */
  readonly #weighted = new Set<number>();
  /** By row of a tile: how much it has to do. */
  readonly #load: number[];

  constructor(private readonly shape: MachineShape) {
    const { tile, rowVectors } = shape;
    // lane products need a row's first column, look-ups some of the last row
    const special = [...indexColumns(shape), ...Array.from({ length: tile }, (_, o) => o * rowVectors)];
    const plain = Array.from({ length: columnsOf(shape) }, (_, n) => n).filter((n) => !special.includes(n));
    this.#free = [...plain, ...special];
    this.#load = new Array<number>(tile).fill(0);
  }

  get freeColumns(): number {
    return this.#free.length;
  }

  isWeighted(column: number): boolean {
    return this.#weighted.has(column);
  }

  /** Keeps columns free of weights: whatever stands there in any row is met by none. */
  claim(columns: readonly number[]): void {
    this.#free = this.#free.filter((n) => !columns.includes(n));
  }

  /** Whether a part of a panel could be taken in. */
  hasRoom(panel: Panel, part: number): boolean {
    const size = sizeOf(panel, part);
    return size <= (panel.isComputed ? this.#wholeVectors().length : this.#free.length);
  }

  /** @param tasks that wait for it */
  open(panel: Panel, part: number, row: number, tasks: number): Entry {
    const size = sizeOf(panel, part);
    const columns = (panel.isComputed ? this.#wholeVectors() : this.#free).slice(0, size);
    const { tile, rowVectors } = this.shape;
    const taken = panel.isComputed
      ? columns.flatMap((v) => Array.from({ length: tile }, (_, o) => o * rowVectors + v))
      : columns;
    for (const n of taken) this.#weighted.add(n);
    this.claim(taken);
    const entry = { panel, part, columns, row };
    this.entries.push(entry);
    if (!panel.isComputed)
      for (let o = row; o < row + panel.classes.length; o++)
        this.#load[o]! += Math.min(tasks, tilesPerMatrix(this.shape));
    return entry;
  }

  /** How much the rows of a tile have to do from one on. */
  loadOf(row: number, rows: number): number {
    return Math.max(...this.#load.slice(row, row + rows));
  }

  /** Vectors whose columns are free in all rows of a tile. */
  #wholeVectors(): number[] {
    const { tile, rowVectors } = this.shape;
    const free = new Set(this.#free);
    const isWhole = (v: number): boolean =>
      Array.from({ length: tile }, (_, o) => o * rowVectors + v).every((n) => free.has(n));
    const order = [...this.#free].map((n) => n % rowVectors).reverse();
    // the last ones in the order of columns are the most wanted by others
    return [...new Set(order)].reverse().filter(isWhole);
  }
}
