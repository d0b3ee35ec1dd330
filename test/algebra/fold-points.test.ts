/** Many points folded by one challenge, and by two, against bigints: every digit, infinity and equal points. */
import './kernels/relaxed-simd.ts';
import { describe, expect, it } from 'vitest';
import * as curve from '../../src/algebra/curve.ts';
import { DOUBLE_AND_ADD_BYTES } from '../../src/algebra/kernels/curve/double-and-add.ts';
import { multipliesExactly } from '../../src/algebra/kernels/field/fma-choice.ts';
import { createKernelEngine } from '../../src/algebra/kernels/index.ts';
import type { PointSums } from '../../src/algebra/module/point-sums.ts';
import { type Affine, G1_PARAMS } from '../../src/algebra/params.ts';
import { scalarOfChallenge } from '../../src/folding/fold-verifier.ts';
import { Random } from './random.ts';

const { generator } = G1_PARAMS;
const random = new Random('fold points');

const engines = [false, ...((await multipliesExactly()) ? [true] : [])];
const challenges = [
  0n,
  1n,
  2n ** 128n - 1n,
  0x5555_5555_5555_5555_5555_5555_5555_5555n,
  ...random.elements(2n ** 128n, 3),
];

describe.each(engines)('fused multiply-add: %s', (fma) => {
  it.each(challenges)('left + n(%s) right', async (r) => {
    const { g1, fr } = await createKernelEngine(fma);
    const multiples = (n: number): (Affine | null)[] =>
      g1.decodePoints(g1.fixedBase(generator, fr.encode(random.elements(fr.modulus, n))));
    const [left, right] = [multiples(1541), multiples(1541)];
    // chunks are of 512: equal and opposite points in the first, infinity in the second, nothing unusual in the third, one in the last
    left[5] = curve.mul(G1_PARAMS, right[5]!, scalarOfChallenge(r));
    left[6] = curve.neg(G1_PARAMS, curve.mul(G1_PARAMS, right[6]!, scalarOfChallenge(r))!);
    right[703] = null;
    left[704] = null;
    const folded = g1.decodePoints(g1.foldPoints(g1.encodePoints(left), [{ points: g1.encodePoints(right), r }]));
    const some = [0, 1, 2, 3, 4, 5, 6, 511, 512, 703, 704, 1023, 1024, 1025, 1300, 1535, 1536, 1540];
    for (const i of some) {
      const product = right[i] ? curve.mul(G1_PARAMS, right[i]!, scalarOfChallenge(r)) : null;
      expect(folded[i]).toEqual(curve.add(G1_PARAMS, left[i]!, product));
    }
  });

  it('two terms, whose points may meet at any place', async () => {
    const { g1, fr } = await createKernelEngine(fma);
    // the first elements are edges, 0 too
    const points = g1.fixedBase(generator, fr.encode(random.elements(fr.modulus, 29).slice(20)));
    const [left, first, second] = [0, 3, 6].map((from) => g1.decodePoints(points.subarray(64 * from, 64 * (from + 3))));
    const [r, s] = random.elements(2n ** 128n, 22).slice(20) as [bigint, bigint];
    // none, one term's infinity, the same point with the same challenge and with another one, its opposite
    const cases: [(Affine | null)[], bigint, bigint][] = [
      [second!, r, s],
      [[second![0]!, null, second![2]!], r, s],
      [[first![0]!, second![1]!, second![2]!], r, r],
      [[first![0]!, second![1]!, second![2]!], r, s],
      [first!.map((p) => curve.neg(G1_PARAMS, p!)), r, r],
    ];
    for (const [others, first_, second_] of cases) {
      const terms = [
        { points: first!, r: first_ },
        { points: others, r: second_ },
      ];
      const encoded = terms.map(({ points, r }) => ({ points: g1.encodePoints(points), r }));
      const folded = g1.decodePoints(g1.foldPoints(g1.encodePoints(left!), encoded));
      const expected = left!.map((start, i) =>
        terms.reduce((sum, { points, r }) => {
          const product = points[i] ? curve.mul(G1_PARAMS, points[i]!, scalarOfChallenge(r)) : null;
          return curve.add(G1_PARAMS, sum, product);
        }, start),
      );
      expect(folded).toEqual(expected);
    }
  });

  it('a row of 2 P + Q is left as it is where a difference is 0', async () => {
    const { sums } = (await createKernelEngine(fma)).g1 as unknown as { sums: PointSums };
    const { g1 } = await createKernelEngine(fma);
    const { arena } = sums.module;
    const times = (k: bigint) => curve.mul(G1_PARAMS, generator, k);
    // P, Q: both sums regular; xP = xQ; P + Q = -P, of both lanes, of an odd last one
    for (const n of [1, 2, 3]) {
      for (const [at, p, q] of [
        [0, 5n, 9n],
        [n - 1, 5n, 5n],
        [n - 1, 5n, G1_PARAMS.order - 10n],
        [0, 5n, G1_PARAMS.order - 5n],
      ] as const) {
        const row = (k: bigint, start: bigint) =>
          g1.encodePoints(Array.from({ length: n }, (_, i) => times(i === at ? k : start + BigInt(i))));
        const [ps, qs] = [row(p, 20n), row(q, 40n)];
        const [to, from, scratch] = [arena.put(ps), arena.put(qs), arena.alloc(4 * DOUBLE_AND_ADD_BYTES)];
        const holds = sums.fn('double_add_rows')(to, from, n, scratch) === 1;
        expect(holds).toBe(q === 9n);
        const [before, after] = [ps, arena.take(to, ps.length)].map((points) => g1.decodePoints(points));
        const sum = (i: number) => times(2n * (i === at ? p : 20n + BigInt(i)) + (i === at ? q : 40n + BigInt(i)));
        expect(after).toEqual(holds ? before!.map((_, i) => sum(i)) : before);
      }
    }
  });

  it('every pair of digits, one point and two', async () => {
    const { g1, fr } = await createKernelEngine(fma);
    const points = g1.fixedBase(generator, fr.encode(random.elements(fr.modulus, 4)));
    for (let digits = 0n; digits < 16n; digits++) {
      for (const n of [1, 2]) {
        const [left, right] = [points.subarray(0, 64 * n), points.subarray(128, 128 + 64 * n)];
        const r = digits << (4n * digits);
        const product = curve.mul(G1_PARAMS, g1.decodePoints(right)[n - 1]!, scalarOfChallenge(r));
        const expected = curve.add(G1_PARAMS, g1.decodePoints(left)[n - 1]!, product);
        expect(g1.decodePoints(g1.foldPoints(left, [{ points: right, r }]))[n - 1]).toEqual(expected);
      }
    }
  });
});
