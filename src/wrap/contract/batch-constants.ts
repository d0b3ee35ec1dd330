/**
 * The constants of Poseidon that the batch contract computes with, and where each lies in its memory.
 *
 * They are the code of two contracts: `rounds` is copied to memory once for a path, the matrices of `bases` one after the
 * other to the place of M, which is the last part of `rounds`. Offsets are in bytes; every part is whole words.
 */
import { companionPoseidon } from '../../algebra/poseidon/companion.ts';
import { poseidonConstants } from '../../algebra/poseidon/constants.ts';
import { sparsePoseidon } from '../../algebra/poseidon/sparse.ts';
import { ARITY } from '../../folding/batch-tree.ts';
import { wordBytes } from '../final-proof.ts';

export const WORD = 32;
/** Width of a node's permutation. */
export const NODE_WIDTH = ARITY + 1;
/** Width of a leaf's: tag, input digest, output digest. */
export const LEAF_WIDTH = 3;

/** Solidity's own words end here. */
const MEMORY_START = 0x80;
const STATE_BYTES = NODE_WIDTH * WORD;
/** T, the state between rounds, and S, what it is after the S-boxes. */
export const STATE = MEMORY_START;
export const POWERED = STATE + STATE_BYTES;
const CONSTANTS = POWERED + STATE_BYTES;

export interface BatchConstants {
  /** Code of the two contracts without its first byte. */
  readonly rounds: Uint8Array;
  readonly bases: Uint8Array;
  /** Memory addresses of the parts of `rounds`. */
  readonly at: Readonly<Record<Part, number>>;
  /** Rounds of the two widths. */
  readonly nodeRounds: { readonly before: number; readonly partial: number; readonly after: number };
  readonly leafRounds: { readonly before: number; readonly partial: number; readonly after: number };
}

/** In the order in which they lie. */
const PARTS = ['full', 'partial', 'feedback', 'drive', 'leafFull', 'leafPartial', 'leafMatrix', 'matrix'] as const;
type Part = (typeof PARTS)[number];

export function batchConstants(): BatchConstants {
  const node = companionPoseidon(NODE_WIDTH);
  const leaf = sparsePoseidon(LEAF_WIDTH);
  const words: Readonly<Record<Part, readonly bigint[]>> = {
    full: [...node.before, ...node.after].flat(),
    partial: node.partial,
    feedback: node.feedback,
    drive: node.drive,
    leafFull: [...leaf.before, ...leaf.after].flat(),
    leafPartial: leaf.rounds.map(({ constant }) => constant),
    leafMatrix: poseidonConstants(LEAF_WIDTH).mds.flat(),
    matrix: node.mds.flat(),
  };
  let address = CONSTANTS;
  const at: Partial<Record<Part, number>> = {};
  for (const part of PARTS) {
    at[part] = address;
    address += words[part].length * WORD;
  }
  return {
    rounds: wordBytes(PARTS.flatMap((part) => words[part])),
    bases: wordBytes([...node.entry, ...node.exit].flat()),
    at: at as Record<Part, number>,
    nodeRounds: { before: node.before.length, partial: node.partial.length, after: node.after.length },
    leafRounds: { before: leaf.before.length, partial: leaf.rounds.length, after: leaf.after.length },
  };
}
