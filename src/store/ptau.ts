/**
 * Reader of `.ptau` files: the result of a powers-of-tau ceremony, in the binary format of snarkjs.
 *
 *   "ptau", version u32 = 1, number of sections u32, then per section: type u32, size u64, data   (all little-endian)
 *   section 1: n8 u32 = 32, q (n8 bytes), power u32, power of the ceremony u32
 *   section 2: [tau^i]_1 for i < 2^(power+1) - 1, 64 bytes each (x, y)
 *   section 3: [tau^i]_2 for i < 2^power, 128 bytes each (x0, x1, y0, y1 for x = x0 + x1 i)
 * Coordinates are little-endian in Montgomery form a 2^256 mod q. Other sections are not used here.
 *
 * The file comes from anyone, so nothing in it is believed: sizes, encodings and the curve equation are checked, and one
 * pairing equation shows that the points are successive powers of ONE tau, the one in G2 (error 2^-127). Two tau that everyone
 * knows are refused. What no check can show is that nobody knows tau: that is the ceremony's transcript, which `snarkjs powersoftau verify` checks.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { bn254 } from '@noble/curves/bn254.js';
import type { Engine, Points } from '../algebra/engine.ts';
import { FIELD_BYTES, POINT_BYTES } from '../algebra/engine.ts';
import { field } from '../algebra/field.ts';
import { type Affine, G1_PARAMS, Q } from '../algebra/params.ts';
import { FoldError, invariant } from '../errors.ts';
import { DEVELOPMENT_TAU } from '../folding/commitment-key.ts';

const MAGIC = 'ptau';
const VERSION = 1;
const PREAMBLE_BYTES = 12;
const SECTION_HEAD_BYTES = 12;
const HEADER_BYTES = 44;
const G2_BYTES = 128;
/** snarkjs writes at most 15; the bound stops a hostile count from being walked. */
const MAX_SECTIONS = 64;
/** Fr has 2^28-th roots of unity and no larger ones: no ceremony on this curve goes further. */
const MAX_POWER = 28;
/** Points converted per turn (1 MB). */
const CHUNK = 1 << 14;
/** Random weights of 128 bits. */
const WEIGHT_BYTES = 16;

const Fq = field(Q);
const MONTGOMERY_INVERSE = Fq.inv(Fq.create(1n << 256n));

interface Section {
  readonly start: number;
  readonly size: number;
}

type G2Point = typeof bn254.G2.Point.BASE;

/** Powers of an unknown tau: what commits, and what checks openings. */
export interface PtauKey {
  /** [tau^i]_1, in shared memory. */
  readonly points: Points;
  /** [tau]_2, every coordinate c0 + c1 i. */
  readonly tau: {
    readonly x: { readonly c0: bigint; readonly c1: bigint };
    readonly y: { readonly c0: bigint; readonly c1: bigint };
  };
}

/**
 * The first n powers [tau^i]_1 of the file at `path` with [tau]_2, checked.
 * @throws E_FILE cannot be read; E_FORMAT not such a file, truncated, or bytes that are no points; E_KEY too few powers
 *         or not the powers of one tau that is secret as far as can be seen
 */
export async function readPtau(path: string, n: number, engine: Engine): Promise<PtauKey> {
  invariant(Number.isInteger(n) && n > 0, `a key of ${n} points`);
  const handle = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw new FoldError('E_FILE', `The file "${path}" cannot be opened.`, { got: cause.code ?? 'unknown', cause });
  });
  try {
    const sections = await readSections(handle);
    const power = await readPower(handle, sections);
    const available = 2 ** (power + 1) - 1;
    if (n > available) {
      throw new FoldError('E_KEY', 'The powers-of-tau file is too small for this step.', {
        expected: `at least ${n} powers`,
        got: `${available} powers (2^${power})`,
        hint: `Take a ceremony file of power ${Math.ceil(Math.log2(n + 1)) - 1} or more.`,
      });
    }
    const points = await readG1(handle, section(sections, 2, available * POINT_BYTES), n, engine);
    const [one, tau] = await readG2(handle, section(sections, 3, 2 ** power * G2_BYTES));
    checkPowers(points, n, one, tau, engine);
    checkSecret(one, tau);
    return { points, tau: tau.toAffine() };
  } finally {
    await handle.close();
  }
}

