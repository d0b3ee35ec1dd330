/** Where blocks, blinding entries and rows stand; instances as the elements that are hashed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELD_BYTES } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { G1_PARAMS, R } from '../../src/algebra/params.ts';
import { alignedRanges } from '../../src/circuit/aligned-ranges.ts';
import { type BlockSpec, MACHINE_BLOCKS, SLOT_BLOCKS } from '../../src/folding/blocks.ts';
import { HalfCommitment } from '../../src/folding/chain-commitment.ts';
import {
  blindingRange,
  commitRanges,
  layerRanges,
  type ScalarRange,
  scalarCount,
  smallValues,
} from '../../src/folding/commit.ts';
import {
  CYCLEFOLD_INPUTS,
  commitmentOf,
  elementsOfRunning,
  limbsOfCommitment,
  pointOf,
  runningFromElements,
} from '../../src/folding/instance.ts';
import { type BlockLayout, layoutOf } from '../../src/folding/layout.ts';
import { points } from '../helpers/circuit.ts';

const sizes = fc.record({
  model: fc.nat(5000),
  traceBits: fc.nat(5000),
  traceFields: fc.nat(5000),
  bits: fc.nat(5000),
  fields: fc.nat(5000),
  rows: fc.integer({ min: 1, max: 5000 }),
});
const NO_TRACE = { traceBits: 0, traceFields: 0 };
const holds = (log: number, n: number): void => {
  expect(n).toBeLessThanOrEqual(2 ** log);
  if (log > 1) expect(n).toBeGreaterThan(2 ** (log - 1));
};

describe('layoutOf', () => {
  it('takes the smallest powers of two that hold blocks, blinding and rows', () => {
    fc.assert(
      fc.property(sizes, (s) => {
        const { blocks, listed, rowLog, keyLength } = layoutOf(SLOT_BLOCKS, s);
        const [M, P] = blocks as [BlockLayout, BlockLayout];
        holds(M.log, s.model + 1);
        expect(M).toMatchObject({
          name: 'M',
          fields: { part: 'model', at: 0 },
          blinding: { at: 2 ** M.log - 1, count: 1 },
        });
        expect(M.bits).toBeUndefined();
        const { at } = P.fields;
        expect(P).toMatchObject({ name: 'P', bits: { part: 'bits', row: 0 }, fields: { part: 'fields', at: listed } });
        expect(P.blinding).toEqual({ at: 2 ** P.log - 4, count: 4 });
        holds(P.log, at + s.fields + 4);
        holds(rowLog, listed + s.rows);
        expect(keyLength).toBe(Math.max(2 ** M.log, 2 ** P.log));
      }),
    );
  });
  it('puts the trace between model and witness, its bit rows first', () => {
    fc.assert(
      fc.property(sizes, (s) => {
        const { blocks, listed, rowLog, keyLength } = layoutOf(MACHINE_BLOCKS, s);
        const [M, T, P] = blocks as [BlockLayout, BlockLayout, BlockLayout];
        expect(blocks.map(({ name }) => name)).toEqual(['M', 'T', 'P']);
        const [ofT, ofP] = [T.bits!, P.bits!];
        expect([ofT.part, ofT.row, T.fields.part]).toEqual(['traceBits', 0, 'traceFields']);
        holds(T.log, T.fields.at + s.traceFields + 1);
        expect(T.blinding).toEqual({ at: 2 ** T.log - 1, count: 1 });
        // aligned to its own largest piece behind T's
        const unit = 2 ** ofP.pieces[0]!.log;
        expect(ofP.row).toBe(Math.ceil(T.fields.at / unit) * unit);
        expect(P.fields.part).toBe('fields');
        expect(listed).toBe(ofP.row + P.fields.at);
        holds(rowLog, listed + s.rows);
        expect(keyLength).toBe(2 ** Math.max(M.log, T.log, P.log));
      }),
    );
  });
  it('pads bits to a few aligned pieces, such that blocks are short and what copies need is aligned', () => {
    const log = fc.nat(7);
    fc.assert(
      fc.property(sizes, log, log, log, (s, ofRows, ofT, ofP) => {
        const alignment = { rows: 2 ** ofRows, variables: { traceFields: 2 ** ofT, fields: 2 ** ofP } };
        const { blocks, listed } = layoutOf(MACHINE_BLOCKS, s, alignment);
        let rows = 0;
        for (const { bits, fields, log, blinding } of blocks) {
          if (!bits) continue;
          const { part, row, pieces } = bits;
          // no bit is outside of the pieces, no other entry in them
          expect(s[part]).toBeLessThanOrEqual(fields.at);
          expect(pieces).toEqual(alignedRanges(fields.at));
          expect(pieces.length).toBeLessThanOrEqual(5);
          expect(fields.at % alignment.variables[fields.part as 'fields']).toBe(0);
          const others = s[fields.part] + blinding.count;
          expect(fields.at + others).toBeLessThanOrEqual(2 ** log);
          // never longer than behind a power of two
          const full = Math.max(2, 2 ** Math.ceil(Math.log2(s[part])), alignment.variables[fields.part as 'fields']);
          expect(log).toBeLessThanOrEqual(Math.ceil(Math.log2(full + others)));
          // a piece's rows are aligned as it is, and nobody else's
          for (const piece of pieces) expect((row + piece.from) % 2 ** piece.log).toBe(0);
          expect(row).toBeGreaterThanOrEqual(rows);
          rows = row + fields.at;
        }
        expect(listed).toBe(Math.ceil(rows / alignment.rows) * alignment.rows);
      }),
    );
  });
  it.each([
    // as many pieces as make the block short, and no more
    [
      { bits: 113_303, fields: 10_126, aligned: 4096 },
      { at: 7 * 2 ** 14, log: 17 },
    ],
    [
      { bits: 209_641, fields: 14_844, aligned: 4096 },
      { at: 7 * 2 ** 15, log: 18 },
    ],
    [
      { bits: 115_561, fields: 11_702, aligned: 4096 },
      { at: 29 * 2 ** 12, log: 17 },
    ],
    // one piece where more do not help, or the fields need it
    [
      { bits: 121_809, fields: 34_780, aligned: 1 },
      { at: 2 ** 17, log: 18 },
    ],
    [
      { bits: 62_103, fields: 8072, aligned: 2048 },
      { at: 2 ** 16, log: 17 },
    ],
    [
      { bits: 100, fields: 20, aligned: 2 },
      { at: 104, log: 7 },
    ],
    [
      { bits: 100, fields: 20, aligned: 16 },
      { at: 128, log: 8 },
    ],
    [
      { bits: 100, fields: 20, aligned: 256 },
      { at: 256, log: 9 },
    ],
    // a multiple of 2^7 / 2^5, but not one of 2
    [
      { bits: 101, fields: 22, aligned: 1 },
      { at: 128, log: 8 },
    ],
  ])('%o: other entries begin at %o', ({ bits, fields, aligned }, { at, log }) => {
    const sizes = { ...NO_TRACE, model: 1, bits, fields, rows: 1 };
    const [, P] = layoutOf(SLOT_BLOCKS, sizes, { rows: 1, variables: { fields: aligned } }).blocks;
    expect([P!.fields.at, P!.log]).toEqual([at, log]);
  });
  it('turns over exactly at a power of two', () => {
    const base = { ...NO_TRACE, model: 3, bits: 8, fields: 4, rows: 8 };
    const logs = (sizes: typeof base): number[] => {
      const { blocks, rowLog } = layoutOf(SLOT_BLOCKS, sizes);
      return [blocks[0]!.log, Math.log2(blocks[1]!.fields.at), blocks[1]!.log, rowLog];
    };
    expect(logs(base)).toEqual([2, 3, 4, 4]);
    expect(logs({ ...base, model: 4 })).toEqual([3, 3, 4, 4]);
    expect(logs({ ...base, bits: 9 })).toEqual([2, 4, 5, 5]);
    expect(logs({ ...base, fields: 5 })).toEqual([2, 3, 5, 4]);
    expect(logs({ ...base, rows: 9 })).toEqual([2, 3, 4, 5]);
    expect(layoutOf(SLOT_BLOCKS, { ...base, model: 1000 }).keyLength).toBe(1024);
    expect(logs({ ...NO_TRACE, model: 0, bits: 0, fields: 0, rows: 1 })).toEqual([1, 1, 3, 2]);
  });
  it('aligns the bit rows of every block to their largest piece, in the order of the blocks', () => {
    const specs: BlockSpec[] = [
      { ...SLOT_BLOCKS[0]!, bits: 'model' },
      { ...SLOT_BLOCKS[1]!, bits: 'bits' },
    ];
    const sizes = { ...NO_TRACE, model: 5, bits: 3, fields: 4, rows: 1 };
    const rows = (list: readonly BlockSpec[]) => {
      const { blocks, listed, rowLog } = layoutOf(list, sizes);
      return [...blocks.map(({ bits, fields }) => [bits!.row, fields.at]), listed, rowLog];
    };
    expect(rows(specs)).toEqual([[0, 8], [8, 4], 12, 4]);
    expect(rows([...specs].reverse())).toEqual([[0, 4], [8, 8], 16, 5]);
  });
});

describe('ranges', () => {
  it('fill P without overlap: layer bits, then those of both halves, fields right after them likewise, blinding last', async () => {
    const engine = await createEngine();
    const block = { small: 40, fields: 7, bits: 90 };
    const vec = (n: number) => new Uint8Array(n * FIELD_BYTES);
    const sizes = fc.record({ bits: fc.nat(200), fields: fc.nat(100) });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (prologue, folding) => {
        const layers = { bits: block.bits, fields: 47 };
        const before = { bits: layers.bits + prologue.bits, fields: layers.fields + prologue.fields };
        const all = { bits: before.bits + folding.bits, fields: before.fields + folding.fields };
        const layout = layoutOf(SLOT_BLOCKS, { ...NO_TRACE, model: 3, ...all, rows: 100 }).blocks[1]!;
        const part = { bits: new Uint8Array(block.bits), small: new Float64Array(40), fields: vec(7) };
        const ranges = [...layerRanges(layout, part), blindingRange(layout, vec(4))];
        for (const [at, half] of [
          [layers, prologue],
          [before, folding],
        ] as const) {
          const commitment = new HalfCommitment(engine, layout, at, half.fields);
          await commitment.next({ bits: new Uint8Array(half.bits), fields: vec(half.fields) }, async (asked) => {
            ranges.push(...asked);
            return null;
          });
        }
        const used = ranges
          .map(({ at, scalars }) => [at, at + scalarCount(scalars)] as const)
          .sort(([a, endA], [b, endB]) => a - b || endA - endB);
        used.slice(1).forEach(([from], k) => {
          expect(from).toBeGreaterThanOrEqual(used[k]![1]);
        });
        const lengths = used.map(([from, to]) => to - from).reduce((n, length) => n + length, 0);
        expect(lengths).toBe(all.bits + all.fields + 4);
        expect(used.at(-1)).toEqual([2 ** layout.log - 4, 2 ** layout.log]);
        expect(ranges.some(({ at }) => at === layout.fields.at)).toBe(true);
      }),
    );
    const { fr } = engine;
    const M = layoutOf(SLOT_BLOCKS, { ...NO_TRACE, model: 3, bits: 1, fields: 1, rows: 1 }).blocks[0]!;
    const ranges = [...layerRanges(M, smallValues(new Float64Array(3))), blindingRange(M, fr.encode([5n]))];
    expect(ranges.map(({ at }) => at)).toEqual([0, 3]);
  });
});

describe('the commitment to a half of the chain', () => {
  it('is that to its bits, its fields and what is given besides, and sums up only fields that changed', async () => {
    const engine = await createEngine();
    const key = engine.g1.fixedBase(G1_PARAMS.generator, engine.fr.encode([3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n]));
    const block = layoutOf(SLOT_BLOCKS, { ...NO_TRACE, model: 1, bits: 2, fields: 2, rows: 2 }).blocks[1]!;
    const half = new HalfCommitment(engine, block, { bits: 1, fields: 1 }, 4);
    const more: ScalarRange = { at: 7, scalars: { kind: 'full', values: engine.fr.encode([99n]) } };
    const vectors = [
      [1n, 0n, 9n, R - 1n],
      [1n, 0n, 9n, R - 1n],
      [1n, 4n, 9n, 0n],
      [0n, 0n, 0n, 0n],
    ];
    const changed: number[] = [];
    for (const [k, vector] of vectors.entries()) {
      const [bits, fields] = [Uint8Array.of(k & 1), engine.fr.encode(vector)];
      const commit = async (ranges: readonly ScalarRange[]) => {
        const { at, scalars } = ranges[0]!;
        if (at === 3 && scalars.kind === 'full')
          changed.push(engine.fr.decode(scalars.values).filter((v) => v !== 0n).length);
        return commitRanges(engine, key, ranges);
      };
      expect(await half.next({ bits, fields }, commit, [more])).toEqual(
        commitRanges(engine, key, [
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
    const none = { lo: 0n, hi: 0n };
    for (const blocks of [1, 2, 3])
      for (const rows of [1, 2, 15, 17]) {
        const like = {
          U: { cms: new Array(blocks).fill({ x: none, y: none }), u: 0n, x: 0n, rho: new Array(rows).fill(0n), v: 0n },
          cycleFold: { c: { x: 0n, y: 0n }, u: 0n, x: [] },
        };
        const length = 4 * blocks + 2 + rows + 1 + 3 + 2 * CYCLEFOLD_INPUTS;
        const elements = Array.from({ length }, (_, k) => BigInt(k));
        const running = runningFromElements(elements, like);
        expect([running.U.cms.length, running.U.rho.length]).toEqual([blocks, rows]);
        expect(running.U.v).toBe(BigInt(4 * blocks + 2 + rows));
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
