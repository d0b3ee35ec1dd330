/**
 * Pow. Squares are products, other powers with a constant exponent or base tables. Of two computed numbers it is
 * exp(y log |x|), where x is not negative or y an integer.
 */
import type { TensorBuilder } from '../tensor/builder.ts';
import { isConstant, type Value } from '../tensor/graph.ts';
import { requiredInput } from './arguments.ts';
import { byParameter, foldTwo, isInteger } from './elementwise.ts';
import { applyFinite, applyPartial, log, power } from './finite.ts';
import type { Operator } from './operator.ts';

/** x to a whole number by squaring: exact, for integers. */
function wholePower(b: TensorBuilder, x: Value, exponent: number): Value {
  if (exponent === 1) return x;
  const half = wholePower(b, x, exponent >> 1);
  const square = b.multiply(half, half);
  return exponent % 2 === 1 ? b.multiply(square, x) : square;
}

function constantPower(b: TensorBuilder, x: Value, exponent: number): Value {
  if (exponent === 0) return b.broadcast(b.constant([], [1], x.kind), x.shape);
  if (exponent === 1) return x;
  if (exponent === 2 || (isInteger(x) && Number.isInteger(exponent) && exponent > 0)) return wholePower(b, x, exponent);
  return power(b, x, exponent);
}

/** Zero has that of the smallest number of float32, times an integer below zero 0 to the last place of every number. */
const logOfMagnitude = (x: number): number => Math.log(Math.max(Math.abs(x), 2 ** -126));

/** base ** exponent, both computed. A negative base has a power where the exponent is an integer: odd ones keep the sign. */
function computedPower(b: TensorBuilder, base: Value, exponent: Value): Value {
  const powerOf = (size: Value): Value => applyFinite(b, b.multiply(size, b.as(exponent, 'real')), 'exp', Math.exp);
  if (!isInteger(exponent)) return powerOf(log(b, base));
  const power = powerOf(applyFinite(b, b.as(base, 'real'), 'log of magnitude', logOfMagnitude));
  const odd = b.sub(exponent, b.scale(b.as(b.floor(b.scale(b.as(exponent, 'real'), 0.5, 0.25)), 'integer'), 2));
  const negative = b.as(b.scale(b.step(base), -1, 1), 'integer');
  return b.multiply(power, b.as(b.scale(b.multiply(odd, negative), -2, 1), 'real'));
}

/** A power of an integer is one, whatever the exponent: what was rounded on the way is rounded back, towards zero. */
function asBase(b: TensorBuilder, base: Value, power: Value, whole: boolean): Value {
  if (!isInteger(base) || isInteger(power)) return power;
  return b.as(b.floor(b.scale(power, 1, whole ? 0.5 : 2 ** -6)), 'integer');
}

export const POW: Operator = {
  op: 'Pow',
  inputs: [2, 2],
  attributes: [],
  expand: (b, call) => {
    const base = requiredInput(call, 0);
    const exponent = requiredInput(call, 1);
    const folded = foldTwo(b, call, [base, exponent], base.kind, (x, y) =>
      isInteger(base) ? Math.trunc(x ** y) : x ** y,
    );
    if (folded !== undefined) return [folded];
    if (isConstant(exponent))
      return [
        byParameter(b, call, base, exponent, (x, p) =>
          asBase(b, x, constantPower(b, x, p), p > 0 && Number.isInteger(p)),
        ),
      ];
    const power = isConstant(base)
      ? byParameter(b, call, b.as(exponent, 'real'), base, (y, c) =>
          (c > 0 ? applyFinite : applyPartial)(b, y, `exponential ${c}`, (p) => c ** p),
        )
      : computedPower(b, base, exponent);
    return [asBase(b, base, power, isInteger(exponent))];
  },
};
