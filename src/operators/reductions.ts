/** Reduce*: sums are linear maps, the largest and the product trees. */

import { numberAttribute } from '../layers/node.ts';
import { entryCount } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { axesOf, requiredInput, unsupported } from './arguments.ts';
import { truncatedQuotient } from './division.ts';
import { isInteger } from './elementwise.ts';
import { exponentials } from './exponentials.ts';
import { log, squareRoot } from './finite.ts';
import type { NodeCall, Operator } from './operator.ts';

interface Reduction {
  readonly b: TensorBuilder;
  readonly call: NodeCall;
  readonly x: Value;
  readonly axes: readonly number[];
  readonly keep: boolean;
}

const sum = ({ b, axes, keep }: Reduction, x: Value): Value => b.sum(x, axes, keep);
const square = (b: TensorBuilder, x: Value): Value => b.multiply(x, x);
const negative = (b: TensorBuilder, x: Value): Value => b.as(b.scale(x, -1), x.kind);
/** The root; of integers rounded down, half a unit off the squares. */
function root(b: TensorBuilder, x: Value): Value {
  if (!isInteger(x)) return squareRoot(b, x);
  return b.as(b.floor(squareRoot(b, b.scale(b.as(x, 'real'), 1, 0.5))), 'integer');
}

/** `empty` over no numbers at all. */
function overSome(reduction: Reduction, empty: number, form: () => Value): Value {
  const { b, call, x, axes, keep } = reduction;
  if (axes.every((axis) => x.shape[axis] !== 0)) return form();
  if (!Number.isFinite(empty) && isInteger(x))
    throw unsupported(call.node, 'has no numbers to choose from', 'Give shapes without dimensions of 0.');
  const kept = x.shape.map((dim, k) => (axes.includes(k) ? 1 : dim));
  const shape = keep ? kept : x.shape.filter((_, k) => !axes.includes(k));
  return b.broadcast(b.constant([], [empty], x.kind), shape);
}

function mean({ b, call, x, axes, keep }: Reduction): Value {
  const count = entryCount(axes.map((axis) => x.shape[axis]!));
  if (!isInteger(x)) return b.sum(x, axes, keep, 1 / count);
  return truncatedQuotient(b, call, b.sum(x, axes, keep), b.constant([], [count], 'integer'));
}

/** exp is taken of numbers that are not above zero, and log of a sum from 1 to their number. */
function logSumExp(reduction: Reduction): Value {
  const { b, axes } = reduction;
  const x = b.as(reduction.x, 'real');
  const total = b.add(exponentials(b, x, axes).logSum(), b.max(x, axes, true));
  return reduction.keep
    ? total
    : b.reshape(
        total,
        x.shape.filter((_, axis) => !axes.includes(axis)),
      );
}

/** Halves of an axis times each other, until one is left. */
function product({ b, x, axes, keep }: Reduction): Value {
  let result = x;
  for (const axis of axes) {
    const part = (from: number, to: number): Value => {
      const at = (other: (dim: number) => number, own: number) =>
        result.shape.map((dim, k) => (k === axis ? own : other(dim)));
      return b.slice(
        result,
        at(() => 0, from),
        at((dim) => dim, to),
      );
    };
    for (let count = result.shape[axis]!; count > 1; count = result.shape[axis]!) {
      const half = count >> 1;
      const products = b.multiply(part(0, half), part(half, 2 * half));
      result = count % 2 === 0 ? products : b.concat([products, part(2 * half, count)], axis);
    }
  }
  return keep
    ? result
    : b.reshape(
        result,
        x.shape.filter((_, k) => !axes.includes(k)),
      );
}

function reduce(op: string, form: (reduction: Reduction) => Value): Operator {
  return {
    op,
    inputs: [1, 2],
    attributes: ['axes', 'keepdims', 'noop_with_empty_axes'],
    expand: (b, call) => {
      const x = requiredInput(call, 0);
      const rank = x.shape.length;
      const given = axesOf(call, 1, rank);
      const none = given === undefined && numberAttribute(call.node, 'noop_with_empty_axes', 0) === 1;
      const keep = numberAttribute(call.node, 'keepdims', 1) === 1;
      // Over no axes each number is reduced by itself: its size, its square.
      const axes = given ?? (none ? [] : [...x.shape.keys()]);
      if (rank > 0) return [form({ b, call, x, axes, keep })];
      return [b.reshape(form({ b, call, x: b.reshape(x, [1]), axes: [0], keep }), [])];
    },
  };
}

export const REDUCTIONS: readonly Operator[] = [
  reduce('ReduceSum', (r) => sum(r, r.x)),
  reduce('ReduceMean', mean),
  reduce('ReduceSumSquare', (r) => sum(r, square(r.b, r.x))),
  reduce('ReduceL1', (r) => sum(r, r.b.abs(r.x))),
  reduce('ReduceL2', (r) => root(r.b, sum(r, square(r.b, r.x)))),
  reduce('ReduceLogSum', (r) => overSome(r, Number.NEGATIVE_INFINITY, () => log(r.b, sum(r, r.x)))),
  reduce('ReduceLogSumExp', (r) => overSome(r, Number.NEGATIVE_INFINITY, () => logSumExp(r))),
  reduce('ReduceMax', (r) =>
    overSome(r, r.x.kind === 'boolean' ? 0 : Number.NEGATIVE_INFINITY, () => r.b.max(r.x, r.axes, r.keep)),
  ),
  reduce('ReduceMin', (r) =>
    overSome(r, r.x.kind === 'boolean' ? 1 : Number.POSITIVE_INFINITY, () =>
      negative(r.b, r.b.max(negative(r.b, r.x), r.axes, r.keep)),
    ),
  ),
  reduce('ReduceProd', (r) => overSome(r, 1, () => product(r))),
];
