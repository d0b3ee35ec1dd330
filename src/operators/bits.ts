/**
 * BitShift and the bitwise operators. A shift is a power of two and a floor. A constant mask is taken apart into runs of ones, each
 * of them two shifts; two computed numbers are taken apart into bits. Negative numbers are in two's complement, where a floor
 * shifts the sign in.
 */
import { stringAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { isConstant, type Value } from '../tensor/graph.ts';
import { malformed, requiredInput } from './arguments.ts';
import { byParameter, commonShape, foldTwo, ofTwo } from './elementwise.ts';
import { type IntegerType, integerTypeOr64 } from './integer-types.ts';
import type { NodeCall, Operator } from './operator.ts';

/** Bits of a number that is taken apart whole: the machine's integers are shorter. */
const MAX_BITS = 32;

/** Bits of one shift: its quotients have one fractional bit more, which the machine's numbers must hold beside the integer. */
const SHIFT_BITS = 8;

/** floor(x / 2^n): half a unit up, so that no rounding reaches an integer. */
function shiftRight(b: TensorBuilder, x: Value, bits: number): Value {
  if (bits > SHIFT_BITS) return shiftRight(b, shiftRight(b, x, SHIFT_BITS), bits - SHIFT_BITS);
  return bits === 0 ? x : b.as(b.floor(b.scale(b.as(x, 'real'), 2 ** -bits, 2 ** (-bits - 1))), 'integer');
}

/** x 2^n, less what leaves a short type. Longer ones do not overflow in the machine's numbers. */
function shiftLeft(b: TensorBuilder, x: Value, bits: number, type: IntegerType): Value {
  const kept = type.bits - bits;
  if (kept <= 0) return b.scale(x, 0);
  const low = type.bits > 16 ? x : b.sub(x, b.scale(shiftRight(b, x, kept), 2 ** kept));
  return b.scale(low, 2 ** bits);
}

export const BIT_SHIFT: Operator = {
  op: 'BitShift',
  inputs: [2, 2],
  attributes: ['direction'],
  expand: (b, call) => {
    const { node } = call;
    const [x, bits] = [requiredInput(call, 0), requiredInput(call, 1)];
    const direction = stringAttribute(node, 'direction', '');
    if (direction !== 'LEFT' && direction !== 'RIGHT')
      throw malformed(node, 'shifts in an unknown direction', 'LEFT or RIGHT', direction);
    const type = integerTypeOr64(call.types[0]);
    const shift = (value: Value, n: number): Value =>
      direction === 'LEFT' ? shiftLeft(b, value, n, type) : shiftRight(b, value, n);
    if (isConstant(bits)) return [byParameter(b, call, x, bits, shift)];
    const sign = direction === 'LEFT' ? 1 : -1;
    const factor = b.apply(
      b.as(bits, 'real'),
      `power of two ${sign}`,
      (n) => 2 ** (sign * Math.min(Math.max(n, 0), 64)),
    );
    if (direction === 'LEFT') return [b.as(b.multiply(b.as(x, 'real'), factor), 'integer')];
    return [b.as(b.floor(b.multiply(b.scale(b.as(x, 'real'), 1, 0.5), factor)), 'integer')];
  },
};

/** x AND mask: of a run of ones from bit `from` to before `to`, 2^from floor(x / 2^from) - 2^to floor(x / 2^to). */
function maskedBy(b: TensorBuilder, x: Value, mask: number): Value {
  const ones = BigInt(mask);
  const top = 64n;
  const isSet = (bit: bigint): boolean => ((ones >> bit) & 1n) === 1n;
  let result: Value = b.broadcast(b.constant([], [0], 'integer'), x.shape);
  for (let bit = 0n; bit < top; bit++) {
    if (!isSet(bit)) continue;
    const from = Number(bit);
    while (bit < top && isSet(bit)) bit++;
    const high = b.scale(shiftRight(b, x, from), 2 ** from);
    // Ones up to the sign of a negative mask: nothing is cut off.
    result = b.add(result, bit === top ? high : b.sub(high, b.scale(shiftRight(b, x, Number(bit)), 2 ** Number(bit))));
  }
  return result;
}

/** x AND y of two computed numbers: the products of their bits. */
function andOfBits(b: TensorBuilder, call: NodeCall, x: Value, y: Value): Value {
  const type = integerTypeOr64(call.types[0] ?? call.types[1]);
  const count = Math.min(type.bits, MAX_BITS);
  const shape = commonShape(call, [x, y]);
  // Row i holds floor(x / 2^i); bit i is row i less twice the next.
  const bits = (value: Value): Value => {
    const whole = b.reshape(b.broadcast(value, shape), [1, ...shape]);
    const rows = b.concat(
      Array.from({ length: count }, (_, i) => shiftRight(b, whole, i)),
      0,
    );
    const zeros = shape.map(() => 0);
    const next = b.slice(rows, [1, ...zeros], [count, ...shape]);
    return b.sub(rows, b.scale(b.concat([next, b.scale(b.slice(rows, [0, ...zeros], [1, ...shape]), 0)], 0), 2));
  };
  // The last row of a signed number is minus its sign bit, whose weight is negative, too.
  const weights = Array.from({ length: count }, (_, i) => (type.signed && i === count - 1 ? -1 : 1) * 2 ** i);
  const both = b.multiply(bits(x), bits(y));
  return b.sum(b.multiply(both, b.constant([count, ...shape.map(() => 1)], weights, 'integer')), [0], false);
}

/** From x AND y all others: x OR y = x + y - AND, x XOR y = x + y - 2 AND. */
function bitwise(op: string, ands: number, sums: 0 | 1, exact: (x: bigint, y: bigint) => bigint): Operator {
  return ofTwo(op, (b, call, x, y) => {
    const folded = foldTwo(b, call, [x, y], 'integer', (p, q) => Number(exact(BigInt(p), BigInt(q))));
    if (folded !== undefined) return folded;
    const [value, mask] = isConstant(x) ? [y, x] : [x, y];
    const and = isConstant(mask)
      ? byParameter(b, call, value, mask, (v, m) => maskedBy(b, v, m))
      : andOfBits(b, call, x, y);
    return sums === 0 ? and : b.add(b.scale(and, ands), b.add(x, y));
  });
}

export const BITWISE: readonly Operator[] = [
  bitwise('BitwiseAnd', 1, 0, (x, y) => x & y),
  bitwise('BitwiseOr', -1, 1, (x, y) => x | y),
  bitwise('BitwiseXor', -2, 1, (x, y) => x ^ y),
  {
    op: 'BitwiseNot',
    inputs: [1, 1],
    attributes: [],
    expand: (b, call) => {
      const type = integerTypeOr64(call.types[0]);
      return [b.scale(requiredInput(call, 0), -1, type.signed ? -1 : type.high)];
    },
  },
];
