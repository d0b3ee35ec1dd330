/** The sums of the batch contract's Poseidon, evaluated with the largest terms there are: no word may overflow. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { R } from '../../../src/algebra/params.ts';
import { lazySum } from '../../../src/wrap/contract/lazy-sum.ts';

/** Evaluates a sum whose terms are all r - 1; throws where a word overflows. */
function evaluate(expression: string): { value: bigint; reductions: number } {
  let reductions = 0;
  const add = (a: bigint, b: bigint): bigint => {
    if (a + b >= 2n ** 256n) throw new Error('overflow');
    return a + b;
  };
  const mod = (a: bigint, m: bigint): bigint => {
    reductions++;
    return a % m;
  };
  const value = new Function('add', 'mod', 'r', 'term', `return ${expression}`)(add, mod, R, R - 1n) as bigint;
  return { value, reductions };
}

it('holds the right sum within its bound, however many terms', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 5 }), (terms, below) => {
      const { value } = evaluate(lazySum(new Array(terms).fill('term'), below));
      expect(value).toBeLessThan(BigInt(below) * R);
      expect(value % R).toBe((BigInt(terms) * (R - 1n)) % R);
    }),
  );
});

it('reduces a row of 17 products four times', () => {
  expect(evaluate(lazySum(new Array(17).fill('term'), 1)).reductions).toBe(4);
  expect(evaluate(lazySum(new Array(5).fill('term'), 5)).reductions).toBe(0);
});
