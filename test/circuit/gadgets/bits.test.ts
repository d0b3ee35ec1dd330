/** Ranges, selection, zero test and challenges against plain integers; what a cheating prover cannot do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { R } from '../../../src/algebra/params.ts';
import { multiply, sumOfProducts } from '../../../src/circuit/constraint-system.ts';
import { challengeBits, isZero, lowChallenge, pack, select, toBits } from '../../../src/circuit/gadgets/bits.ts';
import { elements, Gadget, integers } from '../../helpers/circuit.ts';
import { foldErrorOf } from '../../helpers/errors.ts';

const engine = await createEngine();
const F = field(R);
const bitsOf = (v: bigint, n: number): bigint[] => Array.from({ length: n }, (_, k) => (v >> BigInt(k)) & 1n);

describe('multiply and sumOfProducts', () => {
  const gadget = new Gadget(engine, 'fr', 4, (cs, [a, b, c, d]) => [
    multiply(cs, a!, b!),
    sumOfProducts(cs, [
      [a!, b!],
      [c!, d!],
      [b!, c!],
    ]),
  ]);

  it('agree with the field and leave no freedom', () => {
    fc.assert(
      fc.property(elements(R), elements(R), elements(R), elements(R), (a, b, c, d) => {
        expect(gadget.accepted([a, b, c, d])).toEqual([F.mul(a, b), F.create(a * b + c * d + b * c)]);
        expect(gadget.loose([a, b, c, d])).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
  it('cost one row each', () => {
    expect(gadget.cost).toEqual({ rows: 2, bits: 0, fields: 2, products: 6 });
  });
});

describe.each([1, 8, 64, 128, 253])('toBits of %i bits', (n) => {
  const gadget = new Gadget(engine, 'fr', 1, (cs, [e]) => toBits(cs, e!, n));

  it('gives the bits, lowest first, which pack again', () => {
    fc.assert(
      fc.property(integers(n), (v) => {
        const bits = gadget.accepted([v]);
        expect(bits).toEqual(bitsOf(v, n));
        expect(bits.reduce((s, b, k) => s + (b << BigInt(k)), 0n)).toBe(v);
      }),
      { numRuns: 20 },
    );
  });
  it('costs one row and n bits, and binds each bit', () => {
    expect(gadget.cost).toEqual({ rows: 1, bits: n, fields: 0, products: 1 });
    expect(gadget.loose([(1n << BigInt(n)) - 1n])).toEqual([]);
  });
  it('has no witness for a value out of range', () => {
    for (const v of [1n << BigInt(n), R - 1n]) {
      expect(foldErrorOf(() => gadget.run([v])).code).toBe('E_BUG');
      expect(gadget.violated([v], { bits0: BigInt.asUintN(n, v) })).toEqual([0]);
    }
  });
  it('refuses the value in one bit that is not boolean', () => {
    const v = (1n << BigInt(n)) + 4n;
    const { z } = gadget.run([0n]);
    const { bits, fields } = gadget.system.matrix.offsets;
    const cheated = z.with(fields, v).with(bits, v);
    expect(gadget.system.violatedRows(cheated)).toEqual([]);
    expect(gadget.system.violation(cheated)).toMatchObject({ kind: 'bit', index: 0 });
  });
});

describe('pack', () => {
  it('is a form: no row, no variable', () => {
    const gadget = new Gadget(engine, 'fr', 3, (cs, e) => {
      cs.row([e[0]!, e[1]!], [cs.scale(-1n, e[2]!), cs.constant(1n)]);
      return [pack(cs, e)];
    });
    expect(gadget.cost).toEqual({ rows: 1, bits: 0, fields: 0, products: 2 });
    expect(gadget.run([1n, 1n, 1n]).outputs).toEqual([7n]);
  });
});

describe('select', () => {
  const gadget = new Gadget(engine, 'fr', 3, (cs, [when, a, b]) => [select(cs, when!, a!, b!)]);

  it('chooses', () => {
    fc.assert(
      fc.property(fc.boolean(), elements(R), elements(R), (when, a, b) => {
        expect(gadget.accepted([when ? 1n : 0n, a, b])).toEqual([when ? a : b]);
        expect(gadget.violated([when ? 1n : 0n, a, b], { field0: (v) => v + 1n })).toEqual([0]);
      }),
      { numRuns: 30 },
    );
  });
  it('costs one row', () => {
    expect(gadget.cost).toEqual({ rows: 1, bits: 0, fields: 1, products: 2 });
  });
});

describe('isZero', () => {
  const gadget = new Gadget(engine, 'fr', 1, (cs, [e]) => [isZero(cs, e!, (v) => F.inv(v))]);

  it('tells zero from everything else', () => {
    fc.assert(
      fc.property(elements(R), (e) => {
        expect(gadget.accepted([e])).toEqual([e === 0n ? 1n : 0n]);
      }),
      { numRuns: 30 },
    );
    expect(gadget.cost).toEqual({ rows: 2, bits: 0, fields: 2, products: 3 });
  });
  it('needs its first row against a zero called non-zero, its second against the contrary', () => {
    expect(gadget.violated([0n], { field1: 0n })).toEqual([0]);
    expect(gadget.violated([5n], { field0: 0n, field1: 1n })).toEqual([1]);
    expect(gadget.violated([5n], { field1: 1n })).toEqual([0, 1]);
    expect(gadget.violated([5n], { field0: 1n })).toEqual([0]);
  });
});

describe('challengeBits', () => {
  const gadget = new Gadget(engine, 'fr', 1, (cs, [e]) => challengeBits(cs, e!));
  const LIMIT = R >> 128n;
  const low = (v: bigint): bigint => BigInt.asUintN(128, v);
  /** The three allocations for an integer that is congruent to e. */
  const split = (v: bigint) => ({
    bits0: low(v),
    bits1: BigInt.asUintN(126, v >> 128n),
    bits2: BigInt.asUintN(126, LIMIT - 1n - (v >> 128n)),
  });

  it('gives the low 128 bits of the canonical integer', () => {
    const below = elements(LIMIT << 128n);
    fc.assert(
      fc.property(below, (e) => {
        expect(gadget.accepted([e])).toEqual(bitsOf(e, 128));
        expect(lowChallenge(e)).toBe(e % 2n ** 128n);
      }),
      { numRuns: 20 },
    );
  });
  it('costs two rows and 380 bits, and binds each bit', () => {
    expect(gadget.cost).toEqual({ rows: 2, bits: 380, fields: 0, products: 2 });
    expect(gadget.loose([(LIMIT << 128n) - 12345n])).toEqual([]);
  });
  it('takes the highest allowed high part, and has no witness for the limit', () => {
    const highest = (LIMIT << 128n) - 1n;
    expect(gadget.accepted([highest])).toEqual(new Array(128).fill(1n));
    for (const e of [LIMIT << 128n, R - 1n]) {
      expect(foldErrorOf(() => gadget.run([e])).code).toBe('E_BUG');
      expect(gadget.violated([e], split(e))).toEqual([1]);
    }
  });
  it('refuses e + r, the other integer of 254 bits that is congruent to e', () => {
    for (const e of [0n, 1n, 123n << 100n, (1n << 254n) - 1n - R]) {
      expect(gadget.violated([e], split(e))).toEqual([]);
      expect(low(e + R)).not.toBe(low(e));
      expect(gadget.violated([e], split(e + R))).toEqual([1]);
    }
  });
  it('refuses other bits that pack to something else, and bits that are not boolean', () => {
    expect(gadget.violated([77n], { bits0: 78n })).toEqual([0]);
    expect(gadget.violated([77n << 128n], { bits1: 78n })).toEqual([0]);
    const { bits } = gadget.system.matrix.offsets;
    // 2 in bit 0 instead of 1 in bit 1: the rows agree, the block does not
    const cheated = gadget
      .run([2n])
      .z.with(bits, 2n)
      .with(bits + 1, 0n);
    expect(gadget.system.violatedRows(cheated)).toEqual([]);
    expect(gadget.system.violation(cheated)).toMatchObject({ kind: 'bit', index: 0 });
  });
});
