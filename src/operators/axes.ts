/** Work along one axis as on the rows of a matrix, and back: movement only, which costs no operation of the machine. */

import { entryCount } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Shape, Value } from '../tensor/graph.ts';

export interface Rows {
  /** [rows, length]: a row for each place of the other axes. */
  readonly matrix: Value;
  /** A matrix [rows, n] as a tensor again, the axis n long; with `dropped` and n = 1 without the axis. */
  readonly back: (matrix: Value, dropped?: boolean) => Value;
}

/** The rows along `axes` of x (one axis after the other). */
export function rowsAlong(b: TensorBuilder, x: Value, axis: number): Rows {
  const rank = x.shape.length;
  const others = [...x.shape.keys()].filter((k) => k !== axis);
  const outer: Shape = others.map((k) => x.shape[k]!);
  const moved = rank === 0 ? x : b.transpose(x, [...others, axis]);
  const matrix = b.reshape(moved, [entryCount(outer), x.shape[axis] ?? 1]);
  return {
    matrix,
    back: (result, dropped = false) => {
      if (dropped || rank === 0) return b.reshape(result, outer);
      const shaped = b.reshape(result, [...outer, result.shape[1]!]);
      // Axis k of the tensor is axis `place` of the moved one.
      const place = [...x.shape.keys()].map((k) => (k === axis ? rank - 1 : others.indexOf(k)));
      return b.transpose(shaped, place);
    },
  };
}
