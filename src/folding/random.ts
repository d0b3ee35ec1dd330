/** Fresh randomness for blinding, from the operating system's generator. */
import { randomBytes } from 'node:crypto';

/** n uniform elements modulo p (statistical distance below 2^-128). */
export function randomElements(p: bigint, n: number): bigint[] {
  return Array.from({ length: n }, () => BigInt(`0x${randomBytes(48).toString('hex')}`) % p);
}
