/** The sweeps of a fold, cut into any number of chunks, against bigints. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { chunksOf, errorChunks, joinLines, type Lines, ROW_KINDS, share } from '../../src/folding/row-chunks.ts';
import {
  boxesPart,
  crossPart,
  joinCross,
  lineChunk,
  localSweeps,
  type SweepBuffers,
  termsPart,
  updatePart,
} from '../../src/folding/sweeps.ts';
import { elements } from '../helpers/circuit.ts';
import { type Claim, coefficientsAt, evaluate, foldClaim, holds } from './degree-five.ts';
import { dot, eqValues, linePolynomial, SmallSystem } from './small-system.ts';

const engine = await createEngine();
const { fr } = engine;
const F = field(R);
const CHUNK_LOGS = [0, 1, 2, 3];
const PARTS = [1, 2, 3, 7];
const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

/** Block sizes at and around the powers of two where chunks begin. */
const SIZES = [
  { model: 2, bits: 5, rows: 9, boxes: 4, seed: 1 },
  { model: 1, bits: 16, rows: 3, boxes: 13, seed: 2 },
  { model: 0, bits: 1, rows: 30, boxes: 1, seed: 3 },
  { model: 3, bits: 17, rows: 20, boxes: 13, seed: 4 },
  { model: 2, bits: 0, rows: 16, boxes: 0, seed: 5 },
  { model: 1, bits: 3, rows: 0, boxes: 9, seed: 6 },
];

/** By bigints: the lines of all errors at z1. */
const linesOf = (
  small: SmallSystem,
  z1: readonly bigint[],
  rho: readonly bigint[],
  delta: readonly bigint[],
): Lines => {
  const { quadratic, boxes } = small.errors(z1);
  return { quadratic: linePolynomial(quadratic, rho, delta), boxes: linePolynomial(boxes, rho, delta) };
};

describe.each(SIZES)('with $bits bits, $rows rows and $boxes S-boxes', (sizes) => {
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
        const expected = linesOf(small, z1, rho, delta);
        for (const chunkLog of CHUNK_LOGS) {
          const chunks = chunksOf(b, chunkLog);
          for (const pieceRowsLog of [1, 2, undefined]) {
            const lines = errorChunks(chunks).map((chunk) => {
              return lineChunk(engine, b, rho, delta, chunkLog, chunk, pieceRowsLog);
            });
            expect(joinLines(chunks, lines, rho, delta)).toEqual(expected);
          }
        }
      }),
      { numRuns: 6 },
    );
  });

  it('gives the same cross term and messages t_1..t_4, the coefficients of Q(z1 + X z2)', () => {
    fc.assert(
      fc.property(setting, ({ z1, model, x, bits, rho }) => {
        const z2 = small.fresh(x, model, bits);
        const expected = small.cross(z1, z2);
        const terms = coefficientsAt((z) => small.rows(z), rho, z1, z2);
        expect(terms[5]).toBe(0n);
        const b = small.buffers(z1);
        small.load(b, z2);
        for (const parts of PARTS) {
          b.t.fill(0);
          for (const part of range(parts)) termsPart(engine, small.system.kernels, b, { part, parts });
          expect(fr.decode(b.t)).toEqual(expected);
        }
        for (const chunkLog of CHUNK_LOGS) {
          const { quadratic } = chunksOf(b, chunkLog).live;
          for (const parts of PARTS) {
            const lists = range(parts).map((part) => {
              const chunks = quadratic.slice(...share(quadratic.length, { part, parts }));
              return crossPart(engine, small.system.kernels, b, rho, chunkLog, chunks, { part, parts });
            });
            const A = dot(eqValues(rho), small.errors(z1).quadratic);
            expect(joinCross(z1[0]!, A, lists)).toEqual(terms.slice(1, 5));
          }
        }
      }),
      { numRuns: 6 },
    );
  });

  it('gives the same update, after which the errors are those of z1 again', () => {
    fc.assert(
      fc.property(setting, ({ z1, model, x, bits, k }) => {
        const z2 = small.fresh(x, model, bits);
        const folded = z1.map((v, i) => F.create(v + k * z2[i]!));
        for (const parts of PARTS) {
          const b = small.buffers(z1);
          small.load(b, z2);
          termsPart(engine, small.system.kernels, b, { part: 0, parts: 1 });
          for (const part of range(parts)) updatePart(engine, b, k, { part, parts });
          for (const part of range(parts)) boxesPart(small.system.kernels, b, { part, parts });
          expect(fr.decode(b.z1)).toEqual(folded);
          expect(b.forms1).toEqual(small.system.kernels.forms(fr.encode(folded)));
          for (const kind of ROW_KINDS) expect(fr.decode(b.errors[kind])).toEqual(small.errors(folded)[kind]);
        }
      }),
      { numRuns: 4 },
    );
  });

  it('notices a row of the errors, a form or a bit that is changed', () => {
    const z1 = Array.from({ length: variables }, (_, k) => BigInt(k + 2));
    const z2 = small.fresh(9n, new Array<bigint>(sizes.model).fill(4n), 1n & BigInt(sizes.bits > 0));
    const rho = Array.from({ length: rowLog }, (_, k) => BigInt(3 * k + 2));
    const cross = (change: (b: SweepBuffers) => void): bigint[] => {
      const b = small.buffers(z1);
      small.load(b, z2);
      change(b);
      termsPart(engine, small.system.kernels, b, { part: 0, parts: 1 });
      return crossPart(engine, small.system.kernels, b, rho, 0, [0], { part: 0, parts: 1 });
    };
    const honest = cross(() => {});
    if (sizes.bits > 0) expect(cross((b) => b.bits2.set([1 - b.bits2[0]!]))).not.toEqual(honest);
    expect(cross((b) => b.forms2.set(fr.encode([1n])))).not.toEqual(honest);
    expect(cross((b) => b.z1.set(fr.encode([5n])))).not.toEqual(honest);
    // the last variable is the last S-box's output
    if (small.system.matrix.sizes.boxes > 0)
      expect(cross((b) => b.z1.set(fr.encode([5n]), b.z1.length - 32))).not.toEqual(honest);
    for (const kind of ROW_KINDS) {
      const b = small.buffers(z1);
      const { row, count } = b.shape[kind];
      if (count === 0) continue;
      const line = lineChunk(engine, b, rho, rho, 0, { kind, chunk: 0 });
      b.errors[kind].set(fr.encode([1n]), row * 32);
      expect(lineChunk(engine, b, rho, rho, 0, { kind, chunk: 0 })).not.toEqual(line);
    }
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
    expect(await sweeps.line(rho, rho)).toEqual(linesOf(small, z1, rho, rho));
    await sweeps.terms();
    const terms = coefficientsAt((z) => small.rows(z), rho, z1, z2);
    const A = dot(eqValues(rho), small.errors(z1).quadratic);
    expect(await sweeps.cross(rho, z1[0]!, A)).toEqual(terms.slice(1, 5));
    await sweeps.update(77n);
    const { quadratic, boxes } = small.errors(z1.map((v, k) => F.create(v + 77n * z2[k]!)));
    expect(fr.decode(b.errors.quadratic)).toEqual(quadratic);
    expect(fr.decode(b.errors.boxes)).toEqual(boxes);
  });
});

