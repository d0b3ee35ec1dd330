/**
 * A folded proof as a file (folded.cbor): its claim as in proof-parts.ts, openings as canonical elements; bits of the last instance
 * are packed.
 */
import { z } from 'zod';
import { FoldError } from '../errors.ts';
import type { BlockOpening, FoldedProof } from '../folding/proof.ts';
import { issueText, listOf } from './bounded.ts';
import { decodeFile, encodeFile } from './files.ts';
import { decodeMemory, encodeMemory, memoryPart } from './prefix-memory.ts';
import { bytes, claimParts, decodeClaim, encodeClaim, MAX_BLOCKS } from './proof-parts.ts';

const PROOF_FORMAT = 'folded-proof';
const VERSION = 3;
/** A folded proof has two openings of at most 2^24 elements a block. */
export const MAX_PROOF_BYTES = 2 ** 30;

const opening = listOf(z.strictObject({ bits: bytes, fields: bytes, blinding: bytes }), MAX_BLOCKS);

const Body = z.strictObject({
  ...claimParts,
  running: z.strictObject({ ...claimParts.running, opening }),
  cycleFold: z.strictObject({ ...claimParts.cycleFold, w: bytes, e: bytes, blinding: bytes }),
  last: z.strictObject({ ...claimParts.last, opening }),
  memory: memoryPart.optional(),
});
type Body = z.infer<typeof Body>;

/** The bytes of a proof's file; equal proofs give equal bytes. */
export function encodeProof(proof: FoldedProof): Uint8Array {
  const claim = encodeClaim(proof);
  const { running, cycleFold, last, memory } = proof;
  const body: Body = {
    ...claim,
    running: { ...claim.running, opening: [...running.opening] },
    cycleFold: { ...claim.cycleFold, w: cycleFold.w, e: cycleFold.e, blinding: cycleFold.blinding },
    last: {
      ...claim.last,
      opening: last.opening.map((block) => ({ ...block, bits: packBits(block.bits) })),
    },
    ...(memory && { memory: encodeMemory(memory) }),
  };
  return encodeFile(PROOF_FORMAT, VERSION, body);
}

/** @throws E_FORMAT for what is no proof file, is damaged, or has a value that is not canonical */
export function decodeProof(file: Uint8Array): FoldedProof {
  const parsed = Body.safeParse(decodeFile(file, PROOF_FORMAT, [VERSION], MAX_PROOF_BYTES).body);
  if (!parsed.success) {
    throw new FoldError('E_FORMAT', 'The proof file has wrong fields.', { got: issueText(parsed.error) });
  }
  const claim = decodeClaim(parsed.data);
  const { running, cycleFold, last, memory } = parsed.data;
  return {
    ...claim,
    running: { ...claim.running, opening: running.opening },
    cycleFold: { ...claim.cycleFold, w: cycleFold.w, e: cycleFold.e, blinding: cycleFold.blinding },
    last: {
      ...claim.last,
      opening: last.opening.map((block, k) => ({
        ...block,
        bits: unpackBits(block.bits, (running.opening[k]?.bits.length ?? 0) / 32),
      })),
    },
    ...(memory && { memory: decodeMemory(memory) }),
  };
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
