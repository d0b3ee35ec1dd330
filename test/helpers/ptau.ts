/** `.ptau` files taken apart and put together again, with sections that an attacker would put into them. */
import { readFile, writeFile } from 'node:fs/promises';
import { bn254 } from '@noble/curves/bn254.js';
import { field } from '../../src/algebra/field.ts';
import { Q } from '../../src/algebra/params.ts';

const Fq = field(Q);
const INVERSE = Fq.inv(Fq.create(1n << 256n));
const POINT = 64;

export type Sections = Map<number, Buffer>;

/** Sections by their type; the last of those of one type. */
export async function readSections(path: string): Promise<Sections> {
  const bytes = await readFile(path);
  const sections: Sections = new Map();
  for (let at = 12; at < bytes.length; ) {
    const size = Number(bytes.readBigUInt64LE(at + 4));
    sections.set(bytes.readUInt32LE(at), bytes.subarray(at + 12, at + 12 + size));
    at += 12 + size;
  }
  return sections;
}

export async function writeSections(path: string, magic: string, sections: Sections): Promise<string> {
  const parts = [Buffer.from(magic), u32(1), u32(sections.size)];
  for (const [type, data] of sections) {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(data.length));
    parts.push(u32(type), size, data);
  }
  await writeFile(path, Buffer.concat(parts));
  return path;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The first `count` points of a section of G1, each times `k`; infinity stays. */
function scaled(section: Buffer, count: number, k: bigint): Buffer {
  const points = Array.from({ length: count }, (_, i) => {
    const bytes = section.subarray(i * POINT, (i + 1) * POINT);
    if (bytes.every((byte) => byte === 0)) return bytes;
    const [x, y] = [0, 32].map((at) => Fq.mul(Fq.fromBytes(bytes.subarray(at, at + 32)), INVERSE));
    return g1Bytes(bn254.G1.Point.fromAffine({ x: x!, y: y! }).multiplyUnsafe(k));
  });
  return Buffer.concat(points);
}

/** A point of G1 as these files have it. */
export function g1Bytes(point: { toAffine(): { x: bigint; y: bigint } }): Buffer {
  const { x, y } = point.toAffine();
  return Buffer.concat([x, y].map((c) => Fq.toBytes(Fq.create(c << 256n))));
}

/** The same of G2. */
export function g2Bytes(point: typeof bn254.G2.Point.BASE): Buffer {
  const { x, y } = point.toAffine();
  return Buffer.concat([x.c0, x.c1, y.c0, y.c1].map((c) => Fq.toBytes(Fq.create(c << 256n))));
}

/**
 * The file with another alpha, in all sections that have it: section 4 are the powers of tau times alpha, section 14 are their
 * Lagrange bases times alpha. Everything agrees, but for the contributions.
 */
export function withAlpha(sections: Sections, power: number, alpha: bigint): Sections {
  return new Map([
    ...sections,
    [4, scaled(sections.get(2)!, 2 ** power, alpha)],
    [14, scaled(sections.get(12)!, 2 ** (power + 1) - 1, alpha)],
  ]);
}

/** The same of beta. */
export function withBeta(sections: Sections, power: number, beta: bigint): Sections {
  return new Map([
    ...sections,
    [5, scaled(sections.get(2)!, 2 ** power, beta)],
    [6, g2Bytes(bn254.G2.Point.BASE.multiply(beta))],
    [15, scaled(sections.get(12)!, 2 ** (power + 1) - 1, beta)],
  ]);
}
