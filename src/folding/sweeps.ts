/**
 * The linear-time sweeps of a fold over the whole row vector (protocol section 3), cut into 2^chunkLog chunks by the
 * highest coordinates of the row index, so that threads can share them: all buffers may be shared memory.
 */
import type { Engine, RowKernels, Vec } from '../algebra/engine.ts';
import { FIELD_BYTES } from '../algebra/engine.ts';
import { field } from '../algebra/field.ts';
import { R } from '../algebra/params.ts';
import type { Layout } from './layout.ts';

/** Running side (1), fresh side (2) and the cross term, as the chunks see them. */
export interface SweepBuffers {
  readonly layout: Pick<Layout, 'bitLog' | 'rowLog'>;
  /** First bit variable in z, number of bit variables, number of listed rows. */
  readonly shape: { readonly bitOffset: number; readonly bits: number; readonly rows: number };
  readonly z1: Vec;
  readonly forms1: Vec;
  /** Q(z1), 2^rowLog elements. */
  readonly e: Vec;
  readonly z2: Vec;
  readonly forms2: Vec;
  /** The fresh bits as bytes. */
  readonly bits2: Uint8Array;
  /** The cross term, 2^rowLog elements, written by `crossChunk`. */
  readonly t: Vec;
}

/** The three sweeps of a fold; implementations cut them into chunks and combine. */
export interface Sweeps {
  /** Coefficients h_0..h_n of <eq(rho + X delta), E>. */
  line(rho: readonly bigint[], delta: readonly bigint[]): Promise<bigint[]>;
  /** Writes T and returns <eq(point), T>. */
  cross(point: readonly bigint[]): Promise<bigint>;
  /** z1 += k z2, forms1 += k forms2, E += k T. */
  update(k: bigint): Promise<void>;
}

const slice = (v: Vec, from: number, to: number): Vec => v.subarray(from * FIELD_BYTES, to * FIELD_BYTES);

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

/** Writes T of one chunk and returns its inner product with eq over the low coordinates. */
export function crossChunk(
  engine: Engine,
  rows: RowKernels,
  b: SweepBuffers,
  point: readonly bigint[],
  chunkLog: number,
  chunk: number,
): bigint {
  const { fr } = engine;
  const { bitOffset, bits } = b.shape;
  const low = b.layout.rowLog - chunkLog;
  const from = chunk * 2 ** low;
  const to = from + 2 ** low;
  const t = slice(b.t, from, to);
  t.fill(0);
  const bitEnd = Math.min(to, bits);
  if (from < bitEnd) {
    const b1 = slice(b.z1, bitOffset + from, bitOffset + bitEnd);
    t.set(fr.bitCross(b1, slice(b.z1, 0, 1), b.bits2.subarray(from, bitEnd)));
  }
  const listed = 2 ** b.layout.bitLog;
  const rowFrom = Math.max(from, listed) - listed;
  const rowTo = Math.min(to - listed, b.shape.rows);
  if (rowFrom < rowTo) {
    t.set(rows.cross(b.z1, b.forms1, b.z2, b.forms2, rowFrom, rowTo), (listed + rowFrom - from) * FIELD_BYTES);
  }
  return fr.decode(fr.dot(fr.eqTable(fr.encode(point.slice(0, low))), t))[0]!;
}

/** The chunk's share of z1 += k z2, forms1 += k forms2, E += k T. */
export function updateChunk(engine: Engine, b: SweepBuffers, k: bigint, chunkLog: number, chunk: number): void {
  const scalar = engine.fr.encode([k]);
  for (const [y, x] of [
    [b.z1, b.z2],
    [b.forms1, b.forms2],
    [b.e, b.t],
  ] as const) {
    const [from, to] = share(y.length / FIELD_BYTES, chunkLog, chunk);
    if (from < to) engine.fr.axpy(slice(y, from, to), scalar, slice(x, from, to));
  }
}

/** Equal share [from, to) of n items for one of 2^chunkLog chunks. */
export function share(n: number, chunkLog: number, chunk: number): [number, number] {
  const parts = 2 ** chunkLog;
  return [Math.floor((n * chunk) / parts), Math.floor((n * (chunk + 1)) / parts)];
}

/** Joins the chunks' polynomials over the high coordinates, lowest of them first. */
export function joinLines(chunks: readonly bigint[][], rho: readonly bigint[], delta: readonly bigint[]): bigint[] {
  const F = field(R);
  let level = chunks;
  for (let j = rho.length - Math.log2(chunks.length); j < rho.length; j++) {
    level = Array.from({ length: level.length / 2 }, (_, k) => {
      const [p0, p1] = [level[2 * k]!, level[2 * k + 1]!];
      const difference = p1.map((c, d) => F.sub(c, p0[d]!));
      // p0 + (rho_j + X delta_j)(p1 - p0)
      return Array.from({ length: p0.length + 1 }, (_, d) =>
        F.create((p0[d] ?? 0n) + rho[j]! * (difference[d] ?? 0n) + delta[j]! * (difference[d - 1] ?? 0n)),
      );
    });
  }
  return level[0]!;
}

/** sum eq(high coordinates, chunk) * part. */
export function joinParts(parts: readonly bigint[], point: readonly bigint[]): bigint {
  const F = field(R);
  const low = point.length - Math.log2(parts.length);
  return parts.reduce((s, part, chunk) => {
    const weight = point.slice(low).reduce((w, c, j) => F.mul(w, (chunk >> j) & 1 ? c : F.sub(1n, c)), 1n);
    return F.add(s, F.mul(weight, part));
  }, 0n);
}

/** All sweeps in this thread, in one chunk. */
export function localSweeps(engine: Engine, rows: RowKernels, buffers: SweepBuffers): Sweeps {
  return {
    line: async (rho, delta) => lineChunk(engine, buffers, rho, delta, 0, 0),
    cross: async (point) => crossChunk(engine, rows, buffers, point, 0, 0),
    update: async (k) => updateChunk(engine, buffers, k, 0, 0),
  };
}
