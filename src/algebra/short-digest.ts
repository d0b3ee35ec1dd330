/** SHA-256 as an element of any of the fields. */
import { sha256 } from '@noble/hashes/sha2.js';

/** The first 31 bytes of SHA-256 over the parts, as a number. */
export function shortDigest(...parts: readonly Uint8Array[]): bigint {
  const hash = sha256.create();
  for (const part of parts) hash.update(part);
  return hash
    .digest()
    .subarray(0, 31)
    .reduce((n, byte) => (n << 8n) | BigInt(byte), 0n);
}
