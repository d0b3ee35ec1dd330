/** Sparse linear maps of matrices: a row of forms, each over a few columns. */
import type { TensorBuilder } from '../tensor/builder.ts';
import type { NumberKind, Value } from '../tensor/graph.ts';

/** constant + sum coefficient * column. */
export interface Form {
  readonly terms: readonly (readonly [column: number, coefficient: number])[];
  readonly constant: number;
}

/** The forms of each row of x, [rows, columns]: [rows, forms]. */
export function linearForms(b: TensorBuilder, x: Value, forms: readonly Form[], kind: NumberKind): Value {
  const [rows, columns] = [x.shape[0]!, x.shape[1]!];
  const width = Math.max(1, ...forms.map(({ terms }) => terms.length));
  const count = rows * forms.length;
  const taps = new Int32Array(count * width).fill(-1);
  const weights = new Float64Array(forms.length * width);
  forms.forEach(({ terms }, form) => {
    terms.forEach(([column, coefficient], k) => {
      weights[form * width + k] = coefficient;
      for (let row = 0; row < rows; row++) taps[(row * forms.length + form) * width + k] = row * columns + column;
    });
  });
  return b.linear([x], {
    shape: [rows, forms.length],
    width,
    taps,
    weights,
    position: Int32Array.from({ length: count }, (_, i) => i),
    kernel: Int32Array.from({ length: count }, (_, i) => i % forms.length),
    bias: Float64Array.from({ length: count }, (_, i) => forms[i % forms.length]!.constant),
    kind,
  });
}
