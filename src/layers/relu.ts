/**
 * ReLU, max(y, 0). ONNX: Relu.
 *
 * In the circuit y = low - 2^a sign with its a low bits and its sign bit, so that clipping is one product.
 * Unsigned steps clip always: out = (1 - sign) low. Signed steps have a selector in the model block (not every layer clips):
 * p = sign y, out = y - relu p. Either way out is a unique function of the bits for every value of the selector.
 */
import type { LinearForm } from '../circuit/linear-form.ts';
import type { ShapeBuilder } from '../circuit/shape.ts';
import { elementwise } from './binding.ts';

/** max(y, 0) of every entry, in place. */
export function relu(y: Float64Array): void {
  for (let i = 0; i < y.length; i++) if (y[i]! < 0) y[i] = 0;
}

/** out = (1 - sign) low. */
export function clippedRow(shape: ShapeBuilder, low: LinearForm, sign: LinearForm, out: LinearForm): void {
  const one = shape.constant(1n);
  shape.row([shape.sub(one, sign), low], [shape.scale(-1n, out), one]);
}

/** p = sign y. */
export function signRow(shape: ShapeBuilder, y: LinearForm, sign: LinearForm, p: LinearForm): void {
  shape.row([sign, y], [shape.scale(-1n, p), shape.constant(1n)]);
}

/** out = y - selector p. */
export function selectedRow(
  shape: ShapeBuilder,
  y: LinearForm,
  p: LinearForm,
  selector: LinearForm,
  out: LinearForm,
): void {
  shape.row([selector, p], [shape.sub(out, y), shape.constant(1n)]);
}

export const bindRelu = elementwise({ kind: 'relu' });
