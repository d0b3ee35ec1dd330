/** The scalar R = n(r) of a fold: circuit, native twin, a bigint rendering of the paper's algorithm, the model's vectors. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mul } from '../../src/algebra/curve.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { BETA, G1_PARAMS, LAMBDA, Q, R } from '../../src/algebra/params.ts';
import { foldScalar, scalarOfChallenge } from '../../src/folding/fold-verifier.ts';
import { Gadget, integers, points } from '../helpers/circuit.ts';

interface Vectors {
  readonly beta: string;
  readonly lambda: string;
  readonly vectors: readonly { readonly r: string; readonly scalar: string }[];
}
const { beta, lambda, vectors }: Vectors = JSON.parse(
  readFileSync(new URL('../fixtures/cyclefold.json', import.meta.url), 'utf8'),
);

const engine = await createEngine();
const MAX = (1n << 128n) - 1n;
const challenge = integers(128);
const bitsOf = (r: bigint): bigint[] => Array.from({ length: 128 }, (_, k) => (r >> BigInt(k)) & 1n);

/** (a, b) as sums over the pairs instead of repeated doubling. */
function halves(r: bigint): [bigint, bigint] {
  let [a, b] = [1n << 64n, 1n << 64n];
  bitsOf(r).forEach((bit, at, bits) => {
    if (at % 2) return;
    const term = (bit ? 1n : -1n) << BigInt(at / 2);
    if (bits[at + 1]) a += term;
    else b += term;
  });
  return [a, b];
}

describe('the endomorphism', () => {
  it('has the roots of the model', () => {
    expect([BETA, LAMBDA]).toEqual([BigInt(beta), BigInt(lambda)]);
  });
  it('is (BETA x, y) = LAMBDA (x, y) on G1, and no other pairing of roots', () => {
    fc.assert(
      fc.property(points(G1_PARAMS), (p) => {
        expect(mul(G1_PARAMS, p, LAMBDA)).toEqual({ x: (BETA * p.x) % Q, y: p.y });
        expect(mul(G1_PARAMS, p, LAMBDA * LAMBDA)).toEqual({ x: (BETA * BETA * p.x) % Q, y: p.y });
      }),
      { numRuns: 5 },
    );
  });
});

describe('scalarOfChallenge', () => {
  it.each(vectors)('has the value of the model for r = $r', ({ r, scalar }) => {
    expect(scalarOfChallenge(BigInt(r))).toBe(BigInt(scalar));
  });
  it('is a LAMBDA + b with a, b in 1..2^65', () => {
    fc.assert(
      fc.property(challenge, (r) => {
        const [a, b] = halves(r);
        expect(scalarOfChallenge(r)).toBe((a * LAMBDA + b) % R);
        for (const v of [a, b]) expect(v > 0n && v < 1n << 65n).toBe(true);
      }),
    );
    expect(scalarOfChallenge(0n)).toBe(((1n << 64n) * LAMBDA + 1n) % R);
    expect(scalarOfChallenge(MAX)).toBe((((1n << 65n) - 1n) * LAMBDA + (1n << 64n)) % R);
  });
  it('is injective on small changes: every flipped bit gives another scalar', () => {
    const r = 0x123456789abcdef0fedcba9876543210n;
    const scalars = Array.from({ length: 128 }, (_, k) => scalarOfChallenge(r ^ (1n << BigInt(k))));
    expect(new Set([...scalars, scalarOfChallenge(r)]).size).toBe(129);
  });
});

describe('foldScalar', () => {
  const gadget = new Gadget(engine, 'fr', 128, (cs, bits) => [foldScalar(cs, bits)]);

  it('agrees with its native twin', () => {
    fc.assert(
      fc.property(challenge, (r) => {
        expect(gadget.accepted(bitsOf(r))).toEqual([scalarOfChallenge(r)]);
      }),
      { numRuns: 40 },
    );
  });
  it('is one row of 65 products; the scalar and every bit are bound', () => {
    expect(gadget.cost).toEqual({ rows: 1, bits: 0, fields: 1, products: 65 });
    const inputs = bitsOf(MAX / 3n);
    expect(gadget.violated(inputs, { field0: (v) => v + 1n })).toEqual([0]);
    const { z } = gadget.run(inputs);
    const first = gadget.system.matrix.offsets.fields;
    for (let k = 0; k < 128; k++) {
      expect(gadget.system.violatedRows(z.with(first + k, 1n - inputs[k]!))).toEqual([0]);
    }
  });
});
