/** The hash-to-curve generators: repeated here with other tools, pinned, on the curve, distinct. */
import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { isOnCurve } from '../../src/algebra/curve.ts';
import { field } from '../../src/algebra/field.ts';
import { grumpkinGenerators } from '../../src/algebra/grumpkin-generators.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { GRUMPKIN_PARAMS, R } from '../../src/algebra/params.ts';

describe('Grumpkin generators', () => {
  it('are the same side by side, made anew or after others', async () => {
    vi.resetModules();
    const other: typeof import('../../src/algebra/grumpkin-generators.ts') = await import(
      '../../src/algebra/grumpkin-generators.ts'
    );
    const { fr } = await createEngine();
    const points = grumpkinGenerators(300);
    expect(other.grumpkinGenerators(3)).toEqual(points.slice(0, 3));
    for (const n of [2, 3, 200, 300]) {
      other.prepareGenerators(fr, n);
      expect(other.grumpkinGenerators(n)).toEqual(points.slice(0, n));
    }
  });

  it('are the pinned points', () => {
    const points = grumpkinGenerators(780);
    expect(points[0]).toEqual({
      x: 12767737231102266326781534536389942401977469302044468334215220097929740992093n,
      y: 9078352718783583657188376568438213297539437959406554690641638230454129798887n,
    });
    expect(points[779]).toEqual({
      x: 8686888061271887633446846052439393658141728605658962722908786557129258618320n,
      y: 8632210436761696205310381516405199231701166010926841850894675065145072028539n,
    });
  });

  it('lie on the curve, are distinct and do not depend on how many are asked for', () => {
    const points = grumpkinGenerators(300);
    expect(points.length).toBe(300);
    expect(points.every((p) => isOnCurve(GRUMPKIN_PARAMS, p))).toBe(true);
    expect(new Set(points.map((p) => p.x)).size).toBe(300);
    expect(grumpkinGenerators(5)).toEqual(points.slice(0, 5));
    expect(grumpkinGenerators(0)).toEqual([]);
  });

  it('are the first hashes that are abscissas', () => {
    const F = field(R);
    grumpkinGenerators(20).forEach((point, index) => {
      for (let counter = 0; ; counter++) {
        const tail = Buffer.alloc(8);
        tail.writeUInt32LE(index, 0);
        tail.writeUInt32LE(counter, 4);
        const digest = createHash('sha512').update('layerfold/grumpkin/v1').update(tail).digest();
        const x = BigInt(`0x${Buffer.from(digest).reverse().toString('hex')}`) % R;
        const isSquare = F.pow(F.create(x ** 3n - 17n), (R - 1n) / 2n) === 1n;
        if (!isSquare) continue;
        expect(point.x).toBe(x);
        expect(point.y & 1n).toBe(BigInt(digest[63]! & 1));
        break;
      }
    });
  });
});
