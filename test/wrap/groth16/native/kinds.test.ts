/** Scalars by kind: what is dropped, what is small, and that nothing is lost. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { field } from '../../../../src/algebra/field.ts';
import { R } from '../../../../src/algebra/params.ts';
import { byKind } from '../../../../src/wrap/groth16/native/kinds.ts';

const F = field(R);
const LIMIT = 2n ** 53n;
/** A point whose bytes say its number. */
const point = (i: number, bytes: number): Uint8Array => {
  const out = new Uint8Array(bytes);
  new DataView(out.buffer).setUint32(bytes - 4, i + 1, true);
  return out;
};
const numbers = (points: Uint8Array, bytes: number): number[] =>
  Array.from(
    { length: points.length / bytes },
    (_, k) => new DataView(points.buffer, points.byteOffset).getUint32((k + 1) * bytes - 4, true) - 1,
  );

const edges = [0n, 1n, 2n, LIMIT - 1n, LIMIT, LIMIT + 1n, 2n ** 32n, 2n ** 64n, 2n ** 224n, R >> 1n];
const scalar = fc.oneof(
  fc.constantFrom(...edges.flatMap((v) => [v, F.neg(v)])),
  fc.bigInt(0n, R - 1n),
  fc.bigInt(-LIMIT, LIMIT).map((v) => F.create(v)),
);

it.each([64, 128])('keeps every scalar but zeros and those of infinity, with points of %i bytes', (bytes) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(scalar, fc.boolean())), (items) => {
      const points = items.map(([, infinite], i) => (infinite ? new Uint8Array(bytes) : point(i, bytes)));
      const { small, full } = byKind(
        Uint8Array.from(Buffer.concat(points)),
        bytes,
        Uint8Array.from(Buffer.concat(items.map(([v]) => F.toBytes(v)))),
      );
      const found = new Map<number, bigint>();
      numbers(small.points, bytes).forEach((i, k) => {
        found.set(i, F.create(BigInt(small.values[k]!)));
      });
      numbers(full.points, bytes).forEach((i, k) => {
        found.set(i, F.fromBytes(full.scalars.subarray(32 * k, 32 * k + 32)));
      });
      const expected = items.flatMap(([v, infinite], i) => (v === 0n || infinite ? [] : [[i, v] as const]));
      expect(new Map([...found].sort(([i], [j]) => i - j))).toEqual(new Map(expected));
      const isSmall = ([v, infinite]: readonly [bigint, boolean]) =>
        v !== 0n && !infinite && (v < LIMIT || R - v < LIMIT);
      expect(small.values.length).toBe(items.filter(isSmall).length);
    }),
  );
});
