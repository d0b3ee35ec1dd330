/** And, Or, Xor, Not of booleans, which are 0 and 1. */
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { requiredInput } from './arguments.ts';
import { not } from './comparison.ts';
import { ofTwo } from './elementwise.ts';
import type { Operator } from './operator.ts';

function logical(op: string, form: (b: TensorBuilder, x: Value, y: Value) => Value): Operator {
  return ofTwo(op, (b, _, x, y) => b.as(form(b, b.as(x, 'integer'), b.as(y, 'integer')), 'boolean'));
}

export const LOGIC: readonly Operator[] = [
  logical('And', (b, x, y) => b.multiply(x, y)),
  logical('Or', (b, x, y) => b.maximum(x, y)),
  logical('Xor', (b, x, y) => b.sub(b.add(x, y), b.scale(b.multiply(x, y), 2))),
  { op: 'Not', inputs: [1, 1], attributes: [], expand: (b, call) => [not(b, requiredInput(call, 0))] },
];
