/**
 * The transparent commitment key: points of G1 of which nobody knows a linear relation, from a fixed public seed. There is no
 * secret and no set-up, so a folded proof under it is sound for everybody; it has no structure in powers of a tau, so it can't
 * be opened by a pairing and thus not be wrapped.
 *
 * Hash-to-curve by try-and-increment, as for the Grumpkin generators: point i is the first of
 *   x = SHA-512(seed || i || counter) mod q,   counter = 0, 1, ...   (i and counter: 32 bits, little-endian)
 * for which x^3 + 3 is a square in Fq; half of all x qualify. 512 bits make the bias of the reduction negligible. Of the two
 * roots the one whose parity is the lowest bit of the digest's last byte. G1 has prime order, so any point is a generator.
 */
import { sha512 } from '@noble/hashes/sha2.js';
import { type Engine, FIELD_BYTES, POINT_BYTES } from '../algebra/engine.ts';
import { field } from '../algebra/field.ts';
import { G1_PARAMS, Q } from '../algebra/params.ts';
import { squareRoots } from '../algebra/square-roots.ts';

/** Part of every parameter digest by way of the points. */
export const TRANSPARENT_SEED = 'layerfold/g1/v1';

/** Points that are worked on at once: few enough for the caches, enough for the kernels. */
const BATCH = 1024;

/** Points [from, to) of the key as canonical bytes, 64 each. About 45 microseconds a point. */
export function transparentPoints(engine: Engine, from: number, to: number): Uint8Array {
  return hashedPoints(engine, TRANSPARENT_SEED, from, to);
}

/** Points [from, to) of any seed, canonical. Points of two seeds have no known relation either. */
export function hashedPoints(engine: Engine, seed: string, from: number, to: number): Uint8Array {
  const out = new Uint8Array((to - from) * POINT_BYTES);
  for (let at = from; at < to; at += BATCH) {
    const end = Math.min(to, at + BATCH);
    writeBatch(engine, seed, at, out.subarray((at - from) * POINT_BYTES, (end - from) * POINT_BYTES));
  }
  return out;
}

/** Tries counter 0 for all, then 1 for those without a point, and so on. */
function writeBatch(engine: Engine, seed: string, first: number, out: Uint8Array): void {
  const F = field(Q);
  let waiting = Array.from({ length: out.length / POINT_BYTES }, (_, k) => k);
  for (let counter = 0; waiting.length > 0; counter++) {
    const tried = waiting.map((k) => candidate(seed, first + k, counter));
    const roots = ordinates(
      engine,
      tried.map(({ x }) => x),
    );
    waiting = waiting.filter((k, j) => {
      const root = roots[j];
      if (root === undefined) return true;
      const { x, odd } = tried[j]!;
      out.set(F.toBytes(x), k * POINT_BYTES);
      out.set(F.toBytes(((root & 1n) === 1n) === odd ? root : F.neg(root)), k * POINT_BYTES + FIELD_BYTES);
      return false;
    });
  }
}

function candidate(name: string, index: number, counter: number): { readonly x: bigint; readonly odd: boolean } {
  const seed = new TextEncoder().encode(name);
  const bytes = new Uint8Array(seed.length + 8);
  bytes.set(seed);
  const view = new DataView(bytes.buffer, seed.length);
  view.setUint32(0, index, true);
  view.setUint32(4, counter, true);
  const digest = sha512(bytes);
  const words = new DataView(digest.buffer, digest.byteOffset);
  let x = 0n;
  for (let k = 7; k >= 0; k--) x = (x << 64n) | words.getBigUint64(8 * k, true);
  return { x: x % Q, odd: (digest[digest.length - 1]! & 1) === 1 };
}

/** y with y^2 = x^3 + 3, undefined where there is none. y = 0 does not occur on a curve of odd order. */
function ordinates({ fq }: Engine, xs: readonly bigint[]): (bigint | undefined)[] {
  const x = fq.encode(xs);
  const right = fq.add(fq.mul(fq.mul(x, x), x), fq.encode(xs.map(() => G1_PARAMS.b)));
  return squareRoots(fq, fq.decode(right));
}
