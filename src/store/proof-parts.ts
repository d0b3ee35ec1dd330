/**
 * Elements, points and claims of proofs as they stand in files: elements are 32-byte little-endian strings, points 64 bytes (x, y).
 * What is read is parsed and bounded here; whether it is true is a verifier's business.
 */
import * as z from 'zod';
import { field } from '../algebra/field.ts';
import { type Affine, Q, R } from '../algebra/params.ts';
import { fqValue, limbsOf } from '../circuit/gadgets/fq.ts';
import { ARITY, LEVELS } from '../folding/batch-tree.ts';
import type { ChainClaim } from '../folding/proof.ts';
import { listOf } from './bounded.ts';

export const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes');
export const element = bytes.refine((b) => b.length === 32, '32 bytes');
export const point = bytes.refine((b) => b.length === 64, '64 bytes');
/** Lists by blocks are in their order; how many there are is checked with the shape (folding/proof-shape.ts). */
export const MAX_BLOCKS = 16;
export const points = listOf(point, MAX_BLOCKS);
/** The elements of a chain's state. */
const state = listOf(element, 64);

export const claimParts = {
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
  program: z.strictObject({ interfaceDigest: element, planned: element }).optional(),
  running: {
    cms: points,
    claim: z.strictObject({ u: element, x: element, rho: listOf(element, 64), v: element }),
  },
  cycleFold: { c: point, u: element, x: listOf(element, 64) },
  last: { x: element, cms: points },
  remaining: listOf(point, 2 ** 20),
  path: listOf(listOf(element, ARITY), LEVELS),
} as const;

const Claim = z.object({
  statement: claimParts.statement,
  program: claimParts.program,
  running: z.object(claimParts.running),
  cycleFold: z.object(claimParts.cycleFold),
  last: z.object(claimParts.last),
  remaining: claimParts.remaining,
  path: claimParts.path,
});
type Claim = z.infer<typeof Claim>;

export function encodeClaim({ statement, program, running, cycleFold, last, remaining, path }: ChainClaim): Claim {
  const { pp, stepsPerNetwork, modelDigest, root } = statement.wires;
  const { u, x, rho, v } = running.claim;
  return {
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
    ...(program && {
      program: { interfaceDigest: toElement(program.interfaceDigest), planned: toElement(program.planned) },
    }),
    running: {
      cms: running.cms.map(toPoint),
      claim: { u: toElement(u), x: toElement(x), rho: rho.map(toElement), v: toElement(v) },
    },
    cycleFold: {
      c: toPoint(cycleFold.instance.c),
      u: toElement(cycleFold.instance.u),
      x: cycleFold.instance.x.map((limbs) => toElement(fqValue(limbs))),
    },
    last: { x: toElement(last.x), cms: last.cms.map(toPoint) },
    remaining: remaining.map(toPoint),
    path: path.map((children) => children.map(toElement)),
  };
}

/** @throws E_FORMAT for a value that is not canonical */
export function decodeClaim({ statement, program, running, cycleFold, last, remaining, path }: Claim): ChainClaim {
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
    ...(program && { program: { interfaceDigest: fr(program.interfaceDigest), planned: fr(program.planned) } }),
    running: {
      cms: running.cms.map(g1),
      claim: { u: fr(u), x: fr(x), rho: rho.map(fr), v: fr(v) },
    },
    cycleFold: {
      instance: { c: grumpkin(cycleFold.c), u: fr(cycleFold.u), x: cycleFold.x.map((e) => limbsOf(toInteger(e))) },
    },
    last: { x: fr(last.x), cms: last.cms.map(g1) },
    remaining: remaining.map(g1),
    path: path.map((children) => children.map(fr)),
  };
}

export const fr = (b: Uint8Array): bigint => field(R).fromBytes(b);
export const g1 = (b: Uint8Array): Affine => toAffine(b, Q);
export const grumpkin = (b: Uint8Array): Affine => toAffine(b, R);

/** 32 bytes little-endian, for values below 2^256 of either field. */
export function toElement(v: bigint): Uint8Array {
  return field(Q).toBytes(v);
}

export function toPoint({ x, y }: Affine): Uint8Array {
  const out = new Uint8Array(64);
  out.set(toElement(x));
  out.set(toElement(y), 32);
  return out;
}

function toInteger(b: Uint8Array): bigint {
  return b.reduceRight((v, byte) => (v << 8n) | BigInt(byte), 0n);
}

function toAffine(b: Uint8Array, base: bigint): Affine {
  return { x: field(base).fromBytes(b.subarray(0, 32)), y: field(base).fromBytes(b.subarray(32)) };
}
