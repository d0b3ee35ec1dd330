/**
 * Products of two computed matrices: rows of the first are read by the bank, columns of the second as weights, in the groups of
 * a step whose weight matrix has a computed part.
 */
import type { IntegerOperation, IntegerTensor } from '../../tensor/quantize/integer.ts';
import { VECTOR } from '../shape.ts';
import { PLAIN, ZERO_VECTOR } from './jobs.ts';
import { rowsAsVectors } from './layout.ts';
import { type Lowering, lanesOf, ROUNDING } from './lower.ts';
import { WeightClass } from './weights.ts';

type Matmul = Extract<IntegerOperation, { op: 'matmul' }>;

export function lowerMatmul(
  lowering: Lowering,
  { start, node }: IntegerTensor,
  operation: Matmul,
  vectors: Int32Array,
): void {
  const { rows, inner, columns } = operation;
  const perRow = Math.ceil(inner / VECTOR);
  const left = rowsAsVectors(operation.a, inner);
  const right = rowsAsVectors(operation.b, inner);
  const gather = (codes: Int32Array, row: number, block: number): number => {
    const at = (row * perRow + block) * VECTOR;
    return lowering.gather(codes.subarray(at, at + VECTOR), node, true);
  };
  const classes = new Map<string, WeightClass>();
  for (let v = 0; v < vectors.length; v += VECTOR) {
    const codes = vectors.subarray(v, v + VECTOR);
    const row = Math.floor((codes.find((code) => code >= 0)! - start) / columns);
    const batch = Math.floor(row / rows);
    const lanes = codes.map((code) => (code < 0 ? -1 : batch * columns + ((code - start) % columns)));
    const key = lanes.join();
    let weights = classes.get(key);
    if (weights === undefined) {
      weights = new WeightClass(new Int8Array(VECTOR), () => 0);
      for (let b = 0; b < perRow; b++)
        weights.computed.push(lanes.map((column) => (column < 0 ? ZERO_VECTOR : gather(right, column, b))));
      classes.set(key, weights);
    }
    const reads = new Int32Array(2 * perRow);
    for (let b = 0; b < perRow; b++) reads.set([b, gather(left, row, b)], 2 * b);
    lowering.put(codes, lowering.list.job({ weights, reads, bias: ROUNDING, m: PLAIN, node }, lanesOf(codes)));
  }
}
