/**
 * The witness of a fresh instance, written where the sweeps read it: z2 = (1, x, M, B, F) and the bits of all blocks once more as bytes.
 * The layers' part is known ahead of the fold, and so is the chain's first half (`runPrologue`), which waits beside z2 until
 * the fold needs the instance before no longer. Each function writes its own ranges, so that threads may share them out.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import type { ConstraintMatrix } from '../circuit/compile.ts';
import { WitnessWriter } from '../circuit/witness.ts';
import { ofChainBlock } from './blocks.ts';
import type { BlockValues } from './commit.ts';
import type { FoldMessageValues } from './fold-verifier.ts';
import { type BlockLayout, type BlockSizes, type LayerShare, type RowShape, rowShape } from './layout.ts';
import type { StepWires } from './state.ts';
import { type ChainFrame, foldStep, type Prologue, type PrologueAdvice, runPrologue } from './step-circuit.ts';
import type { StepSystem } from './step-system.ts';
import type { SweepBuffers } from './sweeps.ts';

/** What of a StepSystem says where everything stands; it can be sent to a thread. */
export interface WitnessFrame extends ChainFrame {
  readonly sizes: ConstraintMatrix['sizes'];
  readonly offsets: ConstraintMatrix['offsets'];
  readonly blocks: readonly BlockLayout[];
  readonly shape: RowShape;
  readonly layers: readonly LayerShare[];
  readonly prologue: BlockSizes;
}

export function frameOf({ matrix, layout, step, prologue, defaults }: StepSystem): WitnessFrame {
  return {
    sizes: matrix.sizes,
    offsets: matrix.offsets,
    blocks: layout.blocks,
    shape: rowShape(layout, matrix),
    layers: step.sizes,
    prologue,
    defaults,
    state: step.state,
  };
}

/** A part of the chain's witness: its share of B as bytes, its share of F. */
export interface ChainBlocks {
  readonly bits: Uint8Array;
  readonly fields: Vec;
}

/** The sweeps' vectors, and where the chain's first half waits. */
export interface ChainBuffers extends SweepBuffers {
  readonly prologue: ChainBlocks;
}

type Target = Pick<ChainBuffers, 'z2' | 'bits2' | 'prologue'>;

/** Where the parts of a block begin: its bits in z and among all bits, its other entries in z. */
function placeOf({ offsets, shape }: WitnessFrame, block: BlockLayout) {
  return { bits: shape.bits.find(({ part }) => part === block.bits?.part), fields: offsets[block.fields.part] };
}

/** Writes the layers' share of every block. */
export function writeLayers({ fr }: Engine, frame: WitnessFrame, to: Target, values: readonly BlockValues[]): void {
  const room = (at: number, n: number): Vec => to.z2.subarray(at * FIELD_BYTES, (at + n) * FIELD_BYTES);
  frame.blocks.forEach((block, k) => {
    const place = placeOf(frame, block);
    const { bits, small, fields } = values[k]!;
    if (place.bits) {
      fr.fromBits(bits, room(place.bits.variable, bits.length));
      to.bits2.set(bits, place.bits.bit);
    }
    fr.fromSmall(small, room(place.fields, small.length));
    to.z2.set(fields, (place.fields + small.length) * FIELD_BYTES);
  });
}

/** Runs the first half of the step circuit; writes its part beside z2. */
export function writePrologue(
  engine: Engine,
  frame: WitnessFrame,
  to: Target,
  layers: StepWires<bigint>,
  advice: PrologueAdvice,
): Prologue<bigint> {
  const writer = new WitnessWriter(engine, 'fr', frame.prologue);
  const prologue = runPrologue(writer, layers, frame, () => advice);
  const { bits, fields } = writer.finish();
  to.prologue.bits.set(bits);
  to.prologue.fields.set(fields);
  return prologue;
}

/** Runs the second half; writes u = 1, x and the chain's share of B and F, that of the first half with it. Returns x. */
export function writeFold(
  engine: Engine,
  frame: WitnessFrame,
  to: Target,
  layers: StepWires<bigint>,
  prologue: Prologue<bigint>,
  messages: FoldMessageValues,
): bigint {
  const { fr } = engine;
  const before = beforeFold(frame, 'layers');
  const { bits, fields } = beforeFold(frame, 'prologue');
  const block = ofChainBlock(frame.blocks);
  const place = placeOf(frame, block);
  const writer = new WitnessWriter(engine, 'fr', {
    bits: (place.bits?.count ?? 0) - bits,
    fields: frame.sizes[block.fields.part] - fields,
  });
  const x = foldStep(writer, layers, frame, prologue, () => messages);
  to.z2.set(fr.encode([1n, x]));
  for (const part of [to.prologue, writer.finish()]) {
    if (place.bits) {
      to.z2.set(fr.fromBits(part.bits), (place.bits.variable + before.bits) * FIELD_BYTES);
      to.bits2.set(part.bits, place.bits.bit + before.bits);
    }
    to.z2.set(part.fields, (place.fields + before.fields) * FIELD_BYTES);
    before.bits += part.bits.length;
    before.fields += part.fields.length / FIELD_BYTES;
  }
  return x;
}

/** Variables of the chain's block that are the layers', or theirs and those of the chain's first half. */
export function beforeFold(
  { layers, prologue }: Pick<WitnessFrame, 'layers' | 'prologue'>,
  last: 'layers' | 'prologue',
): { bits: number; fields: number } {
  const own = ofChainBlock(layers);
  const more = last === 'prologue' ? prologue : { bits: 0, fields: 0 };
  return { bits: own.bits + more.bits, fields: own.small + own.fields + more.fields };
}

/** What the second half wrote: views of z2 and of the bits. */
export function foldBlocks(frame: WitnessFrame, from: Target): ChainBlocks {
  const before = beforeFold(frame, 'prologue');
  const { bits, fields } = placeOf(frame, ofChainBlock(frame.blocks));
  return {
    bits: bits ? from.bits2.subarray(bits.bit + before.bits, bits.bit + bits.count) : new Uint8Array(0),
    fields: from.z2.subarray((fields + before.fields) * FIELD_BYTES),
  };
}
