/** Aux against plain curve arithmetic, and against the same sum by noble's Grumpkin. */
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { describe, expect, it } from 'vitest';
import { add, double, mul } from '../../../src/algebra/curve.ts';
import { field } from '../../../src/algebra/field.ts';
import { grumpkinGenerators } from '../../../src/algebra/grumpkin-generators.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { type Affine, GRUMPKIN_PARAMS, Q } from '../../../src/algebra/params.ts';
import type { StepSystem } from '../../../src/folding/step-system.ts';
import { atOnce } from '../../../src/turns.ts';
import { buildAuxiliary, startAtEnd, startingPoint, tangent } from '../../../src/wrap/auxiliary/chain.ts';
import { DIGITS } from '../../../src/wrap/auxiliary/digits.ts';
import { auxiliaryLayout, blindingAt, type Column, rowOf } from '../../../src/wrap/auxiliary/layout.ts';
import { wrapKeyLength } from '../../../src/wrap/circuit.ts';
import { seeded } from '../../helpers/chains.ts';
import { foldErrorOf } from '../../helpers/errors.ts';

const engine = await createEngine();
const F = field(GRUMPKIN_PARAMS.base);
const Noble = weierstrass({
  ...{ p: GRUMPKIN_PARAMS.base, n: GRUMPKIN_PARAMS.order, h: 1n, a: 0n, b: GRUMPKIN_PARAMS.b },
  ...{ Gx: GRUMPKIN_PARAMS.generator.x, Gy: GRUMPKIN_PARAMS.generator.y },
});

/** Aux read by column, row and position. */
function reader(n: number, scalars: readonly bigint[], blinding = 77n) {
  const layout = auxiliaryLayout(n);
  const entries = engine.fr.decode(atOnce(buildAuxiliary(engine, grumpkinGenerators(n), scalars, blinding)));
  const at = (column: Column, kappa: number, i: number): bigint =>
    entries[rowOf(column, kappa) * 2 ** layout.rowLog + i]!;
  return { entries, at, layout };
}

const small = (v: bigint): bigint => (v > GRUMPKIN_PARAMS.base >> 1n ? v - GRUMPKIN_PARAMS.base : v);
const random = seeded(5);
const scalar = (): bigint =>
  BigInt(`0x${Array.from({ length: 63 }, () => Math.floor(16 * random()).toString(16)).join('')}`);

describe('Aux', () => {
  it.each([[[0n, 1n, Q - 1n]], [[5n]], [Array.from({ length: 13 }, scalar)]])(
    'is the chain of plain additions and doublings',
    (scalars) => {
      const n = scalars.length;
      const { entries, at, layout } = reader(n, scalars);
      expect(layout.rowLog).toBe(Math.ceil(Math.log2(n + 3)));
      const generators = grumpkinGenerators(n);
      let acc: Affine = startingPoint(n);
      const sums = scalars.map(() => 0n);
      for (let kappa = 0; kappa < DIGITS; kappa++) {
        for (let i = 0; i < n; i++) {
          const d = small(at('value', kappa, i));
          expect([1n, 3n, 5n, 7n]).toContain(d < 0n ? -d : d);
          sums[i] = 8n * sums[i]! + d;
          const point = mul(GRUMPKIN_PARAMS, generators[i]!, d)!;
          expect(at('x', kappa, i)).toBe(acc.x);
          expect(at('slope', kappa, i)).toBe(F.mul(F.sub(point.y, acc.y), F.inv(F.sub(point.x, acc.x))));
          acc = add(GRUMPKIN_PARAMS, acc, point)!;
        }
        for (let k = 0; k < (kappa < DIGITS - 1 ? 3 : 1); k++) {
          expect([at('x', kappa, n + k), at('value', kappa, n + k)]).toEqual([acc.x, acc.y]);
          if (kappa === DIGITS - 1) break;
          expect(at('slope', kappa, n + k)).toBe(tangent(acc));
          acc = double(GRUMPKIN_PARAMS, acc)!;
        }
      }
      expect(sums.map((v) => field(Q).create(v))).toEqual(scalars);
      expect(entries.slice(255 * 2 ** layout.rowLog)).toEqual([77n, ...new Array(2 ** layout.rowLog - 1).fill(0n)]);
      // noble: C + 8^84 H0
      const G = (p: Affine) => Noble.fromAffine(p);
      const nonzero = scalars.flatMap((v, i) => (v === 0n ? [] : [G(generators[i]!).multiplyUnsafe(v)]));
      const end = nonzero.reduce((a, b) => a.add(b), G(startingPoint(n)).multiplyUnsafe(8n ** 84n)).toAffine();
      expect(end).toEqual(acc);
      expect(startAtEnd(n)).toEqual(
        G(startingPoint(n))
          .multiplyUnsafe(8n ** 84n)
          .toAffine(),
      );
    },
  );
  it('takes canonical scalars, one for each generator', () => {
    expect(foldErrorOf(() => reader(2, [1n, Q])).code).toBe('E_BUG');
    expect(foldErrorOf(() => reader(2, [1n])).code).toBe('E_BUG');
  });
  it('has 2^18 entries for the CycleFold instance, 255 rows of 2^10 and one for the blinding', () => {
    expect(auxiliaryLayout(779)).toEqual({ scalars: 779, rowLog: 10, log: 18 });
    expect(rowOf('slope', DIGITS - 1)).toBe(254);
    // the blinding entry is the last coefficient: a powers-of-tau file of power 17 has one more than are needed
    expect(blindingAt(auxiliaryLayout(779))).toBe(255 * 2 ** 10);
  });
  it.each([
    [2 ** 17, 2 ** 18 - 1],
    [2 ** 18, 2 ** 18],
    [2 ** 19, 2 ** 19],
  ])('is committed to with blocks of at most %i entries by %i powers of tau', (keyLength, powers) => {
    const system = { layout: { keyLength }, cycleFold: { generators: new Array(779) } };
    expect(wrapKeyLength(system as unknown as StepSystem)).toBe(powers);
  });
});
