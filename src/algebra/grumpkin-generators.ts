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
import type { FieldKernels } from './engine.ts';
import { field } from './field.ts';
import { type Affine, GRUMPKIN_PARAMS } from './params.ts';
import { squareRoots } from './square-roots.ts';

const SEED = new TextEncoder().encode('layerfold/grumpkin/v1');

const F = field(GRUMPKIN_PARAMS.base);
const Fr = Field(GRUMPKIN_PARAMS.base);
const known: Affine[] = [];

/** The first n generators; about 0.3 ms each at the first call, where they were not prepared. Generator i does not depend on n. */
export function grumpkinGenerators(n: number): readonly Affine[] {
  while (known.length < n) known.push(hashToCurve(known.length));
  return known.slice(0, n);
}

/** Makes the first n generators side by side on the engine's vectors, 0.03 ms each. */
export function prepareGenerators(fr: FieldKernels, n: number): void {
  const first = known.length;
  const found = new Map<number, Affine>();
  let waiting = Array.from({ length: Math.max(0, n - first) }, (_, k) => first + k);
  for (let counter = 0; waiting.length > 0; counter++) {
    const tried = waiting.map((index) => candidate(index, counter));
    const roots = squareRoots(
      fr,
      tried.map(({ square }) => square),
    );
    for (const [k, index] of waiting.entries())
      if (roots[k] !== undefined) found.set(index, pointOf(tried[k]!, roots[k]));
    waiting = waiting.filter((index) => !found.has(index));
  }
  while (known.length < n) known.push(found.get(known.length)!);
}

interface Candidate {
  readonly x: bigint;
  /** x^3 - 17. */
  readonly square: bigint;
  readonly odd: boolean;
}

function hashToCurve(index: number): Affine {
  for (let counter = 0; ; counter++) {
    const tried = candidate(index, counter);
    // Euler's criterion
    if (F.pow(tried.square, (Fr.ORDER - 1n) / 2n) === 1n) return pointOf(tried, Fr.sqrt(tried.square));
  }
}

function candidate(index: number, counter: number): Candidate {
  const digest = sha512(message(index, counter));
  const x = digest.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) % F.modulus;
  const square = F.create(x * x * x + GRUMPKIN_PARAMS.b);
  return { x, square, odd: (digest[digest.length - 1]! & 1) === 1 };
}

/** y = 0 does not occur on a curve of odd order. */
function pointOf({ x, odd }: Candidate, root: bigint): Affine {
  return { x, y: ((root & 1n) === 1n) === odd ? root : F.neg(root) };
}

function message(index: number, counter: number): Uint8Array {
  const bytes = new Uint8Array(SEED.length + 8);
  bytes.set(SEED);
  const view = new DataView(bytes.buffer, SEED.length);
  view.setUint32(0, index, true);
  view.setUint32(4, counter, true);
  return bytes;
}
