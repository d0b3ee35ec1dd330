/**
 * Constants of Poseidon over Fr, widths 2 to 17: those of circomlib (and of poseidon-lite, go-iden3-crypto, ...).
 *
 * Source: the Poseidon paper's appendix E and its reference script generate_parameters_grain.sage, called for a prime
 * field of 254 bits, S-box x^5, R_F = 8 and circomlib's R_P: a Grain LFSR seeded with these parameters yields the round
 * constants (by rejection), then x_0..x_{t-1}, y_0..y_{t-1} (reduced modulo r) of the Cauchy matrix M_ij = 1/(x_i + y_j).
 * Generated instead of listed: 16 widths are 260 kB of digits and a listed digit can be wrong unseen.
 * Tested against poseidon-lite and noble's generator at every width and against circomlib's published vectors.
 */
import { invariant } from '../../errors.ts';
import { field } from '../field.ts';
import { R } from '../params.ts';
import { GrainBits } from './grain.ts';

const MIN_WIDTH = 2;
const MAX_WIDTH = 17;
const FIELD_BITS = 254;

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

const Fr = field(R);
const cache = new Map<number, PoseidonConstants>();

/** R_P of width t. */
export function partialRounds(t: number): number {
  invariant(Number.isInteger(t) && t >= MIN_WIDTH && t <= MAX_WIDTH, `Poseidon has widths 2 to 17, not ${t}`);
  return PARTIAL_ROUNDS[t - MIN_WIDTH]!;
}

/** Constants of width t (2..17), generated at the first call (about 0.02 s for t = 17) and kept. */
export function poseidonConstants(t: number): PoseidonConstants {
  let constants = cache.get(t);
  if (!constants) {
    const rounds = { roundsFull: FULL_ROUNDS, roundsPartial: partialRounds(t) };
    constants = { ...rounds, ...generate(t, FULL_ROUNDS + rounds.roundsPartial) };
    cache.set(t, constants);
  }
  return constants;
}

function generate(t: number, rounds: number): Pick<PoseidonConstants, 'roundConstants' | 'mds'> {
  const bits = new GrainBits({
    fieldBits: FIELD_BITS,
    width: t,
    fullRounds: FULL_ROUNDS,
    partialRounds: rounds - FULL_ROUNDS,
  });
  const constant = (): bigint => {
    for (;;) {
      const value = bits.integer(FIELD_BITS);
      if (value < R) return value;
    }
  };
  const row = (element: () => bigint): bigint[] => Array.from({ length: t }, element);
  const roundConstants = Array.from({ length: rounds }, () => row(constant));
  const [x, y] = [row(() => bits.integer(FIELD_BITS) % R), row(() => bits.integer(FIELD_BITS) % R)];
  const inverses = Fr.batchInv(x.flatMap((a) => y.map((b) => Fr.add(a, b))));
  return { roundConstants, mds: x.map((_, i) => inverses.slice(i * t, (i + 1) * t)) };
}
