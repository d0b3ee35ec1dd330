/** Ladder rounds, additions and the curve equation on both curves, against affine arithmetic. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, double, mul, neg } from '../../../src/algebra/curve.ts';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { type Affine, type CurveParams, G1_PARAMS, GRUMPKIN_PARAMS } from '../../../src/algebra/params.ts';
import { type ConstraintSystem, sumOfProducts } from '../../../src/circuit/constraint-system.ts';
import {
  afterRound,
  assertOnCurve,
  type LadderPoint,
  ladderAdd,
  ladderRound,
  negated,
} from '../../../src/circuit/gadgets/ladder.ts';
import { Gadget, points } from '../../helpers/circuit.ts';
import { foldErrorOf } from '../../helpers/errors.ts';

const engine = await createEngine();
const flat = (...ps: readonly (Affine | null)[]): bigint[] => ps.flatMap((p) => [p!.x, p!.y]);

function ladderPoint<E>(cs: ConstraintSystem<E>, x: E, y: E): LadderPoint<E> {
  return { x, y2: [[cs.scale(2n, y), cs.constant(1n)]] };
}

describe.each([
  ['g1', 'fq', G1_PARAMS],
  ['grumpkin', 'fr', GRUMPKIN_PARAMS],
] as const)('on %s', (_name, base, curve: CurveParams) => {
  const F = field(curve.base);
  const pair = fc.tuple(points(curve), points(curve));

  describe('ladderRound', () => {
    // one more variable holds 2y, which a round leaves as a form
    const gadget = new Gadget(engine, base, 4, (cs, [x, y, qx, qy]) => {
      const p = afterRound(cs, ladderRound(cs, ladderPoint(cs, x!, y!), ladderPoint(cs, qx!, qy!)));
      return [p.x, sumOfProducts(cs, p.y2)];
    });

    it('is acc + Q + acc', () => {
      fc.assert(
        fc.property(pair, ([acc, q]) => {
          const expected = add(curve, add(curve, acc, q), acc)!;
          expect(gadget.accepted(flat(acc, q))).toEqual([expected.x, F.add(expected.y, expected.y)]);
        }),
        { numRuns: 15 },
      );
    });
    it('costs four rows and four variables, all bound', () => {
      expect(gadget.cost).toEqual({ rows: 5, bits: 0, fields: 5, products: 3 + 2 + 2 + 2 + 3 });
      const inputs = flat(curve.generator, mul(curve, curve.generator, 5n));
      expect(gadget.loose(inputs)).toEqual([]);
      for (const k of [0, 1, 2, 3]) {
        expect(gadget.violated(inputs, { [`field${k}`]: (v) => v + 1n })).not.toEqual([]);
      }
    });
    it('needs each of its four rows: a forged value that only this row refuses', () => {
      const [p, q] = [curve.generator, mul(curve, curve.generator, 5n)!];
      const [l1, , xr] = gadget.run(flat(p, q)).z.slice(-5) as bigint[];
      const second = (y2: bigint, l: bigint, x: bigint): bigint => F.create(y2 * F.inv(F.create(p.x - x)) - l);
      const bent = l1! + 1n;
      const bentR = F.create(bent * bent - p.x - q.x);
      const forged = [
        { field0: bent },
        { field2: xr! + 1n, field1: second(2n * p.y, l1!, xr! + 1n) },
        { field3: (v: bigint) => v + 1n },
        { field0: bent, field1: second(2n * q.y - 2n * bent * (q.x - p.x), bent, bentR) },
      ];
      expect(forged.map((values) => gadget.violated(flat(p, q), values))).toEqual([[0], [1], [2], [3]]);
    });
    it('refuses the other intersection: a slope towards -Q', () => {
      const q = mul(curve, curve.generator, 5n)!;
      const other = gadget.run(flat(curve.generator, neg(curve, q)));
      const slope = other.z.at(-5)!;
      expect(gadget.violated(flat(curve.generator, q), { field0: slope })).toContain(0);
    });
    it('has no witness where an addition is exceptional', () => {
      const g = curve.generator;
      const exceptional = [g, neg(curve, g), neg(curve, double(curve, g))];
      for (const q of exceptional) expect(foldErrorOf(() => gadget.run(flat(g, q))).code).toBe('E_BUG');
    });
  });

  describe('ladderAdd', () => {
    const gadget = new Gadget(engine, base, 4, (cs, [dx, dy, ax, ay]) => {
      const sum = ladderAdd(cs, ladderPoint(cs, dx!, dy!), { x: ax!, y: ay! }, ({ x, y }) => ({
        x: cs.field(x),
        y: cs.field(y),
      }));
      return [sum.x, sum.y];
    });
    const given = new Gadget(engine, base, 6, (cs, [dx, dy, ax, ay, cx, cy]) => {
      ladderAdd(cs, ladderPoint(cs, dx!, dy!), { x: ax!, y: ay! }, () => ({ x: cx!, y: cy! }));
      return [];
    });

    it('is D + A, new or given', () => {
      fc.assert(
        fc.property(pair, ([d, a]) => {
          const sum = add(curve, d, a);
          expect(gadget.accepted(flat(d, a))).toEqual(flat(sum));
          expect(given.accepted(flat(d, a, sum))).toEqual([]);
        }),
        { numRuns: 15 },
      );
    });
    it('costs three rows; every variable is bound', () => {
      expect(gadget.cost).toEqual({ rows: 3, bits: 0, fields: 3, products: 6 });
      expect(given.cost).toEqual({ rows: 3, bits: 0, fields: 1, products: 6 });
      expect(gadget.loose(flat(curve.generator, mul(curve, curve.generator, 9n)))).toEqual([]);
    });
    it('refuses a wrong slope, a wrong sum and the mirrored sum', () => {
      const [d, a] = [mul(curve, curve.generator, 3n), mul(curve, curve.generator, 8n)];
      const sum = add(curve, d, a)!;
      expect(gadget.violated(flat(d, a), { field0: (l) => l + 1n })).toEqual([0]);
      expect(given.violated(flat(d, a, { ...sum, x: F.add(sum.x, 1n) }), {})).toEqual([1, 2]);
      expect(given.violated(flat(d, a, neg(curve, sum)), {})).toEqual([2]);
      expect(given.violated(flat(d, a, d), {})).not.toEqual([]);
      const slope = gadget.run(flat(d, a)).z.at(-3)!;
      const x = F.add(sum.x, 1n);
      expect(given.violated(flat(d, a, { x, y: F.create(slope * (a!.x - x) - a!.y) }), {})).toEqual([1]);
    });
    it('has no witness for D = +-A', () => {
      const g = curve.generator;
      for (const a of [g, neg(curve, g)]) expect(foldErrorOf(() => gadget.run(flat(g, a))).code).toBe('E_BUG');
    });
  });

  describe('assertOnCurve', () => {
    const gadget = new Gadget(engine, base, 2, (cs, [x, y]) => {
      assertOnCurve(cs, { x: x!, y: y! }, curve.b);
      return [];
    });

    it('takes the points of the curve in two rows and one variable', () => {
      fc.assert(
        fc.property(points(curve), (p) => {
          expect(gadget.accepted(flat(p))).toEqual([]);
        }),
        { numRuns: 10 },
      );
      expect(gadget.cost).toEqual({ rows: 2, bits: 0, fields: 1, products: 5 });
      expect(gadget.loose(flat(curve.generator))).toEqual([]);
    });
    it('refuses every other pair', () => {
      const { x, y } = curve.generator;
      for (const p of [
        { x: 0n, y: 0n },
        { x, y: 0n },
        { x: 0n, y },
        { x, y: F.add(y, 1n) },
        { x: F.add(x, 1n), y },
      ]) {
        expect(gadget.violated(flat(p), {})).toEqual([1]);
      }
      const off = F.add(y, 1n);
      const square = F.mul(F.create(off * off - curve.b), F.inv(x));
      expect(gadget.violated([x, off], { field0: square })).toEqual([0]);
    });
  });
});

describe('negated', () => {
  it('changes the sign of each product once', () => {
    const gadget = new Gadget(engine, 'fr', 3, (cs, [a, b, c]) => {
      const products = [[a!, b!] as const, [b!, c!] as const];
      return [sumOfProducts(cs, products), sumOfProducts(cs, negated(cs, products))];
    });
    const [sum, minus] = gadget.accepted([3n, 4n, 5n]);
    expect([sum, field(engine.fr.modulus).neg(minus!)]).toEqual([32n, 32n]);
  });
});