function malformed(message: string, expected: string, got: string): FoldError {
  return new FoldError('E_FORMAT', message, { expected, got, hint: 'Download the powers-of-tau file again.' });
}

async function read(handle: FileHandle, position: number, bytes: number): Promise<Buffer> {
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
  const preamble = await read(handle, 0, PREAMBLE_BYTES);
  const magic = preamble.toString('latin1', 0, 4);
  if (magic !== MAGIC)
    throw malformed('This is not a powers-of-tau file.', `"${MAGIC}" at its start`, JSON.stringify(magic));
  const version = preamble.readUInt32LE(4);
  if (version !== VERSION) throw malformed('Unknown version of a powers-of-tau file.', `${VERSION}`, `${version}`);
  const count = preamble.readUInt32LE(8);
  if (count > MAX_SECTIONS) throw malformed('Too many sections.', `at most ${MAX_SECTIONS}`, `${count}`);

  const sections = new Map<number, Section>();
  let position = PREAMBLE_BYTES;
  for (let i = 0; i < count; i++) {
    const head = await read(handle, position, SECTION_HEAD_BYTES);
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

function section(sections: Map<number, Section>, type: number, size: number): Section {
  const found = sections.get(type);
  if (!found) throw malformed('A section is missing.', `section ${type}`, [...sections.keys()].join(', '));
  if (found.size !== size) throw malformed(`Section ${type} has a wrong size.`, `${size} bytes`, `${found.size} bytes`);
  return found;
}

async function readPower(handle: FileHandle, sections: Map<number, Section>): Promise<number> {
  const header = await read(handle, section(sections, 1, HEADER_BYTES).start, HEADER_BYTES);
  const n8 = header.readUInt32LE(0);
  if (n8 !== FIELD_BYTES) throw malformed('The file is for another curve.', `${FIELD_BYTES}-byte coordinates`, `${n8}`);
  if (!header.subarray(4, 36).equals(Fq.toBytes(Q))) {
    throw malformed('The file is for another curve.', `BN254, coordinates modulo ${Q}`, 'another modulus');
  }
  const power = header.readUInt32LE(36);
  if (power < 1 || power > MAX_POWER) throw malformed('Impossible power.', `1 to ${MAX_POWER}`, `${power}`);
  return power;
}

async function readG1(handle: FileHandle, { start }: Section, n: number, engine: Engine): Promise<Points> {
  const points = new Uint8Array(new SharedArrayBuffer(n * POINT_BYTES));
  for (let from = 0; from < n; from += CHUNK) {
    const count = Math.min(CHUNK, n - from);
    const bytes = await read(handle, start + from * POINT_BYTES, count * POINT_BYTES);
    for (let i = 0; i < count; i++) {
      const point = bytes.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES);
      if (point.every((byte) => byte === 0))
        throw malformed(`Power ${from + i} is the point at infinity.`, 'a point', 'infinity');
    }
    const chunk = engine.g1.fromCanonicalPoints(fromMontgomery(bytes, engine));
    if (!engine.g1.onCurve(chunk)) {
      throw malformed(
        `One of the powers ${from} to ${from + count - 1} is not on the curve.`,
        'points of BN254',
        'others',
      );
    }
    points.set(chunk, from * POINT_BYTES);
  }
  const [first] = engine.g1.decodePoints(points.subarray(0, POINT_BYTES));
  const { x, y } = G1_PARAMS.generator;
  if (first?.x !== x || first.y !== y)
    throw malformed('Power 0 is not the generator.', `(${x}, ${y})`, 'another point');
  return points;
}

/** Elements a 2^256 mod q as bytes to canonical a, all by the engine: one multiplication by 2^-256 each. */
function fromMontgomery(bytes: Uint8Array, engine: Engine): Uint8Array {
  const { fq } = engine;
  const product = fq.fromBits(new Uint8Array(bytes.length / FIELD_BYTES));
  fq.axpy(product, fq.encode([MONTGOMERY_INVERSE]), fq.fromCanonical(bytes));
  return fq.toCanonical(product);
}

/** The two tau that everyone knows: 1, that of a file which nobody contributed to, and that of the development key. */
function checkSecret(one: G2Point, tau: G2Point): void {
  const known = tau.equals(one)
    ? 'tau = 1: nobody has contributed to the file'
    : tau.equals(one.multiply(DEVELOPMENT_TAU)) && 'the tau of the development key';
  if (known)
    throw new FoldError('E_KEY', 'The secret of this powers-of-tau file is public: anyone can forge proofs under it.', {
      expected: 'a file of a ceremony that is complete',
      got: known,
    });
}

/** [1]_2 and [tau]_2. Unlike G1 the curve of G2 has points outside the group, which a pairing must not meet. */
async function readG2(handle: FileHandle, { start }: Section): Promise<[G2Point, G2Point]> {
  const bytes = await read(handle, start, 2 * G2_BYTES);
  const points = [0, 1].map((i) => {
    const [x0, x1, y0, y1] = [0, 1, 2, 3].map((c) => {
      const at = i * G2_BYTES + c * FIELD_BYTES;
      return Fq.mul(Fq.fromBytes(bytes.subarray(at, at + FIELD_BYTES)), MONTGOMERY_INVERSE);
    });
    try {
      const point = bn254.G2.Point.fromAffine({ x: { c0: x0!, c1: x1! }, y: { c0: y0!, c1: y1! } });
      point.assertValidity();
      invariant(!point.is0(), 'infinity has no pairing');
      return point;
    } catch (cause) {
      throw new FoldError('E_FORMAT', `Power ${i} in G2 is not a point of the group.`, { cause });
    }
  });
  const [one, tau] = points as [G2Point, G2Point];
  if (!one.equals(bn254.G2.Point.BASE))
    throw malformed('Power 0 in G2 is not the generator.', 'the generator', 'another point');
  return [one, tau];
}

/**
 * P_(i+1) = tau P_i for all i at once: with random a_i, e(sum a_i P_i, [tau]_2) = e(sum a_i P_(i+1), [1]_2).
 * If one equation is wrong, so is their combination but for a chance of 2^-128.
 */
function checkPowers(points: Points, n: number, one: G2Point, tau: G2Point, engine: Engine): void {
  if (n < 2) return;
  const weights = new Uint8Array((n - 1) * FIELD_BYTES);
  const entropy = randomBytes((n - 1) * WEIGHT_BYTES);
  for (let i = 0; i < n - 1; i++) {
    weights.set(entropy.subarray(i * WEIGHT_BYTES, (i + 1) * WEIGHT_BYTES), i * FIELD_BYTES);
  }
  const values = engine.fr.fromCanonical(weights);
  const combine = (from: number): Affine | null =>
    engine.g1.msm(points.subarray(from * POINT_BYTES, (from + n - 1) * POINT_BYTES), { kind: 'full', values });
  const [lower, upper] = [combine(0), combine(1)];
  const holds =
    lower !== null &&
    upper !== null &&
    bn254.fields.Fp12.eql(
      bn254.pairing(bn254.G1.Point.fromAffine(lower), tau),
      bn254.pairing(bn254.G1.Point.fromAffine(upper), one),
    );
  if (!holds) {
    throw new FoldError('E_KEY', 'The powers-of-tau file does not hold the powers of one tau.', {
      expected: 'each point tau times the one before',
      hint: 'Do not use this file. `snarkjs powersoftau verify FILE` checks a file and its ceremony.',
    });
  }
}
