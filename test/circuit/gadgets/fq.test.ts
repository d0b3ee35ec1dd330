/** Elements of Fq in limbs against plain integers, and the integer fold x + n1 xa + n2 xb - k q attacked. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import { allocateFq, type FqLimbs, foldFq, fqValue, limbsOf, splitFq } from '../../../src/circuit/gadgets/fq.ts';
import { Gadget, integers } from '../../helpers/circuit.ts';
import { foldErrorOf } from '../../helpers/errors.ts';

const engine = await createEngine();
const F = field(R);
const LOW = 1n << 136n;
const HALF = 1n << 68n;
const TOP = (1n << 254n) - 1n;
const BOUNDARY = [0n, 1n, Q - 1n, Q, TOP, R, LOW - 1n, LOW, HALF - 1n, HALF];
/** All values that 254 bits hold, the boundary values often. */
const values = fc.oneof(integers(254), fc.constantFrom(...BOUNDARY));
const multipliers = fc.oneof(integers(130), fc.constantFrom(0n, (1n << 130n) - 1n));

describe('limbs', () => {
  it('are 136 low and 118 high bits, and give the value back', () => {
    fc.assert(
      fc.property(values, (v) => {
        const { lo, hi } = limbsOf(v);
        expect([lo, hi]).toEqual([v % LOW, v / LOW]);
        expect(hi < 1n << 118n).toBe(true);
        expect(fqValue({ lo, hi })).toBe(v);
      }),
    );
  });
});

describe('allocateFq', () => {
  // the value comes in as two limbs, to which the allocated ones are tied
  const gadget = new Gadget(engine, 'fr', 2, (cs, [lo, hi]) => {
    const a = allocateFq(cs, () => cs.value(lo!) + (cs.value(hi!) << 136n));
    cs.row([cs.sub(a.lo, lo!), cs.constant(1n)]);
    cs.row([cs.sub(a.hi, hi!), cs.constant(1n)]);
    return [a.lo, a.hi, a.half0, a.half1];
  });
  const limbs = (v: bigint): bigint[] => [v % LOW, v / LOW];

  it('gives limbs and halves of any 254-bit value', () => {
    fc.assert(
      fc.property(values, (v) => {
        expect(gadget.accepted(limbs(v))).toEqual([...limbs(v), v % HALF, (v % LOW) / HALF]);
      }),
      { numRuns: 40 },
    );
  });
  it('costs 254 bits and no row of its own, and binds each bit', () => {
    expect(gadget.cost).toEqual({ rows: 2, bits: 254, fields: 0, products: 2 });
    expect(gadget.loose(limbs(Q - 1n))).toEqual([]);
  });
  it('has no witness for 2^254, nor for a limb out of range', () => {
    expect(foldErrorOf(() => gadget.run(limbs(TOP + 1n))).code).toBe('E_BUG');
    expect(gadget.violated(limbs(TOP + 1n), { bits0: 0n })).toEqual([1]);
    expect(gadget.violated([LOW, 0n], { bits0: LOW })).toEqual([0, 1]);
  });
});

describe('splitFq', () => {
  const gadget = new Gadget(engine, 'fr', 2, (cs, [lo, hi]) => {
    const s = splitFq(cs, { lo: lo!, hi: hi! });
    return [s.lo, s.hi, s.half0, s.half1];
  });

  it('halves the low limb in one row and 136 bits', () => {
    fc.assert(
      fc.property(integers(136), integers(118), (lo, hi) => {
        expect(gadget.accepted([lo, hi])).toEqual([lo, hi, lo % HALF, lo / HALF]);
      }),
      { numRuns: 20 },
    );
    expect(gadget.cost).toEqual({ rows: 1, bits: 136, fields: 0, products: 1 });
    expect(gadget.loose([LOW - 1n, 0n])).toEqual([]);
  });
  it('refuses a low limb of 137 bits and halves that do not make it up', () => {
    expect(foldErrorOf(() => gadget.run([LOW, 0n])).code).toBe('E_BUG');
    expect(gadget.violated([LOW, 0n], { bits0: 0n })).toEqual([0]);
    expect(gadget.violated([5n, 0n], { bits0: 5n + HALF })).toEqual([0]);
  });
});

/** foldFq on inputs that are what a caller guarantees: limbs in range, halves that make them up. */
function foldGadget(terms: number): Gadget {
  return new Gadget(engine, 'fr', 2 + 7 * terms, <E>(cs: ConstraintSystem<E>, e: readonly E[]) => {
    const given = Array.from({ length: terms }, (_, k) => {
      const [n0, n1, n, lo, hi, half0, half1] = e.slice(2 + 7 * k) as [E, E, E, E, E, E, E];
      return { n: { half0: n0, half1: n1, whole: n }, x: { lo, hi, half0, half1 } };
    });
    const folded = foldFq(cs, { lo: e[0]!, hi: e[1]! }, given);
    return [folded.lo, folded.hi];
  });
}

interface Term {
  readonly n: bigint;
  readonly x: bigint;
}
const inputsOf = (x: bigint, terms: readonly Term[]): bigint[] => [
  x % LOW,
  x / LOW,
  ...terms.flatMap((t) => [t.n % HALF, t.n / HALF, t.n, t.x % LOW, t.x / LOW, t.x % HALF, (t.x % LOW) / HALF]),
];
const resultOf = ([lo, hi]: readonly bigint[]): bigint => fqValue({ lo: lo!, hi: hi! } as FqLimbs<bigint>);

