/**
 * Where everything of a step's layers stands in the blocks, the same for shape and witness.
 *
 * The K slots are cut into groups of a power of two. What a group's slots have in common stands in arrays with the number k of the
 * slot in the group lowest, then the channel, then the pixel (activation-arrays.ts), so that one row of a slot and its copies in other
 * slots and channels are affine in the copy's number:
 *   M: weights by input of the sum, then biases, [entry][channel][k]; residual coefficients and selectors [k]; readout [entry][output];
 *   B: two's complement numbers in pieces of a power of two bits: slots' sums [activation][k][bit], input [activation][bit],
 *      logits [output][bit];
 *   F: inputs x of the slots and, in signed steps, p [activation][k]; the last slot's output [activation].
 * In each block the arrays of a larger unit come first (placement.ts), of equal ones the slots', the input's, the readout's.
 */
import { type AlignedRange, alignedRanges } from '../circuit/aligned-ranges.ts';
import { activationArrays, channelsOf, countedArrays, type NumberedArray } from './activation-arrays.ts';
import { biasCount, slotLinearShape, weightCount } from './linear-shape.ts';
import { type PlacedArray, place } from './placement.ts';
import { readoutModelSize } from './readout.ts';
import { slotModelSize } from './slot.ts';
import { packedBits, type StepPlan, stateSize, sumBits } from './step-plan.ts';

/** Numbers in bits: bit from + j of number i, copy k, stands at at[i] + k 2^log + j. */
export type NumberBits = readonly {
  readonly from: number;
  readonly log: number;
  readonly at: Int32Array;
}[];

/** Places of slot 0 of a group; slot k of it has them k (bits: k 2^log) further on. */
export interface SlotPlaces {
  /** The group's slots. */
  readonly slots: AlignedRange;
  /** Of a slot's model entries in the order of slot.ts. */
  readonly model: Int32Array;
  /** By activation. */
  readonly sums: NumberBits;
  readonly x: Int32Array;
  /** Of signed steps. */
  readonly p: Int32Array | undefined;
}

export interface StepLayout {
  readonly arrays: readonly NumberedArray[];
  readonly groups: readonly SlotPlaces[];
  readonly input: NumberBits;
  /** Of the last slot's output, by activation. */
  readonly output: Int32Array;
  readonly readout: { readonly model: Int32Array; readonly logits: NumberBits };
  /** Variables of the layers; of F the small integers alone. */
  readonly sizes: { readonly model: number; readonly bits: number; readonly small: number };
  /** Whose bits stand one after another, in order. */
  readonly bitScopes: readonly { readonly scope: string; readonly count: number }[];
}

const layouts = new WeakMap<StepPlan, StepLayout>();

/** The layout of a plan; made once for each. */
export function stepLayout(step: StepPlan): StepLayout {
  let layout = layouts.get(step);
  if (!layout) {
    layout = settle(step);
    layouts.set(step, layout);
  }
  return layout;
}

function settle(step: StepPlan): StepLayout {
  const arrays = activationArrays(step.slot);
  const outputs = countedArrays(step.readout.outputs);
  const n = stateSize(step.slot);
  const [model, bits, small]: PlacedArray[][] = [[], [], []];
  const numbers = (
    of: readonly NumberedArray[],
    count: number,
    copies: number,
    width: number,
    scope: string,
  ): NumberBits =>
    alignedRanges(width).map(({ from, log }) => ({ from, log, at: indexed(bits!, of, count, copies + log, scope) }));

  const groups = alignedRanges(step.slots).map(
    (slots): SlotPlaces => ({
      slots,
      model: slotModelPlaces(model!, step, slots.log),
      sums: numbers(arrays, n, slots.log, sumBits(step), 'slots'),
      x: indexed(small!, arrays, n, slots.log, 'slots'),
      p: step.signed ? indexed(small!, arrays, n, slots.log, 'slots') : undefined,
    }),
  );
  const layout = {
    arrays,
    groups,
    input: numbers(arrays, n, 0, packedBits(step), 'input'),
    output: indexed(small!, arrays, n, 0, 'slots'),
    readout: {
      model: readoutModelPlaces(model!, step, outputs),
      logits: numbers(outputs, step.readout.outputs, 0, step.readout.bits, 'readout'),
    },
  };
  const bitScopes = place(bits!).map(({ scope, count, log }) => ({ scope, count: count * 2 ** log }));
  const total = (arrays: readonly PlacedArray[]): number =>
    arrays.reduce((n, { count, log }) => n + count * 2 ** log, 0);
  const sizes = { model: total(place(model!)), bits: total(bits!), small: total(place(small!)) };
  return { ...layout, sizes, bitScopes };
}

/** An entry of 2^unit variables for each of `count` numbers: array after array, the number highest. */
function indexed(
  to: PlacedArray[],
  arrays: readonly NumberedArray[],
  count: number,
  unit: number,
  scope: string,
): Int32Array {
  const at = new Int32Array(count);
  for (const { log, members } of arrays) {
    const put = (start: number): void =>
      members.forEach((i, e) => {
        at[i] = start + e * 2 ** unit;
      });
    to.push({ log: log + unit, count: 1, scope, put });
  }
  return at;
}

function slotModelPlaces(to: PlacedArray[], step: StepPlan, copies: number): Int32Array {
  const shape = slotLinearShape(step.slot);
  const [weights, biases] = [weightCount(shape), biasCount(shape)];
  const at = new Int32Array(slotModelSize(step));
  matrixPlaces(to, countedArrays(channelsOf(step.slot)), { weights, biases, copies, scope: 'slots' }, at);
  for (let single = weights + biases; single < at.length; single++) {
    const put = (start: number): void => {
      at[single] = start;
    };
    to.push({ log: copies, count: 1, scope: 'slots', put });
  }
  return at;
}

function readoutModelPlaces(to: PlacedArray[], step: StepPlan, outputs: readonly NumberedArray[]): Int32Array {
  const at = new Int32Array(readoutModelSize(step));
  const biases = step.readout.outputs;
  matrixPlaces(to, outputs, { weights: at.length - biases, biases, copies: 0, scope: 'readout' }, at);
  return at;
}

/** Weights [out, in] and then biases [out] of a list of entries: in the block [in, the bias last][out][copy], group of outputs after group. */
function matrixPlaces(
  to: PlacedArray[],
  groups: readonly NumberedArray[],
  { weights, biases, copies, scope }: { weights: number; biases: number; copies: number; scope: string },
  at: Int32Array,
): void {
  const inputs = weights / biases;
  for (const { log, members } of groups) {
    const unit = 2 ** (log + copies);
    const put = (start: number): void =>
      members.forEach((out, e) => {
        const first = start + e * 2 ** copies;
        for (let i = 0; i < inputs; i++) at[out * inputs + i] = first + i * unit;
        at[weights + out] = first + inputs * unit;
      });
    to.push({ log: log + copies, count: inputs + 1, scope, put });
  }
}
