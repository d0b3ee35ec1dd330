/**
 * The linear-time sweeps of a fold over the whole row vector (protocol section 3), cut into chunks by the highest
 * coordinates of the row index, so that threads can share them: all buffers may be shared memory.
 *
 * Every range of rows is padded, those of bits to a power of two, the listed ones to all: chunks without any row hold
 * zeros for ever and are left out.
 */
import type { Engine, RowKernels, Vec } from '../algebra/engine.ts';
import { FIELD_BYTES } from '../algebra/engine.ts';
import { field } from '../algebra/field.ts';
import { R } from '../algebra/params.ts';
import type { Layout, RowShape } from './layout.ts';

/** Running side (1), fresh side (2) and the cross term, as the chunks see them. */
export interface SweepBuffers {
  readonly layout: Pick<Layout, 'rowLog'>;
  readonly shape: RowShape;
  readonly z1: Vec;
  readonly forms1: Vec;
  /** Q(z1), 2^rowLog elements. */
  readonly e: Vec;
  readonly z2: Vec;
  readonly forms2: Vec;
  /** The fresh bits of all blocks as bytes. */
  readonly bits2: Uint8Array;
  /** The cross term, 2^rowLog elements, written by `termsPart`. */
  readonly t: Vec;
}

/** The sweeps of a fold; implementations share them out and combine. */
export interface Sweeps {
  /** Writes T. Needs no challenge, so it may run beside `line`. */
  terms(): Promise<void>;
  /** Coefficients h_0..h_n of <eq(rho + X delta), E>. */
  line(rho: readonly bigint[], delta: readonly bigint[]): Promise<bigint[]>;
  /** <eq(point), T>; `terms` must have ended. */
  cross(point: readonly bigint[]): Promise<bigint>;
  /** z1 += k z2, forms1 += k forms2, E += k T. */
  update(k: bigint): Promise<void>;
}

/** Rows of a chunk, 256 kB of elements: its tables stay in the second-level cache. */
const CHUNK_ROWS_LOG = 13;

const slice = (v: Vec, from: number, to: number): Vec => v.subarray(from * FIELD_BYTES, to * FIELD_BYTES);

type Frame = Pick<SweepBuffers, 'layout' | 'shape'>;

/** The rows that exist, [from, to) each: those of the bits and the listed ones. */
function ranges({ shape }: Frame): [number, number][] {
  return [...shape.bits, shape.listed].map(({ row, count }) => [row, row + count]);
}

/** One of so many equal parts of a sweep. */
export interface Share {
  readonly part: number;
  readonly parts: number;
}

/** How the rows are cut: into 2^chunkLog chunks, of which `live` ones have a row. */
export interface Chunks {
  readonly chunkLog: number;
  readonly live: readonly number[];
}

export function chunksOf(b: Frame, chunkLog = Math.max(0, b.layout.rowLog - CHUNK_ROWS_LOG)): Chunks {
  const size = 2 ** (b.layout.rowLog - chunkLog);
  const all = Array.from({ length: 2 ** chunkLog }, (_, chunk) => chunk);
  const live = all.filter((chunk) => ranges(b).some(([from, to]) => chunk * size < to && (chunk + 1) * size > from));
  return { chunkLog, live };
}

/** h of one chunk, over its low coordinates only. */
export function lineChunk(
  engine: Engine,
  b: SweepBuffers,
  rho: readonly bigint[],
  delta: readonly bigint[],
  chunkLog: number,
  chunk: number,
): bigint[] {
  const low = b.layout.rowLog - chunkLog;
  const { fr } = engine;
  const values = slice(b.e, chunk * 2 ** low, (chunk + 1) * 2 ** low);
  return fr.decode(fr.linePolynomial(values, fr.encode(rho.slice(0, low)), fr.encode(delta.slice(0, low))));
}

