/**
 * A folded proof as a file (folded.cbor). Elements are 32-byte little-endian strings, points 64 bytes (x, y); bits of
 * the last instance are packed. What is read is parsed and bounded here; whether it is true is `verify`'s business.
 */
import { z } from 'zod';
import { field } from '../algebra/field.ts';
import { type Affine, Q, R } from '../algebra/params.ts';
import { fqValue, limbsOf } from '../circuit/gadgets/fq.ts';
import { FoldError } from '../errors.ts';
import { ARITY, LEVELS } from '../folding/batch-tree.ts';
import type { BlockOpening, FoldedProof } from '../folding/proof.ts';
import { issueText, listOf } from './bounded.ts';
import { decodeFile, encodeFile } from './files.ts';

const PROOF_FORMAT = 'folded-proof';
const VERSION = 3;
/** A folded proof has two openings of at most 2^24 elements a block. */
export const MAX_PROOF_BYTES = 2 ** 30;

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes');
const element = bytes.refine((b) => b.length === 32, '32 bytes');
const point = bytes.refine((b) => b.length === 64, '64 bytes');
/** Lists by blocks are in their order; how many there are is checked with the shape (folding/proof-shape.ts). */
const MAX_BLOCKS = 16;
const points = listOf(point, MAX_BLOCKS);
const opening = listOf(z.strictObject({ bits: bytes, fields: bytes, blinding: bytes }), MAX_BLOCKS);
/** The elements of a chain's state. */
const state = listOf(element, 64);

const Body = z.strictObject({
  statement: z.strictObject({
    wires: z.strictObject({ pp: element, stepsPerNetwork: element, modelDigest: element, root: element }),
    steps: z
      .number()
      .int()
      .min(0)
      .max(2 ** 32),
    z0: state,
    z: state,
    m: element,
  }),
  running: z.strictObject({
    cms: points,
    claim: z.strictObject({ u: element, x: element, rho: listOf(element, 64), v: element }),
    opening,
  }),
  cycleFold: z.strictObject({
    c: point,
    u: element,
    x: listOf(element, 64),
    w: bytes,
    e: bytes,
    blinding: bytes,
  }),
  last: z.strictObject({ x: element, cms: points, opening }),
  remaining: listOf(point, 2 ** 20),
  path: listOf(listOf(element, ARITY), LEVELS),
});
type Body = z.infer<typeof Body>;

/** The bytes of a proof's file; equal proofs give equal bytes. */
export function encodeProof(proof: FoldedProof): Uint8Array {
  const { statement, running, cycleFold, last, remaining, path } = proof;
  const { pp, stepsPerNetwork, modelDigest, root } = statement.wires;
  const { u, x, rho, v } = running.claim;
  const body: Body = {
    statement: {
      wires: {
        pp: toElement(pp),
        stepsPerNetwork: toElement(stepsPerNetwork),
        modelDigest: toElement(modelDigest),
        root: toElement(root),
      },
      steps: statement.steps,
      z0: statement.z0.map(toElement),
      z: statement.z.map(toElement),
      m: toElement(statement.m),
    },
    running: {
      cms: running.cms.map(toPoint),
      claim: { u: toElement(u), x: toElement(x), rho: rho.map(toElement), v: toElement(v) },
      opening: [...running.opening],
    },
    cycleFold: {
      c: toPoint(cycleFold.instance.c),
      u: toElement(cycleFold.instance.u),
      x: cycleFold.instance.x.map((limbs) => toElement(fqValue(limbs))),
      w: cycleFold.w,
      e: cycleFold.e,
      blinding: cycleFold.blinding,
    },
    last: {
      x: toElement(last.x),
      cms: last.cms.map(toPoint),
      opening: last.opening.map((block) => ({ ...block, bits: packBits(block.bits) })),
    },
    remaining: remaining.map(toPoint),
    path: path.map((children) => children.map(toElement)),
  };
  return encodeFile(PROOF_FORMAT, VERSION, body);
}

