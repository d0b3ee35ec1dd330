/**
 * A matrix times the activations. ONNX: Gemm with a batch of one (matmul.ts binds MatMul to the same).
 * Weights are [out, in], row-major, whatever the node's transposition.
 */
import { type Binding, type BindingContext, constantInput, type LayerPart, unsupported } from './binding.ts';
import type { DenseShape, Linear, TapVisitor } from './linear-shape.ts';
import { type GraphNode, numberAttribute, type Tensor } from './node.ts';
import { broadcastIndex, broadcastsTo, shapeText } from './tensor-shape.ts';

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
  const { shape, weights } = outByIn(node, matrix, numberAttribute(node, 'transB', 0) === 0);
  const given = constantInput(node, 2, context) ?? { shape: [], data: new Float64Array(1) };
  const result = [1, shape.outputs];
  if (!broadcastsTo(given.shape, result))
    throw unsupported(node, `biases that broadcast to ${shapeText(result)}`, shapeText(given.shape));
  const bias = Float64Array.from(broadcastIndex(given.shape, result), (from) => beta * given.data[from]!);
  return densePart(node, context, { shape, weights: weights.map((w) => alpha * w), bias });
};

type Dense = Linear & { readonly shape: DenseShape };

/** A constant matrix as [out, in]; `transpose` when it is stored as [in, out]. */
export function outByIn(node: GraphNode, { shape, data }: Tensor, transpose: boolean): Omit<Dense, 'bias'> {
  if (shape.length !== 2) throw unsupported(node, 'a constant matrix', `the shape ${shapeText(shape)}`);
  const [rows, columns] = [shape[0]!, shape[1]!];
  if (!transpose) return { shape: { kind: 'dense', inputs: columns, outputs: rows }, weights: data };
  const weights = new Float64Array(data.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) weights[c * rows + r] = data[r * columns + c]!;
  }
  return { shape: { kind: 'dense', inputs: rows, outputs: columns }, weights };
}

/** The matrix on the node's first input: a row of as many numbers as it has columns, whatever axes of 1 stand before them. */
export function densePart(node: GraphNode, context: BindingContext, linear: Dense): LayerPart {
  const { inputs, outputs } = linear.shape;
  const x = context.shape(node.inputs[0]!);
  const ones = x.slice(0, -1);
  if (ones.some((d) => d !== 1)) throw unsupported(node, 'one vector as input', shapeText(x));
  return { kind: 'linear', linear, takes: [[...ones, inputs]], gives: [...ones, outputs] };
}
