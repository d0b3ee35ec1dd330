/** The heavy work of a set-up as tasks of pool threads (workers/key-tasks.ts runs them). Bytes are canonical or as in a .zkey. */
import { bn254 } from '@noble/curves/bn254.js';
import type { Engine } from '../../algebra/engine.ts';
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { G1_PARAMS } from '../../algebra/params.ts';
import type { SparseMatrix } from '../r1cs/r1cs.ts';
import { G2Multiples } from './g2.ts';
import { createProverKernels } from './native/module.ts';
import { columnSums, multiple } from './qap.ts';

/** 2^256 modulo a field's modulus turns values into the Montgomery form of .zkey files. */
const MONTGOMERY = 1n << 256n;

export interface ColumnsInput {
  readonly matrix: SparseMatrix;
  readonly coefficients: Uint8Array;
  readonly signals: number;
  /** Canonical weights of all rows. */
  readonly weights: Uint8Array;
}

export interface PointsInput {
  readonly group: 'g1' | 'g2';
  /** Canonical, 32 bytes each. */
  readonly scalars: Uint8Array;
  /** How many multiples the whole set-up makes in this group. */
  readonly expected: number;
}

/** Canonical column sums. */
export function columns(engine: Engine, { matrix, coefficients, signals, weights }: ColumnsInput): Uint8Array {
  const { fr } = engine;
  return fr.toCanonical(columnSums(engine, matrix, coefficients, signals, fr.fromCanonical(weights)));
}

/** Multiples of G1's generator: 64 bytes each, x and y in Montgomery form; infinity is all zeros. */
export function g1Multiples(engine: Engine, scalars: Uint8Array): Uint8Array {
  const points = engine.g1.fixedBase(G1_PARAMS.generator, engine.fr.fromCanonical(scalars));
  return montgomeryBytes(engine, 'fq', points);
}

/** k 2^256 for each canonical or internal element: the bytes of Montgomery form, whatever the engine's own form is. */
function montgomeryBytes(engine: Engine, name: 'fr' | 'fq', internal: Uint8Array): Uint8Array {
  const kernels = engine[name];
  const out = kernels.fromBits(new Uint8Array(internal.length / FIELD_BYTES));
  kernels.axpy(out, kernels.encode([MONTGOMERY]), internal);
  return kernels.toCanonical(out);
}

/** Coefficients as section 4 of a .zkey wants them: v 2^512, so that a product with a plain witness is in Montgomery form. */
export function doubleMontgomeryBytes(engine: Engine, canonical: Uint8Array): Uint8Array {
  return montgomeryBytes(engine, 'fr', multiple(engine, MONTGOMERY, engine.fr.fromCanonical(canonical)));
}

/** Multiples of G2's generator: 128 bytes each for 32 bytes of canonical scalar, as g1Multiples. */
export type G2Maker = (scalars: Uint8Array) => Uint8Array;

/**
 * On our own kernels; without WebAssembly SIMD on wasmcurves, six times slower, with a table for `expected` multiples.
 * With `simd` the engine must be the kernels' too.
 */
export async function g2Maker(engine: Engine, expected: number, simd: boolean): Promise<G2Maker> {
  if (!simd) {
    const multiples = await G2Multiples.create(expected);
    return (scalars) => multiples.multiply(scalars);
  }
  const { fr, g2 } = await createProverKernels();
  const { BASE } = bn254.G2.Point;
  return (scalars) => montgomeryBytes(engine, 'fq', g2.fixedBase(BASE, fr.fromCanonical(scalars)));
}
