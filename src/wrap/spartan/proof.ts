/**
 * The messages of the Spartan proof inside the wrap and the sponge that its challenges come from.
 *
 * All of them are private wires of the wrap circuit. Their order in the transcript: linear; the rounds of the first
 * sum-check, each answered by a challenge; a and b, answered by gamma; the rounds of the second; the claims on M and P.
 */
import { type SpongeArithmetic, Transcript } from '../../algebra/sponge.ts';
import type { RunningInstance } from '../../folding/instance.ts';

/** What is proven of the folded instance: <eq(rho), Q(z)> = v for z = (u, x, M, P). */
export type SpartanClaim<E> = Pick<RunningInstance<E>, 'u' | 'x' | 'rho' | 'v'>;

export interface SpartanProof {
  /** sum_i eq(rho, i) L_i(z), the linear part of all rows (without its factor u). */
  readonly linear: bigint;
  /** Per round, highest coordinate first: coefficients 0, 2 and 3 of the round's polynomial; 1 follows. */
  readonly outer: readonly (readonly bigint[])[];
  /** Extensions of the left and right operands at the end of the first sum-check. */
  readonly a: bigint;
  readonly b: bigint;
  /** Coefficients 0 and 2. */
  readonly inner: readonly (readonly bigint[])[];
  /** The blocks' extensions, M~ and P~, at the end of the second: what the opening shows. */
  readonly claims: readonly bigint[];
}

/** Where the proof ends: a point and the values that the commitments are claimed to have there. */
export interface SpartanOutcome<E> {
  /** Coordinate j weighs bit j of an index into the longest block; a block's point is its first `log` coordinates. */
  readonly ry: readonly E[];
  /** Each block's extension at its point. */
  readonly claims: readonly E[];
}

/** Coefficients of a round's polynomial that are sent: all but number 1. */
export const OUTER_DEGREE = 3;
export const INNER_DEGREE = 2;

/** A round absorbs at most three elements: width 4 makes a permutation 264 rows instead of 612. */
const ROUND_RATE = 3;

/**
 * A sponge for the rounds, bound to everything that `transcript` has absorbed. It must be bound back with
 * `transcript.absorb(rounds.squeeze())` when the proof ends.
 */
export function roundTranscript<E>(f: SpongeArithmetic<E>, transcript: Transcript<E>): Transcript<E> {
  const rounds = new Transcript(f, 'spartan', ROUND_RATE);
  rounds.absorb(transcript.squeeze());
  return rounds;
}
