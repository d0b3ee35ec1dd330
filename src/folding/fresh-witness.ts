/**
 * The witness of a fresh instance, written where the sweeps read it: z2 = (1, x, M, B, F) and the bits once more as bytes.
 * The layers' part is known ahead of the fold, the chain's part only after it, so there is a function for each; both
 * write their own ranges and may run in two threads at once.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import type { ConstraintMatrix } from '../circuit/compile.ts';
import { WitnessWriter } from '../circuit/witness.ts';
import type { Running } from './instance.ts';
import type { LayerSizes } from './layout.ts';
import { type LayerDigests, type StepAdvice, stepCircuit } from './step-circuit.ts';
import type { StepSystem } from './step-system.ts';
import type { SweepBuffers } from './sweeps.ts';

/** What of a StepSystem says where everything stands; it can be sent to a thread. */
export interface WitnessFrame {
  readonly sizes: ConstraintMatrix['sizes'];
  readonly offsets: ConstraintMatrix['offsets'];
  readonly layers: LayerSizes;
  readonly defaults: Running<bigint>;
}

export function frameOf({ matrix, step, defaults }: StepSystem): WitnessFrame {
  return { sizes: matrix.sizes, offsets: matrix.offsets, layers: step.sizes, defaults };
}

/** A step's model entries and the blocks of its layers' witness. */
export interface LayerBlocks {
  readonly model: Float64Array;
  readonly bits: Uint8Array;
  readonly small: Float64Array;
  readonly fields: Vec;
}

type Target = Pick<SweepBuffers, 'z2' | 'bits2'>;

/** Writes M and the layers' share of B and F. */
export function writeLayers({ fr }: Engine, { offsets }: WitnessFrame, to: Target, blocks: LayerBlocks): void {
  const room = (at: number, n: number): Vec => to.z2.subarray(at * FIELD_BYTES, (at + n) * FIELD_BYTES);
  fr.fromSmall(blocks.model, room(offsets.model, blocks.model.length));
  fr.fromBits(blocks.bits, room(offsets.bits, blocks.bits.length));
  to.bits2.set(blocks.bits);
  fr.fromSmall(blocks.small, room(offsets.fields, blocks.small.length));
  to.z2.set(blocks.fields, (offsets.fields + blocks.small.length) * FIELD_BYTES);
}

/** Runs the chain's part of the step circuit; writes u = 1, x and its share of B and F. Returns x. */
export function writeChain(
  engine: Engine,
  frame: WitnessFrame,
  to: Target,
  digests: LayerDigests<bigint>,
  advice: StepAdvice,
): bigint {
  const { fr } = engine;
  const { sizes, offsets, layers, defaults } = frame;
  const fieldsBefore = layers.small + layers.fields;
  const writer = new WitnessWriter(engine, 'fr', {
    bits: sizes.bits - layers.bits,
    fields: sizes.fields - fieldsBefore,
  });
  const x = stepCircuit(writer, digests, defaults, () => advice);
  const { bits, fields } = writer.finish();
  to.z2.set(fr.encode([1n, x]));
  to.z2.set(fr.fromBits(bits), (offsets.bits + layers.bits) * FIELD_BYTES);
  to.bits2.set(bits, layers.bits);
  to.z2.set(fields, (offsets.fields + fieldsBefore) * FIELD_BYTES);
  return x;
}

/** The chain's share of B as bytes and of F, views of what `writeChain` wrote. */
export function chainBlocks({ offsets, layers }: WitnessFrame, from: Target): { bits: Uint8Array; fields: Vec } {
  return {
    bits: from.bits2.subarray(layers.bits),
    fields: from.z2.subarray((offsets.fields + layers.small + layers.fields) * FIELD_BYTES),
  };
}
