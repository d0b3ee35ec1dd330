/**
 * The rows of the CycleFold instance inside the wrap: Q(z) = e modulo q (protocol section 9, step 4).
 *
 * Rows are taken in groups of forty. With challenges alpha_1 .. alpha_40, the same for every group, one integer stands for
 * a group: S = sum alpha_i (Q_i(z) - e_i), and S = 0 modulo q is shown exactly (reduction.ts). If a row of the group
 * is false, S = 0 has probability below 2^-126.5 (challenges.ts): z and e modulo q are fixed before the challenges,
 * by the instance and its commitment, and so are the auxiliary values, which their definitions determine modulo q.
 *
 * Everything is a polynomial in T of degree <= 8, known by its values at nine points: a product of
 * two values costs nine constraints, whatever the number of limbs.
 */
import { field } from '../../algebra/field.ts';
import { Q } from '../../algebra/params.ts';
import { type ConstraintSystem, inScope, multiply, sumOfProducts } from '../../circuit/constraint-system.ts';
import type { Interruptible } from '../../turns.ts';
import { challengePair, PAIR_BITS } from './challenges.ts';
import type { Definition, IntegerRows } from './integer-rows.ts';
import { allocateLimbs, evaluate, LIMB, LIMBS, type Limbs, signedValue } from './limbs.ts';
import { assertMultipleOfQ, evaluationPoints } from './reduction.ts';

/** A challenge costs about 500 constraints, a group about 1,950: the sum is least near 40 for 391 rows. */
const GROUP = 40;
/** Elements that are squeezed for a relation of that many rows: each gives two challenges. */
export function challengeCount(rows: number): number {
  return Math.ceil(Math.min(GROUP, rows) / 2);
}

/** Degree of a value, and of a product. */
const DEGREE = LIMBS - 1;

/**
 * Asserts Q(z) = e modulo q.
 * @param z (u, x, w) as integers, and @param errors e as integers: limbs below 2^51 in size, already bound
 * @param squeeze challenges that depend on all of it
 */
export function* assertRelaxedRows<E>(
  cs: ConstraintSystem<E>,
  system: IntegerRows,
  z: readonly Limbs<E>[],
  errors: readonly Limbs<E>[],
  squeeze: () => E,
): Interruptible<void> {
  const values = [...z];
  cs.scope('definitions', () => {
    for (const definition of system.definitions) values.push(define(cs, definition, values));
  });
  const groups = Array.from({ length: Math.ceil(system.rows.length / GROUP) }, (_, g) =>
    system.rows.slice(GROUP * g, GROUP * (g + 1)).map((row, i) => ({ row, error: errors[GROUP * g + i]! })),
  );
  const alphas = cs.scope('challenges', () =>
    Array.from({ length: challengeCount(system.rows.length) }, () => challengePair(cs, squeeze())).flat(),
  );
  yield;
  /** S of every group at each point. */
  function* sumsAtPoints(): Interruptible<E[][]> {
    const points: E[][] = [];
    for (const t of evaluationPoints(2 * DEGREE)) {
      const at = values.map((limbs) => evaluate(cs, limbs, t));
      const operands = system.operands.map((terms) => cs.sum(terms.map(([c, v]) => [c, at[v]!] as const)));
      const products = system.products.map(([a, b]) => multiply(cs, operands[a]!, operands[b]!));
      points.push(
        groups.map((group) =>
          sumOfProducts(
            cs,
            group.map(({ row, error }, i) => {
              const terms = row.terms.map(([c, p]) => [c, products[p]!] as const);
              return [alphas[i]!, cs.sum([...terms, [-1n, evaluate(cs, error, t)]])] as const;
            }),
          ),
        ),
      );
      yield;
    }
    return points;
  }
  const sums = yield* inScope(cs, 'products', sumsAtPoints());
  cs.scope('reductions', () => {
    groups.forEach((group, g) => {
      const bound = group.reduce((sum, { row }) => sum + row.bound, 0n) << BigInt(PAIR_BITS);
      assertMultipleOfQ(
        cs,
        sums.map((atPoint) => atPoint[g]!),
        bound,
      );
    });
  });
}

/** The value that a definition determines modulo q, as an integer in [0, 2^255). */
function define<E>(cs: ConstraintSystem<E>, { denominator, terms }: Definition, values: readonly Limbs<E>[]): Limbs<E> {
  const F = field(Q);
  const limbs = allocateLimbs(cs, () => {
    const sum = terms.reduce((s, [c, v]) => s + c * signedValue(cs, values[v]!), 0n);
    return F.mul(F.create(sum), F.inv(F.create(denominator)));
  });
  const norm = [denominator, ...terms.map(([c]) => c)].reduce((sum, c) => sum + (c < 0n ? -c : c), 0n);
  const differences = evaluationPoints(DEGREE).map((t) =>
    cs.sum([
      [denominator, evaluate(cs, limbs, t)],
      ...terms.map(([c, v]) => [-c, evaluate(cs, values[v]!, t)] as const),
    ]),
  );
  assertMultipleOfQ(cs, differences, norm * LIMB);
  return limbs;
}
