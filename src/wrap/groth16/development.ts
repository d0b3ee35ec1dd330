/**
 * The secrets of the development key, which are no secrets: every machine derives the same ones from a sentence.
 *
 * INSECURE: Groth16 is sound only as long as nobody knows these four numbers. Whoever reads this file can make a proof
 * of anything under a key made from them. They exist because preparing a ceremony for a circuit of a million
 * constraints takes hours, and the whole flow should be tried in minutes.
 */
import { sha512 } from '@noble/hashes/sha2.js';
import { R } from '../../algebra/params.ts';

const SENTENCE =
  'layerfold development wrap key: its secrets are public and proofs made with it can be forged by anyone.';

/** SHA-512 of the sentence and a name, little-endian, modulo r. */
function fromSentence(name: string): bigint {
  const digest = sha512(new TextEncoder().encode(`${SENTENCE} ${name}`));
  return digest.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) % R;
}

/** Groth16's names; gamma is 1, as in every key of snarkjs. */
export const DEVELOPMENT_SECRETS = {
  tau: fromSentence('tau'),
  alpha: fromSentence('alpha'),
  beta: fromSentence('beta'),
  delta: fromSentence('delta'),
} as const;
