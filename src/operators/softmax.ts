/**
 * Softmax and LogSoftmax. The largest number is taken off first: exp then has its argument below zero and the sum is between 1 and
 * the number of summands, so that the tables have short ranges whatever the logits are.
 */

import { numberAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { axisOf, requiredInput } from './arguments.ts';
import { exponentials, logsOfParts, partsOf } from './exponentials.ts';
import { maskedSoftmax } from './masked-softmax.ts';
import type { NodeCall, Operator } from './operator.ts';

/** One axis since opset 13; before it all from the axis on, as one. */
export function normalizedAxes({ node, opset }: NodeCall, rank: number): readonly number[] {
  if (opset >= 13) return [axisOf(node, numberAttribute(node, 'axis', -1), rank)];
  // The old axis may stand at the end: each number then is a row of its own.
  const axis = numberAttribute(node, 'axis', 1);
  const first = axis === rank ? rank : axisOf(node, axis, rank);
  return Array.from({ length: rank - first }, (_, k) => first + k);
}

export function softmax(b: TensorBuilder, x: Value, axes: readonly number[]): Value {
  const masked = maskedSoftmax(b, x, axes);
  if (masked !== undefined) return masked;
  const { powers, sum } = exponentials(b, x, axes);
  return partsOf(b, powers, sum);
}

function logSoftmax(b: TensorBuilder, x: Value, axes: readonly number[]): Value {
  return logsOfParts(b, exponentials(b, x, axes));
}

function normalized(op: string, form: (b: TensorBuilder, x: Value, axes: readonly number[]) => Value): Operator {
  return {
    op,
    inputs: [1, 1],
    attributes: ['axis'],
    expand: (b, call) => {
      const x = requiredInput(call, 0);
      if (x.shape.length === 0) return [b.reshape(form(b, b.reshape(x, [1]), [0]), [])];
      return [form(b, x, normalizedAxes(call, x.shape.length))];
    },
  };
}

export const SOFTMAX = normalized('Softmax', softmax);
export const LOG_SOFTMAX = normalized('LogSoftmax', logSoftmax);
