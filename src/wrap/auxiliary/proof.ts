/**
 * What shows that the folded CycleFold instance is satisfied (protocol section 9.4): messages and sponges. Messages are private wires of the
 * wrap circuit, but the commitment, which is a signal.
 *
 * Order in the transcript, which has absorbed the instance: cmAux; the integer challenges, tau and lambda; S; theta; the claimed sum of
 * errors, the rounds of the rows and what they end in; the rounds of the chain and what they end in.
 */

import type { Affine } from '../../algebra/params.ts';
import type { SpongeArithmetic, Transcript } from '../../algebra/sponge.ts';
import type { ConstraintMatrix } from '../../circuit/compile.ts';
import { after } from '../spartan/proof.ts';
import { challengeSide } from './row-system.ts';

/** What of a CycleFold circuit decides: its matrix over Fq, and generators for w, then e, then the blinding scalar. */
export interface CycleFoldRelation {
  readonly matrix: ConstraintMatrix;
  readonly generators: readonly Affine[];
}

export interface AuxiliaryProof {
  /** The coefficients of S modulo r. */
  readonly identity: readonly bigint[];
  /** sum_i W_i e_i(theta). */
  readonly errors: bigint;
  /** The rows' rounds, coefficients 0, 2, 3, and the operands' extensions at their end. */
  readonly rows: { readonly rounds: readonly (readonly bigint[])[]; readonly a: bigint; readonly b: bigint };
  /** The chain's rounds, coefficients 0 and 2 to 9, and the columns' extensions at their end. */
  readonly chain: {
    readonly rounds: readonly (readonly bigint[])[];
    readonly value: bigint;
    readonly x: bigint;
    readonly slope: bigint;
  };
}

/** Degrees of the rounds' polynomials. */
export const ROWS_DEGREE = 3;
export const CHAIN_DEGREE = 9;

/** Squeezed elements of two integer challenges each: `side` of them on the high side, fewer or as many on the low one. */
export function pairCount(rows: number): number {
  return challengeSide(rows);
}

/** The sponge of the integer challenges, tau and lambda: nothing enters it, so the narrowest does. */
export function challengesTranscript<E>(f: SpongeArithmetic<E>, transcript: Transcript<E>): Transcript<E> {
  return after(f, 'auxiliary-challenges', 1, transcript.squeeze());
}

/** Sponges of the two sum-checks, whose rates take a message at once. */
export function rowsTranscript<E>(f: SpongeArithmetic<E>, transcript: Transcript<E>): Transcript<E> {
  return after(f, 'auxiliary-rows', ROWS_DEGREE, transcript.squeeze());
}

export function chainTranscript<E>(f: SpongeArithmetic<E>, transcript: Transcript<E>): Transcript<E> {
  return after(f, 'auxiliary-chain', CHAIN_DEGREE, transcript.squeeze());
}
