/** The sweeps of a fold, cut into any number of chunks, against bigints. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import {
  chunksOf,
  crossChunks,
  joinLines,
  joinParts,
  lineChunk,
  localSweeps,
  type SweepBuffers,
  share,
  termsPart,
  updatePart,
} from '../../src/folding/sweeps.ts';
import { elements } from '../helpers/circuit.ts';
import { dot, eqValues, linePolynomial, SmallSystem } from './small-system.ts';

const engine = await createEngine();
const { fr } = engine;
const F = field(R);
const CHUNK_LOGS = [0, 1, 2, 3];
const PARTS = [1, 2, 3, 7];
const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

/** Block sizes at and around the powers of two where chunks begin. */
const SIZES = [
  { model: 2, bits: 5, rows: 9, seed: 1 },
  { model: 1, bits: 16, rows: 3, seed: 2 },
  { model: 0, bits: 1, rows: 30, seed: 3 },
  { model: 3, bits: 17, rows: 33, seed: 4 },
  { model: 2, bits: 0, rows: 16, seed: 5 },
];

describe.each(SIZES)('with $bits bits and $rows rows', (sizes) => {
  const small = new SmallSystem(engine, sizes);
  const { rowLog } = small.layout;
  const { variables } = small.system.matrix.matrix;
  const vector = (n: number) => fc.array(elements(R), { minLength: n, maxLength: n });
  const setting = fc.record({
    z1: vector(variables),
    model: vector(sizes.model),
    x: elements(R),
    bits: fc.bigInt(0n, (1n << BigInt(sizes.bits)) - 1n),
    rho: vector(rowLog),
    delta: vector(rowLog),
    k: elements(R),
  });

  it('gives the same line polynomial, the one that bigints give', () => {
    fc.assert(
      fc.property(setting, ({ z1, rho, delta }) => {
        const b = small.buffers(z1);
        const expected = linePolynomial(small.rows(z1), rho, delta);
        for (const chunkLog of CHUNK_LOGS) {
          const chunks = chunksOf(b, chunkLog);
          const lines = chunks.live.map((chunk) => lineChunk(engine, b, rho, delta, chunkLog, chunk));
          expect(joinLines(chunks, lines, rho, delta)).toEqual(expected);
        }
      }),
      { numRuns: 6 },
    );
  });

  it('gives the same cross term and inner product', () => {
    fc.assert(
      fc.property(setting, ({ z1, model, x, bits, rho }) => {
        const z2 = small.fresh(x, model, bits);
        const expected = small.cross(z1, z2);
        const b = small.buffers(z1);
        small.load(b, z2);
        for (const parts of PARTS) {
          b.t.fill(0);
          for (const part of range(parts)) termsPart(engine, small.system.kernels, b, { part, parts });
          expect(fr.decode(b.t)).toEqual(expected);
        }
        for (const chunkLog of CHUNK_LOGS) {
          const chunks = chunksOf(b, chunkLog);
          const values = crossChunks(engine, b, rho, chunkLog, chunks.live);
          expect(joinParts(chunks, values, rho)).toBe(dot(eqValues(rho), expected));
        }
      }),
      { numRuns: 6 },
    );
  });

  it('gives the same update, after which E is Q(z1) again', () => {
    fc.assert(
      fc.property(setting, ({ z1, model, x, bits, k }) => {
        const z2 = small.fresh(x, model, bits);
        const folded = z1.map((v, i) => F.create(v + k * z2[i]!));
        for (const parts of PARTS) {
          const b = small.buffers(z1);
          small.load(b, z2);
          termsPart(engine, small.system.kernels, b, { part: 0, parts: 1 });
          for (const part of range(parts)) updatePart(engine, b, k, { part, parts });
          expect(fr.decode(b.z1)).toEqual(folded);
          expect(b.forms1).toEqual(small.system.kernels.forms(fr.encode(folded)));
          expect(fr.decode(b.e)).toEqual(small.rows(folded));
        }
      }),
      { numRuns: 4 },
    );
  });

  it('notices a row of E, a form or a bit that is changed', () => {
    const z1 = Array.from({ length: variables }, (_, k) => BigInt(k + 2));
    const z2 = small.fresh(9n, new Array<bigint>(sizes.model).fill(4n), 1n & BigInt(sizes.bits > 0));
    const rho = Array.from({ length: rowLog }, (_, k) => BigInt(3 * k + 2));
    const cross = (change: (b: SweepBuffers) => void): bigint => {
      const b = small.buffers(z1);
      small.load(b, z2);
      change(b);
      termsPart(engine, small.system.kernels, b, { part: 0, parts: 1 });
      return crossChunks(engine, b, rho, 0, [0])[0]!;
    };
    const honest = cross(() => {});
    if (sizes.bits > 0) expect(cross((b) => b.bits2.set([1 - b.bits2[0]!]))).not.toBe(honest);
    expect(cross((b) => b.forms2.set(fr.encode([1n])))).not.toBe(honest);
    expect(cross((b) => b.z1.set(fr.encode([5n])))).not.toBe(honest);
    const b = small.buffers(z1);
    const line = lineChunk(engine, b, rho, rho, 0, 0);
    b.e.set(fr.encode([1n]));
    expect(lineChunk(engine, b, rho, rho, 0, 0)).not.toEqual(line);
  });
});

describe('localSweeps', () => {
  it('are all of the sweeps', async () => {
    const small = new SmallSystem(engine, SIZES[0]!);
    const z1 = Array.from({ length: small.system.matrix.matrix.variables }, (_, k) => BigInt(k * k + 1));
    const z2 = small.fresh(3n, [8n, 9n], 21n);
    const b = small.buffers(z1);
    small.load(b, z2);
    const sweeps = localSweeps(engine, small.system.kernels, b);
    const rho = Array.from({ length: small.layout.rowLog }, (_, k) => BigInt(5 * k + 3));
    expect(await sweeps.line(rho, rho)).toEqual(linePolynomial(small.rows(z1), rho, rho));
    await sweeps.terms();
    expect(await sweeps.cross(rho)).toBe(dot(eqValues(rho), small.cross(z1, z2)));
    await sweeps.update(77n);
    expect(fr.decode(b.e)).toEqual(small.rows(z1.map((v, k) => F.create(v + 77n * z2[k]!))));
  });
});

describe('chunksOf', () => {
  it('leaves out the chunks without a row, and no other', () => {
    for (const sizes of SIZES) {
      const small = new SmallSystem(engine, sizes);
      const { rowLog, listed } = small.layout;
      const rows = [...range(sizes.bits), ...range(sizes.rows).map((k) => listed + k)];
      const b = small.buffers(range(small.system.matrix.matrix.variables).map(BigInt));
      for (const chunkLog of CHUNK_LOGS) {
        const expected = new Set(rows.map((row) => Math.floor(row / 2 ** (rowLog - chunkLog))));
        expect(chunksOf(b, chunkLog)).toEqual({ chunkLog, live: [...expected].sort((a, c) => a - c) });
      }
    }
  });
});

describe('share', () => {
  it('covers every item once, in order, within one of equal', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 64 }), (n, parts) => {
        const shares = range(parts).map((part) => share(n, { part, parts }));
        expect(shares[0]![0]).toBe(0);
        expect(shares.at(-1)![1]).toBe(n);
        shares.slice(1).forEach(([from], k) => {
          expect(from).toBe(shares[k]![1]);
        });
        const sizes = shares.map(([from, to]) => to - from);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
