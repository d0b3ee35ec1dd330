/**
 * A layer's inner products, whatever operator they came from: acc[o] = bias + sum w x.
 *
 * One meaning, read in three ways: `innerProducts` runs it on exact integers held in doubles, `taps` lists its products
 * for the circuit's rows (protocol section 2: one row per inner product), `accumulatorBound` bounds it for the commitment's range check.
 */
import { biasOfConv, convolve, convTaps } from './conv.ts';
import { denseTaps, multiply } from './dense.ts';
import { type Linear, type LinearShape, outputCount, type TapVisitor } from './linear-shape.ts';

/** Index of output o's bias. */
export function biasIndex(shape: LinearShape, o: number): number {
  return shape.kind === 'conv' ? biasOfConv(shape, o) : o;
}

/** The products of output o, in the order of the weights. */
export function taps(shape: LinearShape, o: number, visit: TapVisitor): void {
  if (shape.kind === 'conv') convTaps(shape, o, visit);
  else denseTaps(shape, o, visit);
}

/** acc = bias + W x. Exact while the bound of `accumulatorBound` is below 2^53. */
export function innerProducts(linear: Linear, x: Float64Array): Float64Array {
  const { shape, weights, bias } = linear;
  const acc = new Float64Array(outputCount(shape));
  for (let o = 0; o < acc.length; o++) acc[o] = bias[biasIndex(shape, o)]!;
  if (shape.kind === 'conv') convolve(shape, weights, x, acc);
  else multiply(shape, weights, x, acc);
  return acc;
}

/** max over the outputs of |bias| + sum |w| X, for every |x| <= X: no partial sum is larger either. */
export function accumulatorBound(linear: Linear, largestInput: number): number {
  const { weights, bias } = linear;
  const perBias = weights.length / bias.length;
  let bound = 0;
  for (let b = 0; b < bias.length; b++) {
    let sum = 0;
    for (let k = b * perBias; k < (b + 1) * perBias; k++) sum += Math.abs(weights[k]!);
    bound = Math.max(bound, Math.abs(bias[b]!) + sum * largestInput);
  }
  return bound;
}
