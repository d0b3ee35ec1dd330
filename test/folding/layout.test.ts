/** Where blocks, blinding entries and rows stand; instances as the elements that are hashed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELD_BYTES } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { G1_PARAMS, R } from '../../src/algebra/params.ts';
import {
  ChangingCommitment,
  chainFieldsAt,
  chainPieces,
  commitPieces,
  layerPieces,
  modelPieces,
  scalarCount,
} from '../../src/folding/commit.ts';
import {
  CYCLEFOLD_INPUTS,
  commitmentOf,
  elementsOfRunning,
  limbsOfCommitment,
  pointOf,
  runningFromElements,
} from '../../src/folding/instance.ts';
import { layoutOf, MODEL_BLINDING, WITNESS_BLINDING } from '../../src/folding/layout.ts';
import { points } from '../helpers/circuit.ts';

const sizes = fc.record({
  model: fc.nat(5000),
  bits: fc.nat(5000),
  fields: fc.nat(5000),
  rows: fc.integer({ min: 1, max: 5000 }),
});
const holds = (log: number, n: number): void => {
  expect(n).toBeLessThanOrEqual(2 ** log);
  if (log > 1) expect(n).toBeGreaterThan(2 ** (log - 1));
};

describe('layoutOf', () => {
  it('takes the smallest powers of two that hold blocks, blinding and rows', () => {
    fc.assert(
      fc.property(sizes, (s) => {
        const layout = layoutOf(s);
        holds(layout.modelLog, s.model + 1);
        holds(layout.bitLog, s.bits);
        holds(layout.witnessLog, 2 ** layout.bitLog + s.fields + 4);
        holds(layout.rowLog, 2 ** layout.bitLog + s.rows);
        expect(layout.keyLength).toBe(Math.max(2 ** layout.modelLog, 2 ** layout.witnessLog));
      }),
    );
  });
  it('turns over exactly at a power of two', () => {
    const base = { model: 3, bits: 8, fields: 4, rows: 8 };
    expect(layoutOf(base)).toEqual({ modelLog: 2, bitLog: 3, witnessLog: 4, rowLog: 4, keyLength: 16 });
    expect(layoutOf({ ...base, model: 4 }).modelLog).toBe(3);
    expect(layoutOf({ ...base, bits: 9 })).toMatchObject({ bitLog: 4, witnessLog: 5, rowLog: 5 });
    expect(layoutOf({ ...base, fields: 5 }).witnessLog).toBe(5);
    expect(layoutOf({ ...base, rows: 9 }).rowLog).toBe(5);
    expect(layoutOf({ ...base, model: 1000 }).keyLength).toBe(1024);
    expect(layoutOf({ model: 0, bits: 0, fields: 0, rows: 1 })).toMatchObject({ modelLog: 1, bitLog: 1, rowLog: 2 });
  });
});

describe('pieces', () => {
  it('fill P without overlap: layer bits, chain bits, fields at 2^bitLog, blinding last', async () => {
    const { fr } = await createEngine();
    const block = { small: 40, fields: 7, bits: 90 };
    fc.assert(
      fc.property(fc.nat(200), fc.nat(100), (bits, fields) => {
        const layers = { model: 3, ...block };
        const layout = layoutOf({ model: 3, bits: block.bits + bits, fields: 47 + fields, rows: 100 });
        const vec = (n: number) => new Uint8Array(n * FIELD_BYTES);
        const part = { bits: new Uint8Array(block.bits), small: new Float64Array(40), fields: vec(7) };
        const pieces = [
          ...layerPieces(layout, part),
          ...chainPieces(layout, layers, { bits: new Uint8Array(bits), blinding: vec(4) }),
          { at: chainFieldsAt(layout, layers), scalars: { kind: 'full' as const, values: vec(fields) } },
        ];
        const used = pieces
          .map(({ at, scalars }) => [at, at + scalarCount(scalars)] as const)
          .sort(([a, endA], [b, endB]) => a - b || endA - endB);
        used.slice(1).forEach(([from], k) => {
          expect(from).toBeGreaterThanOrEqual(used[k]![1]);
        });
        expect(used.at(-1)).toEqual([2 ** layout.witnessLog - WITNESS_BLINDING, 2 ** layout.witnessLog]);
        expect(pieces.some(({ at }) => at === 2 ** layout.bitLog)).toBe(true);
      }),
    );
    const layout = layoutOf({ model: 3, bits: 1, fields: 1, rows: 1 });
    const [model, blinding] = modelPieces(layout, new Float64Array(3), fr.encode([5n]));
    expect([model!.at, blinding!.at]).toEqual([0, 4 - MODEL_BLINDING]);
  });
});

describe('a commitment that follows a changing vector', () => {
  it('is the commitment to each vector, and commits to what changed only', async () => {
    const engine = await createEngine();
    const key = engine.g1.fixedBase(G1_PARAMS.generator, engine.fr.encode([3n, 5n, 7n, 11n, 13n]));
    const changing = new ChangingCommitment(engine, 1, 4);
    const vectors = [
      [1n, 0n, 9n, R - 1n],
      [1n, 0n, 9n, R - 1n],
      [1n, 4n, 9n, 0n],
      [0n, 0n, 0n, 0n],
    ];
    const changed: number[] = [];
    for (const vector of vectors) {
      const values = engine.fr.encode(vector);
      const point = await changing.next(values, async (pieces) => {
        const { scalars } = pieces[0]!;
        if (scalars.kind === 'full') changed.push(engine.fr.decode(scalars.values).filter((v) => v !== 0n).length);
        return commitPieces(engine, key, pieces);
      });
      expect(point).toEqual(commitPieces(engine, key, [{ at: 1, scalars: { kind: 'full', values } }]));
    }
    expect(changed).toEqual([3, 0, 2, 3]);
  });
});

describe('instances as elements', () => {
  it('keep their order both ways', () => {
    for (const rows of [1, 2, 15, 17]) {
      const elements = Array.from({ length: 8 + 2 + rows + 1 + 3 + 2 * CYCLEFOLD_INPUTS }, (_, k) => BigInt(k));
      const running = runningFromElements(elements);
      expect(running.U.rho.length).toBe(rows);
      expect(running.U.v).toBe(BigInt(10 + rows));
      expect(running.cycleFold.x.length).toBe(CYCLEFOLD_INPUTS);
      expect(elementsOfRunning(running)).toEqual(elements);
    }
  });
  it('give a point back from its limbs', () => {
    fc.assert(
      fc.property(points(G1_PARAMS), (p) => {
        const c = commitmentOf(p);
        expect(pointOf(c)).toEqual(p);
        const [xLo, xHi, yLo, yHi] = limbsOfCommitment(c);
        expect([xLo! + xHi! * 2n ** 136n, yLo! + yHi! * 2n ** 136n]).toEqual([p.x, p.y]);
      }),
      { numRuns: 10 },
    );
  });
});
