/** G2 against @noble/curves: sums by both kinds of scalars, special points in every round, multiples of one point. */
import { bn254 } from '@noble/curves/bn254.js';
import { describe, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import type { TwistPoint } from '../../../src/algebra/module/twist.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import { createProverKernels } from '../../../src/wrap/groth16/native/module.ts';
import { Random } from '../random.ts';

const { g2, fr, fq } = await createProverKernels();
const { BASE, ZERO } = bn254.G2.Point;
const random = new Random('twist');
const full = (values: readonly bigint[]) => ({ kind: 'full', values: fr.encode(values) }) as const;
const small = (values: readonly number[]) => ({ kind: 'small', values: Float64Array.from(values) }) as const;
const times = (p: TwistPoint, k: bigint): TwistPoint => p.multiplyUnsafe(field(R).create(k));
const sum = (points: readonly TwistPoint[], scalars: readonly bigint[]): TwistPoint =>
  points.reduce((total, p, i) => total.add(times(p, scalars[i]!)), ZERO);
const same = (a: TwistPoint, b: TwistPoint) => expect(a.equals(b)).toBe(true);

describe('the encoding', () => {
  it('goes both ways, infinity included', () => {
    const points = [BASE, ZERO, BASE.negate(), BASE.multiply(random.element(R))];
    const bytes = g2.encode(points);
    expect(bytes.length).toBe(128 * points.length);
    expect([...bytes.subarray(128, 256)].every((byte) => byte === 0)).toBe(true);
    g2.decode(bytes).forEach((p, i) => {
      same(p, points[i]!);
    });
    const { x, y } = points[3]!.toAffine();
    expect(fq.decode(bytes.subarray(384))).toEqual([x.c0, x.c1, y.c0, y.c1]);
  });
});

describe('sums', () => {
  it.each([0, 1, 2, 3, 50, 400])('of %i random points', (n) => {
    const exponents = random.elements(R, n);
    const points = g2.fixedBase(BASE, fr.encode(exponents));
    const scalars = random.elements(R, n);
    const total = scalars.reduce((t, s, i) => (t + s * exponents[i]!) % R, 0n);
    same(g2.msm(points, full(scalars)), times(BASE, total));
    const values = scalars.map((s, i) => (i % 2 ? -1 : 1) * Number(s % 2n ** BigInt(1 + (i % 53))));
    const smallTotal = values.reduce((t, v, i) => t + BigInt(v) * exponents[i]!, 0n);
    same(g2.msm(points, small(values)), times(BASE, smallTotal));
  });

  it('of equal points, opposite points and infinity', () => {
    const pattern = [BASE, BASE.negate(), ZERO, BASE, BASE, BASE.double().negate(), ZERO, BASE.negate()];
    for (const n of [2, 8, 9, 31, 64]) {
      const points = Array.from({ length: n }, (_, i) => pattern[(i * 5 + (i >> 3)) % pattern.length]!);
      for (const scalar of [1n, R - 1n, 2n ** 64n - 1n, random.element(R)]) {
        const scalars = points.map((_, i) => (i % 4 === 3 ? R - scalar : scalar));
        same(g2.msm(g2.encode(points), full(scalars)), sum(points, scalars));
      }
      const values = points.map((_, i) => (i % 3) - 1);
      same(g2.msm(g2.encode(points), small(values)), sum(points, values.map(BigInt)));
    }
  });

  it('of points on the twist outside of the group: the formulas do not need the order', () => {
    // The curve of the twist has far more points than G2: (x, y) with a small x and a square on the right.
    const { Fp2 } = bn254.fields;
    const { b } = bn254.G2.Point.CURVE() as unknown as { readonly b: { c0: bigint; c1: bigint } };
    const points: TwistPoint[] = [];
    for (let c0 = 1n; points.length < 5; c0++) {
      const x = { c0, c1: 0n };
      const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b);
      try {
        points.push(bn254.G2.Point.fromAffine({ x, y: Fp2.sqrt(square) }));
      } catch {
        // not a square
      }
    }
    expect(points.some((p) => !p.isTorsionFree())).toBe(true);
    const values = [3, -1, 2 ** 40 + 1, 1, -7];
    same(
      g2.msm(g2.encode(points), small(values)),
      points.reduce((total, p, i) => {
        const q = p.multiplyUnsafe(BigInt(Math.abs(values[i]!)));
        return total.add(values[i]! < 0 ? q.negate() : q);
      }, ZERO),
    );
  });

  it('refuses another number of points than scalars', () => {
    expect(() => g2.msm(g2.encode([BASE]), full([1n, 2n]))).toThrow(expect.objectContaining({ code: 'E_BUG' }));
  });
});

it('makes multiples of one point', () => {
  for (const n of [0, 1, 3, 300]) {
    const scalars = [0n, 1n, R - 1n, 2n, Q % R, ...random.elements(R, 300)].slice(0, n);
    const base = BASE.multiply(7n);
    const points = g2.decode(g2.fixedBase(base, fr.encode(scalars)));
    expect(points.length).toBe(scalars.length);
    for (const i of [0, 1, 2, 3, 4, 17, 299]) if (i < n) same(points[i]!, times(base, scalars[i]!));
    same(
      points.reduce((t, p) => t.add(p), ZERO),
      times(
        base,
        scalars.reduce((t, s) => t + s, 0n),
      ),
    );
  }
});
