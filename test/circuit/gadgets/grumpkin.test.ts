/** Grumpkin multiplication by a challenge and the fold of commitments, against affine arithmetic. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, mul } from '../../../src/algebra/curve.ts';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { type Affine, GRUMPKIN_PARAMS, Q, R } from '../../../src/algebra/params.ts';
import { sumOfProducts } from '../../../src/circuit/constraint-system.ts';
import {
  doubled,
  foldPoints,
  multiplyByChallenge,
  plainMultiplier,
  plainScalar,
} from '../../../src/circuit/gadgets/grumpkin.ts';
import { Gadget, honestly, integers, points } from '../../helpers/circuit.ts';
import { foldErrorOf } from '../../helpers/errors.ts';

const engine = await createEngine();
const curve = GRUMPKIN_PARAMS;
const bitsOf = (s: bigint): bigint[] => Array.from({ length: 128 }, (_, k) => (s >> BigInt(k)) & 1n);
const MAX = (1n << 128n) - 1n;
const challenge = integers(128);

/** The scalar as the circuit's header derives it: start at 2, then acc <- 2 acc +- 1 by the bits, highest first. */
function byRounds(s: bigint): bigint {
  return bitsOf(s).reduceRight((acc, bit) => 2n * acc + 2n * bit - 1n, 2n);
}

describe('plainScalar', () => {
  it('is 2^128 + 1 + 2s: what the rounds make, below 2^130, injective', () => {
    fc.assert(
      fc.property(challenge, (s) => {
        expect(plainScalar(s)).toBe(byRounds(s));
        expect(plainScalar(s) < 1n << 130n && plainScalar(s) > 1n << 128n).toBe(true);
      }),
    );
    expect([plainScalar(0n), plainScalar(MAX)]).toEqual([2n ** 128n + 1n, 3n * 2n ** 128n - 1n]);
  });
});

