/** SHA-256 of files, and of JSON values in their canonical form. */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** SHA-256 of the concatenated chunks, 64 lower-case hex digits. */
export function sha256Hex(...chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

/** SHA-256 of `canonicalJson(value)` in UTF-8. */
export function sha256Json(value: unknown): string {
  return sha256Hex(new TextEncoder().encode(canonicalJson(value)));
}
