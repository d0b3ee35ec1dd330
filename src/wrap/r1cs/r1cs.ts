/**
 * A rank-1 constraint system in flat arrays: constraint j asserts <A_j, w> <B_j, w> = <C_j, w> over Fr.
 *
 * The signals w are numbered as iden3's tools number them: 0 is the constant 1, then the public inputs, then the rest.
 * A wrap has about a million constraints and up to fifteen million coefficients, so nothing here is an object per
 * constraint: coefficients are indices into one table of distinct values. All arrays lie over shared memory.
 */
import { createHash } from 'node:crypto';

/** Rows (constraints) of one matrix, compressed: row j is the entries [start[j], start[j+1]), signals increasing. */
export interface SparseMatrix {
  readonly start: Uint32Array;
  readonly signal: Uint32Array;
  /** Index into `coefficients`. */
  readonly coef: Uint32Array;
}

/** What one named scope made, nested scopes counted in their own entries only. */
interface ScopeCost {
  readonly name: string;
  readonly constraints: number;
  readonly signals: number;
  /** Non-zero entries of A, B and C. */
  readonly coefficients: number;
}

export interface R1cs {
  readonly modulus: bigint;
  /** Length of w, the constant included. */
  readonly signals: number;
  readonly publicInputs: number;
  readonly constraints: number;
  readonly a: SparseMatrix;
  readonly b: SparseMatrix;
  readonly c: SparseMatrix;
  /** Distinct coefficients, 32-byte little-endian canonical; index 0 is 1 and index 1 is -1. */
  readonly coefficients: Uint8Array;
  /** For each call of `row`: which of its products are held by signals of their own (witness.ts follows this). */
  readonly splits: { readonly start: Uint32Array; readonly product: Uint32Array };
  /** Scope of each constraint: an index into `scopes`. */
  readonly constraintScope: Uint32Array;
  readonly scopes: readonly ScopeCost[];
}

/** Non-zero entries of A, B and C together. */
export function coefficientCount({ a, b, c }: R1cs): number {
  return a.signal.length + b.signal.length + c.signal.length;
}

/** sha512 over everything that decides which witnesses are accepted (names excluded), 64 bytes. */
export function r1csDigest(r1cs: R1cs): Uint8Array {
  const hash = createHash('sha512');
  const { modulus, signals, publicInputs, constraints } = r1cs;
  hash.update(`layerfold/r1cs/v1 ${modulus} ${signals} ${publicInputs} ${constraints}\n`);
  for (const { start, signal, coef } of [r1cs.a, r1cs.b, r1cs.c]) {
    for (const part of [start, signal, coef]) hash.update(bytesOf(part));
  }
  hash.update(r1cs.coefficients);
  return hash.digest();
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
