/**
 * Real functions for tables (graph.ts). One that is defined for every real number has the nearest number of float32 where it has no finite
 * one. One that has a domain is left as it is: ONNX has NaN or an infinity there, and whoever runs the network is told so.
 */
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { nearestFinite } from '../tensor/partial.ts';

/** f, which is no partial function, its infinities as the largest number of float32. */
export function applyFinite(b: TensorBuilder, x: Value, name: string, f: (x: number) => number): Value {
  return b.apply(x, name, (number) => nearestFinite(f(number)));
}

/** f, which is NaN outside of its domain and infinite at its poles. */
export const applyPartial = (b: TensorBuilder, x: Value, name: string, f: (x: number) => number): Value =>
  b.apply(b.as(x, 'real'), name, f, true);

/** Not defined below zero, and infinite at zero. */
export const log = (b: TensorBuilder, x: Value): Value => applyPartial(b, x, 'log', Math.log);
/** Not defined below zero. */
export const squareRoot = (b: TensorBuilder, x: Value): Value => applyPartial(b, x, 'sqrt', Math.sqrt);
/** numerator / x: infinite, or not defined, at zero. */
export const reciprocal = (b: TensorBuilder, x: Value, numerator = 1): Value =>
  applyPartial(b, x, `divide ${numerator}`, (number) => numerator / number);

/** x to a constant exponent, which is defined below zero where that is an integer. */
export function power(b: TensorBuilder, x: Value, exponent: number): Value {
  const f = (number: number): number => number ** exponent;
  const isTotal = Number.isInteger(exponent) && exponent >= 0;
  return (isTotal ? applyFinite : applyPartial)(b, b.as(x, 'real'), `power ${exponent}`, f);
}

/** 1 / sizes of vectors; a vector of zeros stays one. */
export const inverseSize = (b: TensorBuilder, sizes: Value): Value => applyFinite(b, sizes, 'inverse size', inverseOr0);
/** The same, of the squares of sizes. */
export const inverseLength = (b: TensorBuilder, squares: Value): Value =>
  applyFinite(b, squares, 'inverse length', (s) => inverseOr0(Math.sqrt(Math.max(s, 0))));
const inverseOr0 = (x: number): number => (x === 0 ? 0 : 1 / x);

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
