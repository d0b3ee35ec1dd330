/** Evaluates every row of a system on a witness, without any commitment: what `fold check` runs. */
import { concat } from '../algebra/concat.ts';
import { FIELD_BYTES, type FieldKernels, type RowKernels, type Vec } from '../algebra/engine.ts';
import type { ConstraintMatrix } from './compile.ts';

/** A row that is not zero, or a bit that is neither 0 nor u. */
export interface Violation {
  readonly kind: 'row' | 'bit';
  /** Index among the listed rows, quadratic ones before S-boxes, or among the bits of all blocks. */
  readonly index: number;
  /** Scope of a row ('' for bits) and the row's number inside that scope. */
  readonly scope: string;
  readonly indexInScope: number;
  /** What the row evaluates to. */
  readonly value: bigint;
}

/** The first violated bit or row of Q(z) = 0; z = (u, x, M, T, P). */
export function firstViolation(
  field: FieldKernels,
  rows: RowKernels,
  matrix: ConstraintMatrix,
  z: Vec,
): Violation | undefined {
  const { offsets, sizes } = matrix;
  const rowsOf = (part: 'traceBits' | 'bits'): Vec => {
    const bits = z.subarray(offsets[part] * FIELD_BYTES, (offsets[part] + sizes[part]) * FIELD_BYTES);
    return field.bitRows(bits, z.subarray(0, FIELD_BYTES));
  };
  const bit = firstNonZero(concat([rowsOf('traceBits'), rowsOf('bits')]));
  if (bit !== undefined) {
    return { kind: 'bit', index: bit.index, scope: '', indexInScope: bit.index, value: field.decode(bit.element)[0]! };
  }
  const forms = rows.forms(z);
  const row = firstNonZero(concat([rows.quadratic(z, forms), rows.boxes(z, forms)]));
  if (row === undefined) return undefined;
  const scope = matrix.rowScope[row.index]!;
  let indexInScope = 0;
  for (let i = 0; i < row.index; i++) if (matrix.rowScope[i] === scope) indexInScope++;
  return {
    kind: 'row',
    index: row.index,
    scope: matrix.scopes[scope]!,
    indexInScope,
    value: field.decode(row.element)[0]!,
  };
}

/** Index and element of the first non-zero element of a vector (the field's zero is all zero bytes). */
export function firstNonZero(v: Vec): { readonly index: number; readonly element: Vec } | undefined {
  const at = v.findIndex((byte) => byte !== 0);
  if (at < 0) return undefined;
  const index = Math.floor(at / FIELD_BYTES);
  return { index, element: v.slice(index * FIELD_BYTES, (index + 1) * FIELD_BYTES) };
}
