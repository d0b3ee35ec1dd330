/** The key that is folded by two rounds at once against one that is folded in every round: sums over both halves, and what is left. */
import { describe, expect, it } from 'vitest';
import { add, mul } from '../../src/algebra/curve.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { type Affine, G1_PARAMS } from '../../src/algebra/params.ts';
import { FoldedKey } from '../../src/compressed/folded-key.ts';
import { scalarOfChallenge } from '../../src/folding/fold-verifier.ts';
import { elementsFrom } from '../wrap/folded.ts';

const engine = await createEngine();
const { g1, fr } = engine;

const sumOf = (points: readonly Affine[], values: readonly bigint[]): Affine | null =>
  points.reduce<Affine | null>((sum, p, i) => add(G1_PARAMS, sum, mul(G1_PARAMS, p, values[i]!)), null);

describe.each([1, 2, 3, 4, 5])('a key of 2^%s points', (log) => {
  it('gives the sums of every round', () => {
    const next = elementsFrom(log);
    const many = (n: number): bigint[] => Array.from({ length: n }, next);
    const key = g1.fixedBase(G1_PARAMS.generator, fr.encode(many(2 ** log)));
    let plain = g1.decodePoints(key) as Affine[];
    let points = new FoldedKey(engine, key);
    for (let n = log - 1; n >= 0; n--) {
      const { lower, upper } = points.halves();
      const [below, above] = [plain.slice(0, 2 ** n), plain.slice(2 ** n)];
      expect(g1.decodePoints(upper)).toEqual(above);
      const values = many(2 ** n);
      expect(lower.sum(fr.encode(values))).toEqual(sumOf(below, values));
      const r = next() % 2n ** 128n;
      points = lower.folded(upper, r);
      plain = below.map((p, i) => add(G1_PARAMS, p, mul(G1_PARAMS, above[i]!, scalarOfChallenge(r)))!);
    }
    expect(points.sum(fr.encode([1n]))).toEqual(plain[0]);
  });
});
