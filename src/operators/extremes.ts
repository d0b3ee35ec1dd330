/** Max, Min and Clip: comparisons of elements, in a tree where there are many. */

import { numberAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { isConstant } from '../tensor/graph.ts';
import { requiredInput, scalar } from './arguments.ts';
import { commonShape, tree } from './elementwise.ts';
import type { Operator } from './operator.ts';

function extreme(op: string, combine: (b: TensorBuilder, x: Value, y: Value) => Value): Operator {
  return {
    op,
    inputs: [1, Number.POSITIVE_INFINITY],
    attributes: [],
    expand: (b, call) => {
      const values = call.inputs.map((_, i) => requiredInput(call, i));
      const shape = commonShape(call, values);
      return [
        b.broadcast(
          tree(values, (x, y) => combine(b, x, y)),
          shape,
        ),
      ];
    },
  };
}

export const MAX = extreme('Max', (b, x, y) => b.maximum(x, y));
export const MIN = extreme('Min', (b, x, y) => b.minimum(x, y));

/** Bounds are attributes up to opset 10, then inputs, which may be computed. The upper bound wins. */
export const CLIP: Operator = {
  op: 'Clip',
  inputs: [1, 3],
  attributes: ['min', 'max'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const [, low, high] = call.inputs;
    const number = (value: Value | undefined, name: string, none: number): number | undefined => {
      if (value === undefined) return numberAttribute(call.node, name, none);
      return isConstant(value) ? scalar(call.node, value, name) : undefined;
    };
    const least = number(low, 'min', Number.NEGATIVE_INFINITY);
    const most = number(high, 'max', Number.POSITIVE_INFINITY);
    if (least !== undefined && most !== undefined) return [b.clip(x, least, most)];
    const raised = least === undefined ? b.maximum(x, b.reshape(low!, [])) : b.clip(x, least, Number.POSITIVE_INFINITY);
    return [
      most === undefined ? b.minimum(raised, b.reshape(high!, [])) : b.clip(raised, Number.NEGATIVE_INFINITY, most),
    ];
  },
};
