/**
 * Real functions for tables: defined for every real number (graph.ts). Where the mathematical function has no finite value, the
 * nearest that float32 could have taken stands: a calibrated network does not go there, and a table must not hold an infinity.
 */
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';

const LARGEST = (2 - 2 ** -23) * 2 ** 127;
const SMALLEST = 2 ** -126;

/** f, its infinities as the largest number of float32 and 0 where it is undefined. */
export function applyFinite(b: TensorBuilder, x: Value, name: string, f: (x: number) => number): Value {
  return b.apply(x, name, (number) => {
    const value = f(number);
    return Number.isNaN(value) ? 0 : Math.min(Math.max(value, -LARGEST), LARGEST);
  });
}

export const log = (x: number): number => Math.log(Math.max(x, SMALLEST));
export const squareRoot = (x: number): number => Math.sqrt(Math.max(x, 0));
export const reciprocal = (x: number): number => (x === 0 ? 0 : 1 / x);
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The error function by its series of positive terms, (2 / sqrt(pi)) exp(-x^2) sum_n 2^n x^(2n+1) / (2n+1)!!. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 2 ** -54; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export const gelu = (x: number): number => 0.5 * x * (1 + erf(x * Math.SQRT1_2));
/** The form with tanh, of the paper and of GPT-2. */
export const geluTanh = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
