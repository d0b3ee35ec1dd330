/** Digits, window tables and addition chains against plain integers and the plain curve. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, isOnCurve, mul, neg } from '../../../src/algebra/curve.ts';
import { field } from '../../../src/algebra/field.ts';
import { grumpkinGenerators } from '../../../src/algebra/grumpkin-generators.ts';
import { type Affine, GRUMPKIN_PARAMS, Q, R } from '../../../src/algebra/params.ts';
import { atOnce } from '../../../src/turns.ts';
import { DIGIT_SIZES, DIGITS, oddRepresentative, signedDigits } from '../../../src/wrap/cyclefold/digits.ts';
import { additionSlopes } from '../../../src/wrap/cyclefold/slopes.ts';
import { inverseVandermonde } from '../../../src/wrap/cyclefold/vandermonde.ts';
import { windowsOf } from '../../../src/wrap/cyclefold/windows.ts';
import { elements, points } from '../../helpers/circuit.ts';
import { foldErrorOf } from '../../helpers/errors.ts';

const F = field(R);
const LIMIT = 1n << 255n;

describe('signed digits', () => {
  const odd = fc.oneof(
    fc.bigInt(-(LIMIT >> 1n), (LIMIT >> 1n) - 1n).map((v) => 2n * v + 1n),
    fc.constantFrom(1n, -1n, 7n, -7n, 9n, LIMIT - 1n, 1n - LIMIT, Q, -Q),
  );

  it('are 85 odd digits up to 7 that give the integer back', () => {
    fc.assert(
      fc.property(odd, (v) => {
        const digits = signedDigits(v);
        expect(digits).toHaveLength(DIGITS);
        expect(digits.every((d) => DIGIT_SIZES.includes((d < 0n ? -d : d) as 1n))).toBe(true);
        expect(digits.reduceRight((sum, d) => 8n * sum + d, 0n)).toBe(v);
      }),
    );
  });
  it('do not exist for even integers and beyond 2^255', () => {
    for (const v of [0n, 2n, LIMIT + 1n, -LIMIT - 1n]) expect(foldErrorOf(() => signedDigits(v)).code).toBe('E_BUG');
  });
  it('read a scalar as an odd integer congruent to it', () => {
    fc.assert(
      fc.property(elements(Q), (w) => {
        const v = oddRepresentative(w);
        expect(v & 1n).toBe(1n);
        expect(field(Q).create(v)).toBe(w);
        expect(v < Q && -v <= Q).toBe(true);
      }),
    );
    for (const w of [-1n, Q]) expect(foldErrorOf(() => oddRepresentative(w)).code).toBe('E_BUG');
  });
});

describe('window tables', () => {
  const generators = grumpkinGenerators(3);
  const windows = atOnce(windowsOf(generators));
  const value = (coefs: readonly bigint[], d: bigint): bigint =>
    F.create(coefs.reduce((sum, c, j) => sum + c * d ** BigInt(2 * j), 0n));

  it('hold d 8^k G for every digit, at every place of every generator', () => {
    const places = fc.oneof(fc.nat(DIGITS - 1), fc.constantFrom(0, 1, DIGITS - 1));
    const digits = fc.constantFrom(...DIGIT_SIZES, ...DIGIT_SIZES.map((d) => -d));
    fc.assert(
      fc.property(fc.nat(2), places, digits, (i, k, d) => {
        const { x, y } = windows[DIGITS * i + k]!;
        const point = { x: value(x, d), y: F.create(d * value(y, d)) };
        expect(point).toEqual(mul(GRUMPKIN_PARAMS, generators[i]!, d * 8n ** BigInt(k)));
      }),
      { numRuns: 60 },
    );
  });
  it('give a point off the curve for a digit that has no place in them', () => {
    for (const d of [0n, 2n, 9n, 11n]) {
      const { x, y } = windows[5]!;
      expect(isOnCurve(GRUMPKIN_PARAMS, { x: value(x, d), y: F.create(d * value(y, d)) })).toBe(false);
    }
  });
  it('are made once for a list of generators', () => {
    expect(atOnce(windowsOf(generators))).toBe(windows);
  });
});

describe('interpolation', () => {
  it('takes values at distinct nodes to coefficients', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(elements(R), { minLength: 1, maxLength: 9 }).chain((nodes) =>
          fc.record({
            nodes: fc.constant(nodes),
            poly: fc.array(elements(R), { minLength: nodes.length, maxLength: nodes.length }),
          }),
        ),
        ({ nodes, poly }) => {
          const values = nodes.map((t) => poly.reduceRight((sum, c) => F.create(sum * t + c), 0n));
          const matrix = inverseVandermonde(F, nodes);
          expect(matrix.map((line) => F.create(line.reduce((s, c, j) => s + c * values[j]!, 0n)))).toEqual(poly);
        },
      ),
    );
  });
});

describe('slopes of an addition chain', () => {
  it('are those of one affine addition after the other', () => {
    fc.assert(
      fc.property(points(GRUMPKIN_PARAMS), fc.array(points(GRUMPKIN_PARAMS), { maxLength: 8 }), (start, chain) => {
        let sum = start;
        const expected = chain.map((p) => {
          const slope = F.mul(F.sub(p.y, sum.y), F.inv(F.sub(p.x, sum.x)));
          sum = add(GRUMPKIN_PARAMS, sum, p)!;
          return slope;
        });
        expect(additionSlopes(start, chain)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
  it('do not exist for equal or opposite points', () => {
    const [g, h] = grumpkinGenerators(2) as [Affine, Affine];
    const sum = add(GRUMPKIN_PARAMS, g, h)!;
    for (const last of [sum, neg(GRUMPKIN_PARAMS, sum)!]) {
      expect(foldErrorOf(() => additionSlopes(g, [h, last])).code).toBe('E_BUG');
    }
  });
});
