/** What the page's bundle has in the place of node:crypto (build/page.ts): SHA-256, as far as a verification asks for it. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { FoldError } from '../../errors.ts';

interface Hash {
  update(data: string | Uint8Array): Hash;
  digest(): Uint8Array;
  digest(encoding: 'hex'): string;
}

export function createHash(name: string): Hash {
  if (name !== 'sha256') throw new FoldError('E_BUG', `the page has no ${name}`);
  const state = sha256.create();
  const hash = {
    update(data: string | Uint8Array): Hash {
      state.update(typeof data === 'string' ? new TextEncoder().encode(data) : data);
      return hash as Hash;
    },
    digest(encoding?: 'hex'): string | Uint8Array {
      const bytes = state.digest();
      return encoding === undefined ? bytes : bytesToHex(bytes);
    },
  };
  return hash as Hash;
}

/** Nothing is proven on the page. */
export function randomBytes(): never {
  throw new FoldError('E_BUG', 'the page draws nothing at random');
}
