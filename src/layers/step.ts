/**
 * The layers of one step: input bits, K slots, the readout, and the three digests (protocol section 6, item 4).
 *
 * Order inside the blocks: step-layout.ts for M, B and the small integers of F, after which come the salts of input, output and
 * readout, then the hashes in that order. Rows and witness (step-witness.ts) are written separately because a witness of plain typed
 * arrays is what keeps a step fast; the tests check every row of the one on the values of the other.
 */
import { hash, type SpongeArithmetic } from '../algebra/sponge.ts';
import type { LinearForm } from '../circuit/linear-form.ts';
import type { ShapeBuilder } from '../circuit/shape.ts';
import { poseidonSboxes } from '../circuit/witness.ts';
import { packedLength, packForms, packIntegers } from './pack.ts';
import { logitOffset, readoutModelSize } from './readout.ts';
import { buildReadout } from './readout-rows.ts';
import { slotSizes } from './slot.ts';
import { buildSlots, firstInputs } from './slot-rows.ts';
import { stepLayout } from './step-layout.ts';
import { activationRange, packedBits, type StepPlan, stateSize } from './step-plan.ts';
import { LayerVariables } from './step-variables.ts';

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
    // the inputs of the slots, and the step's output
    small: step.slots * slot.small + n,
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
    const layout = stepLayout(step);
    const variables = new LayerVariables(shape, step);
    const inputs = layout.groups.map((group) => firstInputs(step, variables, group));
    const output = Array.from(layout.output, (at) => variables.small[at]!);
    shape.scope('input', () => inputRows(shape, step, variables, inputs[0]!));
    shape.scope('slots', () =>
      layout.groups.forEach((group, g) => {
        buildSlots(shape, step, variables, group, inputs[g + 1] ?? output);
      }),
    );
    const logits = shape.scope('readout', () => buildReadout(shape, step, variables, output));
    return shape.scope('digests', () => {
      const salts = [shape.field(), shape.field(), shape.field()];
      const width = packedBits(step);
      const offset = BigInt(-activationRange(step)[0]);
      const packed = packForms(shape, logits, step.readout.bits, BigInt(logitOffset(step)));
      return {
        input: hash(shape, ACTIVATIONS, [salts[0]!, ...packForms(shape, inputs[0]!, width, offset)]),
        output: hash(shape, ACTIVATIONS, [salts[1]!, ...packForms(shape, output, width, offset)]),
        readout: hash(shape, READOUT, [salts[2]!, ...packed]),
      };
    });
  });
}

/** The step's input is in its range: x is its bits, in signed steps less 2^a. A replicated row per activation. */
function inputRows(
  shape: ShapeBuilder,
  step: StepPlan,
  variables: LayerVariables,
  inputs: readonly LinearForm[],
): void {
  const { arrays, input } = stepLayout(step);
  const one = shape.constant(1n);
  const offset = shape.constant(BigInt(activationRange(step)[0]));
  for (const { log, members } of arrays)
    shape.replicate(log, (copy) => {
      const i = members[copy]!;
      const bits = variables.number(input, i).map((b, k) => [1n << BigInt(k), b] as const);
      shape.row([shape.sum([...bits, [1n, offset], [-1n, inputs[i]!]]), one]);
    });
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
