/**
 * Reads what a .zkey says of itself, so that a truncated key or the key of another circuit is an error before work
 * starts and not after, and takes the verification key out of it in snarkjs' JSON shape.
 * The points of the sections 5 to 9 are believed by a prover: a wrong one makes proofs that do not verify, nothing worse. Whoever
 * contributes looks at them (zkey-points.ts).
 */

import { type FileHandle, open } from 'node:fs/promises';
import { bn254 } from '@noble/curves/bn254.js';
import { FIELD_BYTES, POINT_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { MONTGOMERY_INVERSE } from '../../algebra/montgomery.ts';
import { Q, R } from '../../algebra/params.ts';
import { command } from '../../command.ts';
import { FoldError } from '../../errors.ts';
import { systemReason } from '../../store/disk-error.ts';
import type { R1cs } from '../r1cs/r1cs.ts';
import { r1csDigest } from '../r1cs/r1cs.ts';
import { DEVELOPMENT_SECRETS } from './development.ts';
import { encodeG2, G2_BYTES } from './g2.ts';
import { domainPower } from './qap.ts';
import { g1Json, g2Json, type VerificationKeyJson } from './verify.ts';

const Fq = field(Q);
const PREAMBLE_BYTES = 12;
const SECTION_HEAD_BYTES = 12;
const GROTH16 = 1;
const MAX_SECTIONS = 64;
const SIZES_BYTES = 8 + 2 * FIELD_BYTES + 12;
const ENTRY_BYTES = 12 + FIELD_BYTES;
const CIRCUIT_BYTES = 64;

export interface ZkeyHeader {
  readonly signals: number;
  readonly publicInputs: number;
  /** Power of two. */
  readonly domain: number;
  /** Entries of A and B, those of the constant and the public inputs included; 0 in a key that leaves them to its circuit. */
  readonly entries: number;
  /** True for a key made from the public secrets of development.ts, whoever contributed to it afterwards. */
  readonly insecure: boolean;
  /** 64 bytes: r1csDigest in a development key, snarkjs' circuit hash in others. */
  readonly circuit: Uint8Array;
  readonly sections: ReadonlyMap<number, { readonly start: number; readonly size: number }>;
  /** Section 2 behind the sizes: alpha1, beta1, beta2, gamma2, delta1, delta2. */
  readonly points: Uint8Array;
}

function keyError(message: string, expected: string, got: string): FoldError {
  return new FoldError('E_KEY', message, { expected, got, hint: `Make the key again: ${command`fold setup --force`}` });
}

/**
 * The header of the key at `path`; every section must have the size that the header implies.
 * @throws E_FILE cannot be read; E_KEY not a Groth16 key over BN254, or truncated
 */
export async function readZkey(path: string): Promise<ZkeyHeader> {
  const handle = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw new FoldError('E_FILE', `The key "${path}" cannot be opened.`, {
      expected: 'a readable file',
      got: systemReason(cause.code),
      cause,
    });
  });
  try {
    const sections = await readSections(handle);
    const section = (type: number): { start: number; size: number } => {
      const found = sections.get(type);
      if (!found) throw keyError('The key is not complete.', `section ${type}`, [...sections.keys()].join(', '));
      return found;
    };
    const protocol = (await readBytes(handle, section(1).start, 4)).readUInt32LE(0);
    if (protocol !== GROTH16) throw keyError('The key is for another proof system.', 'Groth16', `protocol ${protocol}`);
    const head = await readBytes(handle, section(2).start, SIZES_BYTES + 3 * POINT_BYTES + 3 * G2_BYTES);
    const width = Uint8Array.of(FIELD_BYTES, 0, 0, 0);
    const curve = Buffer.concat([width, Fq.toBytes(Q), width, Fq.toBytes(R)]);
    if (!head.subarray(0, curve.length).equals(curve))
      throw keyError('The key is for another curve.', 'BN254', 'other moduli');
    const at = 8 + 2 * FIELD_BYTES;
    const [signals, publicInputs, domain] = [0, 4, 8].map((k) => head.readUInt32LE(at + k)) as [number, number, number];
    const entries = (await readBytes(handle, section(4).start, 4)).readUInt32LE(0);
    const sizes = new Map([
      [2, head.length],
      [3, (publicInputs + 1) * POINT_BYTES],
      [4, 4 + entries * ENTRY_BYTES],
      [5, signals * POINT_BYTES],
      [6, signals * POINT_BYTES],
      [7, signals * G2_BYTES],
      [8, (signals - publicInputs - 1) * POINT_BYTES],
      [9, domain * POINT_BYTES],
    ]);
    for (const [type, size] of sizes) {
      if (section(type).size !== size)
        throw keyError(`Section ${type} of the key has a wrong size.`, `${size} bytes`, `${section(type).size} bytes`);
    }
    // alpha, beta and tau are known for ever: a contribution changes delta only, and does not make such a key secure
    const beta2 = head.subarray(SIZES_BYTES + 2 * POINT_BYTES, SIZES_BYTES + 2 * POINT_BYTES + G2_BYTES);
    return {
      signals,
      publicInputs,
      domain,
      entries,
      insecure: beta2.equals(encodeG2(bn254.G2.Point.BASE.multiply(DEVELOPMENT_SECRETS.beta).toAffine())),
      circuit: await readBytes(handle, section(10).start, CIRCUIT_BYTES),
      sections,
      points: head.subarray(SIZES_BYTES),
    };
  } finally {
    await handle.close();
  }
}

