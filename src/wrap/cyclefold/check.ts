/**
 * The folded CycleFold instance checked inside the wrap (protocol section 9, step 4): some (w, e, blinding) opens its
 * commitment C on Grumpkin and satisfies Q(u, x, w) = e modulo q. 590,000 constraints, nine tenths of them for the commitment.
 *
 * Order matters. The instance is absorbed before the challenges are squeezed, and C binds w and e to one value
 * each modulo q; whatever else the prover chooses, before or after, is determined by them or exactly checked.
 */
import type { Affine } from '../../algebra/params.ts';
import type { ConstraintMatrix } from '../../circuit/compile.ts';
import { type ConstraintSystem, inScope } from '../../circuit/constraint-system.ts';
import { invariant } from '../../errors.ts';
import type { CycleFoldInstance } from '../../folding/instance.ts';
import type { Interruptible } from '../../turns.ts';
import { openCommitment } from './commitment.ts';
import { type IntegerRows, integerRows } from './integer-rows.ts';
import { limbsOfFq, limbsOfInteger } from './limbs.ts';
import { assertRelaxedRows } from './relaxed-rows.ts';

/** What of a CycleFold circuit decides: its matrix over Fq, and generators for w, then e, then the blinding scalar. */
export interface CycleFoldRelation {
  readonly matrix: ConstraintMatrix;
  readonly generators: readonly Affine[];
}

/** Opening of the instance: canonical elements of Fq. */
export interface CycleFoldOpening {
  readonly w: readonly bigint[];
  readonly e: readonly bigint[];
  readonly blinding: bigint;
}

/** u is a sum of multipliers below 2^130, two a step, in fewer than 2^32 steps. */
const U_BITS = 163;

const systems = new WeakMap<ConstraintMatrix, IntegerRows>();

/**
 * Asserts that the instance is satisfied.
 * @param instance all of it has been absorbed by the transcript behind `squeeze`; the ranges of its x (136 and 118 bits) and
 *   u (163 bits) are asserted here
 * @param squeeze one full field element of the transcript, different at each call; called 20 times
 * @param opening called once, when a witness is written
 */
export function* checkCycleFold<E>(
  cs: ConstraintSystem<E>,
  { matrix, generators }: CycleFoldRelation,
  instance: CycleFoldInstance<E>,
  squeeze: () => E,
  opening: () => CycleFoldOpening,
): Interruptible<void> {
  const { fields, rows, x } = matrix.sizes;
  invariant(generators.length === fields + rows + 1 && instance.x.length === x, 'shape of a CycleFold relation');
  const scalars = yield* inScope(
    cs,
    'cyclefold-commitment',
    openCommitment(cs, generators, instance.c, () => {
      const { w, e, blinding } = opening();
      invariant(w.length === fields && e.length === rows, 'lengths of a CycleFold opening');
      return [...w, ...e, blinding];
    }),
  );
  const errors = scalars.slice(fields, fields + rows);
  function* check(): Interruptible<void> {
    const u = limbsOfInteger(cs, instance.u, U_BITS);
    const inputs = instance.x.map((limbs) => limbsOfFq(cs, limbs));
    yield* assertRelaxedRows(cs, rowsOf(matrix), [u, ...inputs, ...scalars.slice(0, fields)], errors, squeeze);
  }
  yield* inScope(cs, 'cyclefold-rows', check());
}

function rowsOf(matrix: ConstraintMatrix): IntegerRows {
  let system = systems.get(matrix);
  if (!system) {
    system = integerRows(matrix);
    systems.set(matrix, system);
  }
  return system;
}
