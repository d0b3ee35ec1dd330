/** ONNX MatMul: activations (one row vector) times a constant matrix [in, out]; dense.ts has the meaning. */
import { type Binding, constantInput, unsupported } from './binding.ts';
import { densePart, outByIn } from './dense.ts';

export const bindMatMul: Binding = (node, context) => {
  const matrix = constantInput(node, 1, context);
  if (!matrix) throw unsupported(node, 'a constant matrix as second input', 'none');
  const { shape, weights } = outByIn(node, matrix, true);
  return densePart(node, context, { shape, weights, bias: new Float64Array(shape.outputs) });
};
