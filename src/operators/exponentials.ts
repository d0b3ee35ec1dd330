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

export function exponentials(b: TensorBuilder, x: Value, axes: readonly number[]): Exponentials {
  const shifted = b.sub(x, b.max(x, axes, true));
  const powers = applyFinite(b, shifted, 'exp', Math.exp);
  return { shifted, powers, sum: b.sum(powers, axes, true) };
}
