/**
 * The container of `.ptau` files, the result of a powers-of-tau ceremony, in the binary format of snarkjs.
 *
 *   "ptau", version u32 = 1, number of sections u32, then per section: type u32, size u64, data   (all little-endian)
 *    1: n8 u32 = 32, q (n8 bytes), power u32, power of the ceremony u32
 *    2: [tau^i]_1 for i < 2^(power+1) - 1, 64 bytes each (x, y)
 *    3: [tau^i]_2 for i < 2^power, 128 bytes each (x0, x1, y0, y1 for x = x0 + x1 i)
 *    4, 5: [alpha tau^i]_1, [beta tau^i]_1 for i < 2^power; 6: [beta]_2; 7: the contributions
 *   12 to 15: 2, 3, 4, 5 in the Lagrange bases of all powers up to this one, once the file is prepared for phase 2
 * Coordinates are little-endian in Montgomery form a 2^256 mod q. The file comes from anyone: sizes and encodings are checked.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { bn254 } from '@noble/curves/bn254.js';
import { FIELD_BYTES, POINT_BYTES } from '../algebra/engine.ts';
import { field } from '../algebra/field.ts';
import { MONTGOMERY_INVERSE } from '../algebra/montgomery.ts';
import { Q } from '../algebra/params.ts';
import { FoldError, invariant } from '../errors.ts';

const MAGIC = 'ptau';
const VERSION = 1;
const PREAMBLE_BYTES = 12;
const SECTION_HEAD_BYTES = 12;
const HEADER_BYTES = 44;
export const G2_BYTES = 128;
/** snarkjs writes at most 15; the bound stops a hostile count from being walked. */
const MAX_SECTIONS = 64;
/** Fr has 2^28-th roots of unity and no larger ones: no ceremony on this curve goes further. */
const MAX_POWER = 28;
/** What a Groth16 key is made from. */
const PHASE_2 = [12, 13, 14, 15] as const;

const Fq = field(Q);

export interface Section {
  readonly start: number;
  readonly size: number;
}

export interface PtauFile {
  readonly handle: FileHandle;
  readonly sections: ReadonlyMap<number, Section>;
  readonly power: number;
  /** Of the ceremony from whose file this one was cut. */
  readonly ceremony: number;
  /** Whether it has what a Groth16 key is made from: the Lagrange bases of phase 2. */
  readonly prepared: boolean;
}

export type G1Point = typeof bn254.G1.Point.BASE;
export type G2Point = typeof bn254.G2.Point.BASE;

/** @throws E_FILE cannot be read; E_FORMAT no file of this kind, of another curve, or truncated; what `work` throws */
export async function withPtau<T>(path: string, work: (file: PtauFile) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw new FoldError('E_FILE', `The file "${path}" cannot be opened.`, { got: cause.code ?? 'unknown', cause });
  });
  try {
    const sections = await readSections(handle);
    const powers = await readPowers(handle, sections);
    return await work({ handle, sections, ...powers, prepared: PHASE_2.every((type) => sections.has(type)) });
  } finally {
    await handle.close();
  }
}

/** What a file says of itself. @throws as `withPtau` */
export const readPtauHeader = (path: string): Promise<Pick<PtauFile, 'power' | 'ceremony' | 'prepared'>> =>
  withPtau(path, async ({ power, ceremony, prepared }) => ({ power, ceremony, prepared }));

/** A damaged file. */
export function malformed(message: string, expected: string, got: string): FoldError {
  return new FoldError('E_FORMAT', message, { expected, got, hint: 'Download the powers-of-tau file again.' });
}

/** A whole file, but not one that serves here. */
const unsuited = (message: string, expected: string, got: string): FoldError =>
  new FoldError('E_FORMAT', message, {
    ...{ expected, got },
    hint: 'Take the .ptau file of a ceremony on BN254, which snarkjs calls bn128.',
  });

export async function readBytes(handle: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  for (let filled = 0; filled < bytes; ) {
    const { bytesRead } = await handle.read(buffer, filled, bytes - filled, position + filled);
    if (bytesRead === 0) {
      throw malformed(
        'The powers-of-tau file ends too early.',
        `${position + bytes} bytes`,
        `${position + filled} bytes`,
      );
    }
    filled += bytesRead;
  }
  return buffer;
}

