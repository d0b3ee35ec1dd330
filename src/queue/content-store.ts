/**
 * Where a batch on many machines keeps what is large or secret: models, inputs, checkpoints, proofs. Nothing of it goes through
 * Redis. An object has the SHA-256 of its bytes for a name and is compared with it when it is read, so that a store that is damaged
 * or lies is noticed. Beside the objects there are a few notes that change: what is known of a job. A note is never believed either:
 * what it names is checked as anything else is.
 */
import { join } from 'node:path';
import { FoldError, invariant } from '../errors.ts';
import { cacheFolder } from '../store/cache.ts';
import { sha256Hex } from '../store/digest.ts';
import { folderObjects } from './folder-objects.ts';
import { s3Objects } from './s3-objects.ts';

/** A model of 1 GiB, or a folded proof, with what sealing adds. */
const MAX_OBJECT_BYTES = 2 ** 30 + 2 ** 16;
const MAX_NOTE_BYTES = 2 ** 12;

/** The few things that a place has to be able to do. Names are paths of letters, digits, hyphens and slashes. */
export interface Objects {
  /** What is shown of it. */
  readonly place: string;
  /** Writes it whole or not at all; another one under this name is replaced. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Undefined for what is not there. @throws E_TOO_LARGE, E_FILE */
  get(name: string, maxBytes: number): Promise<Uint8Array | undefined>;
  has(name: string): Promise<boolean>;
  remove(name: string): Promise<void>;
}

/** Objects by their digest, and notes by name. */
export class ContentStore {
  readonly #objects: Objects;

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  get place(): string {
    return this.#objects.place;
  }

  /** @returns its digest. @throws E_DISK */
  async put(bytes: Uint8Array): Promise<string> {
    const sha256 = sha256Hex(bytes);
    if (!(await this.#objects.has(objectName(sha256)))) await this.#objects.put(objectName(sha256), bytes);
    return sha256;
  }

  /** @throws E_FILE for what is not there, E_FORMAT for what is not what it is called, E_TOO_LARGE */
  async get(sha256: string): Promise<Uint8Array> {
    const bytes = await this.#objects.get(objectName(sha256), MAX_OBJECT_BYTES);
    if (!bytes)
      throw new FoldError('E_FILE', 'The content store does not have an object that a job names.', {
        expected: `${sha256} in ${this.place}`,
        got: 'nothing',
        hint: '--store PLACE, the same for the batch and all its workers',
      });
    const got = sha256Hex(bytes);
    if (got === sha256) return bytes;
    throw new FoldError('E_FORMAT', `An object of the content store ${this.place} is not what it is called.`, {
      expected: `SHA-256 ${sha256}`,
      got,
    });
  }

  /** Removes an object that only its maker knew of. */
  async remove(sha256: string): Promise<void> {
    await this.#objects.remove(objectName(sha256));
  }

  /** @throws E_DISK */
  async writeNote(name: string, text: string): Promise<void> {
    await this.#objects.put(noteName(name), new TextEncoder().encode(text));
  }

  /** Undefined where there is none. */
  async readNote(name: string): Promise<string | undefined> {
    const bytes = await this.#objects.get(noteName(name), MAX_NOTE_BYTES);
    return bytes && new TextDecoder().decode(bytes);
  }
}

/** Two levels, so that no folder has a million entries. */
function objectName(sha256: string): string {
  invariant(/^[0-9a-f]{64}$/.test(sha256), 'the name of an object');
  return `objects/${sha256.slice(0, 2)}/${sha256}`;
}

function noteName(name: string): string {
  invariant(/^[a-z0-9-]{1,100}$/.test(name), 'the name of a note');
  return `notes/${name}`;
}

/** Where content lies unless it is said: on this machine, which serves workers of this machine only. */
const defaultPlace = (): string => join(cacheFolder(), 'queue');

/**
 * The store of --store: a folder that all machines share, or s3://BUCKET/PREFIX.
 * @throws E_USAGE for no place, E_QUEUE where the client of S3 is not installed
 */
export async function openStore(place: string = defaultPlace()): Promise<ContentStore> {
  return new ContentStore(place.startsWith('s3:') ? await s3Objects(place) : folderObjects(place));
}
