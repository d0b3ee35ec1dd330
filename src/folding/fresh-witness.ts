/**
 * The witness of a fresh instance, written where the sweeps read it: z2 = (1, x, M, B, F) and the bits once more as bytes.
 * The layers' part is known ahead of the fold, and so is the chain's first half (`openStep`), which waits beside z2 until
 * the fold needs the instance before no longer. Each function writes its own ranges, so that threads may share them out.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import type { ConstraintMatrix } from '../circuit/compile.ts';
import { WitnessWriter } from '../circuit/witness.ts';
import type { Running } from './instance.ts';
import type { BlockSizes, LayerSizes } from './layout.ts';
import {
  foldStep,
  type LayerDigests,
  type OpenedStep,
  type OpeningAdvice,
  openStep,
  type StepAdvice,
} from './step-circuit.ts';
import type { StepSystem } from './step-system.ts';
import type { SweepBuffers } from './sweeps.ts';

/** What of a StepSystem says where everything stands; it can be sent to a thread. */
export interface WitnessFrame {
  readonly sizes: ConstraintMatrix['sizes'];
  readonly offsets: ConstraintMatrix['offsets'];
  readonly layers: LayerSizes;
  readonly opening: BlockSizes;
  readonly defaults: Running<bigint>;
}

export function frameOf({ matrix, step, opening, defaults }: StepSystem): WitnessFrame {
  return { sizes: matrix.sizes, offsets: matrix.offsets, layers: step.sizes, opening, defaults };
}

/** A step's model entries and the blocks of its layers' witness. */
export interface LayerBlocks {
  readonly model: Float64Array;
  readonly bits: Uint8Array;
  readonly small: Float64Array;
  readonly fields: Vec;
}

/** A part of the chain's witness: its share of B as bytes, its share of F. */
export interface ChainBlocks {
  readonly bits: Uint8Array;
  readonly fields: Vec;
}

/** The sweeps' vectors, and where the chain's first half waits. */
export interface ChainBuffers extends SweepBuffers {
  readonly opening: ChainBlocks;
}

type Target = Pick<ChainBuffers, 'z2' | 'bits2' | 'opening'>;

/** Writes M and the layers' share of B and F. */
export function writeLayers({ fr }: Engine, { offsets }: WitnessFrame, to: Target, blocks: LayerBlocks): void {
  const room = (at: number, n: number): Vec => to.z2.subarray(at * FIELD_BYTES, (at + n) * FIELD_BYTES);
  fr.fromSmall(blocks.model, room(offsets.model, blocks.model.length));
  fr.fromBits(blocks.bits, room(offsets.bits, blocks.bits.length));
  to.bits2.set(blocks.bits);
  fr.fromSmall(blocks.small, room(offsets.fields, blocks.small.length));
  to.z2.set(blocks.fields, (offsets.fields + blocks.small.length) * FIELD_BYTES);
}

/** Runs the first half of the step circuit; writes its part beside z2. `input` is the layers' input digest. */
export function writeOpening(
  engine: Engine,
  { opening, defaults }: WitnessFrame,
  to: Target,
  input: bigint,
  advice: OpeningAdvice,
): OpenedStep<bigint> {
  const writer = new WitnessWriter(engine, 'fr', opening);
  const opened = openStep(writer, input, defaults, () => advice);
  const { bits, fields } = writer.finish();
  to.opening.bits.set(bits);
  to.opening.fields.set(fields);
  return opened;
}

/** Runs the second half; writes u = 1, x and the chain's share of B and F, that of the first half with it. Returns x. */
export function writeFold(
  engine: Engine,
  frame: WitnessFrame,
  to: Target,
  digests: LayerDigests<bigint>,
  opened: OpenedStep<bigint>,
  messages: StepAdvice['messages'],
): bigint {
  const { fr } = engine;
  const { sizes, offsets, layers, opening, defaults } = frame;
  const before = { bits: layers.bits, fields: layers.small + layers.fields };
  const writer = new WitnessWriter(engine, 'fr', {
    bits: sizes.bits - before.bits - opening.bits,
    fields: sizes.fields - before.fields - opening.fields,
  });
  const x = foldStep(writer, digests, defaults, opened, () => messages);
  to.z2.set(fr.encode([1n, x]));
  for (const { bits, fields } of [to.opening, writer.finish()]) {
    to.z2.set(fr.fromBits(bits), (offsets.bits + before.bits) * FIELD_BYTES);
    to.bits2.set(bits, before.bits);
    to.z2.set(fields, (offsets.fields + before.fields) * FIELD_BYTES);
    before.bits += bits.length;
    before.fields += fields.length / FIELD_BYTES;
  }
  return x;
}

/** What the second half wrote: views of z2 and of the bits. */
export function foldBlocks({ offsets, layers, opening }: WitnessFrame, from: Target): ChainBlocks {
  const fields = offsets.fields + layers.small + layers.fields + opening.fields;
  return {
    bits: from.bits2.subarray(layers.bits + opening.bits),
    fields: from.z2.subarray(fields * FIELD_BYTES),
  };
}
