/**
 * The linear-time sweeps of a fold over the whole row vector (protocol section 3), cut into chunks by the highest
 * coordinates of the row index, so that threads can share them: all buffers may be shared memory.
 *
 * Rows are of two kinds, quadratic ones (of bits and listed) and S-boxes; each has an error vector of its own, as long as the row
 * vector and zero where there is no row of its kind. Chunks without any row hold zeros for ever and are left out.
 */
import type { Engine, RowKernels, Vec } from '../algebra/engine.ts';
import { FIELD_BYTES } from '../algebra/engine.ts';
import { field } from '../algebra/field.ts';
import { R } from '../algebra/params.ts';
import type { Layout, RowRange, RowShape } from './layout.ts';
import {
  chunksOf,
  chunkWeight,
  type ErrorChunk,
  errorChunks,
  joinChunks,
  joinLines,
  type Lines,
  liveParts,
  type RowKind,
  rangesOf,
  type Share,
  share,
} from './row-chunks.ts';
import { boxShare, quadraticShare } from './shares.ts';

/** Running side (1), fresh side (2) and the cross term, as the chunks see them. */
export interface SweepBuffers {
  readonly layout: Pick<Layout, 'rowLog'>;
  readonly shape: RowShape;
  readonly z1: Vec;
  readonly forms1: Vec;
  /** q(z1) without powers of u, and the S-boxes l^5 - out u^4 at z1; 2^rowLog elements each. */
  readonly errors: Readonly<Record<RowKind, Vec>>;
  readonly z2: Vec;
  readonly forms2: Vec;
  /** The fresh bits of all blocks as bytes. */
  readonly bits2: Uint8Array;
  /** The cross term of q, 2^rowLog elements, written by `termsPart`. */
  readonly t: Vec;
}

/** The sweeps of a fold; implementations share them out and combine. */
export interface Sweeps {
  /** Writes T. Needs no challenge, so it may run beside `line`. */
  terms(): Promise<void>;
  /** Coefficients h_0..h_n of <eq(rho + X delta), errors>, by kind of rows. */
  line(rho: readonly bigint[], delta: readonly bigint[]): Promise<Lines>;
  /** t_1..t_4 at rho*; `terms` must have ended. A = <eq(rho*), q(z1)>, which is h_q(b). */
  cross(point: readonly bigint[], u: bigint, A: bigint): Promise<readonly bigint[]>;
  /** z1 += k z2, forms1 += k forms2, and the errors of that. */
  update(k: bigint): Promise<void>;
}

const F = field(R);

const slice = (v: Vec, from: number, to: number): Vec => v.subarray(from * FIELD_BYTES, to * FIELD_BYTES);

/** Where rows end inside a chunk, its line is made of pieces of so many rows: those without a row cost nothing. */
const PIECE_ROWS_LOG = 10;

/** h of one chunk, over its low coordinates only. */
export function lineChunk(
  engine: Engine,
  b: SweepBuffers,
  rho: readonly bigint[],
  delta: readonly bigint[],
  chunkLog: number,
  { kind, chunk }: ErrorChunk,
  pieceRowsLog = PIECE_ROWS_LOG,
): bigint[] {
  const low = b.layout.rowLog - chunkLog;
  const line = (log: number, part: number): bigint[] => {
    const { fr } = engine;
    const values = slice(b.errors[kind], part * 2 ** log, (part + 1) * 2 ** log);
    return fr.decode(fr.linePolynomial(values, fr.encode(rho.slice(0, log)), fr.encode(delta.slice(0, log))));
  };
  const pieceLog = Math.min(low, pieceRowsLog);
  const pieces = 2 ** (low - pieceLog);
  const live = liveParts(b.shape, kind, 2 ** pieceLog, chunk * pieces, (chunk + 1) * pieces);
  if (live.length === pieces) return line(low, chunk);
  const lines = new Map(live.map((piece) => [piece - chunk * pieces, line(pieceLog, piece)]));
  return joinChunks(low - pieceLog, lines, rho.slice(0, low), delta.slice(0, low));
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
  const { row, count } = b.shape.quadratic;
  const part = share(count, own);
  const [from, to] = part;
  if (from < to) rows.cross(b.z1, b.forms1, b.z2, b.forms2, from, to, at(b.t, row, part));
}

/**
 * Of <eq(point), T> what these chunks hold, then a share of the S-boxes' weighted sums (`boxSums`). Such lists from all threads
 * add up to that of the whole row vector.
 */
