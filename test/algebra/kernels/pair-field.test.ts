/** Pair and packed arithmetic at the edges of the ranges that their comments state, against bigints. */
import { describe, expect, it } from 'vitest';
import { limbsOf } from '../../../src/algebra/kernels/field/limbs.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import { Random } from '../random.ts';
import { type Pair, pairHarness } from './pair-harness.ts';

const ONES = 2 ** 29 - 1;
const LOOSE = 3 * 2 ** 29 - 1;
const value = (limbs: readonly number[]) => limbs.reduceRight((v, limb) => (v << 29n) + BigInt(limb), 0n);

describe.each([
  ['fr', R],
  ['fq', Q],
])('pairs over %s', async (name, p) => {
  const h = await pairHarness(p);
  const random = new Random(`pairs ${name}`);
  const edges = [
    0n,
    1n,
    2n,
    p - 1n,
    p - 2n,
    (p - 1n) / 2n,
    2n ** 232n - 1n,
    2n ** 232n,
    2n ** 253n,
    p - (p % 2n ** 232n),
  ];
  const all = [...edges, ...random.elements(p, 6)];
  const couples = all.flatMap((a, i) =>
    all.map((b, j): [Pair, Pair] => [
      [a, all[(i + j) % all.length]!],
      [b, a],
    ]),
  );
  const lanes = (f: (a: bigint, b: bigint) => bigint, [a, b]: [Pair, Pair]): Pair => [f(a[0], b[0]), f(a[1], b[1])];
  const { F } = h;

  it('multiplies, squares, adds and subtracts all pairs of edge values, lane by lane', () => {
    for (const [a, b] of couples) {
      h.load(0, a);
      h.load(1, b);
      h.pair('mul', 0, 1, 2);
      expect(h.store(2, 'pair_store')).toEqual(lanes((x, y) => F.mul(F.mul(x, y), h.unscale), [a, b]));
      h.pair('square', 0, 2);
      expect(h.store(2, 'pair_store')).toEqual(lanes((x) => F.mul(F.mul(x, x), h.unscale), [a, a]));
      h.pair('add', 0, 1, 2);
      expect(h.store(2, 'pair_store_wide')).toEqual(lanes((x, y) => F.add(x, y), [a, b]));
      h.pair('sub', 0, 1, 2);
      expect(h.store(2, 'pair_store_wide')).toEqual(lanes((x, y) => F.sub(x, y), [a, b]));
      h.pair('sub_loose', 0, 1, 2);
      expect(h.store(2, 'pair_store_wide')).toEqual(lanes((x, y) => F.sub(x, y), [a, b]));
      h.pair('mul', 2, 1, 2);
      expect(h.store(2, 'pair_store')).toEqual(lanes((x, y) => F.mul(F.mul(F.sub(x, y), y), h.unscale), [a, b]));
    }
  });

  it('adds two products with one reduction, loose second factors and the largest limbs included', () => {
    for (const [a, b] of couples) {
      h.load(0, a);
      h.load(1, b);
      h.pair('sub_loose', 1, 0, 2);
      h.pair('mul_two', 0, 1, 0, 2, 0);
      const expected = lanes((x, y) => F.mul(F.mul(x, F.sub(F.add(y, y), x)), h.unscale), [a, b]);
      expect(h.store(0, 'pair_store')).toEqual(expected);
    }
    const [tight, loose] = [new Array<number>(9).fill(ONES), new Array<number>(9).fill(LOOSE)];
    // The columns' bound counts every limb, whatever the value: the sum is right modulo p, below 2^261 + 2 2^261 3 2^261 / 2^261.
    tight[8] = loose[8] = 2 ** 20;
    h.writeLimbs(0, [tight, tight]);
    h.writeLimbs(1, [loose, loose]);
    h.pair('mul_two', 0, 1, 0, 1, 2);
    const product = F.mul(F.mul(F.create(value(tight)), F.create(value(loose))), F.mul(2n, h.unscale));
    expect(h.store(2, 'pair_store_wide')).toEqual([product, product]);
  });

  it('keeps every result but that of sub_loose tight, also when results take the place of operands', () => {
    h.load(0, [p - 1n, 0n]);
    h.load(1, [p - 1n, p - 1n]);
    for (const [kernel, ...slots] of [
      ['mul', 0, 1, 0],
      ['square', 0, 0],
      ['add', 0, 1, 0],
      ['sub', 0, 1, 0],
      ['sub', 1, 0, 0],
    ] as const) {
      h.pair(kernel, ...slots);
      expect(Math.max(...h.readLimbs(0, 0), ...h.readLimbs(0, 1))).toBeLessThan(2 ** 29);
    }
  });

  it('takes factors up to alpha beta = 168 with all limbs ones: no column overflows', () => {
    const full = new Array<number>(9).fill(ONES); // 2^261 - 1 < 169 p
    const one = [1, ...new Array<number>(8).fill(0)];
    const below = [...new Array<number>(8).fill(ONES), 0];
    const loose = [...new Array<number>(8).fill(LOOSE), 0];
    const largest = limbsOf(p - 1n).map(Number);
    for (const [x, y] of [
      [full, one],
      [full, largest],
      [largest, full],
      [below, loose],
      [loose, below],
      [below, below],
    ] as const) {
      h.writeLimbs(0, [x, y]);
      h.writeLimbs(1, [y, x]);
      h.pair('mul', 0, 1, 2);
      const product = F.mul(F.create(value(x) * value(y)), h.unscale);
      expect(h.store(2, 'pair_store_wide')).toEqual([product, product]);
    }
    h.writeLimbs(0, [below, full.map((limb, i) => (i < 8 ? limb : limb >> 4))]);
    h.pair('square', 0, 2);
    const squares = [below, full.map((limb, i) => (i < 8 ? limb : limb >> 4))].map((x) =>
      F.mul(F.create(value(x) ** 2n), h.unscale),
    );
    expect(h.store(2, 'pair_store_wide')).toEqual(squares);
  });

  it('stores canonical elements around every multiple of p below 16 p, tight or loose', () => {
    for (let k = 0n; k < 16n; k++) {
      for (const d of [-2n, -1n, 0n, 1n, 2n ** 231n, p / 2n, p - 2n]) {
        const v = k * p + d;
        if (v < 0n || v >= 16n * p) continue;
        const tight = limbsOf(v).map(Number);
        // The same value with limbs 0..7 above 2^30, where the limb above can lend them.
        const loose = tight.slice();
        for (let i = 0; i < 8; i++) {
          if (loose[i + 1]! < 2) continue;
          loose[i]! += 2 ** 30;
          loose[i + 1]! -= 2;
        }
        expect(value(loose)).toBe(v);
        h.writeLimbs(0, [tight, loose]);
        expect(h.store(0, 'pair_store_wide')).toEqual([F.create(v), F.create(v)]);
        if (v < 2n * p) {
          h.writeLimbs(0, [tight, tight]);
          expect(h.store(0, 'pair_store')).toEqual([F.create(v), F.create(v)]);
        }
      }
    }
  });

  it('adds, subtracts and negates packed elements; knows canonical ones', () => {
    for (const a of all) {
      expect(h.packed('neg', a)).toBe(h.packed('sub', 0n, a));
      for (const b of all) {
        expect(h.packed('add', a, b)).toBe(F.add(a, b));
        expect(h.packed('sub', a, b)).toBe(F.sub(a, b));
      }
      expect(h.isCanonical(a)).toBe(true);
    }
    for (const bad of [p, p + 1n, 2n ** 254n, 2n ** 256n - 1n]) expect(h.isCanonical(bad)).toBe(false);
  });
});
