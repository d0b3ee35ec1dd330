/**
 * The messages of the Spartan proof inside the wrap and the sponges that its challenges come from.
 *
 * All of them are private wires of the wrap circuit. Their order in the transcript: linear; the rounds of the first
 * sum-check, each answered by a challenge; a, b and l, answered by gamma; the rounds of the second; the claims on M and P.
 */
import { type SpongeArithmetic, Transcript } from '../../algebra/sponge.ts';
import type { RunningInstance } from '../../folding/instance.ts';

/** What is proven of the folded instance: <eq(rho), Q(z)> = v for z = (u, x, M, P). */
export type SpartanClaim<E> = Pick<RunningInstance<E>, 'u' | 'x' | 'rho' | 'v'>;

/** The prover's messages, in the order above. */
export interface SpartanProof {
  /** sum_i eq(rho, i) L_i(z), the linear part of all rows (without its factor u^4). */
  readonly linear: bigint;
  /** Per round, highest coordinate first: coefficients 0 and 2 to 6 of the round's polynomial; 1 follows. */
  readonly outer: readonly (readonly bigint[])[];
  /** Extensions of the left and right operands and of the S-boxes' inputs at the end of the first sum-check. */
  readonly a: bigint;
  readonly b: bigint;
  readonly l: bigint;
  /** Coefficients 0 and 2. */
  readonly inner: readonly (readonly bigint[])[];
  /** The extensions of the blocks, M~ and P~, and of joined vectors at the end of the second: what the opening shows. */
  readonly claims: readonly bigint[];
}

/** Where the proof ends: a point and the values that the commitments are claimed to have there. */
export interface SpartanOutcome<E> {
  /** Coordinate j weighs bit j of an index into the longest vector; a vector's point is its first `log` coordinates. */
  readonly ry: readonly E[];
  /** The extension of each block, then of each joined vector at its point. */
  readonly claims: readonly E[];
}

/**
 * Degrees of the rounds' polynomials, and so the numbers of coefficients that are sent: all but number 1. The first
 * sum-check multiplies a weight with a fifth power, the second a weight with a value.
 */
export const OUTER_DEGREE = 6;
export const INNER_DEGREE = 2;

/** Rates that take a round's message in one permutation; a narrow one has fewer constraints (264 at width 4, 612 at 17). */
const OUTER_RATE = OUTER_DEGREE;
const INNER_RATE = 3;

/** The sponge of the first sum-check, bound to everything that `transcript` has absorbed. */
export function outerTranscript<E>(f: SpongeArithmetic<E>, transcript: Transcript<E>): Transcript<E> {
  return after(f, 'spartan-outer', OUTER_RATE, transcript.squeeze());
}

/**
 * The sponge of the second one, bound to the first by gamma, its last challenge. It must be bound back with
 * `transcript.absorb(rounds.squeeze())` when the proof ends.
 */
export function innerTranscript<E>(f: SpongeArithmetic<E>, gamma: E): Transcript<E> {
  return after(f, 'spartan-inner', INNER_RATE, gamma);
}

/** Absorbs a message, returns the challenge. */
export type Answer = (message: readonly bigint[]) => bigint;

/** A message goes in, the next challenge comes out. */
export function answersOf(rounds: Transcript<bigint>): Answer {
  return (message) => {
    rounds.absorb(...message);
    return rounds.squeeze();
  };
}

/** A sponge of its own that is bound to another one by what that squeezes. */
export function after<E>(f: SpongeArithmetic<E>, domain: string, rate: number, squeezed: E): Transcript<E> {
  const rounds = new Transcript(f, domain, rate);
  rounds.absorb(squeezed);
  return rounds;
}
