/** NumPy's matmul: its shapes, and the linear operation that it is where one side is constant. */
import { broadcastShape, elementCount, entryCount } from '../layers/tensor-shape.ts';
import type { LinearSpec } from './builder.ts';
import { isConstant, type NumberKind, type Shape, type Value } from './graph.ts';
import { broadcastIndices } from './indices.ts';

export interface MatmulShapes {
  readonly result: Shape;
  readonly batch: Shape;
  readonly batchA: Shape;
  readonly batchB: Shape;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** Vectors are promoted and the added axis is dropped again, leading axes broadcast. Undefined where they do not fit. */
export function matmulShapes(a: Shape, b: Shape): MatmulShapes | undefined {
  if (a.length === 0 || b.length === 0) return undefined;
  const left = a.length === 1 ? [1, a[0]!] : a;
  const right = b.length === 1 ? [b[0]!, 1] : b;
  const [batchA, batchB] = [left.slice(0, -2), right.slice(0, -2)];
  const [m, k] = left.slice(-2) as [number, number];
  const [k2, n] = right.slice(-2) as [number, number];
  const batch = broadcastShape(batchA, batchB);
  if (k !== k2 || batch === undefined) return undefined;
  const result = [...batch, ...(a.length > 1 ? [m] : []), ...(b.length > 1 ? [n] : [])];
  return { result, batch, batchA, batchB, m, k, n };
}

/** One position a row (column) of the computed side, one kernel a column (row) of the constant one. */
export function linearMatmul(
  a: Value,
  b: Value,
  { result, batch, batchA, batchB, m, k, n }: MatmulShapes,
  kind: NumberKind,
): [readonly Value[], LinearSpec] {
  const rowsOfA = { rows: m, taps: lines(entryCount(batchA), m, k, k, 1) };
  const columnsOfB = { rows: n, taps: lines(entryCount(batchB), n, k, 1, n) };
  const [source, fixed, taps, table] = isConstant(b)
    ? [a, b.data, rowsOfA.taps, columnsOfB.taps]
    : [b, (a as { readonly data: Float64Array }).data, columnsOfB.taps, rowsOfA.taps];
  const count = elementCount([...batch, m, n], 'product of matrices');
  const [row, column] = [new Int32Array(count), new Int32Array(count)];
  const [inA, inB] = [broadcastIndices(batchA, batch), broadcastIndices(batchB, batch)];
  let i = 0;
  for (let item = 0; item < inA.length; item++)
    for (let r = 0; r < m; r++)
      for (let c = 0; c < n; c++, i++) {
        row[i] = inA[item]! * m + r;
        column[i] = inB[item]! * n + c;
      }
  return [
    [source],
    {
      shape: result,
      width: k,
      taps,
      weights: Float64Array.from(table, (at) => fixed[at]!),
      position: isConstant(b) ? row : column,
      kernel: isConstant(b) ? column : row,
      kind,
    },
  ];
}

/** Indices of the lines of `count` matrices: line l of a matrix starts at l * from, its numbers stand `by` apart. */
function lines(count: number, perMatrix: number, length: number, from: number, by: number): Int32Array {
  const index = new Int32Array(count * perMatrix * length);
  let i = 0;
  for (let matrix = 0; matrix < count; matrix++)
    for (let line = 0; line < perMatrix; line++)
      for (let j = 0; j < length; j++) index[i++] = matrix * perMatrix * length + line * from + j * by;
  return index;
}
