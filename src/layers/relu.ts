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

/** One row and one field variable: out = (1 - sign) low. */
export function reluRow(shape: ShapeBuilder, low: LinearForm, sign: LinearForm): LinearForm {
  const one = shape.constant(1n);
  const out = shape.field();
  shape.row([shape.sub(one, sign), low], [shape.scale(-1n, out), one]);
  return out;
}

/** Two rows and two field variables, p first: p = sign y, out = y - selector p. */
export function selectedReluRows(
  shape: ShapeBuilder,
  y: LinearForm,
  sign: LinearForm,
  selector: LinearForm,
): LinearForm {
  const one = shape.constant(1n);
  const p = shape.field();
  const out = shape.field();
  shape.row([sign, y], [shape.scale(-1n, p), one]);
  shape.row([selector, p], [shape.sub(out, y), one]);
  return out;
}

export const bindRelu = elementwise({ kind: 'relu' });
