/** Gemm and MatMul. */
import { numberAttribute } from '../layers/node.ts';
import { broadcastsTo, shapeText } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { matmulShapes } from '../tensor/matmul.ts';
import { malformed, requiredInput } from './arguments.ts';
import type { NodeCall, Operator } from './operator.ts';

function product(b: TensorBuilder, { node }: NodeCall, x: Value, y: Value): Value {
  if (matmulShapes(x.shape, y.shape) === undefined)
    throw malformed(
      node,
      'multiplies tensors that do not fit',
      'equal inner dimensions',
      [x, y].map((v) => shapeText(v.shape)).join(' and '),
    );
  return b.matmul(x, y);
}

export const MATMUL: Operator = {
  op: 'MatMul',
  inputs: [2, 2],
  attributes: [],
  expand: (b, call) => [product(b, call, requiredInput(call, 0), requiredInput(call, 1))],
};

export const GEMM: Operator = {
  op: 'Gemm',
  inputs: [2, 3],
  attributes: ['alpha', 'beta', 'transA', 'transB'],
  expand: (b, call) => {
    const { node } = call;
    const matrix = (input: number, flag: string): Value => {
      const x = requiredInput(call, input);
      if (x.shape.length !== 2) throw malformed(node, 'takes matrices', 'two dimensions', shapeText(x.shape));
      return numberAttribute(node, flag, 0) === 0 ? x : b.transpose(x, [1, 0]);
    };
    const y = b.scale(product(b, call, matrix(0, 'transA'), matrix(1, 'transB')), numberAttribute(node, 'alpha', 1));
    const c = call.inputs[2];
    if (c === undefined) return [y];
    if (!broadcastsTo(c.shape, y.shape))
      throw malformed(
        node,
        'adds a tensor that does not fit',
        `one that broadcasts to ${shapeText(y.shape)}`,
        shapeText(c.shape),
      );
    return [b.add(y, b.scale(c, numberAttribute(node, 'beta', 1)))];
  },
};
