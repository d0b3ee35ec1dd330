/**
 * The layers of one step: input bits, K slots, the readout, and the three digests (protocol section 6, item 4).
 *
 * Order inside the blocks, the same for shape and witness:
 *   M: slot after slot, then the readout;
 *   B: input activations, slot after slot, readout;
 *   F: the slots' small integers, then the salts of input, output and readout, then the hashes in that order.
 * Shape and witness are written separately because a witness of plain typed arrays is what keeps a step fast; they share
 * the operators' integer functions, and the tests check every row of the one on the values of the other.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import { hash, type SpongeArithmetic } from '../algebra/sponge.ts';
import type { LinearForm } from '../circuit/linear-form.ts';
import type { ShapeBuilder } from '../circuit/shape.ts';
import { poseidonSboxes, WitnessWriter } from '../circuit/witness.ts';
import { invariant } from '../errors.ts';
import { writeBits } from './floor.ts';
import { packedLength, packForms, packIntegers } from './pack.ts';
import { checkRange } from './range.ts';
import { buildReadout, logitOffset, readoutModelSize, writeReadout } from './readout.ts';
import { buildSlot, slotSizes, writeSlot } from './slot.ts';
import { activationRange, packedBits, type StepPlan, stateSize } from './step-plan.ts';

/** Domains of the digests; every activation digest has one form, so that h_out of a step is h_in of the next. */
const ACTIVATIONS = 'act';
const READOUT = 'out';

/** One of each for the step's input, its output and its readout. */
export interface StepDigests<E> {
  readonly input: E;
  readonly output: E;
  readonly readout: E;
}

/** What the layers take of each block. */
export interface LayerSizes {
  readonly model: number;
  readonly bits: number;
  /** Small integers at the start of the layers' field variables. */
  readonly small: number;
  /** Field variables after them: three salts and the hashes. */
  readonly fields: number;
}

export function layerSizes(step: StepPlan): LayerSizes {
  const slot = slotSizes(step);
  const n = stateSize(step.slot);
  const state = hashFields(1 + packedLength(n, packedBits(step)));
  const readout = hashFields(1 + packedLength(step.readout.outputs, step.readout.bits));
  return {
    model: step.slots * slot.model + readoutModelSize(step),
    bits: n * packedBits(step) + step.slots * slot.bits + step.readout.outputs * step.readout.bits,
    small: step.slots * slot.small,
    fields: 3 + 2 * state + readout,
  };
}

/** Field variables of one hash of `inputs` elements (algebra/sponge.ts chooses the width). */
function hashFields(inputs: number): number {
  const rate = Math.min(16, inputs);
  return poseidonSboxes(rate + 1) * Math.ceil(inputs / rate);
}

/** Allocates and constrains the layers of one step; returns the three digests as forms. */
export function buildLayers(shape: ShapeBuilder, step: StepPlan): StepDigests<LinearForm> {
  return shape.scope('layers', () => {
    const model = shape.model(layerSizes(step).model);
    const input = shape.scope('input', () => inputForms(shape, step));
    const size = slotSizes(step).model;
    let state = input;
    for (let k = 0; k < step.slots; k++) {
      const own = model.slice(k * size, (k + 1) * size);
      const x = state;
      state = shape.scope(`slot ${k}`, () => buildSlot(shape, step, own, x));
    }
    const weights = model.slice(step.slots * size);
    const logits = shape.scope('readout', () => buildReadout(shape, step, weights, state));
    return shape.scope('digests', () => {
      const salts = [shape.field(), shape.field(), shape.field()];
      const width = packedBits(step);
      const offset = BigInt(-activationRange(step)[0]);
      const packed = packForms(shape, logits, step.readout.bits, BigInt(logitOffset(step)));
      return {
        input: hash(shape, ACTIVATIONS, [salts[0]!, ...packForms(shape, input, width, offset)]),
        output: hash(shape, ACTIVATIONS, [salts[1]!, ...packForms(shape, state, width, offset)]),
        readout: hash(shape, READOUT, [salts[2]!, ...packed]),
      };
    });
  });
}

/** The step's input as forms over bits: of x, in signed steps of x + 2^a. No row. */
function inputForms(shape: ShapeBuilder, step: StepPlan): LinearForm[] {
  const offset = shape.constant(BigInt(activationRange(step)[0]));
  return Array.from({ length: stateSize(step.slot) }, () => {
    const bits = shape.bits(packedBits(step)).map((b, k) => [1n << BigInt(k), b] as const);
    return shape.sum([...bits, [1n, offset]]);
  });
}

