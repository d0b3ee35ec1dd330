/**
 * Div, Mod and Reciprocal. A division by constants is linear; by computed numbers it is a product with their reciprocals, by a table.
 * Integers are divided exactly: a quotient that the machine rounds is off by one at most, and two comparisons mend it.
 */

import { numberAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { type Constant, isConstant, type Value } from '../tensor/graph.ts';
import { requiredInput, unsupported } from './arguments.ts';
import { commonShape, foldTwo, isInteger, uniform } from './elementwise.ts';
import { reciprocal } from './finite.ts';
import type { NodeCall, Operator } from './operator.ts';

const map = (b: TensorBuilder, x: Constant, f: (x: number) => number): Constant =>
  b.constant(x.shape, x.data.map(f), x.kind);

function nonZero(call: NodeCall, divisor: Constant): Constant {
  if (!divisor.data.includes(0)) return divisor;
  throw unsupported(call.node, 'divides by a constant zero', 'Check the constants of the network.');
}

/** x / y of real numbers. */
function divide(b: TensorBuilder, call: NodeCall, x: Value, y: Value): Value {
  const folded = foldTwo(b, call, [x, y], 'real', (p, q) => p / q);
  if (folded !== undefined) return folded;
  if (isConstant(y))
    return b.multiply(
      b.as(x, 'real'),
      map(b, b.as(nonZero(call, y), 'real') as Constant, (q) => 1 / q),
    );
  const numerator = uniform(x);
  if (numerator === undefined) return b.multiply(b.as(x, 'real'), reciprocal(b, y));
  const divisor = b.broadcast(b.as(y, 'real'), commonShape(call, [x, y]));
  return reciprocal(b, divisor, numerator);
}

/** The largest integer that is not above x / y, of integers. */
function floorQuotient(b: TensorBuilder, call: NodeCall, x: Value, y: Value): Value {
  if (isConstant(y)) {
    const divisor = b.as(nonZero(call, y), 'real') as Constant;
    const floored = b.as(
      b.floor(
        b.multiply(
          b.as(x, 'real'),
          map(b, divisor, (q) => 1 / q),
        ),
      ),
      'integer',
    );
    // halves, quarters and so on are exact, and so are their floors; others are rounded, and off by one at most
    if (divisor.data.every((q) => Number.isInteger(Math.log2(Math.abs(q))))) return floored;
    const signs = map(b, b.as(y, 'integer') as Constant, Math.sign);
    return corrected(b, floored, b.multiply(x, signs), map(b, y, Math.abs));
  }
  // |y| q <= sign(y) x < |y| (q + 1): the product by the reciprocal is off by one at most, two comparisons mend it.
  const negative = b.as(b.step(b.scale(y, -1, -1)), 'integer');
  const sign = b.scale(negative, -2, 1);
  const size = b.abs(y);
  const dividend = b.multiply(x, sign);
  const guess = b.as(b.floor(b.multiply(b.scale(b.as(dividend, 'real'), 1, 0.5), reciprocal(b, size))), 'integer');
  return corrected(b, guess, dividend, size);
}

/** floor(dividend / size) of integers, size above zero, from a guess that is off by one at most. */
function corrected(b: TensorBuilder, guess: Value, dividend: Value, size: Value): Value {
  const rest = b.sub(dividend, b.multiply(guess, size));
  const low = b.as(b.step(b.sub(rest, size)), 'integer');
  const high = b.as(b.step(b.scale(rest, -1, -1)), 'integer');
  return b.sub(b.add(guess, low), high);
}

/** Towards zero, of integers: for quotients below zero that are none, one above the floor. */
export function truncatedQuotient(b: TensorBuilder, call: NodeCall, x: Value, y: Value): Value {
  if (isConstant(y)) {
    // For y > 0, floor(x / y) after y - 1 was added to the negative x; for y < 0 the same of -x and -y.
    const size = map(b, y, Math.abs);
    const dividend = b.multiply(x, map(b, y, Math.sign));
    const negative = b.as(b.step(b.scale(dividend, -1, -1)), 'integer');
    const raised = b.add(
      dividend,
      b.multiply(
        negative,
        map(b, size, (q) => q - 1),
      ),
    );
    return floorQuotient(b, call, raised, size);
  }
  const signs = [x, y].map((v) => b.scale(b.as(b.step(b.scale(v, -1, -1)), 'integer'), -2, 1));
  const quotient = floorQuotient(b, call, b.abs(x), b.abs(y));
  return b.multiply(quotient, b.multiply(signs[0]!, signs[1]!));
}

export const DIV: Operator = {
  op: 'Div',
  inputs: [2, 2],
  attributes: [],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const y = requiredInput(call, 1);
    if (!isInteger(x) || !isInteger(y)) return [divide(b, call, x, y)];
    return [foldTwo(b, call, [x, y], 'integer', (p, q) => Math.trunc(p / q)) ?? truncatedQuotient(b, call, x, y)];
  },
};

/** Towards zero, of real numbers: at most one of floor(x) and floor(-x) is above zero. */
function truncate(b: TensorBuilder, x: Value): Value {
  return b.sub(b.relu(b.floor(x)), b.relu(b.floor(b.scale(x, -1))));
}

/** fmod = 1: C's remainder, with the sign of the dividend; else Python's, with that of the divisor. */
export const MOD: Operator = {
  op: 'Mod',
  inputs: [2, 2],
  attributes: ['fmod'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const y = requiredInput(call, 1);
    const dividendSign = numberAttribute(call.node, 'fmod', 0) === 1;
    const integers = isInteger(x) && isInteger(y);
    const folded = foldTwo(b, call, [x, y], integers ? 'integer' : 'real', (p, q) =>
      dividendSign ? p % q : p - q * Math.floor(p / q),
    );
    if (folded !== undefined) return [folded];
    if (integers) {
      const quotient = dividendSign ? truncatedQuotient(b, call, x, y) : floorQuotient(b, call, x, y);
      return [b.sub(x, b.multiply(quotient, y))];
    }
    const ratio = divide(b, call, x, y);
    return [b.sub(x, b.multiply(dividendSign ? truncate(b, ratio) : b.floor(ratio), y))];
  },
};

export const RECIPROCAL: Operator = {
  op: 'Reciprocal',
  inputs: [1, 1],
  attributes: [],
  expand: (b, call) => [reciprocal(b, requiredInput(call, 0))],
};