describe.each([1, 2])('foldFq of %i terms', (count) => {
  const gadget = foldGadget(count);
  const terms = fc.array(fc.record({ n: multipliers, x: values }), { minLength: count, maxLength: count });

  it('is x + sum n x modulo q, canonical', () => {
    fc.assert(
      fc.property(values, terms, (x, given) => {
        const expected = given.reduce((s, t) => s + t.n * t.x, x) % Q;
        expect(resultOf(gadget.accepted(inputsOf(x, given)))).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });
  it('holds at every combination of boundary values', () => {
    for (const x of [0n, Q - 1n, Q, TOP])
      for (const y of [0n, Q - 1n, Q, TOP])
        for (const n of [0n, 1n, (1n << 130n) - 1n]) {
          const given = new Array<Term>(count).fill({ n, x: y });
          expect(resultOf(gadget.accepted(inputsOf(x, given)))).toBe((x + BigInt(count) * n * y) % Q);
        }
  });
  it('costs two rows and 458 bits, and binds each bit', () => {
    expect(gadget.cost).toEqual({ rows: 2, bits: 458, fields: 0, products: 2 + 3 * count });
    expect(gadget.loose(inputsOf(Q - 5n, new Array<Term>(count).fill({ n: 1n << 129n, x: Q - 7n })))).toEqual([]);
  });
});

describe('foldFq attacked', () => {
  const gadget = foldGadget(2);
  const [xa, xb] = [Q >> 1n, (Q - 1n) / 3n];
  const [na, nb] = [(1n << 129n) + 12345n, (1n << 128n) + 9n];
  // so small a result that 254 bits also hold it plus r and plus q
  const honest = 98765n << 150n;
  const x = field(Q).create(honest - na * xa - nb * xb);
  const inputs = inputsOf(x, [
    { n: na, x: xa },
    { n: nb, x: xb },
  ]);
  const total = x + na * xa + nb * xb;
  const quotient = total / Q;
  const OFFSET = 1n << 70n;
  /** What the low halves give and take, and so the carry, for a claimed result and quotient. */
  const lowSum = (v: bigint, k: bigint): bigint => {
    const given = [
      [na, xa],
      [nb, xb],
    ].reduce((s, [n, t]) => s + (n! % HALF) * (t! % LOW) + HALF * (n! / HALF) * (t! % HALF), x % LOW);
    return given - ((Q % LOW) * (k % HALF) + HALF * (Q % HALF) * (k / HALF) + (v % LOW));
  };
  const carry = (v: bigint, k: bigint): bigint => lowSum(v, k) / LOW + OFFSET;
  const violated = (v: bigint, k: bigint, c: bigint): number[] =>
    gadget.violated(inputs, { bits0: v, bits1: BigInt.asUintN(132, k), bits2: BigInt.asUintN(72, c) });

  it('takes the honest advice and, the same element of Fq, the result plus q', () => {
    expect(violated(honest, quotient, carry(honest, quotient))).toEqual([]);
    expect(violated(honest + Q, quotient - 1n, carry(honest + Q, quotient - 1n))).toEqual([]);
  });
  it('refuses a result off by one, whatever quotient and carry', () => {
    expect(violated(honest + 1n, quotient, carry(honest + 1n, quotient))).toEqual([0, 1]);
    expect(violated(honest - 1n, quotient - 1n, carry(honest - 1n, quotient - 1n))).toEqual([0, 1]);
  });
  it('needs the row modulo 2^136 against a quotient that wraps around r', () => {
    // honest + 1 with k = (total - honest - 1) / q in Fr: only a k of 254 bits meets the row modulo r
    const wrapped = F.mul(F.create(total - honest - 1n), F.inv(F.create(Q)));
    expect(wrapped >> 132n).not.toBe(0n);
    expect(violated(honest + 1n, wrapped, carry(honest + 1n, quotient))).toEqual([0, 1]);
    // a value that differs by r meets the row modulo r with the honest quotient
    expect(violated(honest + R, quotient, carry(honest + R, quotient))).toEqual([0]);
  });
  it('needs the row modulo r against a result that differs by a multiple of 2^136', () => {
    expect(violated(honest + LOW, quotient, carry(honest + LOW, quotient))).toEqual([1]);
  });
  it('needs the range of the carry: out of it, the row modulo 2^136 says nothing', () => {
    const other = honest + R;
    const wild = F.add(F.mul(F.create(lowSum(other, quotient)), F.inv(LOW)), OFFSET);
    expect(wild >> 72n).not.toBe(0n);
    const { z } = gadget.run(inputs, (kind, index, value) =>
      kind === 'bits' && index === 0 ? other : kind === 'bits' && index === 2 ? 0n : value(),
    );
    const first = gadget.system.matrix.offsets.bits + 254 + 132;
    const cheated = z.with(first, wild);
    expect(gadget.system.violatedRows(cheated)).toEqual([]);
    expect(gadget.system.violation(cheated)).toMatchObject({ kind: 'bit', index: 254 + 132 });
  });
  it('refuses another carry and another quotient', () => {
    expect(violated(honest, quotient, carry(honest, quotient) + 1n)).toEqual([0]);
    expect(violated(honest, quotient + 1n, carry(honest, quotient))).toEqual([0, 1]);
  });
  it('has no witness for a multiplier of 133 bits', () => {
    const wide = inputsOf(0n, [
      { n: (1n << 133n) - 1n, x: TOP },
      { n: 0n, x: 0n },
    ]);
    expect(foldErrorOf(() => gadget.run(wide)).code).toBe('E_BUG');
  });
});