/** Throws E_KEY unless the key can be that of this circuit; of a development key it is known for certain. */
export function checkZkey(header: ZkeyHeader, r1cs: R1cs): void {
  const facts = (signals: number, publicInputs: number, domain: number): string =>
    `${signals} signals, ${publicInputs} public inputs, domain ${domain}`;
  const expected = facts(r1cs.signals, r1cs.publicInputs, 2 ** domainPower(r1cs.constraints, r1cs.publicInputs));
  const got = facts(header.signals, header.publicInputs, header.domain);
  const entries = r1cs.a.signal.length + r1cs.b.signal.length + r1cs.publicInputs + 1;
  // of a development key the digest says the circuit, so that it can do without them
  const leftOut = header.insecure && header.entries === 0;
  if (got !== expected) throw keyError('The key belongs to another circuit.', expected, got);
  if (header.entries !== entries && !leftOut)
    throw keyError('The key belongs to another circuit.', `${entries} entries`, `${header.entries} entries`);
  const digest = Buffer.from(r1csDigest(r1cs));
  if (header.insecure && !digest.equals(header.circuit)) {
    const hex = (bytes: Uint8Array): string => `circuit ${Buffer.from(bytes).toString('hex', 0, 8)}`;
    throw keyError('The key belongs to another circuit.', hex(digest), hex(header.circuit));
  }
}

/** The verification key of the key at `path`, as snarkjs' verification_key.json. A development key's says "insecure". */
export async function exportVerificationKey(path: string, header: ZkeyHeader): Promise<VerificationKeyJson> {
  const handle = await open(path, 'r');
  try {
    const { start, size } = header.sections.get(3)!;
    const ic = await readBytes(handle, start, size);
    const { points } = header;
    const g1 = (bytes: Uint8Array, at: number) => g1Json(decodePoints(bytes, at, 2));
    const g2 = (at: number) => g2Json(decodePoints(points, at, 4));
    const afterG1 = 2 * POINT_BYTES;
    return {
      protocol: 'groth16',
      curve: 'bn128',
      nPublic: header.publicInputs,
      vk_alpha_1: g1(points, 0),
      vk_beta_2: g2(afterG1),
      vk_gamma_2: g2(afterG1 + G2_BYTES),
      vk_delta_2: g2(afterG1 + 2 * G2_BYTES + POINT_BYTES),
      IC: Array.from({ length: header.publicInputs + 1 }, (_, s) => g1(ic, s * POINT_BYTES)),
      ...(header.insecure && { insecure: true as const, name: 'layerfold INSECURE development key' }),
    };
  } finally {
    await handle.close();
  }
}

/** `count` coordinates in Montgomery form at `at`. */
export function decodePoints(bytes: Uint8Array, at: number, count: number): bigint[] {
  return Array.from({ length: count }, (_, k) => {
    const from = at + k * FIELD_BYTES;
    return Fq.mul(Fq.fromBytes(bytes.subarray(from, from + FIELD_BYTES)), MONTGOMERY_INVERSE);
  });
}

async function readSections(handle: FileHandle): Promise<Map<number, { start: number; size: number }>> {
  const { size: fileSize } = await handle.stat();
  const preamble = await readBytes(handle, 0, PREAMBLE_BYTES);
  const magic = preamble.toString('latin1', 0, 4);
  if (magic !== 'zkey') throw keyError('This is not a proving key.', '"zkey" at its start', JSON.stringify(magic));
  const count = preamble.readUInt32LE(8);
  if (count > MAX_SECTIONS) throw keyError('Too many sections.', `at most ${MAX_SECTIONS}`, `${count}`);
  const sections = new Map<number, { start: number; size: number }>();
  for (let i = 0, position = PREAMBLE_BYTES; i < count; i++) {
    const head = await readBytes(handle, position, SECTION_HEAD_BYTES);
    const start = position + SECTION_HEAD_BYTES;
    const size = Number(head.readBigUInt64LE(4));
    if (start + size > fileSize)
      throw keyError('The key is truncated.', `at least ${start + size} bytes`, `${fileSize} bytes`);
    const type = head.readUInt32LE(0);
    if (sections.has(type)) throw keyError('A section of the key occurs twice.', `one section ${type}`, 'two');
    sections.set(type, { start, size });
    position = start + size;
  }
  return sections;
}

export async function readBytes(handle: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await handle.read(buffer, filled, bytes - filled, position + filled);
    if (bytesRead === 0)
      throw keyError('The key is truncated.', `at least ${position + bytes} bytes`, `${position + filled} bytes`);
    filled += bytesRead;
  }
  return buffer;
}
