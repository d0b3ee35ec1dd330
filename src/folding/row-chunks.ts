/**
 * How the row vector is cut for the sweeps of a fold: into kinds of rows, each with an error vector of its own, and by the highest
 * coordinates of the row index into chunks. What is made of each chunk is joined here.
 */
import { field } from '../algebra/field.ts';
import { R } from '../algebra/params.ts';
import type { RowRange, RowShape } from './layout.ts';

/** Bit rows and listed quadratic ones; S-boxes. */
export const ROW_KINDS = ['quadratic', 'boxes'] as const;
export type RowKind = (typeof ROW_KINDS)[number];

/** A polynomial for the error vector of each kind. */
export type Lines = Readonly<Record<RowKind, readonly bigint[]>>;

/** Rows of a chunk, 256 kB of elements: its tables stay in the second-level cache. */
const CHUNK_ROWS_LOG = 13;

const F = field(R);

/** The rows of a kind. */
export function rangesOf({ bits, quadratic, boxes }: RowShape, kind: RowKind): readonly RowRange[] {
  return kind === 'quadratic' ? [...bits, quadratic] : [boxes];
}

/** One of so many equal parts of a sweep. */
export interface Share {
  readonly part: number;
  readonly parts: number;
}

/** How the rows are cut: into 2^chunkLog chunks, of which `live` ones have a row of a kind. */
export interface Chunks {
  readonly chunkLog: number;
  readonly live: Readonly<Record<RowKind, readonly number[]>>;
}

export function chunksOf(
  b: { readonly layout: { readonly rowLog: number }; readonly shape: RowShape },
  chunkLog = Math.max(0, b.layout.rowLog - CHUNK_ROWS_LOG),
): Chunks {
  const size = 2 ** (b.layout.rowLog - chunkLog);
  const liveOf = (kind: RowKind): number[] => liveParts(b.shape, kind, size, 0, 2 ** chunkLog);
  return { chunkLog, live: { quadratic: liveOf('quadratic'), boxes: liveOf('boxes') } };
}

/** Of the parts [from, to) of `size` rows each those that have a row of a kind. */
export function liveParts(shape: RowShape, kind: RowKind, size: number, from: number, to: number): number[] {
  const ranges = rangesOf(shape, kind).filter(({ count }) => count > 0);
  return Array.from({ length: to - from }, (_, k) => from + k).filter((part) =>
    ranges.some(({ row, count }) => part * size < row + count && (part + 1) * size > row),
  );
}

/** A chunk of one kind's error vector. */
export interface ErrorChunk {
  readonly kind: RowKind;
  readonly chunk: number;
}

/** The chunks of all error vectors. */
export function errorChunks({ live }: Chunks): ErrorChunk[] {
  return ROW_KINDS.flatMap((kind) => live[kind].map((chunk) => ({ kind, chunk })));
}

/** eq of a chunk's index at the high coordinates. */
export function chunkWeight(point: readonly bigint[], low: number, chunk: number): bigint {
  return point.slice(low).reduce((w, c, j) => F.mul(w, (chunk >> j) & 1 ? c : F.sub(1n, c)), 1n);
}

/** The range [from, to) of n items that belongs to a share. */
export function share(n: number, { part, parts }: Share): [number, number] {
  return [Math.floor((n * part) / parts), Math.floor((n * (part + 1)) / parts)];
}

/** Joins the lines of `errorChunks` over the high coordinates, lowest of them first. */
export function joinLines(
  chunks: Chunks,
  lines: readonly bigint[][],
  rho: readonly bigint[],
  delta: readonly bigint[],
): Lines {
  const { quadratic, boxes } = chunks.live;
  const ofKind = (live: readonly number[], first: number): bigint[] =>
    joinChunks(chunks.chunkLog, new Map(live.map((chunk, k) => [chunk, lines[first + k]!])), rho, delta);
  return { quadratic: ofKind(quadratic, 0), boxes: ofKind(boxes, quadratic.length) };
}

/** Joins the lines of 2^chunkLog parts, those of parts without a row left out. */
export function joinChunks(
  chunkLog: number,
  lines: ReadonlyMap<number, readonly bigint[]>,
  rho: readonly bigint[],
  delta: readonly bigint[],
): bigint[] {
  // without coefficients: the zero polynomial
  let level = Array.from({ length: 2 ** chunkLog }, (_, chunk) => lines.get(chunk) ?? []);
  for (let j = rho.length - chunkLog; j < rho.length; j++) {
    level = Array.from({ length: level.length / 2 }, (_, k) => {
      const [p0, p1] = [level[2 * k]!, level[2 * k + 1]!];
      const degree = Math.max(p0.length, p1.length);
      if (degree === 0) return [];
      const difference = Array.from({ length: degree }, (_, d) => F.sub(p1[d] ?? 0n, p0[d] ?? 0n));
      // p0 + (rho_j + X delta_j)(p1 - p0)
      return Array.from({ length: degree + 1 }, (_, d) =>
        F.create((p0[d] ?? 0n) + rho[j]! * (difference[d] ?? 0n) + delta[j]! * (difference[d - 1] ?? 0n)),
      );
    });
  }
  return Array.from({ length: rho.length + 1 }, (_, d) => level[0]![d] ?? 0n);
}
