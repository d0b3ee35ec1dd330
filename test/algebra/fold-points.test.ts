/** Many points folded by one challenge, against bigints: every sign and endomorphism, infinity and equal points. */
import './kernels/relaxed-simd.ts';
import { describe, expect, it } from 'vitest';
import * as curve from '../../src/algebra/curve.ts';
import { multipliesExactly } from '../../src/algebra/kernels/field/fma-choice.ts';
import { createKernelEngine } from '../../src/algebra/kernels/index.ts';
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
    const [left, right] = [multiples(3083), multiples(3083)];
    // chunks are of 512: equal and opposite points in the first, infinity in the second, nothing unusual in the third, one in the last
    left[5] = curve.mul(G1_PARAMS, right[5]!, scalarOfChallenge(r));
    left[6] = curve.neg(G1_PARAMS, curve.mul(G1_PARAMS, right[6]!, scalarOfChallenge(r))!);
    right[703] = null;
    left[704] = null;
    const folded = g1.decodePoints(g1.foldPoints(g1.encodePoints(left), g1.encodePoints(right), r));
    const some = [0, 1, 2, 3, 4, 5, 6, 511, 512, 703, 704, 1023, 1024, 1025, 1300, 1535, 1536, 1540];
    for (const i of some) {
      const product = right[i] ? curve.mul(G1_PARAMS, right[i]!, scalarOfChallenge(r)) : null;
      expect(folded[i]).toEqual(curve.add(G1_PARAMS, left[i]!, product));
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
        expect(g1.decodePoints(g1.foldPoints(left, right, r))[n - 1]).toEqual(expected);
      }
    }
  });
});
