/**
 * Committed vectors beside the blocks of which linear claims are known: sum_i w_k(i) vector(i) = claim_k. They join the
 * second sum-check, weighted by further powers of its gamma, and the opening, as one more polynomial each.
 */
import type { Vec } from '../../algebra/engine.ts';
import type { Interruptible } from '../../turns.ts';

/** The verifier's side. The claims are bound by the transcript that Spartan starts from. */
export interface JoinedVector<E> {
  /** The vector has 2^log entries. */
  readonly log: number;
  readonly claims: readonly E[];
  /** sum_k factors[k] w_k~(point) for a point of log coordinates. */
  weight(factors: readonly E[], point: readonly E[]): Interruptible<E>;
}

/** The prover's side. */
export interface JoinedWitness {
  readonly vector: Vec;
  readonly claims: readonly bigint[];
  /** sum_k factors[k] w_k, as long as the vector. */
  weights(factors: readonly bigint[]): Interruptible<Vec>;
}