/** Walks the section table; every section must lie within the file and the last one end with it. */
async function readSections(handle: FileHandle): Promise<Map<number, Section>> {
  const { size: fileSize } = await handle.stat();
  const preamble = await readBytes(handle, 0, PREAMBLE_BYTES);
  const magic = preamble.toString('latin1', 0, 4);
  if (magic !== MAGIC)
    throw unsuited('This is not a powers-of-tau file.', `"${MAGIC}" at its start`, JSON.stringify(magic));
  const version = preamble.readUInt32LE(4);
  if (version !== VERSION) throw unsuited('Unknown version of a powers-of-tau file.', `${VERSION}`, `${version}`);
  const count = preamble.readUInt32LE(8);
  if (count > MAX_SECTIONS) throw malformed('Too many sections.', `at most ${MAX_SECTIONS}`, `${count}`);

  const sections = new Map<number, Section>();
  let position = PREAMBLE_BYTES;
  for (let i = 0; i < count; i++) {
    const head = await readBytes(handle, position, SECTION_HEAD_BYTES);
    const type = head.readUInt32LE(0);
    const size = Number(head.readBigUInt64LE(4));
    const start = position + SECTION_HEAD_BYTES;
    if (size > fileSize - start) {
      throw malformed('The powers-of-tau file is truncated.', `${start + size} bytes`, `${fileSize} bytes`);
    }
    if (sections.has(type)) throw malformed('A section occurs twice.', `one section ${type}`, 'two');
    sections.set(type, { start, size });
    position = start + size;
  }
  if (position !== fileSize) {
    throw malformed('The powers-of-tau file goes on behind its sections.', `${position} bytes`, `${fileSize} bytes`);
  }
  return sections;
}

export function section(sections: PtauFile['sections'], type: number, size: number): Section {
  const found = sections.get(type);
  if (!found) throw malformed('A section is missing.', `section ${type}`, [...sections.keys()].join(', '));
  if (found.size !== size) throw malformed(`Section ${type} has a wrong size.`, `${size} bytes`, `${found.size} bytes`);
  return found;
}

async function readPowers(
  handle: FileHandle,
  sections: Map<number, Section>,
): Promise<Pick<PtauFile, 'power' | 'ceremony'>> {
  const start = sections.get(1)?.start;
  // a file of another curve has other sizes everywhere: its moduli tell what it is
  const n8 = start === undefined ? FIELD_BYTES : (await readBytes(handle, start, 4)).readUInt32LE(0);
  if (n8 !== FIELD_BYTES)
    throw unsuited('The powers of tau are of another curve.', `${FIELD_BYTES}-byte coordinates, as BN254 has`, `${n8}`);
  const header = await readBytes(handle, section(sections, 1, HEADER_BYTES).start, HEADER_BYTES);
  const modulus = BigInt(`0x${Buffer.from(header.subarray(4, 36)).reverse().toString('hex')}`);
  if (modulus !== Q)
    throw unsuited('The powers of tau are of another curve.', `BN254, coordinates modulo ${Q}`, `modulo ${modulus}`);
  const power = header.readUInt32LE(36);
  if (power < 1 || power > MAX_POWER) throw malformed('Impossible power.', `1 to ${MAX_POWER}`, `${power}`);
  // nothing is made by it
  return { power, ceremony: Math.min(MAX_POWER, header.readUInt32LE(40)) };
}

/** Coordinates a 2^256 mod q. */
function coordinates(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / FIELD_BYTES }, (_, k) =>
    Fq.mul(Fq.fromBytes(bytes.subarray(k * FIELD_BYTES, (k + 1) * FIELD_BYTES)), MONTGOMERY_INVERSE),
  );
}

/** Point `i` of a section of G1. @throws E_FORMAT for what is no point, and for infinity */
export async function readG1Point({ handle }: PtauFile, { start }: Section, i: number): Promise<G1Point> {
  const [x, y] = coordinates(await readBytes(handle, start + i * POINT_BYTES, POINT_BYTES)) as [bigint, bigint];
  return valid('G1', () => bn254.G1.Point.fromAffine({ x, y }));
}

/** Point `i` of a section of G2. Unlike G1 its curve has points outside the group, which a pairing must not meet. @throws E_FORMAT */
export async function readG2Point({ handle }: PtauFile, { start }: Section, i: number): Promise<G2Point> {
  const [x0, x1, y0, y1] = coordinates(await readBytes(handle, start + i * G2_BYTES, G2_BYTES));
  return valid('G2', () => bn254.G2.Point.fromAffine({ x: { c0: x0!, c1: x1! }, y: { c0: y0!, c1: y1! } }));
}

function valid<P extends { assertValidity(): void; is0(): boolean }>(group: string, make: () => P): P {
  try {
    const point = make();
    point.assertValidity();
    invariant(!point.is0(), 'infinity has no pairing');
    return point;
  } catch (cause) {
    throw new FoldError('E_FORMAT', `The powers-of-tau file has something that is no point of ${group}.`, {
      expected: `a point of ${group}, not infinity`,
      cause,
    });
  }
}
