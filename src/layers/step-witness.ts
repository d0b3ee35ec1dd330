/** Witness of one step's layers in plain typed arrays; where everything stands says step-layout.ts. */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import { WitnessWriter } from '../circuit/witness.ts';
import { invariant } from '../errors.ts';
import { writeBits } from './floor.ts';
import { modelOfBlock } from './model-block.ts';
import { checkRange } from './range.ts';
import { logitOffset, runReadout } from './readout.ts';
import { runSlot } from './slot.ts';
import { activationDigest, layerSizes, readoutDigest, type StepDigests } from './step.ts';
import { type NumberBits, stepLayout } from './step-layout.ts';
import { activationRange, type StepPlan, stateSize, sumBits } from './step-plan.ts';

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

type Salts = readonly [input: bigint, output: bigint, readout: bigint];

/**
 * Witness of one step's layers; its blocks are in shared memory, so that threads hand them on without copying.
 * @param model the step's model entries (layerSizes(step).model integers)
 * @param input n activations
 * @param salts of the digests; below r
 * @throws E_RANGE naming slot, tensor, index and value where an activation leaves its range
 */
export function layerWitness(
  engine: Engine,
  step: StepPlan,
  model: Float64Array,
  input: Float64Array,
  salts: Salts,
): LayerWitness {
  const sizes = layerSizes(step);
  const n = stateSize(step.slot);
  invariant(input.length === n, `a step has ${n} activations, not ${input.length}`);
  checkRange(input, activationRange(step), 'input', 'an activation');
  const layout = stepLayout(step);
  const bits = new Uint8Array(new SharedArrayBuffer(sizes.bits));
  const small = new Float64Array(new SharedArrayBuffer(sizes.small * Float64Array.BYTES_PER_ELEMENT));
  const { slots, readout } = modelOfBlock(step, model);
  const [lowest] = activationRange(step);
  writeNumbers(bits, layout.input, 0, input, -lowest);
  const modulus = 2 ** sumBits(step);
  let state = input;
  for (const group of layout.groups) {
    for (let k = 0; k < 2 ** group.slots.log; k++) {
      const slot = group.slots.from + k;
      put(small, group.x, k, state);
      const { acc, p, output } = runSlot(step, slots[slot]!, state, `slot ${slot}`);
      writeNumbers(
        bits,
        group.sums,
        k,
        acc.map((v) => (v < 0 ? v + modulus : v)),
        0,
      );
      if (group.p) put(small, group.p, k, p);
      state = output;
    }
  }
  put(small, layout.output, 0, state);
  const logits = runReadout(step, readout, state);
  writeNumbers(bits, layout.readout.logits, 0, logits, logitOffset(step));
  return { bits, small, ...writeDigests(engine, step, { input, output: state, logits }, salts), output: state, logits };
}

/** The output of a step alone: what the next step starts from. @throws E_RANGE like `layerWitness` */
export function stepOutput(step: StepPlan, model: Float64Array, input: Float64Array): Float64Array {
  return modelOfBlock(step, model).slots.reduce(
    (state, slot, k) => runSlot(step, slot, state, `slot ${k}`).output,
    input,
  );
}

function put(to: Float64Array, places: Int32Array, k: number, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) to[places[i]! + k] = values[i]!;
}

/** The bits of values + offset, non-negative integers, as copy k. */
function writeNumbers(bits: Uint8Array, places: NumberBits, k: number, values: Float64Array, offset: number): void {
  for (const { from, log, at } of places) {
    const [unit, size] = [2 ** from, 2 ** log];
    for (let i = 0; i < values.length; i++)
      writeBits(bits, at[i]! + k * size, Math.floor((values[i]! + offset) / unit) % 2 ** size, size);
  }
}

function writeDigests(
  engine: Engine,
  step: StepPlan,
  values: { readonly input: Float64Array; readonly output: Float64Array; readonly logits: Float64Array },
  salts: Salts,
): Pick<LayerWitness, 'fields' | 'digests'> {
  const sizes = layerSizes(step);
  const writer = new WitnessWriter(engine, 'fr', { bits: 0, fields: sizes.fields });
  const [a, b, c] = salts.map((salt) => writer.field(() => salt)) as [bigint, bigint, bigint];
  const digests = {
    input: activationDigest(writer, step, values.input, a),
    output: activationDigest(writer, step, values.output, b),
    readout: readoutDigest(writer, step, values.logits, c),
  };
  const written = writer.finish().fields;
  invariant(written.length === sizes.fields * FIELD_BYTES, 'length of the hashes');
  const fields = new Uint8Array(new SharedArrayBuffer(written.length));
  fields.set(written);
  return { fields, digests };
}
