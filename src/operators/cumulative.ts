/** CumSum: a product with a triangle of ones. */

import { numberAttribute } from '../layers/node.ts';
import { elementCount } from '../layers/tensor-shape.ts';
import { axisOf, constantInput, malformed, requiredInput, scalar } from './arguments.ts';
import { rowsAlong } from './axes.ts';
import type { Operator } from './operator.ts';

export const CUM_SUM: Operator = {
  op: 'CumSum',
  inputs: [2, 2],
  attributes: ['exclusive', 'reverse'],
  expand: (b, call) => {
    const { node } = call;
    const x = requiredInput(call, 0);
    const given = constantInput(call, 1, 'axis');
    if (given === undefined) throw malformed(node, 'lacks its axis', 'an axis');
    const { matrix, back } = rowsAlong(b, x, axisOf(node, scalar(node, given, 'axis'), x.shape.length));
    const n = matrix.shape[1]!;
    const exclusive = numberAttribute(node, 'exclusive', 0) === 1;
    const reverse = numberAttribute(node, 'reverse', 0) === 1;
    const triangle = new Float64Array(elementCount([n, n], `sums of node "${node.name}"`));
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const ahead = reverse ? i - j : j - i;
        if (ahead > 0 || (ahead === 0 && !exclusive)) triangle[i * n + j] = 1;
      }
    return [b.as(back(b.matmul(matrix, b.constant([n, n], triangle, matrix.kind))), x.kind)];
  },
};
