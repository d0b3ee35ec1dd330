/**
 * The committed blocks of a step, in the one order that everything follows: commitments, openings, blinding entries,
 * CycleFold instances, transcripts, files and the wrap (protocol sections 2 to 4, 9).
 *
 * A block is a vector with a commitment of its own. To add one is to add an entry here and its parts to the variables of a
 * circuit (circuit/linear-form.ts), in the same order; where a block stands in the chain's hashes follows from the list.
 */
import type { ConstraintMatrix } from '../circuit/compile.ts';

/** A part of z = (u, x, M, B, F) after its head. */
export type PartName = keyof ConstraintMatrix['offsets'];

export type BlockName = 'M' | 'P';

export interface BlockSpec {
  readonly name: BlockName;
  /** The part that is its bits: they come first, and each has an implied row b (b - u). */
  readonly bits?: PartName;
  /** The part that is its other entries. In z it follows the bits. */
  readonly fields: PartName;
  /** Random entries at its end: enough that what an opening shows of the block tells nothing. */
  readonly blinding: number;
}

/** M, the model entries of a step; P = (B, F), everything else of its witness, the chain's own part included. */
export const BLOCKS: readonly BlockSpec[] = [
  { name: 'M', fields: 'model', blinding: 1 },
  { name: 'P', bits: 'bits', fields: 'fields', blinding: 4 },
];

/** Place of the model block in the list: its commitments make the model chain. */
export const MODEL = 0;

/** cmM, cmP: names of the commitments in files and messages. */
export type CommitmentName = `cm${BlockName}`;

export function commitmentName(name: BlockName): CommitmentName {
  return `cm${name}`;
}

/** Of a list by blocks the last one's: the block that the chain's own variables stand in, which is known last. */
export function ofChainBlock<T>(list: readonly T[]): T {
  return list[list.length - 1]!;
}
