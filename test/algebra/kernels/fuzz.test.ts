/**
 * Random operations against @noble/curves, edge values among them. Small by default; LAYERFOLD_FUZZ=full runs 10 million field
 * operations and 10,000 curve operations (some minutes):
 *     LAYERFOLD_FUZZ=full npx vitest run --project fast test/algebra/kernels/fuzz
 */
import { Field } from '@noble/curves/abstract/modular.js';
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { describe, expect, it } from 'vitest';
import { createKernelEngine } from '../../../src/algebra/kernels/index.ts';
import { G1_PARAMS, GRUMPKIN_PARAMS } from '../../../src/algebra/params.ts';
import { Random } from '../random.ts';

const FULL = process.env.LAYERFOLD_FUZZ === 'full';
const FIELD_OPERATIONS = FULL ? 10_000_000 : 20_000;
const CURVE_OPERATIONS = FULL ? 10_000 : 100;
const TIMEOUT = 1_800_000;
const engine = await createKernelEngine();

describe.each(['fr', 'fq'] as const)('%s', (which) => {
  it('adds, subtracts, multiplies and inverts as noble does', { timeout: TIMEOUT }, () => {
    const k = engine[which];
    const p = k.modulus;
    const Noble = Field(p);
    const random = new Random(`fuzz ${which}`);
    const edges = [0n, 1n, p - 1n, p - 2n, 2n ** 253n, 2n ** 128n - 1n, p >> 1n];
    const size = 1000;
    // Two fields, four operations each.
    for (let done = 0; done < FIELD_OPERATIONS / 2; done += 4 * size) {
      // A few hashed seeds, spread by powers: hashing every element would take most of the time.
      const [seed, step] = [random.element(p), random.element(p)];
      let power = seed;
      const vector = () =>
        Array.from({ length: size }, (_, i) => {
          power = (power * step + BigInt(i)) % p;
          return i % 50 === 0 ? edges[random.index(edges.length)]! : power;
        });
      const [a, b] = [vector(), vector()];
      const [va, vb] = [k.encode(a), k.encode(b)];
      const check = (result: Uint8Array, expected: (x: bigint, y: bigint) => bigint) => {
        const values = k.decode(result);
        const wrong = values.findIndex((v, i) => v !== expected(a[i]!, b[i]!));
        if (wrong >= 0) expect.fail(`element ${wrong}: ${a[wrong]}, ${b[wrong]} give ${values[wrong]}`);
      };
      check(k.add(va, vb), (x, y) => Noble.add(x, y));
      check(k.sub(va, vb), (x, y) => Noble.sub(x, y));
      check(k.mul(va, vb), (x, y) => Noble.mul(x, y));
      check(k.mul(k.inverse(va), va), (x) => (x === 0n ? 0n : 1n));
    }
  });
});

describe.each([
  ['g1', G1_PARAMS, 'fr'],
  ['grumpkin', GRUMPKIN_PARAMS, 'fq'],
] as const)('%s', (name, params, scalarField) => {
  it('adds and multiplies points as noble does', { timeout: TIMEOUT }, () => {
    const k = engine[name];
    const { x: Gx, y: Gy } = params.generator;
    const Noble = weierstrass({ p: params.base, n: params.order, h: 1n, a: 0n, b: params.b, Gx, Gy });
    const random = new Random(`fuzz ${name}`);
    const scalars = [1n, 1n, params.order - 1n, 2n, 0n, ...random.elements(params.order, 40)];
    const points = scalars.map((s) => Noble.BASE.multiplyUnsafe(s));
    const affine = (point: (typeof points)[number]) => (point.is0() ? null : point.toAffine());
    const encoded = points.map((point) => k.encodePoints([affine(point)]));
    // Two curves; of five operations four are additions.
    for (let done = 0; done < CURVE_OPERATIONS / 2; done++) {
      const [i, j] = [random.index(points.length), random.index(points.length)];
      const pair = Buffer.concat([encoded[i]!, encoded[j]!]);
      if (done % 5 < 4) {
        expect(k.msm(pair, { kind: 'bits', bits: Uint8Array.of(1, 1) })).toEqual(affine(points[i]!.add(points[j]!)));
      } else {
        const factors = [random.element(params.order), scalars[random.index(scalars.length)]!];
        const expected = points[i]!.multiplyUnsafe(factors[0]!).add(points[j]!.multiplyUnsafe(factors[1]!));
        const values = engine[scalarField].encode(factors);
        expect(k.msm(pair, { kind: 'full', values })).toEqual(affine(expected));
      }
    }
  });
});
