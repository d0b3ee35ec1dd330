/** Limbs, challenges, and "a multiple of q" against plain integers, and attacked. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import { challengePair } from '../../../src/wrap/auxiliary/challenges.ts';
import { LIMB, limbsOfConstant, limbsOfFq, limbsOfInteger } from '../../../src/wrap/auxiliary/limbs.ts';
import { assertMultipleOfQ, reductionSizes } from '../../../src/wrap/auxiliary/reduction.ts';
import { elements, Gadget, integers } from '../../helpers/circuit.ts';
import { foldErrorOf } from '../../helpers/errors.ts';

const engine = await createEngine();
const F = field(R);
const limbsOf = (v: bigint, n: number): bigint[] => Array.from({ length: n }, (_, l) => (v >> BigInt(45 * l)) % LIMB);

describe('limbs of 45 bits', () => {
  const integer = new Gadget(engine, 'fr', 1, (cs, [v]) => limbsOfInteger(cs, v!, 163));
  const fq = new Gadget(engine, 'fr', 2, (cs, [lo, hi]) => limbsOfFq(cs, { lo: lo!, hi: hi! }));

  it('are those of the integer', () => {
    fc.assert(
      fc.property(integers(163), (v) => {
        expect(integer.accepted([v])).toEqual(limbsOf(v, 4));
      }),
      { numRuns: 30 },
    );
    fc.assert(
      fc.property(integers(136), integers(118), (lo, hi) => {
        expect(fq.accepted([lo, hi])).toEqual(limbsOf(lo + (hi << 136n), 6));
      }),
      { numRuns: 30 },
    );
  });
  it('have pinned costs and bind every bit', () => {
    expect([integer.cost, fq.cost].map(({ rows, bits }) => [rows, bits])).toEqual([
      [1, 163],
      [2, 254],
    ]);
    expect(integer.loose([12345n])).toEqual([]);
    expect(fq.loose([1n << 135n, 3n])).toEqual([]);
  });
  it('refuse integers out of range', () => {
    expect(foldErrorOf(() => integer.run([1n << 163n])).code).toBe('E_BUG');
    expect(integer.violated([1n << 163n], { bits0: 0n })).not.toEqual([]);
    expect(fq.violated([1n << 136n, 0n], { bits0: 0n })).not.toEqual([]);
    expect(fq.violated([0n, 1n << 118n], { bits1: 0n })).not.toEqual([]);
  });
  it('of a constant have its sign', () => {
    expect(limbsOfConstant(-(5n + (7n << 45n)))).toEqual([-5n, -7n]);
    expect(limbsOfConstant(0n)).toEqual([]);
  });
});

describe('a pair of challenges', () => {
  const gadget = new Gadget(engine, 'fr', 1, (cs, [e]) => {
    const { low, high } = challengePair(cs, e!);
    return [...low, ...high];
  });
  const HALF = 1n << 127n;
  const LIMIT = R / HALF;

  it('is the canonical decomposition at 2^127, in limbs', () => {
    fc.assert(
      fc.property(elements(R), (e) => {
        fc.pre(e / HALF < LIMIT);
        expect(gadget.accepted([e])).toEqual([...limbsOf(e % HALF, 3), ...limbsOf(e / HALF, 3)]);
      }),
    );
  });
  it('costs two rows and 381 bits and binds them', () => {
    expect(gadget.cost).toMatchObject({ rows: 2, bits: 381, fields: 0 });
    expect(gadget.loose([(R * 2n) / 3n])).toEqual([]);
  });
  it('is not that of e + r, nor any other split', () => {
    const e = 5n;
    const other = e + R;
    expect(gadget.violated([e], { bits0: other % HALF, bits1: other / HALF, bits2: 0n })).toEqual([1]);
    expect(gadget.violated([e + HALF], { bits0: e + 1n })).toEqual([0]);
    expect(gadget.violated([e + HALF], { bits1: 0n })).toEqual([0]);
  });
  it('has a soundness error below 2^-126.5, its square below 2^-253', () => {
    expect((HALF * HALF) << 253n < R * R).toBe(true);
    expect(((LIMIT + 1n) ** 2n) << 253n < R * R).toBe(true);
  });
});

/** A polynomial with coefficients up to `bound` in size whose value at 2^45 is `remainder` modulo q. */
function polynomial(degree: number, bound: bigint, shape: readonly bigint[], remainder = 0n): bigint[] {
  const s = Array.from({ length: degree + 1 }, (_, l) => shape[l % shape.length]! * (bound - LIMB));
  const value = s.reduceRight((sum, c) => sum * LIMB + c, 0n);
  limbsOf(field(Q).create(remainder - value), 6).forEach((limb, l) => {
    s[l]! += limb;
  });
  return s;
}

