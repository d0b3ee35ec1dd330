/**
 * Exponentials of numbers less the largest of them: exp has its argument below zero and their sum is between 1 and the number of
 * summands, so that the tables have short ranges whatever the numbers are.
 */
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { applyFinite } from './finite.ts';

interface Exponentials {
  /** x less the largest. */
  readonly shifted: Value;
  readonly powers: Value;
  readonly sum: Value;
}

/** @param least exponentials below that of this number are taken for it: tables are precise over a short range */
export function exponentials(b: TensorBuilder, x: Value, axes: readonly number[], least?: number): Exponentials {
  const top = b.max(x, axes, true);
  // before the difference is taken, which so has the short range
  const bounded = least === undefined ? x : b.maximum(x, b.scale(top, 1, least));
  const shifted = b.sub(bounded, top);
  const powers = applyFinite(b, shifted, 'exp', Math.exp);
  return { shifted, powers, sum: b.sum(powers, axes, true) };
}
