/**
 * The rows' identity as a circuit (protocol section 9.4): S(2^45) is a multiple of q, exactly; and S(theta) is what the variables make
 * of it, by a sum-check of degree three over the products, which ends in one value of their left and of their right operands.
 */
import type { Transcript } from '../../algebra/sponge.ts';
import { type ConstraintSystem, multiply } from '../../circuit/constraint-system.ts';
import type { Interruptible } from '../../turns.ts';
import { EqTree, longSum } from '../spartan/eq.ts';
import { verifyRounds } from '../spartan/rounds.ts';
import { evaluateLimbs, type Limbs } from './limbs.ts';
import { type AuxiliaryProof, ROWS_DEGREE } from './proof.ts';
import type { RowSystem } from './row-system.ts';
import type { RowWeights } from './row-weights.ts';

/** Claims about the scalars: sums over i of weights[i] times the value of scalar i at theta. */
export interface RowsOutcome<E> {
  /** sum_i W_i e_i(theta); the weights are W. */
  readonly errors: E;
  /** Of w, in the left and in the right operands. */
  readonly left: { readonly claim: E; readonly weights: readonly E[] };
  readonly right: { readonly claim: E; readonly weights: readonly E[] };
}

/**
 * @param head limbs of u and x, in range
 * @param identity S(theta)
 * @param rounds a sponge that has absorbed Aux, S and theta
 */
export function* verifyRows<E>(
  cs: ConstraintSystem<E>,
  system: RowSystem,
  weights: RowWeights<E>,
  head: readonly Limbs<E>[],
  identity: E,
  rounds: Transcript<E>,
  proof: () => Pick<AuxiliaryProof, 'errors' | 'rows'>,
): Interruptible<RowsOutcome<E>> {
  const errors = cs.field(() => proof().errors);
  rounds.absorb(errors);
  const start = cs.add(identity, errors);
  const { point, claim } = verifyRounds(cs, rounds, start, system.log, ROWS_DEGREE, () => proof().rows.rounds);
  const [a, b] = [cs.field(() => proof().rows.a), cs.field(() => proof().rows.b)];
  rounds.absorb(a, b);

  yield;
  const tree = new EqTree(cs, cs.constant(1n), point);
  const leaves = system.products.map((_, p) => tree.leaf(p));
  const ofProducts = weights.products();
  const weight = yield* longSum(
    cs,
    ofProducts.map((v, p) => [v, leaves[p]!] as const),
  );
  cs.row([weight, multiply(cs, a, b)], [cs.scale(-1n, claim), cs.constant(1n)]);
  yield;
  const values = head.map((limbs) => evaluateLimbs(cs, limbs, weights.powers));
  const side = (claimed: E, which: 0 | 1) => {
    const ofVariables = weights.variables(leaves, which);
    const ofHead = values.map((value, v) => [-1n, multiply(cs, ofVariables[v]!, value)] as const);
    return { claim: cs.sum([[1n, claimed], ...ofHead]), weights: ofVariables.slice(system.head) };
  };
  return { errors, left: side(a, 0), right: side(b, 1) };
}
