/**
 * The signals of the wrap, and how three public inputs stand for all of them (protocol section 9.5).
 *
 * What the circuit shows to the outside is a list: the statement, the limbs of every commitment, zeta, g, f(zeta), f(1/zeta).
 * Each public input of Groth16 costs a multiplication on the chain, so public are only
 *
 *     h' = hash('wrap-signals', list),   kappa = keccak(tag, h', list) mod r,   y = sum_i kappa^i list_i.
 *
 * The circuit computes h' and y from ITS list S; kappa is any number to it. Verifiers take h' from the proof and compute kappa
 * and y from THEIR list S', which follows from the statement and from points that they have validated. S is fixed by h', and
 * every S' has a kappa of its own, drawn after both: where S and S' differ, y is right for at most length - 1 values of kappa.
 * So S = S', and with it all that the limbs of S need: those of S' are canonical.
 *
 * The order of the list stands here and nowhere else: circuit, verifier and contract hand in what they call its elements.
 */
import { field } from '../algebra/field.ts';
import { R } from '../algebra/params.ts';
import { hash, type SpongeArithmetic } from '../algebra/sponge.ts';
import { assertEqual, type ConstraintSystem, multiply } from '../circuit/constraint-system.ts';
import { type Commitment, commitmentOf, limbsOfCommitment } from '../folding/instance.ts';
import {
  type FinalProof,
  type FinalStatement,
  OPENED,
  pointsOf,
  type StatementOf,
  statementWords,
  wordChallenge,
} from './final-proof.ts';

/** h', kappa, y. */
export const PUBLIC_INPUTS = 3;

/** Domain of kappa. */
export const KAPPA = 'wrap-kappa';

/** What the list is made of; E is a value, an element of a circuit, or an expression of the contract. */
export interface SignalSource<E> {
  readonly statement: StatementOf<E>;
  /** The commitments of the blocks in their order, then [s]. */
  readonly points: readonly Commitment<E>[];
  readonly opened: Readonly<Record<(typeof OPENED)[number], E>>;
}

/** D, h_in, o, k, n, root; x lo, x hi, y lo, y hi (136 low, 118 high bits) of every point; zeta, g, f1, f2. */
export function signalList<E>({ statement, points, opened }: SignalSource<E>): E[] {
  return [...statementWords(statement), ...points.flatMap(limbsOfCommitment), ...OPENED.map((name) => opened[name])];
}

/** S', always computed from the points, never read: two encodings of one point cannot exist. */
export function signalsOf(statement: FinalStatement, opening: FinalProof['opening']): bigint[] {
  return signalList({ statement, points: pointsOf(opening).map(commitmentOf), opened: opening });
}

/** h'. */
export function digestSignals<E>(f: SpongeArithmetic<E>, list: readonly E[]): E {
  return hash(f, 'wrap-signals', list);
}

/** sum_i kappa^i list_i, by Horner's rule. */
function combine<E>(f: { mul(a: E, b: E): E; add(a: E, b: E): E }, kappa: E, list: readonly E[]): E {
  return list.reduceRight((sum, signal) => f.add(f.mul(kappa, sum), signal));
}

/** h', kappa, y for a digest and a list that need not belong together: that they do is what the proof shows. */
export function publicInputsOf(digest: bigint, list: readonly bigint[]): bigint[] {
  const kappa = wordChallenge(KAPPA, [digest, ...list]);
  return [digest, kappa, combine(field(R), kappa, list)];
}

/** The public inputs under which a proof is verified. */
export function publicInputs(
  statement: FinalStatement,
  proof: Pick<FinalProof, 'opening' | 'signalsDigest'>,
): bigint[] {
  return publicInputsOf(proof.signalsDigest, signalsOf(statement, proof.opening));
}

/** The circuit's side: h' and y of its list are its first and third public input, the second is kappa. */
export function publishSignals<E>(cs: ConstraintSystem<E>, list: readonly E[]): void {
  const digest = cs.scope('digest', () => digestSignals(cs, list));
  const values = (): bigint[] => {
    const signals = list.map((signal) => cs.value(signal));
    return publicInputsOf(cs.value(digest), signals);
  };
  const [first, kappa, third] = cs.publicInputs(values, PUBLIC_INPUTS) as [E, E, E];
  cs.scope('digest', () => assertEqual(cs, first, digest));
  cs.scope('combination', () => {
    const arithmetic = { mul: (a: E, b: E) => multiply(cs, a, b), add: (a: E, b: E) => cs.add(a, b) };
    assertEqual(cs, third, combine(arithmetic, kappa, list));
  });
}