describe('plainMultiplier', () => {
  it('is the scalar in 68 low and 62 high bits, without a row', () => {
    const gadget = new Gadget(engine, 'fr', 128, (cs, bits) => {
      cs.row([bits[0]!, bits[1]!], [bits[2]!, bits[3]!]);
      const n = plainMultiplier(cs, bits);
      return [n.half0, n.half1, n.whole];
    });
    expect(gadget.cost).toEqual({ rows: 1, bits: 0, fields: 0, products: 2 });
    fc.assert(
      fc.property(challenge, (s) => {
        const n = plainScalar(s);
        expect(gadget.run(bitsOf(s)).outputs).toEqual([n % 2n ** 68n, n >> 68n, n]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('doubled', () => {
  const F = field(R);
  // one more variable holds 2y, which is left as a form
  const gadget = new Gadget(engine, 'fr', 2, (cs, [x, y]) => {
    const p = doubled(cs, { x: x!, y: y! });
    return [p.x, sumOfProducts(cs, p.y2)];
  });
  const point = mul(curve, curve.generator, 7n)!;

  it('is 2P', () => {
    fc.assert(
      fc.property(points(curve), (p) => {
        const twice = add(curve, p, p)!;
        expect(gadget.accepted([p.x, p.y])).toEqual([twice.x, F.add(twice.y, twice.y)]);
      }),
      { numRuns: 20, examples: [[curve.generator], [point]] },
    );
  });
  it('costs three rows and three variables, all bound', () => {
    expect(gadget.cost).toEqual({ rows: 3 + 1, bits: 0, fields: 3 + 1, products: 3 * 2 + 2 });
    expect(gadget.loose([point.x, point.y])).toEqual([]);
  });
  it('needs each of its three rows: a forged value that only this row refuses', () => {
    // the square, the slope, the new x: what comes after each follows it
    for (const row of [0, 1, 2])
      expect(gadget.violated([point.x, point.y], { [`field${row}`]: (v) => v + 1n })).toEqual([row]);
  });
  it('refuses the slope of -P', () => {
    const { z } = gadget.run([point.x, F.neg(point.y)]);
    const slope = z.at(-3)!;
    expect(gadget.violated([point.x, point.y], { field1: slope })).toEqual([1]);
  });
  it('has no witness for a point of order two', () => {
    expect(foldErrorOf(() => gadget.run([point.x, 0n])).code).toBe('E_BUG');
  });
});

describe('multiplyByChallenge', () => {
  const gadget = new Gadget(engine, 'fr', 130, (cs, [x, y, ...bits]) => {
    const p = multiplyByChallenge(cs, { x: x!, y: y! }, bits);
    return [p.x, sumOfProducts(cs, p.y2)];
  });
  const twice = (p: Affine): bigint[] => [p.x, (2n * p.y) % R];

  it('is n(s) P', () => {
    fc.assert(
      fc.property(points(curve), challenge, (p, s) => {
        expect(gadget.accepted([p.x, p.y, ...bitsOf(s)])).toEqual(twice(mul(curve, p, plainScalar(s))!));
      }),
      {
        numRuns: 6,
        examples: [
          [curve.generator, 0n],
          [curve.generator, MAX],
        ],
      },
    );
  });
  it('is written by the engine as by its own rounds', () => {
    const inputs = [...Object.values(mul(curve, curve.generator, 77n)!), ...bitsOf(MAX / 5n)];
    expect(gadget.run(inputs).z).toEqual(gadget.run(inputs, honestly).z);
  });
  it('costs 515 rows and variables, all bound', () => {
    expect(gadget.cost).toMatchObject({ rows: 515 + 1, bits: 0, fields: 515 + 1 });
    const { x, y } = curve.generator;
    expect(gadget.loose([x, y, ...bitsOf(0x123456789abcdef0fedcba9876543210n)])).toEqual([]);
  });
  it('refuses the product by another challenge', () => {
    const { x, y } = curve.generator;
    const { z } = gadget.run([x, y, ...bitsOf(77n)]);
    const first = gadget.system.matrix.offsets.fields + 2;
    for (const k of [0, 1, 64, 127])
      expect(gadget.system.violatedRows(z.with(first + k, 1n - z[first + k]!))).not.toEqual([]);
  });
  it('never meets an exception: every m in 2..n is below the order', () => {
    expect(3n * 2n ** 128n < Q).toBe(true);
  });
});

describe('foldPoints', () => {
  const gadget = new Gadget(engine, 'fr', 6 + 256, (cs, e) => {
    const point = (k: number) => ({ x: e[2 * k]!, y: e[2 * k + 1]! });
    const bits = (k: number) => e.slice(6 + 128 * k, 6 + 128 * (k + 1));
    const sum = foldPoints(cs, point(0), [
      { point: point(1), bits: bits(0) },
      { point: point(2), bits: bits(1) },
    ]);
    return [sum.x, sum.y];
  });
  const inputs = (c: Affine, a: Affine, b: Affine, sa: bigint, sb: bigint): bigint[] => [
    ...[c, a, b].flatMap((p) => [p.x, p.y]),
    ...bitsOf(sa),
    ...bitsOf(sb),
  ];
  const at = (k: bigint): Affine => mul(curve, curve.generator, k)!;

  it('is C + n(s_a) C_a + n(s_b) C_b', () => {
    fc.assert(
      fc.property(fc.tuple(points(curve), points(curve), points(curve)), challenge, challenge, ([c, a, b], sa, sb) => {
        const product = (p: Affine, s: bigint) => mul(curve, p, plainScalar(s));
        const sum = add(curve, add(curve, c, product(a, sa)), product(b, sb))!;
        expect(gadget.accepted(inputs(c, a, b, sa, sb))).toEqual([sum.x, sum.y]);
      }),
      { numRuns: 4 },
    );
  });
  it('costs 520 rows a point, all variables bound', () => {
    expect(gadget.cost).toMatchObject({ rows: 2 * (2 + 515 + 3), bits: 0, fields: 2 * (1 + 515 + 3) });
    expect(gadget.loose(inputs(at(3n), at(5n), at(7n), 11n, MAX - 5n))).toEqual([]);
  });
  it('refuses a fresh point that is not on the curve, though the ladder would take it', () => {
    const off = { x: curve.generator.x, y: 12345n };
    const [a, b] = [gadget.run(inputs(at(3n), off, at(7n), 5n, 6n)), gadget.run(inputs(at(3n), at(5n), off, 5n, 6n))];
    expect([a, b].map(({ z }) => gadget.system.violatedRows(z))).toEqual([[1], [521]]);
  });
});
