/**
 * Commitment keys: the powers [tau^0]_1, [tau^1]_1, ... on G1 (protocol section 2). A real key comes from a ceremony
 * (store/ptau.ts), where nobody knows tau. This file makes the development key.
 *
 * INSECURE: the development key's tau is public. Whoever knows tau can open a commitment to anything, so a proof
 * under this key convinces nobody; it serves to run everything without a download, with the same key on every machine.
 */
import { bn254 } from '@noble/curves/bn254.js';
import { sha512 } from '@noble/hashes/sha2.js';
import type { Engine, Points } from '../algebra/engine.ts';
import { field } from '../algebra/field.ts';
import { G1_PARAMS, R } from '../algebra/params.ts';

const SENTENCE = 'layerfold development key: this tau is public and proofs made with it can be forged by anyone.';

/** The public tau of the development key: SHA-512 of a sentence, little-endian, modulo r. */
export const DEVELOPMENT_TAU =
  sha512(new TextEncoder().encode(SENTENCE)).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) % R;

/** [tau]_2. */
export const developmentTau = () => bn254.G2.Point.BASE.multiply(DEVELOPMENT_TAU).toAffine();

/** [tau^i]_1 for i < n, internal form. Insecure, see above. About 17 microseconds a point. */
export function developmentKey(engine: Engine, n: number): Points {
  const F = field(R);
  const powers: bigint[] = new Array(n);
  for (let i = 0, power = 1n; i < n; i++, power = F.mul(power, DEVELOPMENT_TAU)) powers[i] = power;
  return engine.g1.fixedBase(G1_PARAMS.generator, engine.fr.encode(powers));
}
