/** Add, Sub, Mul, Neg, Sum, Mean: what is linear, and the product. */
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { requiredInput } from './arguments.ts';
import { commonKind, commonShape, ofTwo } from './elementwise.ts';
import type { NodeCall, Operator } from './operator.ts';

function binary(op: string, form: (b: TensorBuilder, x: Value, y: Value) => Value): Operator {
  return ofTwo(op, (b, _, x, y) => b.as(form(b, x, y), commonKind(x, y)));
}

export const ADD = binary('Add', (b, x, y) => b.add(x, y));
export const SUB = binary('Sub', (b, x, y) => b.sub(x, y));
export const MUL = binary('Mul', (b, x, y) => b.multiply(x, y));

export const NEG: Operator = {
  op: 'Neg',
  inputs: [1, 1],
  attributes: [],
  expand: (b, call) => [b.scale(requiredInput(call, 0), -1)],
};

/** One linear map of all inputs, instead of a chain of additions. */
function total(b: TensorBuilder, call: NodeCall, factor: number): Value {
  const values = call.inputs.map((_, i) => requiredInput(call, i));
  const shape = commonShape(call, values);
  const rows = values.map((value) => b.reshape(b.broadcast(value, shape), [1, ...shape]));
  return b.sum(b.concat(rows, 0), [0], false, factor);
}

export const SUM: Operator = {
  op: 'Sum',
  inputs: [1, Number.POSITIVE_INFINITY],
  attributes: [],
  expand: (b, call) => [total(b, call, 1)],
};

export const MEAN: Operator = {
  op: 'Mean',
  inputs: [1, Number.POSITIVE_INFINITY],
  attributes: [],
  expand: (b, call) => [total(b, call, 1 / call.inputs.length)],
};
