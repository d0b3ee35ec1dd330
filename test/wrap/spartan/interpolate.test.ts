/** Interpolation against evaluation, on random polynomials of every degree that a sum-check has. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { R } from '../../../src/algebra/params.ts';
import { fromValues } from '../../../src/wrap/spartan/interpolate.ts';

const at = (coefficients: readonly bigint[], x: bigint): bigint =>
  coefficients.reduceRight((s, c) => (s * x + c) % R, 0n);

describe('interpolation at 0, 1, 2, ...', () => {
  it('gives back the coefficients', () => {
    const element = fc.bigInt({ min: 0n, max: R - 1n });
    fc.assert(
      fc.property(fc.array(element, { minLength: 2, maxLength: 8 }), (coefficients) => {
        const values = coefficients.slice(1).map((_, x) => at(coefficients, BigInt(x)));
        expect(fromValues(values, coefficients.at(-1)!)).toEqual(coefficients);
      }),
    );
  });
});
