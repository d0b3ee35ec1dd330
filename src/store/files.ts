/**
 * The container of our binary files: canonical CBOR of { format, version, sha256, body }.
 *
 * `body` is itself a CBOR value, carried as a byte string; the digest covers format, version and body, so a flipped
 * byte anywhere is found. One value has ONE encoding (RFC 8949, section 4.2.1: shortest integers, sorted keys, no
 * indefinite lengths): what decodes to the same value but is spelled otherwise is refused, so that the digest of a
 * file names its content. A digest is no signature: it finds damage, never forgery.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { decode, encode, rfc8949EncodeOptions, Tokenizer } from 'cborg';
import * as z from 'zod';
import { sameBytes } from '../algebra/same-bytes.ts';
import { FoldError } from '../errors.ts';
import { issueText } from './bounded.ts';
import { sha256Hex } from './digest.ts';

const Envelope = z.strictObject({
  format: z.string(),
  version: z.int().positive(),
  sha256: z.instanceof(Uint8Array).refine((digest) => digest.length === 32, '32 bytes'),
  body: z.instanceof(Uint8Array),
});

export interface DecodedFile {
  readonly version: number;
  /** To be parsed by the schema of its format: well-formed, nothing more. */
  readonly body: unknown;
}

function refuseUndefined(): never {
  throw new FoldError('E_BUG', 'A file cannot hold undefined.');
}

const ENCODING = { ...rfc8949EncodeOptions, typeEncoders: { undefined: refuseUndefined } };
const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  rejectDuplicateMapKeys: true,
} as const;

/** Items that a file may have: ours are long strings of bytes, and field elements of 34 bytes with their heads. */
const SOME_ITEMS = 1024;
const BYTES_PER_ITEM = 32;

/** An item of one byte becomes a value of up to 60 bytes: their number is bounded before there are too many. */
class BoundedTokenizer extends Tokenizer {
  #left: number;

  constructor(data: Uint8Array, options: typeof STRICT) {
    super(data, options);
    this.#left = SOME_ITEMS + data.length / BYTES_PER_ITEM;
  }

  override next(): ReturnType<Tokenizer['next']> {
    if (this.#left-- <= 0) throw new Error('more items than a file of this length has');
    return super.next();
  }
}

function digestOf(format: string, version: number, body: Uint8Array): Uint8Array {
  const header = new TextEncoder().encode(`layerfold ${format} ${version}\n`);
  return hexToBytes(sha256Hex(header, body));
}

/**
 * The bytes of a file. `body` may hold null, booleans, strings, finite numbers, bigint, Uint8Array, arrays and plain
 * objects of these; field elements go as 32-byte strings.
 */
export function encodeFile(format: string, version: number, body: unknown): Uint8Array {
  const bytes = encode(body, ENCODING);
  return encode({ format, version, sha256: digestOf(format, version, bytes), body: bytes }, ENCODING);
}

/**
 * Opens a file made by `encodeFile`.
 * @param versions the versions that the caller can read
 * @param maxBytes refused above, before anything is decoded
 * @throws E_TOO_LARGE, or E_FORMAT with expected and got: not our container, another format or version, damaged,
 *   trailing bytes, not canonical
 */
export function decodeFile(
  bytes: Uint8Array,
  format: string,
  versions: readonly number[],
  maxBytes: number,
): DecodedFile {
  if (bytes.length > maxBytes)
    throw new FoldError('E_TOO_LARGE', `The ${format} file is too large.`, {
      expected: `at most ${maxBytes} bytes`,
      got: `${bytes.length} bytes`,
    });
  const parsed = Envelope.safeParse(decodeCanonical(bytes, format));
  if (!parsed.success)
    throw new FoldError('E_FORMAT', `The file is no ${format} file of layerfold.`, {
      expected: '{format, version, sha256, body}',
      got: issueText(parsed.error),
    });
  const envelope = parsed.data;
  if (envelope.format !== format)
    throw new FoldError('E_FORMAT', 'The file is of another kind.', { expected: format, got: envelope.format });
  if (!versions.includes(envelope.version))
    throw new FoldError('E_FORMAT', `The ${format} file has a version that this program cannot read.`, {
      expected: `version ${versions.join(' or ')}`,
      got: `version ${envelope.version}`,
      hint: 'Make the file again with this version of layerfold, or read it with the version that wrote it.',
    });
  const digest = digestOf(format, envelope.version, envelope.body);
  if (!sameBytes(digest, envelope.sha256))
    throw new FoldError('E_FORMAT', `The ${format} file is damaged.`, {
      expected: `sha256 ${bytesToHex(envelope.sha256)}`,
      got: bytesToHex(digest),
      hint: 'Copy it again from its source, or make it again.',
    });
  return { version: envelope.version, body: decodeCanonical(envelope.body, format) };
}

/** The format that a file says it has; undefined for what is no such container. Nothing else of it is believed. */
export function formatOf(bytes: Uint8Array): string | undefined {
  try {
    return Envelope.safeParse(decodeCanonical(bytes, 'proof')).data?.format;
  } catch {
    return undefined;
  }
}

function decodeCanonical(bytes: Uint8Array, format: string): unknown {
  let value: unknown;
  let again: Uint8Array;
  try {
    // A plain Uint8Array view: a Buffer would be decoded to Buffers.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    value = decode(plain, { ...STRICT, tokenizer: new BoundedTokenizer(plain, STRICT) });
    again = encode(value, ENCODING);
  } catch (cause) {
    throw new FoldError('E_FORMAT', `The ${format} file is not well-formed.`, {
      expected: 'one canonical CBOR value, complete and with nothing behind it',
      got: cause instanceof Error ? cause.message : 'unreadable bytes',
      cause,
    });
  }
  if (!sameBytes(again, bytes))
    throw new FoldError('E_FORMAT', `The ${format} file is not in canonical form.`, {
      expected: 'shortest lengths and sorted keys',
      got: 'another spelling of the same value',
    });
  return value;
}