/** @throws E_FORMAT for what is no proof file, is damaged, or has a value that is not canonical */
export function decodeProof(file: Uint8Array): FoldedProof {
  const parsed = Body.safeParse(decodeFile(file, PROOF_FORMAT, [VERSION], MAX_PROOF_BYTES).body);
  if (!parsed.success) {
    throw new FoldError('E_FORMAT', 'The proof file has wrong fields.', { got: issueText(parsed.error) });
  }
  const { statement, running, cycleFold, last, remaining, path } = parsed.data;
  const { pp, stepsPerNetwork, modelDigest, root } = statement.wires;
  const { u, x, rho, v } = running.claim;
  return {
    statement: {
      wires: { pp: fr(pp), stepsPerNetwork: fr(stepsPerNetwork), modelDigest: fr(modelDigest), root: fr(root) },
      steps: statement.steps,
      z0: statement.z0.map(fr),
      z: statement.z.map(fr),
      m: fr(statement.m),
    },
    running: {
      cms: running.cms.map((p) => toAffine(p, Q)),
      claim: { u: fr(u), x: fr(x), rho: rho.map(fr), v: fr(v) },
      opening: running.opening,
    },
    cycleFold: {
      instance: { c: toAffine(cycleFold.c, R), u: fr(cycleFold.u), x: cycleFold.x.map((e) => limbsOf(toInteger(e))) },
      w: cycleFold.w,
      e: cycleFold.e,
      blinding: cycleFold.blinding,
    },
    last: {
      x: fr(last.x),
      cms: last.cms.map((p) => toAffine(p, Q)),
      opening: last.opening.map((block, k) => ({
        ...block,
        bits: unpackBits(block.bits, (running.opening[k]?.bits.length ?? 0) / 32),
      })),
    },
    remaining: remaining.map((p) => toAffine(p, Q)),
    path: path.map((children) => children.map(fr)),
  };
}

const fr = (b: Uint8Array): bigint => field(R).fromBytes(b);

/** 32 bytes little-endian, for values below 2^256 of either field. */
function toElement(v: bigint): Uint8Array {
  return field(Q).toBytes(v);
}

function toInteger(b: Uint8Array): bigint {
  return b.reduceRight((v, byte) => (v << 8n) | BigInt(byte), 0n);
}

function toPoint({ x, y }: Affine): Uint8Array {
  const out = new Uint8Array(64);
  out.set(toElement(x));
  out.set(toElement(y), 32);
  return out;
}

function toAffine(b: Uint8Array, base: bigint): Affine {
  return { x: field(base).fromBytes(b.subarray(0, 32)), y: field(base).fromBytes(b.subarray(32)) };
}

/** Elements 0 and 1 to eight per byte; the count goes first (32 bits), because it need not be a multiple of eight. */
function packBits(bits: BlockOpening['bits']): Uint8Array {
  const n = bits.length / 32;
  const out = new Uint8Array(4 + Math.ceil(n / 8));
  new DataView(out.buffer).setUint32(0, n, true);
  for (let k = 0; k < n; k++) out[4 + (k >> 3)]! |= bits[32 * k]! << (k & 7);
  return out;
}

/** @param expected as many as the running instance has, whose bits are elements: what is made here is no longer than the file */
function unpackBits(packed: Uint8Array, expected: number): Uint8Array {
  const n = packed.length < 4 ? -1 : new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
  const last = packed[packed.length - 1]!;
  const padded = n % 8 !== 0 && last >> (n % 8) !== 0;
  if (n !== expected || packed.length !== 4 + Math.ceil(n / 8) || padded) {
    throw new FoldError('E_FORMAT', 'The bit block of the proof has a wrong length.', {
      expected: `${expected} bits, as in the running instance`,
      got: `${n} bits in ${packed.length - 4} bytes`,
    });
  }
  const out = new Uint8Array(32 * n);
  for (let k = 0; k < n; k++) out[32 * k] = (packed[4 + (k >> 3)]! >> (k & 7)) & 1;
  return out;
}
