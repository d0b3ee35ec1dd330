/**
 * Softmax and LogSoftmax. The largest number is taken off first: exp then has its argument below zero and the sum is between 1 and
 * the number of summands, so that the tables have short ranges whatever the logits are.
 */

import { numberAttribute } from '../layers/node.ts';
import { entryCount } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import { isConstant, type Value } from '../tensor/graph.ts';
import { countUp } from '../tensor/indices.ts';
import { keptRows, type MaskedNumbers } from '../tensor/masks.ts';
import { axisOf, requiredInput } from './arguments.ts';
import { applyFinite, log, reciprocal } from './finite.ts';
import type { NodeCall, Operator } from './operator.ts';

/** One axis since opset 13; before it all from the axis on, as one. */
export function normalizedAxes({ node, opset }: NodeCall, rank: number): readonly number[] {
  if (opset >= 13) return [axisOf(node, numberAttribute(node, 'axis', -1), rank)];
  // The old axis may stand at the end: each number then is a row of its own.
  const axis = numberAttribute(node, 'axis', 1);
  const first = axis === rank ? rank : axisOf(node, axis, rank);
  return Array.from({ length: rank - first }, (_, k) => first + k);
}

interface Exponentials {
  /** x less the largest. */
  readonly shifted: Value;
  readonly powers: Value;
  readonly sum: Value;
}

function exponentials(b: TensorBuilder, x: Value, axes: readonly number[]): Exponentials {
  const shifted = b.sub(x, b.max(x, axes, true));
  const powers = applyFinite(b, shifted, 'exp', Math.exp);
  return { shifted, powers, sum: b.sum(powers, axes, true) };
}

export function softmax(b: TensorBuilder, x: Value, axes: readonly number[]): Value {
  const masked = b.unmask(x);
  if (masked !== undefined) return maskedSoftmax(b, masked, axes);
  const { powers, sum } = exponentials(b, x, axes);
  return b.multiply(powers, applyFinite(b, sum, 'reciprocal', reciprocal));
}

/** Exponentials of what is masked are zero, and what is masked may be larger than all that is not. */
function maskedSoftmax(b: TensorBuilder, masked: MaskedNumbers, axes: readonly number[]): Value {
  const { shape } = masked.rest;
  const order = [...[...shape.keys()].filter((axis) => !axes.includes(axis)), ...axes];
  const width = entryCount(axes.map((axis) => shape[axis]!));
  const rows = (x: Value): Value => b.reshape(b.transpose(x, order), [entryCount(shape) / Math.max(width, 1), width]);
  const { rest, keep } = keptRows(b, { rest: rows(masked.rest), keep: rows(masked.keep) });
  const { powers: all } = exponentials(b, rest, [1]);
  const powers = gated(b, all, keep);
  const factor = applyFinite(b, b.sum(powers, [1], true), 'reciprocal', reciprocal);
  // a gate that is known comes last, so that nothing of what is masked is computed
  const y = isConstant(keep) ? gated(b, b.multiply(all, factor), keep) : b.multiply(powers, factor);
  const back = order.map((_, axis) => order.indexOf(axis));
  return b.transpose(
    b.reshape(
      y,
      order.map((axis) => shape[axis]!),
    ),
    back,
  );
}

/** x where a gate of 0 and 1 is open, else 0. */
function gated(b: TensorBuilder, x: Value, gate: Value): Value {
  if (!isConstant(gate)) return b.multiply(x, gate);
  const index = countUp(gate.data.length).map((i) => (gate.data[i] === 0 ? -1 : i));
  return b.arrange([x], x.shape, index);
}

function logSoftmax(b: TensorBuilder, x: Value, axes: readonly number[]): Value {
  const { shifted, sum } = exponentials(b, x, axes);
  return b.sub(shifted, applyFinite(b, sum, 'log', log));
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
