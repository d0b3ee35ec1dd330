/** Floor, Ceil, Round, Sign, Abs: exact, by comparisons and the machine's floor. */
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { requiredInput } from './arguments.ts';
import { isInteger } from './elementwise.ts';
import type { Operator } from './operator.ts';

/** `form` of a real number; what rounds leaves integers as they are. */
function rounding(op: string, form: (b: TensorBuilder, x: Value) => Value): Operator {
  return {
    op,
    inputs: [1, 1],
    attributes: [],
    expand: (b, call) => {
      const x = requiredInput(call, 0);
      return [isInteger(x) ? x : b.as(form(b, x), 'real')];
    },
  };
}

/**
 * To the nearest, ties to even. floor(x + 1/2) takes ties up, to an odd number where x = 2m + 1/2, that is where
 * w = x/2 - 1/4 is an integer: floor(w) + floor(-w) + 1 is 1 there and 0 elsewhere. The three floors do not wait for each other.
 */
function roundToEven(b: TensorBuilder, x: Value): Value {
  const up = b.floor(b.scale(x, 1, 0.5));
  const below = b.floor(b.scale(x, 0.5, -0.25));
  const above = b.floor(b.scale(x, -0.5, 0.25));
  return b.scale(b.sub(b.sub(up, below), above), 1, -1);
}

export const ROUNDINGS: readonly Operator[] = [
  rounding('Floor', (b, x) => b.floor(x)),
  rounding('Ceil', (b, x) => b.scale(b.floor(b.scale(x, -1)), -1)),
  rounding('Round', roundToEven),
];

/** -1, 0 or 1. */
function sign(b: TensorBuilder, x: Value): Value {
  return b.as(b.sub(b.as(b.step(x), 'integer'), b.as(b.step(b.scale(x, -1)), 'integer')), x.kind);
}

export const SIGN: Operator = {
  op: 'Sign',
  inputs: [1, 1],
  attributes: [],
  expand: (b, call) => [sign(b, requiredInput(call, 0))],
};

export const ABS: Operator = {
  op: 'Abs',
  inputs: [1, 1],
  attributes: [],
  expand: (b, call) => [b.abs(requiredInput(call, 0))],
};
