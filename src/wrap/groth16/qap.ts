/**
 * The quadratic arithmetic program of an R1CS at a known point tau (Groth16, ePrint 2016/260): what a set-up that
 * knows its secrets computes in the field before it multiplies any point.
 *
 * Constraint j belongs to the j-th n-th root of unity w^j, n a power of two. For each signal s, A_s(tau) is the sum of
 * its coefficients in A weighted by the Lagrange polynomials L_j(tau); B_s, C_s alike. All by the engine, on vectors.
 */
import type { Engine, RowMatrix, Vec } from '../../algebra/engine.ts';
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import { invariant } from '../../errors.ts';
import type { Interruptible } from '../../turns.ts';
import type { SparseMatrix } from '../r1cs/r1cs.ts';

const F = field(R);
/** r - 1 = 2^28 times an odd number; 5 is not a square, so that 5^((r-1)/2^28) has order 2^28. */
const TWO_ADICITY = 28;
const NON_SQUARE = 5n;

/** The root of unity of order 2^power that snarkjs uses. */
export function rootOfUnity(power: number): bigint {
  invariant(power >= 0 && power <= TWO_ADICITY, `no root of unity of order 2^${power}`);
  const top = F.pow(NON_SQUARE, (R - 1n) >> BigInt(TWO_ADICITY));
  return F.pow(top, 1n << BigInt(TWO_ADICITY - power));
}

/** 2^power, the number of rows: one for each constraint, one for each public input, one for the constant. */
export function domainPower(constraints: number, publicInputs: number): number {
  return Math.ceil(Math.log2(constraints + publicInputs + 1));
}

/** (1, k, k^2, ...), 2^power elements. */
function* powersOf(engine: Engine, k: bigint, power: number): Interruptible<Vec> {
  const { fr } = engine;
  const out = new Uint8Array(FIELD_BYTES << power);
  out.set(fr.encode([1n]));
  for (let j = 0, step = k; j < power; j++, step = F.mul(step, step)) {
    const half = out.subarray(0, FIELD_BYTES << j);
    out.set(multiple(engine, step, half), half.length);
    yield;
  }
  return out;
}

/** k v. */
export function multiple(engine: Engine, k: bigint, v: Vec): Vec {
  const { fr } = engine;
  const out = fr.fromBits(new Uint8Array(v.length / FIELD_BYTES));
  fr.axpy(out, fr.encode([k]), v);
  return out;
}

/**
 * Values at tau of the Lagrange polynomials of the roots of unity of order `power`, for the roots first * g^i, where g
 * has order 2^count: `first` = 1 and g of the whole order for all of them, `first` = the root itself and half the
 * order for the odd ones. L_x(tau) = x (tau^N - 1) / (N (tau - x)), N = 2^power.
 */
export function* lagrange(
  engine: Engine,
  tau: bigint,
  power: number,
  first: bigint,
  count: number,
): Interruptible<Vec> {
  const { fr } = engine;
  const N = 1n << BigInt(power);
  const numerator = F.sub(F.pow(tau, N), 1n);
  invariant(numerator !== 0n, 'tau is a root of unity');
  const roots = multiple(engine, first, yield* powersOf(engine, rootOfUnity(count), count));
  yield;
  const ones = fr.fromBits(new Uint8Array(1 << count).fill(1));
  const differences = fr.sub(multiple(engine, tau, ones), roots);
  yield;
  const inverses = fr.inverse(differences);
  yield;
  return multiple(engine, F.mul(numerator, F.inv(N % R)), fr.mul(roots, inverses));
}

/** For each signal the sum of its coefficients in `matrix`, each times the weight of its row. */
export function columnSums(
  engine: Engine,
  matrix: SparseMatrix,
  coefficients: Uint8Array,
  signals: number,
  weights: Vec,
): Vec {
  const empty = new Uint32Array(0);
  const forms: RowMatrix = {
    variables: weights.length / FIELD_BYTES,
    ...transposed(matrix, signals),
    rowStart: new Uint32Array(1),
    prodA: empty,
    prodB: empty,
    prodCoef: empty,
    boxIn: empty,
    boxOut: empty,
    coefficients,
  };
  return engine.fr.rows(forms).forms(weights);
}

/** Column s of the matrix as form s over the rows. */
function transposed({ start, signal, coef }: SparseMatrix, signals: number) {
  const formStart = new Uint32Array(signals + 1);
  for (const s of signal) formStart[s + 1]!++;
  for (let s = 0; s < signals; s++) formStart[s + 1]! += formStart[s]!;
  const next = formStart.slice(0, signals);
  const formVar = new Uint32Array(signal.length);
  const formCoef = new Uint32Array(signal.length);
  for (let row = 0; row + 1 < start.length; row++) {
    for (let k = start[row]!; k < start[row + 1]!; k++) {
      const at = next[signal[k]!]!++;
      formVar[at] = row;
      formCoef[at] = coef[k]!;
    }
  }
  return { formStart, formVar, formCoef };
}
