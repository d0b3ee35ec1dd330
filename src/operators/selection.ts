/**
 * ArgMax, ArgMin, Hardmax, TopK: places of numbers, by comparisons. Short rows count in one linear map what stands before an
 * element; long ones, whose map would be the square of their length, look for the largest weight in a tree.
 */

import { numberAttribute } from '../layers/node.ts';
import { elementCount } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Constant, Value } from '../tensor/graph.ts';
import { axisOf, constantInput, malformed, requiredInput, scalar, unsupported } from './arguments.ts';
import { rowsAlong } from './axes.ts';
import type { Operator } from './operator.ts';
import { normalizedAxes } from './softmax.ts';

/** Longest row for which each element is compared with what stands before it in one map. */
const SHORT = 64;
/** Longest row that TopK ranks: each pair is one comparison. */
const MAX_RANKED = 4096;

const matrix = (b: TensorBuilder, rows: number, columns: number, f: (i: number, j: number) => number): Constant =>
  b.constant(
    [rows, columns],
    Array.from({ length: rows * columns }, (_, k) => f(Math.floor(k / columns), k % columns)),
    'integer',
  );

/** 1 at the first (or last) largest number of each row of [rows, n], 0 elsewhere. */
export function firstLargest(b: TensorBuilder, x: Value, last: boolean): Value {
  const n = x.shape[1]!;
  const before = (i: number, j: number): boolean => (last ? i > j : i < j);
  const isLargest = b.as(b.step(b.sub(x, b.max(x, [1], true))), 'integer');
  if (n <= SHORT) {
    const alone = matrix(b, n, n, (i, j) => (i === j ? 1 : before(i, j) ? -1 : 0));
    return b.step(b.scale(b.matmul(isLargest, alone), 1, -1));
  }
  // Weights 1 to n, the largest where the element wins.
  const weights = b.multiply(
    isLargest,
    matrix(b, 1, n, (_, j) => (last ? j + 1 : n - j)),
  );
  return b.step(b.sub(weights, b.max(weights, [1], true)));
}

/** The index of it, [rows, 1]. */
function indexOfLargest(b: TensorBuilder, x: Value, last = false): Value {
  const n = x.shape[1]!;
  if (n <= SHORT)
    return b.matmul(
      b.as(firstLargest(b, x, last), 'integer'),
      matrix(b, n, 1, (i) => i),
    );
  const isLargest = b.as(b.step(b.sub(x, b.max(x, [1], true))), 'integer');
  const weights = b.multiply(
    isLargest,
    matrix(b, 1, n, (_, j) => (last ? j + 1 : n - j)),
  );
  const top = b.max(weights, [1], true);
  return last ? b.scale(top, 1, -1) : b.scale(top, -1, n);
}

function argument(op: string, sign: 1 | -1): Operator {
  return {
    op,
    inputs: [1, 1],
    attributes: ['axis', 'keepdims', 'select_last_index'],
    expand: (b, call) => {
      const x = requiredInput(call, 0);
      const axis = axisOf(call.node, numberAttribute(call.node, 'axis', 0), x.shape.length);
      if (x.shape[axis] === 0) throw malformed(call.node, 'chooses from no numbers', 'an axis that is not empty');
      const { matrix: rows, back } = rowsAlong(b, x, axis);
      const signed = sign === 1 ? rows : b.scale(rows, -1);
      const index = indexOfLargest(b, signed, numberAttribute(call.node, 'select_last_index', 0) === 1);
      return [b.as(back(index, numberAttribute(call.node, 'keepdims', 1) === 0), 'integer')];
    },
  };
}

export const ARG_MAX = argument('ArgMax', 1);
export const ARG_MIN = argument('ArgMin', -1);

export const HARDMAX: Operator = {
  op: 'Hardmax',
  inputs: [1, 1],
  attributes: ['axis'],
  expand: (b, call) => {
    const x = requiredInput(call, 0);
    const axes = normalizedAxes(call, x.shape.length);
    if (call.opset >= 13) {
      const { matrix: rows, back } = rowsAlong(b, x, axes[0]!);
      return [b.as(back(firstLargest(b, rows, false)), x.kind)];
    }
    const width = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    const count = x.shape.slice(0, x.shape.length - axes.length).reduce((product, dim) => product * dim, 1);
    return [b.reshape(b.as(firstLargest(b, b.reshape(x, [count, width]), false), x.kind), x.shape)];
  },
};

