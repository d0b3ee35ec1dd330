/**
 * A matrix times the activations. ONNX: Gemm with a batch of one (matmul.ts binds MatMul to the same).
 * Weights are [out, in], row-major, whatever the node's transposition.
 */
import { type Binding, type BindingContext, constantInput, unsupported } from './binding.ts';
import type { DenseShape, TapVisitor } from './linear-shape.ts';
import { type GraphNode, numberAttribute, type Tensor } from './node.ts';

/** acc[o] += sum w x, in exact integers. */
export function multiply(shape: DenseShape, weights: Float64Array, x: Float64Array, acc: Float64Array): void {
  const { inputs, outputs } = shape;
  for (let o = 0; o < outputs; o++) {
    let sum = acc[o]!;
    for (let i = 0; i < inputs; i++) sum += weights[o * inputs + i]! * x[i]!;
    acc[o] = sum;
  }
}

/** The products of output o. */
export function denseTaps(shape: DenseShape, o: number, visit: TapVisitor): void {
  for (let i = 0; i < shape.inputs; i++) visit(o * shape.inputs + i, i);
}

/** Copies a matrix into a larger one; `to` has room for wide's weights and holds zeros. */
export function widenDense(shape: DenseShape, weights: Float64Array, wide: DenseShape, to: Float64Array): void {
  for (let o = 0; o < shape.outputs; o++) {
    to.set(weights.subarray(o * shape.inputs, (o + 1) * shape.inputs), o * wide.inputs);
  }
}

export const bindGemm: Binding = (node, context) => {
  const matrix = constantInput(node, 1, context);
  if (!matrix) throw unsupported(node, 'a constant matrix', 'none');
  if (numberAttribute(node, 'transA', 0) !== 0) throw unsupported(node, 'transA = 0', 'transA = 1');
  const alpha = numberAttribute(node, 'alpha', 1);
  const beta = numberAttribute(node, 'beta', 1);
  const weights = outByIn(node, matrix, numberAttribute(node, 'transB', 0) === 0);
  const shape = denseShape(node, context, weights.length);
  const given = constantInput(node, 2, context)?.data ?? new Float64Array(1);
  if (given.length !== 1 && given.length !== shape.outputs)
    throw unsupported(node, `1 or ${shape.outputs} biases`, `${given.length}`);
  const bias = Float64Array.from({ length: shape.outputs }, (_, o) => beta * given[given.length === 1 ? 0 : o]!);
  return { piece: 'linear', linear: { shape, weights: weights.map((w) => alpha * w), bias } };
};

/** A constant matrix as [out, in]; `transpose` when it is stored as [in, out]. */
export function outByIn(node: GraphNode, matrix: Tensor, transpose: boolean): Float64Array {
  if (matrix.shape.length !== 2) throw unsupported(node, 'a constant matrix', `the shape [${matrix.shape.join(', ')}]`);
  if (!transpose) return matrix.data;
  const [rows, columns] = [matrix.shape[0]!, matrix.shape[1]!];
  const out = new Float64Array(matrix.data.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = matrix.data[r * columns + c]!;
  }
  return out;
}

/** Shape of a matrix with that many weights on the node's first input, which must be one vector. */
export function denseShape(node: GraphNode, context: BindingContext, weights: number): DenseShape {
  const x = context.shape(node.inputs[0]!);
  const inputs = x[x.length - 1] ?? 0;
  if (x.slice(0, -1).some((d) => d !== 1)) throw unsupported(node, 'one vector as input', `[${x.join(', ')}]`);
  return { kind: 'dense', inputs, outputs: weights / inputs };
}