export interface LayerWitness {
  /** The layers' bit block, 0/1 per byte. */
  readonly bits: Uint8Array;
  /** The small integers of their field variables. */
  readonly small: Float64Array;
  /** The rest of their field variables, internal form. */
  readonly fields: Vec;
  readonly digests: StepDigests<bigint>;
  /** The last slot's output: the next step's input. */
  readonly output: Float64Array;
  /** Raw accumulators of the readout. */
  readonly logits: Float64Array;
}

/**
 * Witness of one step's layers; its blocks are in shared memory, so that threads hand them on without copying.
 * @param model the step's model entries (layerSizes(step).model integers)
 * @param input n activations
 * @param salts of the input's, the output's and the readout's digest; below r
 * @throws E_RANGE naming slot, tensor, index and value where an activation leaves its range
 */
export function layerWitness(
  engine: Engine,
  step: StepPlan,
  model: Float64Array,
  input: Float64Array,
  salts: readonly [bigint, bigint, bigint],
): LayerWitness {
  const sizes = layerSizes(step);
  invariant(model.length === sizes.model, `a step has ${sizes.model} model entries, not ${model.length}`);
  invariant(
    input.length === stateSize(step.slot),
    `a step has ${stateSize(step.slot)} activations, not ${input.length}`,
  );
  checkRange(input, activationRange(step), 'input', 'an activation');
  const bits = new Uint8Array(new SharedArrayBuffer(sizes.bits));
  const small = new Float64Array(new SharedArrayBuffer(sizes.small * Float64Array.BYTES_PER_ELEMENT));
  const [lowest] = activationRange(step);
  let at = 0;
  for (const x of input) at = writeBits(bits, at, x - lowest, packedBits(step));

  const state = writeSlots(step, model, input, bits, at, small);
  at += step.slots * slotSizes(step).bits;
  const logits = writeReadout(step, model.subarray(step.slots * slotSizes(step).model), state, bits, at);
  const hashes = new WitnessWriter(engine, 'fr', { bits: 0, fields: sizes.fields });
  const digests = digestStep(hashes, step, input, state, logits, salts);
  const written = hashes.finish().fields;
  invariant(written.length === sizes.fields * FIELD_BYTES, 'length of the hashes');
  const fields = new Uint8Array(new SharedArrayBuffer(written.length));
  fields.set(written);
  return { bits, small, fields, digests, output: state, logits };
}

/** The output of a step alone: what the next step starts from. @throws E_RANGE like `layerWitness` */
export function stepOutput(step: StepPlan, model: Float64Array, input: Float64Array): Float64Array {
  const sizes = slotSizes(step);
  const bits = new Uint8Array(step.slots * sizes.bits);
  return writeSlots(step, model, input, bits, 0, new Float64Array(step.slots * sizes.small));
}

function writeSlots(
  step: StepPlan,
  model: Float64Array,
  input: Float64Array,
  bits: Uint8Array,
  bitAt: number,
  small: Float64Array,
): Float64Array {
  const size = slotSizes(step);
  let state = input;
  for (let k = 0; k < step.slots; k++) {
    const own = model.subarray(k * size.model, (k + 1) * size.model);
    const target = { bits, bitAt: bitAt + k * size.bits, small, smallAt: k * size.small };
    state = writeSlot(step, own, state, target, `slot ${k}`);
  }
  return state;
}

function digestStep(
  writer: WitnessWriter,
  step: StepPlan,
  input: Float64Array,
  output: Float64Array,
  logits: Float64Array,
  salts: readonly [bigint, bigint, bigint],
): StepDigests<bigint> {
  const [a, b, c] = salts.map((salt) => writer.field(() => salt)) as [bigint, bigint, bigint];
  return {
    input: activationDigest(writer, step, input, a),
    output: activationDigest(writer, step, output, b),
    readout: readoutDigest(writer, step, logits, c),
  };
}

/** Digest of a state of n activations: h and h_in of the chain. The activations are in range. */
export function activationDigest(
  f: SpongeArithmetic<bigint>,
  step: StepPlan,
  activations: Float64Array,
  salt: bigint,
): bigint {
  return hash(f, ACTIVATIONS, [salt, ...packIntegers(activations, packedBits(step), -activationRange(step)[0])]);
}

/** Digest of the raw logits: o of the chain. The logits are in range. */
export function readoutDigest(f: SpongeArithmetic<bigint>, step: StepPlan, logits: Float64Array, salt: bigint): bigint {
  return hash(f, READOUT, [salt, ...packIntegers(logits, step.readout.bits, logitOffset(step))]);
}
