/**
 * Generators of the CycleFold commitment (protocol section 4): Grumpkin points of which nobody knows a linear relation.
 *
 * Hash-to-curve by try-and-increment, from a fixed seed so that everyone has the same points: point i is the first of
 *   x = SHA-512(seed || i || counter) mod r,   counter = 0, 1, ...   (i and counter: 32 bits, little-endian)
 * for which x^3 - 17 is a square in Fr; half of all x qualify. 512 bits make the bias of the reduction negligible. Of
 * the two roots the one whose parity is the lowest bit of the digest's last byte. Grumpkin has prime order, so any point is a generator.
 * The seed is public and the work is repeatable: trying is not constant in time, and need not be.
 */
import { Field } from '@noble/curves/abstract/modular.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { type Affine, GRUMPKIN_PARAMS } from './params.ts';

const SEED = new TextEncoder().encode('layerfold/grumpkin/v1');

const Fr = Field(GRUMPKIN_PARAMS.base);
const known: Affine[] = [];

/** The first n generators; about 0.4 ms each at the first call. Generator i does not depend on n. */
export function grumpkinGenerators(n: number): readonly Affine[] {
  while (known.length < n) known.push(hashToCurve(known.length));
  return known.slice(0, n);
}

function hashToCurve(index: number): Affine {
  for (let counter = 0; ; counter++) {
    const digest = sha512(message(index, counter));
    const x = digest.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) % Fr.ORDER;
    const square = Fr.add(Fr.mul(Fr.sqr(x), x), GRUMPKIN_PARAMS.b);
    // Euler's criterion; y = 0 does not occur on a curve of odd order.
    if (!Fr.eql(Fr.pow(square, (Fr.ORDER - 1n) / 2n), Fr.ONE)) continue;
    const root = Fr.sqrt(square);
    const wantOdd = (digest[digest.length - 1]! & 1) === 1;
    return { x, y: ((root & 1n) === 1n) === wantOdd ? root : Fr.neg(root) };
  }
}

function message(index: number, counter: number): Uint8Array {
  const bytes = new Uint8Array(SEED.length + 8);
  bytes.set(SEED);
  const view = new DataView(bytes.buffer, SEED.length);
  view.setUint32(0, index, true);
  view.setUint32(4, counter, true);
  return bytes;
}
