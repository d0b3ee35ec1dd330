/** The transparent key's points: repeated here with other tools, pinned, on the curve, distinct. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isOnCurve } from '../../src/algebra/curve.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { type Affine, G1_PARAMS, Q } from '../../src/algebra/params.ts';
import { transparentPoints } from '../../src/folding/transparent-key.ts';

const engine = await createEngine();
const pointsOf = (from: number, to: number): Affine[] =>
  engine.g1.decodePoints(engine.g1.fromCanonicalPoints(transparentPoints(engine, from, to))) as Affine[];

describe('transparent commitment key', () => {
  it('has the pinned points', () => {
    expect(pointsOf(0, 1)).toEqual([
      {
        x: 11032843101623681539396465905733714143895705388328701779596200983260444335403n,
        y: 1172483018291882705384241645818935978123699700932314612090704475831781297279n,
      },
    ]);
  });

  it('lies on the curve, has distinct points, and each depends on its index alone', () => {
    const points = pointsOf(0, 1500);
    expect(points.length).toBe(1500);
    expect(points.every((p) => isOnCurve(G1_PARAMS, p))).toBe(true);
    expect(new Set(points.map((p) => p.x)).size).toBe(1500);
    // cut elsewhere, in and across the batches
    expect(pointsOf(7, 12)).toEqual(points.slice(7, 12));
    expect(pointsOf(1000, 1100)).toEqual(points.slice(1000, 1100));
    expect(pointsOf(3, 3)).toEqual([]);
  });

  it('has the first hashes that are abscissas', () => {
    const F = field(Q);
    pointsOf(0, 40).forEach((point, index) => {
      for (let counter = 0; ; counter++) {
        const tail = Buffer.alloc(8);
        tail.writeUInt32LE(index, 0);
        tail.writeUInt32LE(counter, 4);
        const digest = createHash('sha512').update('layerfold/g1/v1').update(tail).digest();
        const x = BigInt(`0x${Buffer.from(digest).reverse().toString('hex')}`) % Q;
        if (F.pow(F.create(x ** 3n + 3n), (Q - 1n) / 2n) !== 1n) continue;
        expect(point.x).toBe(x);
        expect(point.y & 1n).toBe(BigInt(digest[63]! & 1));
        break;
      }
    });
  });
});
