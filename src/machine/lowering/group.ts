/**
 * One group of a step while it is filled: which rows, positions of the shared unit and look-ups are taken, and by what. What
 * fits together is decided here, what goes first by the scheduler.
 *
 * All rows share the weights, so a row reads the zero vector wherever it does not mean to be multiplied; the bank rows of the
 * dense unit may read anything, its own weights take the shared ones off again (emit.ts).
 */
import { indexPosition, type MachineShape } from '../shape.ts';
import type { Job, Lookup } from './jobs.ts';
import type { Part } from './parts.ts';
import type { WeightClass } from './weights.ts';

/** A chunk of a class in the shared unit: block n of it at position positions[n] of the bank's rows. */
export interface SharedChunk {
  readonly weights: WeightClass;
  readonly chunk: number;
  readonly positions: readonly number[];
}

export interface RowPlan {
  readonly job: Job;
  /** Address of the sum of the parts before, if there are any. */
  readonly before: number | undefined;
  /** What is added here. */
  readonly parts: readonly Part[];
  readonly isLast: boolean;
  /** In the shared unit: which chunk. In the dense unit: the bank row of each part. Neither: no weights. */
  readonly shared: SharedChunk | undefined;
  readonly dense: readonly number[] | undefined;
}

export interface LookupPlan {
  readonly lookup: Lookup;
  /** Number of the index vector. */
  readonly v: number;
}

export class Group {
  readonly rows: (RowPlan | undefined)[];
  readonly shared: SharedChunk[] = [];
  readonly lookups: LookupPlan[] = [];
  /** By bank row of the dense unit: the vectors that it reads. */
  readonly denseBank = new Map<number, Int32Array>();
  readonly #positions: number[];
  #taken = new Set<number>();
  #free: number[];

  constructor(private readonly shape: MachineShape) {
    const { rows, rowVectors, lookups } = shape;
    this.rows = new Array(rows).fill(undefined);
    // the first position is needed by lane products, others by look-ups
    const first = indexPosition(shape);
    const isIndex = (p: number): boolean => p >= first && p < first + lookups;
    const positions = Array.from({ length: rowVectors - 1 }, (_, n) => n + 1);
    this.#positions = [...positions.filter((p) => !isIndex(p)), ...positions.filter(isIndex), 0];
    const dense = this.denseRows;
    this.#free = [
      ...Array.from({ length: rows - dense }, (_, n) => n + dense),
      ...Array.from({ length: dense }, (_, n) => n),
    ];
  }

  /** Rows that the dense unit takes when it is used. */
  get denseRows(): number {
    return Math.max(this.shape.dense.vectors, this.shape.dense.rows);
  }

  get freeRows(): number {
    return this.#free.length;
  }

  /** Keeps positions free of weights. */
  reserve(positions: readonly number[]): void {
    for (const position of positions) this.#taken.add(position);
    this.#reserved = new Set(positions);
  }
  #reserved: ReadonlySet<number> = new Set();

  get freePositions(): number {
    return this.shape.rowVectors - this.#taken.size;
  }

  isFree(row: number): boolean {
    return this.#free.includes(row);
  }

  /** Whether a lane product in any row would be met by no weight. */
  get takesProducts(): boolean {
    return !this.#taken.has(0) || this.#reserved.has(0);
  }

  openShared(weights: WeightClass, chunk: number, size: number): SharedChunk {
    const positions = this.#positions.filter((p) => !this.#taken.has(p)).slice(0, size);
    for (const position of positions) this.#taken.add(position);
    const shared = { weights, chunk, positions };
    this.shared.push(shared);
    return shared;
  }

  get isComputed(): boolean {
    return this.shared.some(({ weights }) => weights.isComputed);
  }

  /** The next free row, which is then taken. */
  takeRow(): number {
    return this.#free.shift()!;
  }

  claimDense(): void {
    const dense = this.denseRows;
    this.#free = this.#free.filter((row) => row >= dense);
  }

  get isDenseFree(): boolean {
    const dense = this.denseRows;
    return !this.isComputed && this.#free.filter((row) => row < dense).length === dense;
  }

  /** Number of an index vector that can be used: nothing multiplies its place in the last row. */
  freeLookup(): number | undefined {
    const first = indexPosition(this.shape);
    for (let v = this.shape.lookups - 1; v >= 0; v--) {
      const position = first + v;
      const isWeighted = this.#taken.has(position) && !this.#reserved.has(position);
      if (!isWeighted && !this.lookups.some((plan) => plan.v === v)) return v;
    }
    return undefined;
  }
}
