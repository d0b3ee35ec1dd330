/** Where long sums are cut for the threads. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELD_BYTES } from '../../src/algebra/engine.ts';
import { EvenCuts } from '../../src/pool/compute.ts';

/** One byte of an element is 1 where `full` says so. */
function vector(n: number, full: (k: number) => boolean): Uint8Array {
  const out = new Uint8Array(n * FIELD_BYTES);
  for (let k = 0; k < n; k++) if (full(k)) out[k * FIELD_BYTES + (k % FIELD_BYTES)] = 1;
  return out;
}

describe('EvenCuts', () => {
  it('cover the vector in order, with as many elements other than zero in each part, within one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.tuple(fc.nat(3000), fc.nat(800)), { maxLength: 4 }),
        (n, parts, gaps) => {
          const full = (k: number): boolean => !gaps.some(([from, length]) => k >= from && k < from + length);
          const cuts = new EvenCuts(parts).of(5, vector(n, full));
          expect(cuts.length).toBe(parts + 1);
          expect([cuts[0], cuts[parts]]).toEqual([0, n]);
          const counts = cuts.slice(1).map((to, part) => {
            expect(to).toBeGreaterThanOrEqual(cuts[part]!);
            return Array.from({ length: to - cuts[part]! }, (_, k) => cuts[part]! + k).filter(full).length;
          });
          const mean = counts.reduce((a, b) => a + b) / parts;
          for (const count of counts) expect(Math.abs(count - mean)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('leave no part longer than a table of multiples', () => {
    expect(
      new EvenCuts(1).of(
        0,
        vector(8192, () => true),
      ),
    ).toEqual([0, 8192]);
    expect(
      new EvenCuts(1).of(
        0,
        vector(13000, () => true),
      ),
    ).toEqual([0, 6500, 13000]);
  });

  it('stay where they are while they serve, for each place of its own', () => {
    const cuts = new EvenCuts(2);
    const first = vector(2000, (k) => k >= 1000);
    expect(cuts.of(0, first)).toEqual([0, 1500, 2000]);
    expect(
      cuts.of(
        0,
        vector(2000, (k) => k >= 950),
      ),
    ).toEqual([0, 1500, 2000]);
    expect(
      cuts.of(
        7,
        vector(2000, (k) => k >= 950),
      ),
    ).toEqual([0, 1475, 2000]);
    expect(
      cuts.of(
        0,
        vector(2000, (k) => k < 1000),
      ),
    ).toEqual([0, 500, 2000]);
    expect(
      cuts.of(
        0,
        vector(1000, () => true),
      ),
    ).toEqual([0, 500, 1000]);
    expect(
      cuts.of(
        0,
        vector(1000, () => false),
      ),
    ).toEqual([0, 500, 1000]);
  });
});
