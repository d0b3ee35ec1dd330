/**
 * The contributions of a proving key's ceremony (.zkey, section 10): who says to have contributed, and how each is known.
 *
 *   circuit hash (64 bytes), number u32, then for each: [delta]_1 behind it, the proof that its secret is known ([s]_1, [s x]_1,
 *   [x sp]_2, transcript of 64 bytes), type u32 (1: a beacon), size u32 of parameters: 1 name, 2 iterations, 3 beacon
 *
 * The hash of a contribution is what its maker publishes: BLAKE2b-512 over its points and transcript. Nothing is verified here
 * (ceremony.ts does); what is read is bounded.
 */
import { open } from 'node:fs/promises';
import { blake2b } from '@noble/hashes/blake2.js';
import { FIELD_BYTES, POINT_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { Q } from '../../algebra/params.ts';
import { FoldError } from '../../errors.ts';
import { G2_BYTES } from './g2.ts';
import { decodePoints, readBytes, type ZkeyHeader } from './zkey.ts';

export interface Contribution {
  /** As its maker calls himself. */
  readonly name: string;
  /** Of a beacon: a public value, from which anyone derives the secret. */
  readonly beacon?: { readonly value: string; readonly iterations: number } | undefined;
  /** 128 hexadecimal digits. */
  readonly hash: string;
}

export interface KeyContribution extends Contribution {
  /** Whether delta is another one behind it: a secret of 1 hides nothing. */
  readonly changes: boolean;
}

const CIRCUIT_BYTES = 64;
const TRANSCRIPT_BYTES = 64;
const PUBLIC_BYTES = 3 * POINT_BYTES + G2_BYTES;
const MAX_SECTION_BYTES = 2 ** 24;
const MAX_PARAMETER_BYTES = 1024;
const BEACON = 1;
const Fq = field(Q);

/** In their order. @throws E_KEY for a section that is none, E_FILE */
export async function readContributions(path: string, { sections }: ZkeyHeader): Promise<readonly KeyContribution[]> {
  const { start, size } = sections.get(10)!;
  if (size > MAX_SECTION_BYTES) throw wrong(`${size} bytes`);
  const handle = await open(path, 'r');
  try {
    return parse(await readBytes(handle, start, size));
  } finally {
    await handle.close();
  }
}

function parse(bytes: Buffer): KeyContribution[] {
  const from = new Cursor(bytes.subarray(CIRCUIT_BYTES));
  const found: KeyContribution[] = [];
  // before the first one delta is 1
  let before: string | undefined;
  for (let left = from.u32(); left > 0; left--) {
    const points = from.take(PUBLIC_BYTES);
    const transcript = from.take(TRANSCRIPT_BYTES);
    const type = from.u32();
    const parameters = new Cursor(from.take(from.u32(MAX_PARAMETER_BYTES)));
    const { name, value, iterations } = named(parameters);
    const after = points.toString('hex', 0, POINT_BYTES);
    const hash = blake2b(Buffer.concat([uncompressed(points), transcript]), { dkLen: 64 });
    found.push({
      name,
      ...(type === BEACON && { beacon: { value, iterations } }),
      hash: Buffer.from(hash).toString('hex'),
      changes: after !== (before ?? GENERATOR),
    });
    before = after;
  }
  from.end();
  return found;
}

/** [1]_1 in Montgomery form. */
const GENERATOR = Buffer.concat([1n, 2n].map((c) => Fq.toBytes(Fq.create(c << 256n)))).toString('hex');

function named(from: Cursor): { name: string; value: string; iterations: number } {
  const found = { name: '', value: '', iterations: 0 };
  while (!from.done) {
    const kind = from.byte();
    if (kind === 1) found.name = new TextDecoder().decode(from.take(from.byte()));
    else if (kind === 2) found.iterations = from.byte();
    else if (kind === 3) found.value = from.take(from.byte()).toString('hex');
    else throw wrong(`parameter ${kind}`);
  }
  return found;
}

/** The points as the hash takes them: plain big-endian coordinates, those of G2 with the imaginary part first. */
function uncompressed(points: Buffer): Buffer {
  const plain = decodePoints(points, 0, PUBLIC_BYTES / FIELD_BYTES);
  const [x0, x1, y0, y1] = plain.slice(-4) as [bigint, bigint, bigint, bigint];
  return Buffer.concat([...plain.slice(0, -4), x1, x0, y1, y0].map((c) => Buffer.from(Fq.toBytes(c)).reverse()));
}

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(count: number): Buffer {
    if (count > this.#bytes.length - this.#at) throw wrong('one that ends too early');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  u32(most = Number.POSITIVE_INFINITY): number {
    const value = this.take(4).readUInt32LE();
    if (value > most) throw wrong(`${value} bytes of parameters`);
    return value;
  }

  end(): void {
    if (!this.done) throw wrong('one that goes on behind them');
  }
}

const wrong = (got: string): FoldError =>
  new FoldError('E_KEY', 'The contributions of the key cannot be read.', { expected: 'section 10 of a .zkey', got });
