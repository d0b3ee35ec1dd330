/**
 * Neighbours of an image side by side in one tile: windows of a convolution overlap, so that 2 by 2 positions of a kernel of 3 by 3 read
 * sixteen vectors instead of four times nine. What a vector means is not known here: a pattern is found where one position's sums read
 * most, and every other set of positions that coincides in the same way has the same weights.
 */
import { type MachineShape, tilesPerMatrix } from '../shape.ts';
import { columnsOf } from './columns.ts';
import type { Sums } from './gather.ts';
import { ZERO_VECTOR } from './jobs.ts';
import type { WeightClass } from './weights.ts';

/** How the columns of several positions coincide. */
export interface Pattern {
  /** By position: the block that a column is, -1 where it is none. */
  readonly blockAt: readonly Int32Array[];
  /** Columns. */
  readonly size: number;
}

/** Sums of one depth and one class, or of the same classes side by side. */
interface Kind {
  readonly sums: Sums[];
  readonly rows: number;
}

/** Sums with neighbours among them put together where that is worth it. */
export function patch(all: readonly Sums[], shape: MachineShape): Sums[] {
  const { tile } = shape;
  const numbers = new Map<WeightClass, number>();
  const kinds = new Map<string, Kind>();
  for (const sums of all) {
    const { jobs, depth } = sums;
    const ids = jobs.map(({ weights }) => {
      if (weights === undefined) return -1;
      if (!numbers.has(weights)) numbers.set(weights, numbers.size);
      return numbers.get(weights)!;
    });
    const isWhole = jobs.length >= tile || jobs[0]!.weights === undefined || jobs[0]!.weights.isComputed;
    const key = isWhole ? `alone ${kinds.size}` : `${depth} ${ids.join()}`;
    const kind = kinds.get(key) ?? { sums: [], rows: jobs.length };
    kind.sums.push(sums);
    kinds.set(key, kind);
  }
  return [...kinds.values()].flatMap((kind) => patchKind(kind, shape));
}

/**
 * Positions wait for one another in a patch. So it must save something: positions do not fit into a tile without, or there are so few that
 * several layers can share a matrix.
 */
function patchKind({ sums, rows }: Kind, shape: MachineShape): readonly Sums[] {
  const { tile } = shape;
  const most = columnsOf(shape);
  const size = sums[0]!.vectors.length;
  const fits = (tile / rows) * size <= most;
  if (fits && sums.length * rows > tilesPerMatrix(shape) * tile) return sums;
  for (let count = tile / rows; count >= 2; count /= 2) {
    if (sums.length < count) continue;
    const found = new Windows(sums).cover(count, most);
    if (found) return found;
  }
  return sums;
}

/** Patches are worth their weights if at least so much of all positions is in some. */
const WORTH = 0.75;

class Windows {
  /** By block and vector: who reads it there. */
  readonly #readers: ReadonlyMap<number, number>[];

  constructor(private readonly sums: readonly Sums[]) {
    this.#readers = Array.from(sums[0]!.vectors, (_, b) => new Map(sums.map(({ vectors }, n) => [vectors[b]!, n])));
  }