describe.each([
  { degree: 5, bound: 1n << 150n },
  { degree: 18, bound: 1n << 160n },
  { degree: 12, bound: 1n << 100n },
])('a multiple of q, degree $degree, bound $bound', ({ degree, bound }) => {
  const bounds = new Array<bigint>(degree + 1).fill(bound);
  const { topBits, carryBits } = reductionSizes(bounds);
  const gadget = new Gadget(engine, 'fr', degree + 1, <E>(cs: ConstraintSystem<E>, s: readonly E[]) => {
    assertMultipleOfQ(cs, s, bounds);
    return [];
  });
  const encode = (s: readonly bigint[]): bigint[] => s.map((c) => F.create(c));
  const shapes = fc.oneof(
    fc.array(fc.constantFrom(-1n, 0n, 1n), { minLength: 9, maxLength: 9 }),
    fc.constantFrom([1n], [-1n], [1n, -1n], [0n]),
  );

  it('is accepted up to the bound, with either sign', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        gadget.accepted(encode(polynomial(degree, bound, shape)));
      }),
      { numRuns: 30 },
    );
  });
  it('is refused when it is off by anything', () => {
    fc.assert(
      fc.property(shapes, elements(Q), (shape, remainder) => {
        fc.pre(remainder !== 0n);
        const { z } = gadget.run(encode(polynomial(degree, bound, shape, remainder)));
        expect(gadget.system.violatedRows(z)).not.toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
  it('costs a row a coefficient and a range a number, and leaves no freedom', () => {
    const numbers = degree - 4 + degree;
    expect(gadget.cost).toMatchObject({
      rows: numbers + degree + 1,
      fields: numbers,
      bits: 45 * (degree - 5) + topBits + carryBits.reduce((a, b) => a + b),
    });
    expect(gadget.loose(encode(polynomial(degree, bound, [1n, -1n, 0n])))).toEqual([]);
  });
  it('cannot be had modulo r only: such a quotient and carries are out of range', () => {
    // S = 1: with k_0 and carries anywhere in Fr, all the equations of coefficients can be met
    const q = limbsOf(Q, 6);
    const qInverse = F.inv(F.create(Q));
    const top = degree - 5;
    const values: Record<string, bigint> = {};
    const k = Array.from({ length: top + 1 }, (_, l) => (l === 0 ? qInverse : 0n));
    let carry = 0n;
    const inverse = F.inv(LIMB);
    for (let l = 0; l < degree; l++) {
      const difference = (l === 0 ? 1n : 0n) - qInverse * (q[l] ?? 0n);
      carry = F.mul(F.create(carry - difference), inverse);
      values[`field${top + 1 + l}`] = carry;
    }
    k.forEach((v, l) => {
      values[`field${l}`] = v;
    });
    for (let n = 0; n < top + 1 + degree; n++) values[`bits${n}`] = 0n;
    const violated = gadget.violated(encode([1n, ...new Array<bigint>(degree).fill(0n)]), values);
    // rows come as ranges first, then the coefficients: none of these objects
    expect(violated.length).toBeGreaterThan(0);
    expect(violated.every((row) => row < top + 1 + degree)).toBe(true);
  });
});

describe('the ranges of a reduction', () => {
  it('are refused where a coefficient could wrap around r', () => {
    expect(foldErrorOf(() => reductionSizes(new Array<bigint>(19).fill(1n << 252n))).code).toBe('E_BUG');
    expect(foldErrorOf(() => reductionSizes(new Array<bigint>(4).fill(1n))).code).toBe('E_BUG');
  });
});
