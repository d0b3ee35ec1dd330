/**
 * Evaluates every constraint on a witness, without any proof: a wrong witness would otherwise cost minutes and end in a
 * proof that does not verify. One million constraints take a few seconds; the engine keeps the system in its memory.
 */
import type { Engine, RowMatrix } from '../../algebra/engine.ts';
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { firstNonZero } from '../../circuit/check.ts';
import type { R1cs, SparseMatrix } from './r1cs.ts';

export interface Unsatisfied {
  readonly constraint: number;
  /** Name of the scope that made the constraint. */
  readonly scope: string;
  /** <A, w> <B, w> - <C, w>. */
  readonly value: bigint;
}

const matrices = new WeakMap<R1cs, RowMatrix>();

/**
 * The first constraint that `witness` (32-byte little-endian canonical signals) does not satisfy.
 * @throws E_FORMAT for a value that is not canonical
 */
export function firstUnsatisfied(engine: Engine, r1cs: R1cs, witness: Uint8Array): Unsatisfied | undefined {
  let matrix = matrices.get(r1cs);
  if (!matrix) {
    matrix = rowMatrix(r1cs);
    matrices.set(r1cs, matrix);
  }
  const { fr } = engine;
  const w = fr.fromCanonical(witness);
  const one = fr.encode([1n]);
  if (one.some((byte, i) => byte !== w[i])) return { constraint: -1, scope: 'the constant signal', value: 0n };
  const rows = fr.rows(matrix);
  const found = firstNonZero(rows.quadratic(w, rows.forms(w)));
  if (!found) return undefined;
  return {
    constraint: found.index,
    scope: r1cs.scopes[r1cs.constraintScope[found.index]!]!.name,
    value: fr.decode(found.element.subarray(0, FIELD_BYTES))[0]!,
  };
}

/** Rows A_j B_j - C_j 1 over the forms A, B, C in this order. */
function rowMatrix(r1cs: R1cs): RowMatrix {
  const { signals, constraints: n } = r1cs;
  const parts = [r1cs.a, r1cs.b, r1cs.c];
  const formStart = words(3 * n + 1);
  const total = parts.reduce((sum, part) => sum + part.signal.length, 0);
  const formVar = words(total);
  const formCoef = words(total);
  let entries = 0;
  parts.forEach((part: SparseMatrix, k) => {
    for (let j = 0; j <= n; j++) formStart[k * n + j] = entries + part.start[j]!;
    formVar.set(part.signal, entries);
    formCoef.set(part.coef, entries);
    entries += part.signal.length;
  });
  const [rowStart, prodA, prodB, prodCoef] = [words(n + 1), words(2 * n), words(2 * n), words(2 * n)];
  for (let j = 0; j < n; j++) {
    rowStart[j + 1] = 2 * (j + 1);
    prodA[2 * j] = signals + j;
    prodB[2 * j] = signals + n + j;
    prodA[2 * j + 1] = signals + 2 * n + j;
    prodCoef[2 * j + 1] = 1;
  }
  return {
    variables: signals,
    formStart,
    formVar,
    formCoef,
    rowStart,
    prodA,
    prodB,
    prodCoef,
    boxIn: words(0),
    boxOut: words(0),
    coefficients: r1cs.coefficients,
  };
}

function words(n: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(4 * n));
}
