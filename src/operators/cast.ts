/** Cast and CastLike. A change of precision of real numbers is none here. */
import { numberAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { isConstant, type NumberKind, type Value } from '../tensor/graph.ts';
import { requiredInput, unsupported } from './arguments.ts';
import { kindOfType } from './element-types.ts';
import type { Operator } from './operator.ts';

const EXACT: Readonly<Record<NumberKind, (x: number) => number>> = {
  real: (x) => x,
  integer: Math.trunc,
  boolean: (x) => Number(x !== 0),
};

/** 0 where x is 0, else 1: both x >= 0 and -x >= 0 hold for 0 alone. */
function notZero(b: TensorBuilder, x: Value): Value {
  const sides = b.add(b.step(x), b.step(b.scale(x, -1)));
  return b.as(b.scale(sides, -1, 2), 'boolean');
}

/** Towards zero. */
function truncated(b: TensorBuilder, x: Value): Value {
  return b.as(b.sub(b.floor(b.relu(x)), b.floor(b.relu(b.scale(x, -1)))), 'integer');
}

function cast(b: TensorBuilder, x: Value, kind: NumberKind): Value {
  if (x.kind === kind) return x;
  if (isConstant(x)) return b.constant(x.shape, x.data.map(EXACT[kind]), kind);
  if (kind === 'boolean') return notZero(b, x);
  return kind === 'integer' && x.kind === 'real' ? truncated(b, x) : b.as(x, kind);
}

export const CASTS: readonly Operator[] = [
  {
    op: 'Cast',
    inputs: [1, 1],
    attributes: ['round_mode', 'saturate', 'to'],
    expand: (b, call) => {
      const to = numberAttribute(call.node, 'to', 1);
      const kind = kindOfType(to);
      if (kind === undefined)
        throw unsupported(call.node, `gives numbers of type ${to}`, 'Export the network without strings and float8.');
      return [cast(b, requiredInput(call, 0), kind)];
    },
  },
  {
    op: 'CastLike',
    inputs: [2, 2],
    attributes: ['round_mode', 'saturate'],
    expand: (b, call) => [cast(b, requiredInput(call, 0), requiredInput(call, 1).kind)],
  },
];
