/**
 * The operations of the tensor graph in doubles, over flat row-major arrays: what evaluate.ts runs and what the builder
 * computes constants with.
 */
import { concatNumbers } from '../algebra/concat.ts';
import type { Operation } from './graph.ts';

type Arrays = readonly Float64Array[];

export function arrangeKernel(sources: Arrays, index: Int32Array, fill: number): Float64Array {
  const x = concatNumbers(sources);
  const y = new Float64Array(index.length);
  for (let i = 0; i < y.length; i++) y[i] = index[i]! < 0 ? fill : x[index[i]!]!;
  return y;
}

/** What of a linear operation its kernel reads. */
interface LinearMap {
  readonly width: number;
  readonly taps: Int32Array;
  readonly weights: Float64Array;
  readonly position: Int32Array;
  readonly kernel: Int32Array;
  readonly bias?: Float64Array | undefined;
}

function linearKernel(sources: Arrays, map: LinearMap): Float64Array {
  const { width, taps, weights, position, kernel, bias } = map;
  const x = concatNumbers(sources);
  const y = new Float64Array(position.length);
  for (let i = 0; i < y.length; i++) {
    const first = position[i]! * width;
    const w = kernel[i]! * width;
    let sum = bias === undefined ? 0 : bias[i]!;
    for (let k = 0; k < width; k++) {
      const tap = taps[first + k]!;
      if (tap >= 0) sum += weights[w + k]! * x[tap]!;
    }
    y[i] = sum;
  }
  return y;
}

/** [batch, m, k] times [batch, k, n]. */
function matmulKernel(
  a: Float64Array,
  b: Float64Array,
  [batch, m, k, n]: readonly [number, number, number, number],
): Float64Array {
  const y = new Float64Array(batch * m * n);
  for (let row = 0; row < batch * m; row++) {
    const table = Math.floor(row / m) * k * n;
    for (let j = 0; j < k; j++) {
      const factor = a[row * k + j]!;
      if (factor === 0) continue;
      for (let c = 0, from = table + j * n, to = row * n; c < n; c++) y[to + c]! += factor * b[from + c]!;
    }
  }
  return y;
}

/** f of pairs; an operand of one number goes with every number of the other. */
function pairKernel(a: Float64Array, b: Float64Array, f: (x: number, y: number) => number): Float64Array {
  const y = new Float64Array(a.length === 1 ? b.length : a.length);
  const [p, q] = [a.length === 1 ? 0 : 1, b.length === 1 ? 0 : 1];
  for (let i = 0; i < y.length; i++) y[i] = f(a[i * p]!, b[i * q]!);
  return y;
}

function takeKernel(table: Float64Array, index: Float64Array, rows: number, width: number): Float64Array {
  const y = new Float64Array(index.length * width);
  for (let i = 0; i < index.length; i++) {
    const row = index[i]!;
    // a row that there is none of is found by whoever checks the run; it must not read another tensor's numbers
    if (row >= 0 && row < rows) y.set(table.subarray(row * width, (row + 1) * width), i * width);
    else y.fill(Number.NaN, i * width, (i + 1) * width);
  }
  return y;
}

export const stepOf = (x: number): number => (x >= 0 ? 1 : 0);

/** The result of an operation; `read` gives the numbers of its operands. */
export function runOperation(
  operation: Exclude<Operation, { op: 'input' }>,
  read: (value: { readonly shape: readonly number[] }) => Float64Array,
): Float64Array {
  switch (operation.op) {
    case 'arrange':
      return arrangeKernel(operation.sources.map(read), operation.index, operation.fill);
    case 'linear':
      return linearKernel(operation.sources.map(read), operation);
    case 'multiply':
      return pairKernel(read(operation.a), read(operation.b), (a, b) => a * b);
    case 'matmul': {
      const [batch, m, k] = operation.a.shape as [number, number, number];
      return matmulKernel(read(operation.a), read(operation.b), [batch, m, k, operation.b.shape[2]!]);
    }
    case 'maximum':
      return pairKernel(read(operation.a), read(operation.b), Math.max);
    case 'function':
      return read(operation.x).map(operation.f);
    case 'step':
      return read(operation.x).map(stepOf);
    case 'floor':
      return read(operation.x).map(Math.floor);
    case 'within':
      return read(operation.x).map((x) => (x >= operation.low && x <= operation.high ? x : Number.NaN));
    case 'either':
      return read(operation.exact ?? operation.close);
    case 'take': {
      const [rows, width] = operation.table.shape as [number, number];
      return takeKernel(read(operation.table), read(operation.index), rows, width);
    }
  }
}
