/** All slopes of a ladder with one inversion, against affine additions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, double, neg } from '../../../src/algebra/curve.ts';
import { field } from '../../../src/algebra/field.ts';
import { type Affine, type CurveParams, G1_PARAMS, GRUMPKIN_PARAMS } from '../../../src/algebra/params.ts';
import { ladderSlopes } from '../../../src/circuit/gadgets/ladder-slopes.ts';
import { points } from '../../helpers/circuit.ts';

describe.each([
  ['g1', G1_PARAMS],
  ['grumpkin', GRUMPKIN_PARAMS],
] as const)('on %s', (_name, curve: CurveParams) => {
  const F = field(curve.base);
  const slope = (p: Affine, q: Affine): bigint => F.mul(F.sub(q.y, p.y), F.inv(F.sub(q.x, p.x)));

  it('are those of acc + Q and of acc + (acc + Q)', () => {
    fc.assert(
      fc.property(points(curve), fc.array(points(curve), { maxLength: 6 }), (start, list) => {
        let acc = start;
        const expected = list.map((q) => {
          const r = add(curve, acc, q);
          // the small multiples that fast-check likes do meet
          fc.pre(r !== null && acc.x !== q.x && r.x !== acc.x);
          const slopes = [slope(acc, q), slope(acc, r)];
          acc = add(curve, r, acc)!;
          return slopes;
        });
        expect(ladderSlopes(curve.base, start, list)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('are none at all where an addition is exceptional', () => {
    const g = curve.generator;
    for (const q of [g, neg(curve, g)!, neg(curve, double(curve, g))!]) {
      expect(ladderSlopes(curve.base, g, [q])).toEqual([]);
      expect(ladderSlopes(curve.base, g, [q, double(curve, double(curve, g))!])).toEqual([]);
    }
  });
});
