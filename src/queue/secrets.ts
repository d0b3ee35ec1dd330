/**
 * The key of a batch whose data are private: 32 bytes that the submitter and all workers have, by file or environment, and Redis
 * never. Under it every object of the batch is sealed (AES-256-GCM), and the salts of its items are pseudorandom, so that an item
 * that is submitted twice is one job.
 *
 * Each object has a key of its own, from the batch's and 32 random bytes (HKDF): no number of objects makes a nonce come twice.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { R } from '../algebra/params.ts';
import type { RunSalts } from '../api/salts.ts';
import { setting } from '../environment.ts';
import { FoldError } from '../errors.ts';
import { canonicalJson } from '../store/canonical-json.ts';
import { readFileBounded } from '../store/read.ts';
import type { PrivatePart } from '../store/run-record.ts';

const MAGIC = new TextEncoder().encode('layerfold/sealed/1\n');
const SALT_BYTES = 32;
const TAG_BYTES = 16;
const NONCE = new Uint8Array(12);
/** How a key is made. */
const MAKE = 'openssl rand -hex 32 > batch.key';

/** How the objects of a batch are written and read. */
export interface Seal {
  /** Tells one key from another and nothing of it; undefined without a key. */
  readonly keyId: string | undefined;
  /** @param purpose what the object is; it opens as nothing else */
  seal(purpose: string, bytes: Uint8Array): Uint8Array;
  /** @throws E_KEY for what another key sealed, or what was changed since */
  open(purpose: string, bytes: Uint8Array): Uint8Array;
}

/** Of a batch of which nothing is private. */
export const UNSEALED: Seal = { keyId: undefined, seal: (_, bytes) => bytes, open: (_, bytes) => bytes };

export class BatchKey implements Seal {
  readonly #key: Uint8Array;
  readonly keyId: string;

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    this.#key = key;
    this.keyId = this.#derive('key-id').toString('hex').slice(0, 16);
  }

  seal(purpose: string, bytes: Uint8Array): Uint8Array {
    const salt = randomBytes(SALT_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#objectKey(salt), NONCE);
    cipher.setAAD(Buffer.from(purpose));
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
    return Buffer.concat([MAGIC, salt, sealed, cipher.getAuthTag()]);
  }

  open(purpose: string, bytes: Uint8Array): Uint8Array {
    const begin = MAGIC.length + SALT_BYTES;
    const whole = bytes.length >= begin + TAG_BYTES && Buffer.compare(bytes.subarray(0, MAGIC.length), MAGIC) === 0;
    if (!whole) throw sealedOtherwise('an object that is not sealed, or cut short');
    const decipher = createDecipheriv('aes-256-gcm', this.#objectKey(bytes.subarray(MAGIC.length, begin)), NONCE);
    decipher.setAAD(Buffer.from(purpose));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return new Uint8Array(Buffer.concat([decipher.update(bytes.subarray(begin, -TAG_BYTES)), decipher.final()]));
    } catch (cause) {
      throw sealedOtherwise('an object that another key sealed, or that was changed', cause);
    }
  }

  /**
   * The salts of an item: the same whenever the same input is submitted under the same id for the same model, and random to
   * everyone without the key.
   * @param about whatever tells one item from another
   */
  salts(hidden: readonly PrivatePart[], model: bigint, about: unknown): RunSalts {
    const salt = (part: 'input' | 'output'): bigint => {
      if (!hidden.includes(part)) return 0n;
      const bytes = this.#derive(`salt ${part} ${canonicalJson(about)}`);
      // 512 bits: as good as uniform, and 0 never comes
      return (BigInt(`0x${bytes.toString('hex')}`) % (R - 1n)) + 1n;
    };
    return { model, input: salt('input'), output: salt('output') };
  }

  #derive(text: string): Buffer {
    return createHmac('sha512', this.#key).update(`layerfold/batch-key/1 ${text}`).digest();
  }

  #objectKey(salt: Uint8Array): Uint8Array {
    return new Uint8Array(hkdfSync('sha256', this.#key, salt, 'layerfold/sealed/1', 32));
  }
}

function sealedOtherwise(got: string, cause?: unknown): FoldError {
  return new FoldError('E_KEY', 'The batch key does not open an object of this batch.', {
    expected: 'the key that the batch was submitted with',
    got,
    hint: '--batch-key FILE',
    cause,
  });
}

/** The key of --batch-key or LAYERFOLD_BATCH_KEY; undefined for neither. @throws E_FILE, E_KEY, E_USAGE */
export async function openBatchKey(path: string | undefined, env: NodeJS.ProcessEnv): Promise<BatchKey | undefined> {
  if (path !== undefined) return parseKey(new TextDecoder().decode(await readFileBounded(path, 2 ** 10)), `"${path}"`);
  return setting(env, 'LAYERFOLD_BATCH_KEY', (text) => parseKey(text, 'its value'));
}

function parseKey(text: string, from: string): BatchKey {
  const digits = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(digits)) return new BatchKey(Buffer.from(digits, 'hex'));
  // without what it is: it may be half of a key
  throw new FoldError('E_KEY', 'That is no batch key.', {
    expected: '64 hexadecimal digits, 32 random bytes',
    got: `${from}, of ${digits.length} characters`,
    hint: MAKE,
  });
}

/** @throws E_USAGE for private data without a key */
export function needKey(key: BatchKey | undefined, hidden: readonly PrivatePart[]): void {
  if (key || hidden.length === 0) return;
  throw new FoldError('E_USAGE', 'Private data go to other machines under a key only.', {
    expected: '--batch-key FILE, the same for the batch and its workers',
    got: `--private ${hidden.join(',')} without one`,
    hint: `${MAKE}   and then: --batch-key batch.key`,
  });
}
