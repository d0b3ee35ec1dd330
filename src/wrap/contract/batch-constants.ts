/**
 * The constants of Poseidon that a batch contract computes with, and where each lies in its memory.
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

/** Solidity's own words end here. */
const MEMORY_START = 0x80;
const STATE_BYTES = NODE_WIDTH * WORD;
/** T, the state between rounds, and S, what it is after the S-boxes. */
export const STATE = MEMORY_START;
export const POWERED = STATE + STATE_BYTES;
const CONSTANTS = POWERED + STATE_BYTES;

/** Rounds of one width. */
interface Rounds {
  readonly before: number;
  readonly partial: number;
  readonly after: number;
}

/** A permutation of a few elements, with the memory addresses of its constants. */
export interface SmallPermutation {
  readonly width: number;
  readonly rounds: Rounds;
  readonly full: number;
  readonly partial: number;
  readonly matrix: number;
}

export interface BatchConstants {
  /** Code of the two contracts without its first byte. */
  readonly rounds: Uint8Array;
  readonly bases: Uint8Array;
  /** Memory addresses of the parts of `rounds` that nodes need. */
  readonly at: Readonly<Record<(typeof NODE_PARTS)[number] | 'matrix', number>>;
  readonly nodeRounds: Rounds;
  /** In the order of the widths. */
  readonly small: readonly SmallPermutation[];
}

const NODE_PARTS = ['full', 'partial', 'feedback', 'drive'] as const;

/** @param widths of the permutations beside that of a node: of a leaf, and of what else is hashed */
export function batchConstants(widths: readonly number[]): BatchConstants {
  const node = companionPoseidon(NODE_WIDTH);
  const words: bigint[] = [];
  /** Address of the next part, which is put there. */
  const put = (part: readonly bigint[]): number => {
    const address = CONSTANTS + words.length * WORD;
    words.push(...part);
    return address;
  };
  const at = {
    full: put([...node.before, ...node.after].flat()),
    partial: put(node.partial),
    feedback: put(node.feedback),
    drive: put(node.drive),
  };
  const small = widths.map((width): SmallPermutation => {
    const { before, rounds, after } = sparsePoseidon(width);
    return {
      width,
      rounds: { before: before.length, partial: rounds.length, after: after.length },
      full: put([...before, ...after].flat()),
      partial: put(rounds.map(({ constant }) => constant)),
      matrix: put(poseidonConstants(width).mds.flat()),
    };
  });
  return {
    at: { ...at, matrix: put(node.mds.flat()) },
    rounds: wordBytes(words),
    bases: wordBytes([...node.entry, ...node.exit].flat()),
    nodeRounds: { before: node.before.length, partial: node.partial.length, after: node.after.length },
    small,
  };
}