export function crossPart(
  engine: Engine,
  rows: RowKernels,
  b: SweepBuffers,
  point: readonly bigint[],
  chunkLog: number,
  chunks: readonly number[],
  own: Share,
): bigint[] {
  const { fr } = engine;
  const low = b.layout.rowLog - chunkLog;
  const size = 2 ** low;
  const eq = fr.eqTable(fr.encode(point.slice(0, low)));
  const terms = chunks.map((chunk) => {
    const values = fr.decode(fr.dot(eq, slice(b.t, chunk * size, (chunk + 1) * size)));
    return [...values, ...NO_BOXES].map((v) => F.mul(chunkWeight(point, low, chunk), v));
  });
  const { row, count } = b.shape.boxes;
  const [first, last] = share(count, own).map((k) => row + k) as [number, number];
  for (let from = first; from < last; ) {
    const chunk = Math.floor(from / size);
    const to = Math.min(last, (chunk + 1) * size);
    const weights = slice(eq, from - chunk * size, to - chunk * size);
    const sums = fr.decode(rows.boxSums(b.z1, b.forms1, b.z2, b.forms2, weights, from - row, to - row));
    terms.push([0n, ...sums].map((v) => F.mul(chunkWeight(point, low, chunk), v)));
    from = to;
  }
  return addLists([[0n, ...NO_BOXES], ...terms]);
}

const NO_BOXES = new Array<bigint>(6).fill(0n);

function addLists(lists: readonly (readonly bigint[])[]): bigint[] {
  return lists.reduce<bigint[]>((sum, list) => list.map((v, k) => F.add(sum[k] ?? 0n, v)), []);
}

/** t_1..t_4 from the parts of all threads. */
export function joinCross(u: bigint, A: bigint, parts: readonly (readonly bigint[])[]): bigint[] {
  const [B, ...boxes] = addLists(parts);
  const [out1, out2] = boxes.slice(4);
  const box = boxShare(u, { powers: boxes.slice(0, 4), out1: out1!, out2: out2! });
  return addLists([quadraticShare(u, A, B!), box]);
}

/** A share of z1 += k z2, forms1 += k forms2, q += k T. */
export function updatePart(engine: Engine, b: SweepBuffers, k: bigint, own: Share): void {
  const scalar = engine.fr.encode([k]);
  const all = (v: Vec): RowRange[] => [{ row: 0, count: v.length / FIELD_BYTES }];
  for (const [y, x, ranges] of [
    [b.z1, b.z2, all(b.z1)],
    [b.forms1, b.forms2, all(b.forms1)],
    [b.errors.quadratic, b.t, rangesOf(b.shape, 'quadratic')],
  ] as const) {
    for (const { row, count } of ranges) {
      const [from, to] = share(count, own).map((at) => row + at) as [number, number];
      if (from < to) engine.fr.axpy(slice(y, from, to), scalar, slice(x, from, to));
    }
  }
}

/** A share of the S-boxes at z1, when all of z1 and its forms are updated. */
export function boxesPart(rows: RowKernels, b: SweepBuffers, own: Share): void {
  const { row, count } = b.shape.boxes;
  const [from, to] = share(count, own);
  if (from < to) rows.boxes(b.z1, b.forms1, from, to, slice(b.errors.boxes, row + from, row + to));
}

/** The errors of any z1, whose forms stand beside it. */
export function writeErrors({ fr }: Engine, rows: RowKernels, b: SweepBuffers): void {
  const { bits, quadratic } = b.shape;
  const u = slice(b.z1, 0, 1);
  for (const { variable, row, count } of bits) {
    b.errors.quadratic.set(fr.bitRows(slice(b.z1, variable, variable + count), u), row * FIELD_BYTES);
  }
  b.errors.quadratic.set(rows.quadratic(b.z1, b.forms1), quadratic.row * FIELD_BYTES);
  boxesPart(rows, b, ALL);
}

const ALL: Share = { part: 0, parts: 1 };

/** All sweeps in this thread. */
export function localSweeps(engine: Engine, rows: RowKernels, b: SweepBuffers): Sweeps {
  const chunks = chunksOf(b);
  const { chunkLog, live } = chunks;
  return {
    terms: async () => termsPart(engine, rows, b, ALL),
    line: async (rho, delta) => {
      const lines = errorChunks(chunks).map((chunk) => lineChunk(engine, b, rho, delta, chunkLog, chunk));
      return joinLines(chunks, lines, rho, delta);
    },
    cross: async (point, u, A) => joinCross(u, A, [crossPart(engine, rows, b, point, chunkLog, live.quadratic, ALL)]),
    update: async (k) => {
      updatePart(engine, b, k, ALL);
      boxesPart(rows, b, ALL);
    },
  };
}
