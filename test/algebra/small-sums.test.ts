/** Sums of points with small integers, in whatever classes their sizes fall, against the same numbers as full scalars. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { POINT_BYTES } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { G1_PARAMS } from '../../src/algebra/params.ts';

const { fr, g1 } = await createEngine();
const POINTS = 3000;
const bases = g1.fixedBase(
  G1_PARAMS.generator,
  fr.encode(Array.from({ length: POINTS }, (_, i) => BigInt(i) ** 3n + 5n)),
);

function compare(values: Float64Array): void {
  const own = bases.subarray(0, values.length * POINT_BYTES);
  const expected = g1.msm(own, { kind: 'full', values: fr.fromSmall(values) });
  expect(g1.msm(own, { kind: 'small', values })).toEqual(expected);
}

it('are right for short and long numbers together', () => {
  const bits = fc.integer({ min: 0, max: 53 });
  fc.assert(
    fc.property(
      bits,
      bits,
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 0, max: 20 }),
      (short, long, n, every) => {
        const random = Float64Array.from({ length: n }, (_, i) => {
          const most = 2 ** (every > 0 && i % every === 0 ? long : short);
          return ((i * 7919) % 5) - 2 < 0 ? -most : Math.floor(most * (((i * 104729) % 9973) / 9973));
        });
        compare(random);
      },
    ),
    { numRuns: 60 },
  );
});

it.each([
  ['no number but zero', () => 0],
  ['one number', (i: number) => (i === 1234 ? -7 : 0)],
  ['as many short numbers as weights, few long ones', (i: number) => (i % 100 === 3 ? 2 ** 31 - i : (i % 1999) - 999)],
  ['equal numbers', () => 4095],
  ['powers of two', (i: number) => (i % 2 === 0 ? 1 : -1) * 2 ** (i % 54)],
])('are right for %s', (_, value) => {
  compare(Float64Array.from({ length: POINTS }, (_, i) => value(i)));
});
