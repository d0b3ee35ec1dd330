/**
 * The committed blocks of a step, in the one order that everything follows: commitments, openings, blinding entries,
 * CycleFold instances, transcripts, files and the wrap (protocol sections 2 to 4, 9).
 *
 * A block is a vector with a commitment of its own. Which ones there are is a property of the step function: where a block stands
 * in the chain's hashes follows from its list. The parts of a further block go to the variables of a circuit
 * (circuit/linear-form.ts), in the same order.
 */
import type { PARTS } from '../circuit/compile.ts';

/** A part of z = (u, x, M, T, P) after its head. */
export type PartName = (typeof PARTS)[number];

/** M, the model; T, the trace; P, everything else. */
export type BlockName = 'M' | 'T' | 'P';

export interface BlockSpec {
  readonly name: BlockName;
  /** The part that is its bits: they come first, and each has an implied row b (b - u). */
  readonly bits?: PartName;
  /** The part that is its other entries. In z it follows the bits. */
  readonly fields: PartName;
  /** Blinding entries at its end: enough that what an opening shows of the block tells nothing. */
  readonly blinding: number;
}

/** The model entries of a step. */
const M: BlockSpec = { name: 'M', fields: 'model', blinding: 1 };
/** Of the layers what depends on no challenge: challenges are squeezed from its commitments. */
const T: BlockSpec = { name: 'T', bits: 'traceBits', fields: 'traceFields', blinding: 1 };
/** Everything else of a step's witness, the chain's own part included. */
const P: BlockSpec = { name: 'P', bits: 'bits', fields: 'fields', blinding: 4 };

/** Of the slot circuit, whose layers need no challenge. */
export const SLOT_BLOCKS: readonly BlockSpec[] = [M, P];

/** Of the tensor machine. */
export const MACHINE_BLOCKS: readonly BlockSpec[] = [M, T, P];

/** As verification keys list them. */
export function blockNames(blocks: readonly BlockSpec[]): BlockName[] {
  return blocks.map(({ name }) => name);
}

/** Place of the model block in every list: its commitments make the model chain. */
export const MODEL = 0;

/** Place of the trace block in the machine's list: its commitments make the trace chain. */
export const TRACE = 1;

/** cmM, cmT, cmP: names of the commitments in files and messages. */
export type CommitmentName = `cm${BlockName}`;

export function commitmentName(name: BlockName): CommitmentName {
  return `cm${name}`;
}

/** Of a list by blocks the last one's: the block that the chain's own variables stand in, which is known last. */
export function ofChainBlock<T>(list: readonly T[]): T {
  return list[list.length - 1]!;
}
