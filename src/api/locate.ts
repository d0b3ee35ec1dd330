/** From a violated row or bit of a step to the place in the network that a user knows: layer, tensor, index. */
import type { Violation } from '../circuit/check.ts';
import type { ConstraintMatrix } from '../circuit/compile.ts';
import type { QuantizedModel } from '../ir/model.ts';
import { type NumberBits, stepLayout } from '../layers/step-layout.ts';

/** Where in the network a constraint is violated. */
export interface Place {
  readonly step: number;
  /** Name of the layer's node; "identity" for a slot that no layer uses. */
  readonly layer: string;
  /** Name of the tensor in the network's own terms. */
  readonly tensor: string;
  /** Index of the activation or logit in that tensor; undefined for a digest. */
  readonly index: number | undefined;
}

/** Where in a network a violation of step `step` stands. A row of the layers is where its bits are: they are of one number. */
export function locate(
  model: QuantizedModel,
  step: number,
  { kind, index, scope }: Violation,
  matrix: Pick<ConstraintMatrix, 'matrix' | 'offsets' | 'sizes'>,
): Place {
  const bit = kind === 'bit' ? index : firstBit(matrix, index);
  return bit === undefined ? { step, layer: scope, tensor: 'digest', index: undefined } : bitPlace(model, step, bit);
}

/** The first bit that a quadratic row refers to; undefined for an S-box. */
function firstBit(
  { matrix, offsets, sizes }: Pick<ConstraintMatrix, 'matrix' | 'offsets' | 'sizes'>,
  row: number,
): number | undefined {
  const { rowStart, prodA, prodB, formStart, formVar, variables } = matrix;
  if (row >= sizes.rows) return undefined;
  const products = Array.from({ length: rowStart[row + 1]! - rowStart[row]! }, (_, k) => rowStart[row]! + k);
  const operands = products.flatMap((k) => [prodA[k]!, prodB[k]!]);
  const inRow = operands.flatMap((operand) =>
    operand < variables
      ? [operand]
      : [...formVar.subarray(formStart[operand - variables], formStart[operand - variables + 1])],
  );
  const found = inRow.find((v) => v >= offsets.bits && v < offsets.bits + sizes.bits);
  return found === undefined ? undefined : found - offsets.bits;
}

function bitPlace(model: QuantizedModel, step: number, bit: number): Place {
  const { groups, input, readout } = stepLayout(model.plan.step);
  for (const { slots, sums } of groups) {
    const found = numberOf(sums, slots.log, bit);
    if (found) return slotPlace(model, step, slots.from + found.copy, found.number);
  }
  const activation = numberOf(input, 0, bit);
  if (activation) {
    const before = model.network.layers[step * model.plan.step.slots - 1];
    return { step, layer: 'input of the step', tensor: before?.output ?? 'input', index: activation.number };
  }
  const logit = numberOf(readout.logits, 0, bit);
  return { step, layer: model.network.readout.name, tensor: 'logits', index: logit?.number };
}

/** The number that a bit is of, and the copy. */
function numberOf(
  places: NumberBits,
  copies: number,
  bit: number,
): { readonly number: number; readonly copy: number } | undefined {
  for (const { log, at } of places) {
    const number = at.findIndex((start) => start <= bit && bit < start + 2 ** (copies + log));
    if (number >= 0) return { number, copy: Math.floor((bit - at[number]!) / 2 ** log) };
  }
  return undefined;
}

function slotPlace(model: QuantizedModel, step: number, slot: number, index: number): Place {
  const layer = model.network.layers[step * model.plan.step.slots + slot];
  return { step, layer: layer?.name ?? 'identity', tensor: layer?.output ?? 'state', index };
}