/**
 * Rank of each element of [rows, n] among its row, 0 for the first: how many others are before it. For each pair i < j one
 * comparison x_i >= x_j tells which (equal numbers keep their order).
 */
function ranks(b: TensorBuilder, x: Value): Value {
  const [rows, n] = [x.shape[0]!, x.shape[1]!];
  elementCount([rows, n, n], 'comparisons of a selection');
  const pairs: [number, number][] = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) pairs.push([i, j]);
  const pick = (side: 0 | 1): Value => {
    const index = new Int32Array(rows * pairs.length);
    for (let r = 0, k = 0; r < rows; r++) for (const pair of pairs) index[k++] = r * n + pair[side];
    return b.arrange([x], [rows, pairs.length], index);
  };
  const first = b.as(b.step(b.sub(pick(0), pick(1))), 'integer');
  // rank_j = sum_{i < j} first_ij + sum_{k > j} (1 - first_jk): n - 1 taps an element, of 1 and -1.
  const width = Math.max(n - 1, 1);
  const place = (i: number, j: number): number => i * n - (i * (i + 1)) / 2 + (j - i - 1);
  const taps = new Int32Array(rows * n * width).fill(-1);
  const weights = new Float64Array(n * width);
  for (let j = 0; j < n; j++)
    for (let other = 0, k = 0; other < n; other++) {
      if (other === j) continue;
      weights[j * width + k] = other < j ? 1 : -1;
      const at = other < j ? place(other, j) : place(j, other);
      for (let r = 0; r < rows; r++) taps[(r * n + j) * width + k] = r * pairs.length + at;
      k++;
    }
  return b.linear([first], {
    shape: [rows, n],
    width,
    taps,
    weights,
    position: Int32Array.from({ length: rows * n }, (_, i) => i),
    kernel: Int32Array.from({ length: rows * n }, (_, i) => i % n),
    bias: Float64Array.from({ length: rows * n }, (_, i) => n - 1 - (i % n)),
    kind: 'integer',
  });
}

/** Places among the first k: element i is at place r where its rank is r, that is <= r and not <= r - 1. */
export const TOP_K: Operator = {
  op: 'TopK',
  inputs: [1, 2],
  attributes: ['axis', 'k', 'largest', 'sorted'],
  expand: (b, call) => {
    const { node } = call;
    const x = requiredInput(call, 0);
    const given = constantInput(call, 1, 'k');
    const k = given === undefined ? numberAttribute(node, 'k', -1) : scalar(node, given, 'k');
    const axis = axisOf(node, numberAttribute(node, 'axis', -1), x.shape.length);
    const { matrix: original, back } = rowsAlong(b, x, axis);
    const [rows, n] = [original.shape[0]!, original.shape[1]!];
    if (k < 0 || k > n) throw malformed(node, 'takes more numbers than there are', `0 to ${n}`, `${k}`);
    if (n > MAX_RANKED)
      throw unsupported(
        node,
        `ranks ${n} numbers, more than ${MAX_RANKED}`,
        'Take the largest with ArgMax, or leave TopK out.',
      );
    const signed = numberAttribute(node, 'largest', 1) === 1 ? original : b.scale(original, -1);
    const rank = b.reshape(ranks(b, signed), [rows, 1, n]);
    const upTo = b.as(
      b.step(
        b.sub(
          b.reshape(
            matrix(b, k, 1, (i) => i),
            [1, k, 1],
          ),
          rank,
        ),
      ),
      'integer',
    );
    const zeros = b.constant([rows, 1, n], new Float64Array(rows * n), 'integer');
    const below = b.concat([zeros, b.slice(upTo, [0, 0, 0], [rows, Math.max(k - 1, 0), n])], 1);
    const chosen = k === 0 ? upTo : b.sub(upTo, below);
    const values = b.matmul(b.as(chosen, x.kind), b.reshape(original, [rows, n, 1]));
    const indices = b.matmul(
      chosen,
      matrix(b, n, 1, (i) => i),
    );
    return [b.as(back(b.reshape(values, [rows, k])), x.kind), b.as(back(b.reshape(indices, [rows, k])), 'integer')];
  },
};
