/**
 * Constants of Poseidon over Fr, widths 2 to 17: those of circomlib (and of poseidon-lite, go-iden3-crypto, ...).
 *
 * Source: the Poseidon paper's appendix E and its reference script generate_parameters_grain.sage, called for a prime
 * field of 254 bits, S-box x^5, R_F = 8 and circomlib's R_P: a Grain LFSR seeded with these parameters yields the round
 * constants (by rejection), then x_0..x_{t-1}, y_0..y_{t-1} (reduced modulo r) of the Cauchy matrix M_ij = 1/(x_i + y_j).
 * Generated instead of listed: 16 widths are 260 kB of digits and a listed digit can be wrong unseen.
 * Tested against poseidon-lite at every width and against circomlib's published vectors.
 */
import { Field } from '@noble/curves/abstract/modular.js';
import { grainGenConstants } from '@noble/curves/abstract/poseidon.js';
import { invariant } from '../../errors.ts';
import { R } from '../params.ts';

const MIN_WIDTH = 2;
const MAX_WIDTH = 17;

/** circomlib's number of full rounds (half before, half after the partial ones). */
export const FULL_ROUNDS = 8;
/** circomlib's numbers of partial rounds for widths 2 to 17: the paper's minimum, rounded up to a multiple of t. */
const PARTIAL_ROUNDS: readonly number[] = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];

export interface PoseidonConstants {
  readonly roundsFull: number;
  readonly roundsPartial: number;
  /** One row of t constants for each of the R_F + R_P rounds. */
  readonly roundConstants: readonly (readonly bigint[])[];
  /** t rows of t entries; a round ends with state = mds * state. */
  readonly mds: readonly (readonly bigint[])[];
}

const Fr = Field(R);
const cache = new Map<number, PoseidonConstants>();

/** R_P of width t. */
export function partialRounds(t: number): number {
  invariant(Number.isInteger(t) && t >= MIN_WIDTH && t <= MAX_WIDTH, `Poseidon has widths 2 to 17, not ${t}`);
  return PARTIAL_ROUNDS[t - MIN_WIDTH]!;
}

/** Constants of width t (2..17), generated at the first call (about 0.1 s for t = 17) and kept. */
export function poseidonConstants(t: number): PoseidonConstants {
  let constants = cache.get(t);
  if (!constants) {
    const rounds = { roundsFull: FULL_ROUNDS, roundsPartial: partialRounds(t) };
    constants = { ...rounds, ...grainGenConstants({ Fp: Fr, t, ...rounds }) };
    cache.set(t, constants);
  }
  return constants;
}
