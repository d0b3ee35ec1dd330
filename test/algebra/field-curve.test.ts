/** The bigint twins themselves, against @noble/curves; the constants of the two curves; the endomorphism. */
import { Field as NobleField } from '@noble/curves/abstract/modular.js';
import { bn254 } from '@noble/curves/bn254.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, double, isOnCurve, mul, neg } from '../../src/algebra/curve.ts';
import { field } from '../../src/algebra/field.ts';
import { BETA, G1_PARAMS, GRUMPKIN_PARAMS, LAMBDA, Q, R } from '../../src/algebra/params.ts';
import { FoldError } from '../../src/errors.ts';

describe.each([
  ['Fr', R],
  ['Fq', Q],
])('field %s', (_, p) => {
  const F = field(p);
  const Noble = NobleField(p);
  const element = fc.bigInt({ min: 0n, max: p - 1n });

  it('computes as @noble/curves does', () => {
    expect(field(p)).toBe(F);
    fc.assert(
      fc.property(element, element, (a, b) => {
        expect(F.add(a, b)).toBe(Noble.add(a, b));
        expect(F.sub(a, b)).toBe(Noble.sub(a, b));
        expect(F.mul(a, b)).toBe(Noble.mul(a, b));
        expect(F.neg(a)).toBe(Noble.neg(a));
        expect(F.pow(a, b)).toBe(Noble.pow(a, b));
        if (a !== 0n) expect(F.inv(a)).toBe(Noble.inv(a));
        expect(F.fromBytes(F.toBytes(a))).toBe(a);
        expect(F.create(a - p * b)).toBe(a);
      }),
    );
    expect([F.add(p - 1n, 1n), F.sub(0n, 1n), F.neg(0n), F.inv(1n), F.inv(p - 1n)]).toEqual([
      0n,
      p - 1n,
      0n,
      1n,
      p - 1n,
    ]);
  });

  it('inverts many at once and refuses zero', () => {
    const values = [1n, 2n, p - 1n, 12345n];
    expect(F.batchInv(values)).toEqual(values.map((v) => F.inv(v)));
    expect(F.batchInv([])).toEqual([]);
    expect(() => F.inv(0n)).toThrow(FoldError);
    expect(() => F.batchInv([1n, 0n])).toThrow(FoldError);
  });

  it('reads 32 canonical little-endian bytes and nothing else', () => {
    expect(F.toBytes(258n).subarray(0, 3)).toEqual(Uint8Array.of(2, 1, 0));
    for (const bad of [new Uint8Array(31), new Uint8Array(33), new Uint8Array(32).fill(255), F.toBytes(p)]) {
      expect(() => F.fromBytes(bad)).toThrow(expect.objectContaining({ code: 'E_FORMAT' }));
    }
  });
});

describe('curves', () => {
  const G = G1_PARAMS.generator;

  it('multiplies on G1 as @noble/curves does', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: R - 1n }), (k) => {
        expect(mul(G1_PARAMS, G, k)).toEqual(bn254.G1.Point.BASE.multiply(k).toAffine());
      }),
      { numRuns: 10 },
    );
  });

  it.each([G1_PARAMS, GRUMPKIN_PARAMS])(
    '$name: group laws at the exceptional points, order, curve equation',
    (params) => {
      const P = params.generator;
      const P2 = double(params, P);
      expect(add(params, P, P)).toEqual(P2);
      expect(add(params, P, neg(params, P))).toBe(null);
      expect(add(params, P, null)).toEqual(P);
      expect(add(params, null, P)).toEqual(P);
      expect(double(params, null)).toBe(null);
      expect(neg(params, null)).toBe(null);
      expect(mul(params, P, params.order)).toBe(null);
      expect(mul(params, P, -1n)).toEqual(neg(params, P));
      expect(isOnCurve(params, P2)).toBe(true);
      expect(isOnCurve(params, null)).toBe(true);
      expect(isOnCurve(params, { x: P.x, y: P.y + 1n })).toBe(false);
      expect(isOnCurve(params, { x: P.x + params.base, y: P.y })).toBe(false);
    },
  );

  it('beta and lambda are cube roots of 1 that belong together on G1', () => {
    expect(field(Q).pow(BETA, 3n)).toBe(1n);
    expect(field(R).pow(LAMBDA, 3n)).toBe(1n);
    expect(mul(G1_PARAMS, G, LAMBDA)).toEqual({ x: (BETA * G.x) % Q, y: G.y });
    expect(mul(G1_PARAMS, G, R - 1n - LAMBDA)).not.toEqual({ x: (BETA * G.x) % Q, y: G.y });
  });
});
