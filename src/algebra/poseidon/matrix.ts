/** Small matrices over Fr, as the factored forms of Poseidon need them: a list of rows. */
import { field } from '../field.ts';
import { R } from '../params.ts';

export type Vector = readonly bigint[];
export type Matrix = readonly Vector[];

const F = field(R);
const inner = (a: Vector, b: Vector): bigint => a.reduce((sum, x, i) => sum + x * b[i]!, 0n) % R;

export const identity = (n: number): bigint[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1n : 0n)));

export const transpose = (m: Matrix): bigint[][] => m[0]!.map((_, j) => m.map((row) => row[j]!));

/** m v, v a column. */
export const apply = (m: Matrix, v: Vector): bigint[] => m.map((row) => inner(row, v));

export function multiply(a: Matrix, b: Matrix): bigint[][] {
  const columns = transpose(b);
  return a.map((row) => apply(columns, row));
}

/** [[1, 0], [0, m]]: what leaves a state's element 0 alone. */
export const withUnit = (m: Matrix): bigint[][] => [[1n, ...m.map(() => 0n)], ...m.map((row) => [0n, ...row])];

/** Gauss-Jordan elimination on [m | I], without exchanges of rows: all leading minors must be non-zero. */
export function invert(m: Matrix): bigint[][] {
  const n = m.length;
  const unit = identity(n);
  const work = m.map((row, i) => [...row, ...unit[i]!]);
  for (let p = 0; p < n; p++) {
    const scale = F.inv(work[p]![p]!);
    work[p] = work[p]!.map((x) => F.mul(x, scale));
    for (let i = 0; i < n; i++) {
      const factor = work[i]![p]!;
      if (i !== p && factor !== 0n) work[i] = work[i]!.map((x, j) => F.sub(x, F.mul(factor, work[p]![j]!)));
    }
  }
  return work.map((row) => row.slice(n));
}
