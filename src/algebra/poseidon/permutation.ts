/**
 * The Poseidon permutation on bigints, written as the paper has it: every round adds its constants, raises the state
 * (full round) or its first element (partial round) to the fifth power and multiplies by the MDS matrix.
 * This is the twin of the engine's kernel and of the circuit gadget; both take other ways to the same values.
 */
import { invariant } from '../../errors.ts';
import { R } from '../params.ts';
import { poseidonConstants } from './constants.ts';

export interface TracedPermutation {
  readonly state: bigint[];
  /** x^2, x^4 and x^5 of every S-box in order of execution: 8 t + R_P values each. */
  readonly powers: readonly [bigint[], bigint[], bigint[]];
}

/** Permutes t canonical elements of Fr. circomlib's hash of t - 1 inputs is element 0 of permute(t, [0, ...inputs]). */
export function permute(t: number, state: readonly bigint[]): bigint[] {
  return permuteTraced(t, state).state;
}

/** As `permute`; also the powers inside every S-box, which are the circuits' witness. */
export function permuteTraced(t: number, input: readonly bigint[]): TracedPermutation {
  const { roundsFull, roundsPartial, roundConstants, mds } = poseidonConstants(t);
  invariant(input.length === t, `Poseidon of width ${t} got ${input.length} elements`);
  const powers: TracedPermutation['powers'] = [[], [], []];
  const fifthPower = (x: bigint): bigint => {
    const x2 = (x * x) % R;
    const x4 = (x2 * x2) % R;
    const x5 = (x4 * x) % R;
    [x2, x4, x5].forEach((power, k) => {
      powers[k]!.push(power);
    });
    return x5;
  };
  const half = roundsFull / 2;
  let state = [...input];
  roundConstants.forEach((constants, round) => {
    const partial = round >= half && round < half + roundsPartial;
    const keyed = state.map((x, i) => (x + constants[i]!) % R);
    const powered = keyed.map((x, i) => (partial && i > 0 ? x : fifthPower(x)));
    state = mds.map((row) => row.reduce((sum, m, j) => sum + m * powered[j]!, 0n) % R);
  });
  return { state, powers };
}
