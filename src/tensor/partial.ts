/** Partial functions (graph.ts) of numbers that are known: a root of -1 is refused, the logarithm of 0 is the least number of float32. */
import { FoldError } from '../errors.ts';

/** The largest number of float32. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** A number that is not finite as the nearest of float32 that is. */
export const nearestFinite = (x: number): number => Math.min(Math.max(x, -LARGEST), LARGEST);

/** @throws E_UNSUPPORTED where f is not defined */
export function definedAt(name: string, f: (x: number) => number, x: number): number {
  const value = f(x);
  if (!Number.isNaN(value)) return nearestFinite(value);
  throw new FoldError('E_UNSUPPORTED', `It has no result: ${name} of the constant ${x} is not a number.`, {
    expected: 'constants for which its function is defined',
  });
}
