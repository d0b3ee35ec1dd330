/** Secrets that everyone knows, in both groups: small multiples of the generator, those of development keys, small ratios of two points. */
import { bn254 } from '@noble/curves/bn254.js';
import { describe, expect, it } from 'vitest';
import { R } from '../../src/algebra/params.ts';
import { DEVELOPMENT_TAU } from '../../src/folding/commitment-key.ts';
import { DEVELOPMENT_SECRETS } from '../../src/wrap/groth16/development.ts';
import { knownRatio, knownSecret } from '../../src/wrap/known-secrets.ts';

const { G1, G2 } = bn254;
/** A secret that nobody was told. */
const SECRET = 0x1234567890abcdef1234567890abcdefn;

describe.each([
  ['G1', (k: bigint) => G1.Point.BASE.multiply(k).toAffine()],
  ['G2', (k: bigint) => G2.Point.BASE.multiply(k).toAffine()],
] as const)('a secret seen in %s', (_, point) => {
  it.each([1n, 2n, 3n, 63n, 64n])('is known if it is %i or its negative', (k) => {
    const known = { development: false, value: `${k} or -${k}` };
    expect([knownSecret(point(k)), knownSecret(point(R - k))]).toEqual([known, known]);
  });

  it.each([['tau', DEVELOPMENT_TAU] as const, ...Object.entries(DEVELOPMENT_SECRETS)])(
    "is known if it is a development key's %s",
    (name, secret) => {
      expect(knownSecret(point(secret))).toEqual({ development: true, value: `a development key's ${name}` });
    },
  );

  it('is not known if it is another one', () => {
    for (const k of [65n, R - 65n, SECRET]) expect(knownSecret(point(k))).toBeUndefined();
  });
});

it('a ratio of two points is known if it is one of small numbers', () => {
  const times = (k: bigint) => G2.Point.BASE.multiply((SECRET * k) % R);
  const ratio = (a: bigint, b: bigint) => knownRatio(times(a), times(b));
  expect([ratio(1n, 1n), ratio(1n, R - 1n), ratio(1n, 64n), ratio(64n, 1n), ratio(2n, 3n)]).toEqual([
    ...['1/1', '1/1', '64/1', '1/64', '3/2'],
  ]);
  expect([ratio(1n, 65n), ratio(65n, 1n), ratio(1n, SECRET)]).toEqual([undefined, undefined, undefined]);
});
