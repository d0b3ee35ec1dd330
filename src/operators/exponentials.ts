/**
 * Exponentials of numbers less the largest of them: exp has its argument below zero and their sum is between 1 and the number of
 * summands, so that the tables have short ranges whatever the numbers are. All of this is said of the results (graph.ts, StructuralRange):
 * a plan holds it after any samples, those of which all logits are alike and those of which one is far above the others.
 */
import { entryCount } from '../layers/tensor-shape.ts';
import { VALUE_BITS } from '../machine/shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { applyFinite, log, reciprocal } from './finite.ts';

/**
 * Differences of numbers, and sums of exponentials, that every plan holds: at a scale for so many, 1 still has a precision of 2^-10. Beyond
 * it the samples tell what is needed.
 */
const HELD = 64;

/** So far below the largest, `count` exponentials are together below half of the last place of a number of VALUE_BITS bits that reaches 1. */
export const negligible = (count: number): number => Math.log(Math.max(count, 1)) + VALUE_BITS * Math.LN2;

interface Exponentials {
  /** x less the largest. */
  readonly shifted: Value;
  readonly powers: Value;
  readonly sum: Value;
  /** The logarithm of the sum. */
  readonly logSum: () => Value;
}

/** @param least exponentials below that of this number are taken for it, before anything is computed of x */
export function exponentials(b: TensorBuilder, x: Value, axes: readonly number[], least?: number): Exponentials {
  const count = entryCount(axes.map((axis) => x.shape[axis]!));
  const top = b.max(x, axes, true);
  // before the difference is taken, which so has the short range
  const bounded = least === undefined ? x : b.maximum(x, b.scale(top, 1, least));
  const shifted = b.bounded(b.sub(bounded, top), least ?? -Infinity, 0, { low: least ?? -HELD, high: 0 });
  const powers = b.bounded(fromNegligible(b, shifted, count), 0, 1);
  const sum = sumOfPowers(b, powers, axes);
  return { shifted, powers, sum, logSum: () => b.bounded(log(b, sum), 0, Math.log(count)) };
}

/** exp of numbers up to 0. Those that are negligible are cut off, in the row that takes the difference: the table has no cells for them. */
function fromNegligible(b: TensorBuilder, shifted: Value, count: number): Value {
  const reach = Math.ceil(negligible(count));
  const above = b.bounded(b.scale(shifted, 1, reach), -Infinity, reach, { low: reach - HELD, high: reach });
  const cut = b.bounded(b.relu(above), 0, reach);
  return applyFinite(b, cut, `exp less ${reach}`, (x) => Math.exp(x - reach));
}

/** Of numbers from 0 to 1, over axes; along each there is a 1. */
export function sumOfPowers(b: TensorBuilder, powers: Value, axes: readonly number[]): Value {
  const count = entryCount(axes.map((axis) => powers.shape[axis]!));
  return b.bounded(b.sum(powers, axes, true), 1, count, { low: 1, high: Math.min(count, HELD) });
}

/** Powers as parts of their sum. */
export function partsOf(b: TensorBuilder, powers: Value, sum: Value): Value {
  const inverse = b.bounded(reciprocal(b, sum), 0, 1);
  return b.bounded(b.multiply(powers, inverse), 0, 1);
}

/** Logarithms of parts of a sum: x less the largest, less the logarithm of the sum of powers. */
export function logsOfParts(b: TensorBuilder, { shifted, logSum }: Exponentials): Value {
  return b.bounded(b.sub(shifted, logSum()), -Infinity, 0, { low: -HELD, high: 0 });
}