/** Writes a share of T. */
export function termsPart(engine: Engine, rows: RowKernels, b: SweepBuffers, own: Share): void {
  const at = (v: Vec, first: number, [from, to]: readonly [number, number]): Vec => slice(v, first + from, first + to);
  for (const { variable, bit, row, count } of b.shape.bits) {
    const part = share(count, own);
    const [from, to] = part;
    if (from >= to) continue;
    const bits2 = b.bits2.subarray(bit + from, bit + to);
    engine.fr.bitCross(at(b.z1, variable, part), slice(b.z1, 0, 1), bits2, at(b.t, row, part));
  }
  const part = share(b.shape.listed.count, own);
  const [from, to] = part;
  if (from < to) rows.cross(b.z1, b.forms1, b.z2, b.forms2, from, to, at(b.t, b.shape.listed.row, part));
}

/** <eq over the low coordinates, T> of each of these chunks. */
export function crossChunks(
  engine: Engine,
  b: SweepBuffers,
  point: readonly bigint[],
  chunkLog: number,
  chunks: readonly number[],
): bigint[] {
  const { fr } = engine;
  const low = b.layout.rowLog - chunkLog;
  const eq = fr.eqTable(fr.encode(point.slice(0, low)));
  return chunks.map((chunk) => fr.decode(fr.dot(eq, slice(b.t, chunk * 2 ** low, (chunk + 1) * 2 ** low)))[0]!);
}

/** A share of z1 += k z2, forms1 += k forms2, E += k T. */
export function updatePart(engine: Engine, b: SweepBuffers, k: bigint, own: Share): void {
  const scalar = engine.fr.encode([k]);
  const all = (v: Vec): [number, number] => [0, v.length / FIELD_BYTES];
  for (const [y, x, parts] of [
    [b.z1, b.z2, [all(b.z1)]],
    [b.forms1, b.forms2, [all(b.forms1)]],
    [b.e, b.t, ranges(b)],
  ] as const) {
    for (const [start, end] of parts) {
      const [from, to] = share(end - start, own);
      if (from < to) engine.fr.axpy(slice(y, start + from, start + to), scalar, slice(x, start + from, start + to));
    }
  }
}

/** The range [from, to) of n items that belongs to a share. */
export function share(n: number, { part, parts }: Share): [number, number] {
  return [Math.floor((n * part) / parts), Math.floor((n * (part + 1)) / parts)];
}

/** Joins the live chunks' polynomials over the high coordinates, lowest of them first. */
export function joinLines(
  { chunkLog, live }: Chunks,
  lines: readonly bigint[][],
  rho: readonly bigint[],
  delta: readonly bigint[],
): bigint[] {
  const F = field(R);
  // without coefficients: the zero polynomial
  let level = Array.from({ length: 2 ** chunkLog }, (): bigint[] => []);
  live.forEach((chunk, k) => {
    level[chunk] = lines[k]!;
  });
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
  return level[0]!;
}

/** sum eq(high coordinates, chunk) * part, over the live chunks. */
export function joinParts({ chunkLog, live }: Chunks, parts: readonly bigint[], point: readonly bigint[]): bigint {
  const F = field(R);
  const high = point.slice(point.length - chunkLog);
  return live.reduce((s, chunk, k) => {
    const weight = high.reduce((w, c, j) => F.mul(w, (chunk >> j) & 1 ? c : F.sub(1n, c)), 1n);
    return F.add(s, F.mul(weight, parts[k]!));
  }, 0n);
}

const ALL: Share = { part: 0, parts: 1 };

/** All sweeps in this thread. */
export function localSweeps(engine: Engine, rows: RowKernels, b: SweepBuffers): Sweeps {
  const chunks = chunksOf(b);
  const { chunkLog, live } = chunks;
  return {
    terms: async () => termsPart(engine, rows, b, ALL),
    line: async (rho, delta) => {
      const lines = live.map((chunk) => lineChunk(engine, b, rho, delta, chunkLog, chunk));
      return joinLines(chunks, lines, rho, delta);
    },
    cross: async (point) => joinParts(chunks, crossChunks(engine, b, point, chunkLog, live), point),
    update: async (k) => updatePart(engine, b, k, ALL),
  };
}