  /** Sums of so many positions each, then those that are left; undefined if that is worth nothing. */
  cover(count: number, most: number): Sums[] | undefined {
    const first = this.#fullest();
    const chosen = this.#neighbours(first, count);
    if (chosen === undefined) return undefined;
    const { pattern, places } = patternOf(chosen.map((n) => this.sums[n]!.vectors));
    if (pattern.size > most || pattern.size >= count * this.sums[0]!.vectors.length) return undefined;
    const shifts = chosen.slice(1).map((n) => this.#shift(first, n));
    const isTaken = new Uint8Array(this.sums.length);
    const patches: Sums[] = [];
    this.sums.forEach((own, n) => {
      if (isTaken[n]) return;
      const others = shifts.map((shift) => this.#shifted(own.vectors, shift));
      const members = [n, ...others];
      if (members.some((m) => m === undefined || isTaken[m]) || new Set(members).size < count) return;
      const vectors = this.#columns(members as number[], places, pattern.size);
      if (vectors === undefined) return;
      for (const m of members as number[]) isTaken[m] = 1;
      patches.push({
        jobs: (members as number[]).flatMap((m) => this.sums[m]!.jobs),
        vectors,
        pattern,
        depth: own.depth,
      });
    });
    if (patches.length * count < WORTH * this.sums.length) return undefined;
    return [...patches, ...this.sums.filter((_, n) => !isTaken[n])];
  }

  /** The first position of those that read most. */
  #fullest(): number {
    const counts = this.sums.map(({ vectors }) => vectors.reduce((n, v) => n + (v === ZERO_VECTOR ? 0 : 1), 0));
    return counts.indexOf(Math.max(...counts));
  }

  /** A position and later ones, each with the fewest new columns, and of these the one that has most in common with all before it. */
  #neighbours(first: number, count: number): number[] | undefined {
    const readers = new Map<number, Set<number>>();
    this.sums.forEach(({ vectors }, n) => {
      for (const v of vectors) if (v !== ZERO_VECTOR) readers.set(v, (readers.get(v) ?? new Set()).add(n));
    });
    const chosen = [first];
    while (chosen.length < count) {
      const united = new Set(chosen.flatMap((n) => [...this.sums[n]!.vectors]));
      const near = new Set([...united].flatMap((v) => [...(readers.get(v) ?? [])]));
      let best: { readonly n: number; readonly added: number; readonly common: number } | undefined;
      for (const n of near) {
        if (n <= first || chosen.includes(n)) continue;
        const own = [...this.sums[n]!.vectors];
        // what is not read is no column of another position either
        const added = own.filter((v) => v === ZERO_VECTOR || !united.has(v)).length;
        const common = chosen.reduce(
          (sum, c) => sum + own.filter((v) => v !== ZERO_VECTOR && this.sums[c]!.vectors.includes(v)).length,
          0,
        );
        if (!best || added < best.added || (added === best.added && common > best.common)) best = { n, added, common };
      }
      if (!best) return undefined;
      chosen.push(best.n);
    }
    return chosen;
  }

  /** Pairs of blocks in which two positions read the same. */
  #shift(a: number, b: number): readonly (readonly [number, number])[] {
    const [left, right] = [this.sums[a]!.vectors, this.sums[b]!.vectors];
    return [...left].flatMap((v, n) => {
      const m = v === ZERO_VECTOR ? -1 : right.indexOf(v);
      return m < 0 ? [] : [[n, m] as const];
    });
  }

  /** Who reads as this shift says. */
  #shifted(vectors: Int32Array, shift: readonly (readonly [number, number])[]): number | undefined {
    const pair = shift.find(([n]) => vectors[n] !== ZERO_VECTOR);
    return pair && this.#readers[pair[1]]!.get(vectors[pair[0]]!);
  }

  /** By column: what all positions read there; undefined if they do not read the same. */
  #columns(members: readonly number[], places: readonly Int32Array[], size: number): Int32Array | undefined {
    const columns = new Int32Array(size).fill(-1);
    for (const [k, n] of members.entries()) {
      const { vectors } = this.sums[n]!;
      for (const [b, column] of places[k]!.entries()) {
        if (columns[column] === -1) columns[column] = vectors[b]!;
        else if (columns[column] !== vectors[b]) return undefined;
      }
    }
    return columns;
  }
}

/** The pattern of positions, and for each its column by block. */
function patternOf(windows: readonly Int32Array[]): {
  readonly pattern: Pattern;
  readonly places: readonly Int32Array[];
} {
  const found = new Map<number, number>();
  let size = 0;
  const places = windows.map((vectors) =>
    vectors.map((v) => {
      const column = v === ZERO_VECTOR ? size++ : (found.get(v) ?? size++);
      found.set(v, column);
      return column;
    }),
  );
  const blockAt = places.map((columns) => {
    const blocks = new Int32Array(size).fill(-1);
    columns.forEach((column, b) => {
      blocks[column] = b;
    });
    return blocks;
  });
  return { pattern: { blockAt, size }, places };
}
