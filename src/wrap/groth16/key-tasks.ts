/** What the threads of a set-up can do. Bytes are canonical or as in a .zkey. */
import { bn254 } from '@noble/curves/bn254.js';
import type { Engine } from '../../algebra/engine.ts';
import { createEngine } from '../../algebra/index.ts';
import { MONTGOMERY, toMontgomery } from '../../algebra/montgomery.ts';
import { G1_PARAMS } from '../../algebra/params.ts';
import type { SparseMatrix } from '../r1cs/r1cs.ts';
import { createProverKernels } from './native/module.ts';
import { columnSums, multiple } from './qap.ts';

export type ProvingKeyTasks = Awaited<ReturnType<typeof provingKeyTasks>>;

export async function provingKeyTasks() {
  const engine = await createEngine();
  const g2 = await g2Maker(engine);
  return {
    columns: (input: ColumnsInput): Uint8Array => columns(engine, input),
    /** Multiples of the group's generator, for each canonical scalar of 32 bytes. */
    points: ({ group, scalars }: { readonly group: 'g1' | 'g2'; readonly scalars: Uint8Array }): Uint8Array =>
      group === 'g1' ? g1Multiples(engine, scalars) : g2(scalars),
  };
}

export interface ColumnsInput {
  readonly matrix: SparseMatrix;
  readonly coefficients: Uint8Array;
  readonly signals: number;
  /** Canonical weights of all rows. */
  readonly weights: Uint8Array;
}

/** Canonical column sums. */
export function columns(engine: Engine, { matrix, coefficients, signals, weights }: ColumnsInput): Uint8Array {
  const { fr } = engine;
  return fr.toCanonical(columnSums(engine, matrix, coefficients, signals, fr.fromCanonical(weights)));
}

/** Multiples of G1's generator: 64 bytes each, x and y in Montgomery form; infinity is all zeros. */
export function g1Multiples(engine: Engine, scalars: Uint8Array): Uint8Array {
  const points = engine.g1.fixedBase(G1_PARAMS.generator, engine.fr.fromCanonical(scalars));
  return toMontgomery(points, engine, 'fq');
}

/** Coefficients as section 4 of a .zkey wants them: v 2^512, so that a product with a plain witness is in Montgomery form. */
export function doubleMontgomeryBytes(engine: Engine, canonical: Uint8Array): Uint8Array {
  return toMontgomery(multiple(engine, MONTGOMERY, engine.fr.fromCanonical(canonical)), engine, 'fr');
}

/** Multiples of G2's generator: 128 bytes each for 32 bytes of canonical scalar, as g1Multiples. */
export type G2Maker = (scalars: Uint8Array) => Uint8Array;

/** @param engine of the same internal form as the prover's kernels */
export async function g2Maker(engine: Engine): Promise<G2Maker> {
  const { fr, g2 } = await createProverKernels();
  const { BASE } = bn254.G2.Point;
  return (scalars) => toMontgomery(g2.fixedBase(BASE, fr.fromCanonical(scalars)), engine, 'fq');
}
