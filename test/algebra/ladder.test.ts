/** All rounds of a ladder with one inversion, against affine additions. The engines are held to it in engine-conformance.ts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, double, neg } from '../../src/algebra/curve.ts';
import { field } from '../../src/algebra/field.ts';
import { ladderRounds } from '../../src/algebra/ladder.ts';
import { type Affine, type CurveParams, G1_PARAMS, GRUMPKIN_PARAMS } from '../../src/algebra/params.ts';
import { points } from '../helpers/circuit.ts';

describe.each([
  ['g1', G1_PARAMS],
  ['grumpkin', GRUMPKIN_PARAMS],
] as const)('on %s', (_name, curve: CurveParams) => {
  const F = field(curve.base);
  const slope = (p: Affine, q: Affine): bigint => F.mul(F.sub(q.y, p.y), F.inv(F.sub(q.x, p.x)));

  it('gives the slopes and x-coordinates of acc + Q and of acc + (acc + Q)', () => {
    fc.assert(
      fc.property(points(curve), fc.array(points(curve), { maxLength: 6 }), (start, list) => {
        let acc = start;
        const expected = list.flatMap((q) => {
          const r = add(curve, acc, q);
          // the small multiples that fast-check likes do meet
          fc.pre(r !== null && acc.x !== q.x && r.x !== acc.x);
          const slopes = [slope(acc, q), slope(acc, r)];
          acc = add(curve, r, acc)!;
          return [...slopes, r.x, acc.x];
        });
        expect(ladderRounds(curve.base, start, list)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('throws where an addition is exceptional', () => {
    const g = curve.generator;
    for (const q of [g, neg(curve, g)!, neg(curve, double(curve, g))!]) {
      for (const list of [[q], [q, double(curve, double(curve, g))!]]) {
        expect(() => ladderRounds(curve.base, g, list)).toThrow(expect.objectContaining({ code: 'E_BUG' }));
      }
    }
  });
});
