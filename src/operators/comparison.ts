/**
 * Equal, Greater, Less, GreaterOrEqual, LessOrEqual, IsNaN, IsInf. One comparison with zero each, two for equality; integers that
 * differ do so by one, which makes a strict comparison one with another bound.
 */

import { numberAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { isConstant, type Value } from '../tensor/graph.ts';
import { requiredInput } from './arguments.ts';
import { foldTwo, isInteger, ofTwo } from './elementwise.ts';
import type { Operator } from './operator.ts';

export const not = (b: TensorBuilder, x: Value): Value => b.as(b.scale(x, -1, 1), 'boolean');

const greaterOrEqual = (b: TensorBuilder, x: Value, y: Value): Value => b.step(b.sub(x, y));

export function greater(b: TensorBuilder, x: Value, y: Value): Value {
  return isInteger(x) && isInteger(y) ? b.step(b.scale(b.sub(x, y), 1, -1)) : not(b, greaterOrEqual(b, y, x));
}

/** Both x >= y and y >= x hold, or one of them does. */
export function equal(b: TensorBuilder, x: Value, y: Value): Value {
  const sides = b.add(b.as(greaterOrEqual(b, x, y), 'integer'), b.as(greaterOrEqual(b, y, x), 'integer'));
  return b.as(b.scale(sides, 1, -1), 'boolean');
}

/** Constants are compared as they are: their difference may be no number (of two infinities). */
function comparison(
  op: string,
  form: (b: TensorBuilder, x: Value, y: Value) => Value,
  exact: (x: number, y: number) => boolean,
): Operator {
  return ofTwo(
    op,
    (b, call, x, y) => foldTwo(b, call, [x, y], 'boolean', (p, q) => Number(exact(p, q))) ?? form(b, x, y),
  );
}

export const COMPARISONS: readonly Operator[] = [
  comparison('Equal', equal, (x, y) => x === y),
  comparison('Greater', greater, (x, y) => x > y),
  comparison(
    'Less',
    (b, x, y) => greater(b, y, x),
    (x, y) => x < y,
  ),
  comparison('GreaterOrEqual', greaterOrEqual, (x, y) => x >= y),
  comparison(
    'LessOrEqual',
    (b, x, y) => greaterOrEqual(b, y, x),
    (x, y) => x <= y,
  ),
];

/** A computed number is finite: the integer run has no others. */
function never(
  op: string,
  attributes: readonly string[],
  exact: (x: number, signs: [boolean, boolean]) => boolean,
): Operator {
  return {
    op,
    inputs: [1, 1],
    attributes,
    expand: (b, call) => {
      const x = requiredInput(call, 0);
      const flag = (name: string): boolean => numberAttribute(call.node, name, 1) !== 0;
      const signs: [boolean, boolean] = [flag('detect_negative'), flag('detect_positive')];
      const data = isConstant(x) ? x.data.map((number) => Number(exact(number, signs))) : [0];
      return [b.broadcast(b.constant(isConstant(x) ? x.shape : [], data, 'boolean'), x.shape)];
    },
  };
}

export const FINITENESS: readonly Operator[] = [
  never('IsNaN', [], Number.isNaN),
  never('IsInf', ['detect_negative', 'detect_positive'], (x, [negative, positive]) =>
    x < 0 ? negative && x === Number.NEGATIVE_INFINITY : positive && x === Number.POSITIVE_INFINITY,
  ),
];