describe('folds by the sweeps', () => {
  const system = fc.record({
    model: fc.nat(3),
    bits: fc.nat(9),
    rows: fc.nat(9),
    boxes: fc.nat(9),
    seed: fc.integer({ min: 1, max: 1000 }),
  });
  const challenges = fc.record({ c: elements(R), b: elements(R), scalar: fc.bigInt(1n, R - 1n) });

  it('keep the claim over random systems, from the default instance on, where u = 0', async () => {
    await fc.assert(
      fc.asyncProperty(system, fc.array(challenges, { minLength: 1, maxLength: 3 }), async (sizes, steps) => {
        fc.pre(sizes.rows + sizes.boxes > 0);
        const small = new SmallSystem(engine, sizes);
        let claim: Claim = {
          z: new Array<bigint>(small.system.matrix.matrix.variables).fill(0n),
          rho: new Array<bigint>(small.layout.rowLog).fill(0n),
          v: 0n,
        };
        const b = small.buffers(claim.z);
        const sweeps = localSweeps(engine, small.system.kernels, b);
        for (const [k, challenge] of steps.entries()) {
          const z2 = small.fresh(
            BigInt(k),
            new Array<bigint>(sizes.model).fill(BigInt(k + 2)),
            BigInt(k * 37) % (1n << BigInt(sizes.bits)),
          );
          small.load(b, z2);
          const twin = foldClaim((z) => small.rows(z), claim, z2, challenge);
          const delta = claim.rho.map((x, j) => F.sub(F.pow(challenge.c, 1n << BigInt(j)), x));
          const lines = await sweeps.line(claim.rho, delta);
          const u = claim.z[0]!;
          expect(lines.quadratic.map((q, d) => F.create(u ** 3n * q + lines.boxes[d]!))).toEqual(twin.h);
          await sweeps.terms();
          const A = evaluate(lines.quadratic, challenge.b);
          expect(await sweeps.cross(twin.rho, u, A)).toEqual(twin.t);
          await sweeps.update(challenge.scalar);
          claim = twin;
          expect(fr.decode(b.z1)).toEqual(claim.z);
          expect(holds((z) => small.rows(z), claim)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('chunksOf', () => {
  it('leaves out the chunks without a row, and no other', () => {
    for (const sizes of SIZES) {
      const small = new SmallSystem(engine, sizes);
      const { rowLog, listed } = small.layout;
      const { bits, rows, boxes } = sizes;
      const quadratic = [...range(bits), ...range(rows).map((k) => listed + k)];
      const fifth = range(boxes).map((k) => listed + rows + k);
      const b = small.buffers(range(small.system.matrix.matrix.variables).map(BigInt));
      for (const chunkLog of CHUNK_LOGS) {
        const chunksWith = (of: readonly number[]): number[] => {
          const chunks = new Set(of.map((row) => Math.floor(row / 2 ** (rowLog - chunkLog))));
          return [...chunks].sort((a, c) => a - c);
        };
        const live = { quadratic: chunksWith(quadratic), boxes: chunksWith(fifth) };
        expect(chunksOf(b, chunkLog)).toEqual({ chunkLog, live });
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
