/** Many points folded by one challenge, against bigints: every sign and endomorphism, infinity and equal points. */
import { expect, it } from 'vitest';
import * as curve from '../../src/algebra/curve.ts';
import { createKernelEngine } from '../../src/algebra/kernels/index.ts';
import { type Affine, G1_PARAMS } from '../../src/algebra/params.ts';
import { scalarOfChallenge } from '../../src/folding/fold-verifier.ts';
import { Random } from './random.ts';

const { generator } = G1_PARAMS;
const random = new Random('fold points');

it.each([0n, 1n, 2n ** 128n - 1n, 0x5555_5555_5555_5555_5555_5555_5555_5555n, ...random.elements(2n ** 128n, 3)])(
  'left + n(%s) right',
  async (r) => {
    const { g1, fr } = await createKernelEngine();
    const multiples = (n: number): (Affine | null)[] =>
      g1.decodePoints(g1.fixedBase(generator, fr.encode(random.elements(fr.modulus, n))));
    const [left, right] = [multiples(1030), multiples(1030)];
    right[3] = null;
    left[4] = null;
    left[5] = curve.mul(G1_PARAMS, right[5]!, scalarOfChallenge(r));
    left[6] = curve.neg(G1_PARAMS, curve.mul(G1_PARAMS, right[6]!, scalarOfChallenge(r))!);
    const folded = g1.decodePoints(g1.foldPoints(g1.encodePoints(left), g1.encodePoints(right), r));
    for (const i of [0, 1, 2, 3, 4, 5, 6, 1023, 1024, 1029]) {
      const product = right[i] ? curve.mul(G1_PARAMS, right[i]!, scalarOfChallenge(r)) : null;
      expect(folded[i]).toEqual(curve.add(G1_PARAMS, left[i]!, product));
    }
  },
);
