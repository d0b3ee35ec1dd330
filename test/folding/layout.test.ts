/** Where blocks, blinding entries and rows stand; instances as the elements that are hashed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELD_BYTES } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { G1_PARAMS, R } from '../../src/algebra/params.ts';
import { HalfCommitment } from '../../src/folding/chain-commitment.ts';
import {
  blindingPiece,
  commitPieces,
  layerPieces,
  modelPieces,
  type Piece,
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
  it('fill P without overlap: layer bits, then those of both halves, fields at 2^bitLog likewise, blinding last', async () => {
    const engine = await createEngine();
    const block = { small: 40, fields: 7, bits: 90 };
    const vec = (n: number) => new Uint8Array(n * FIELD_BYTES);
    const sizes = fc.record({ bits: fc.nat(200), fields: fc.nat(100) });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (opening, folding) => {
        const layers = { bits: block.bits, fields: 47 };
        const before = { bits: layers.bits + opening.bits, fields: layers.fields + opening.fields };
        const all = { bits: before.bits + folding.bits, fields: before.fields + folding.fields };
        const layout = layoutOf({ model: 3, ...all, rows: 100 });
        const part = { bits: new Uint8Array(block.bits), small: new Float64Array(40), fields: vec(7) };
        const pieces = [...layerPieces(layout, part), blindingPiece(layout, vec(4))];
        for (const [at, half] of [
          [layers, opening],
          [before, folding],
        ] as const) {
          const commitment = new HalfCommitment(engine, layout, at, half.fields);
          await commitment.next({ bits: new Uint8Array(half.bits), fields: vec(half.fields) }, async (asked) => {
            pieces.push(...asked);
            return null;
          });
        }
        const used = pieces
          .map(({ at, scalars }) => [at, at + scalarCount(scalars)] as const)
          .sort(([a, endA], [b, endB]) => a - b || endA - endB);
        used.slice(1).forEach(([from], k) => {
          expect(from).toBeGreaterThanOrEqual(used[k]![1]);
        });
        const lengths = used.map(([from, to]) => to - from).reduce((n, length) => n + length, 0);
        expect(lengths).toBe(all.bits + all.fields + WITNESS_BLINDING);
        expect(used.at(-1)).toEqual([2 ** layout.witnessLog - WITNESS_BLINDING, 2 ** layout.witnessLog]);
        expect(pieces.some(({ at }) => at === 2 ** layout.bitLog)).toBe(true);
      }),
    );
    const { fr } = engine;
    const layout = layoutOf({ model: 3, bits: 1, fields: 1, rows: 1 });
    const [model, blinding] = modelPieces(layout, new Float64Array(3), fr.encode([5n]));
    expect([model!.at, blinding!.at]).toEqual([0, 4 - MODEL_BLINDING]);
  });
});

describe('the commitment to a half of the chain', () => {
  it('is that to its bits, its fields and what is given besides, and sums up only fields that changed', async () => {
    const engine = await createEngine();
    const key = engine.g1.fixedBase(G1_PARAMS.generator, engine.fr.encode([3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n]));
    const layout = layoutOf({ model: 1, bits: 2, fields: 2, rows: 2 });
    const half = new HalfCommitment(engine, layout, { bits: 1, fields: 1 }, 4);
    const more: Piece = { at: 7, scalars: { kind: 'full', values: engine.fr.encode([99n]) } };
    const vectors = [
      [1n, 0n, 9n, R - 1n],
      [1n, 0n, 9n, R - 1n],
      [1n, 4n, 9n, 0n],
      [0n, 0n, 0n, 0n],
    ];
    const changed: number[] = [];
    for (const [k, vector] of vectors.entries()) {
      const [bits, fields] = [Uint8Array.of(k & 1), engine.fr.encode(vector)];
      const commit = async (pieces: readonly Piece[]) => {
        const { at, scalars } = pieces[0]!;
        if (at === 3 && scalars.kind === 'full')
          changed.push(engine.fr.decode(scalars.values).filter((v) => v !== 0n).length);
        return commitPieces(engine, key, pieces);
      };
      expect(await half.next({ bits, fields }, commit, [more])).toEqual(
        commitPieces(engine, key, [
          { at: 1, scalars: { kind: 'bits', bits } },
          { at: 3, scalars: { kind: 'full', values: fields } },
          more,
        ]),
      );
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
