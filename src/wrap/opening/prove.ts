/**
 * Opens the committed blocks and Aux where Spartan ended (protocol section 9.3): each extension at the first coordinates of ry, as
 * many as it needs. One polynomial s, one point zeta, and one pair of KZG quotients for f = p_M + g p_P + g^2 p_Aux + g^3 s.
 * The circuit's side is verify.ts; that f takes its two values is checked outside, by a pairing.
 */
import type { Engine, Vec } from '../../algebra/engine.ts';
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { type Affine, R } from '../../algebra/params.ts';
import type { Transcript } from '../../algebra/sponge.ts';
import { commitmentOf, limbsOfCommitment } from '../../folding/instance.ts';
import type { BlockLayout } from '../../folding/layout.ts';
import { inTurns, otherTurns } from '../../turns.ts';
import type { FinalOpening } from '../final-proof.ts';
import { padded, slice } from '../spartan/blocks.ts';
import type { Commit } from './commit.ts';
import { correlation, divide, evaluate, powersOf } from './tensor.ts';

/** s for a vector and a point (tensor.ts). */
export type Correlate = (p: Vec, point: readonly bigint[]) => Promise<Vec>;

/** The polynomials of the blocks and of Aux, and s at one point. */
export interface Evaluations<E> {
  readonly blocks: readonly E[];
  readonly s: E;
}

/** The prover's messages: s is public, the evaluations are private wires (public they would leak the weights). */
export interface OpeningMessages {
  readonly s: Affine;
  /** At zeta, then at 1/zeta. */
  readonly evaluations: readonly [Evaluations<bigint>, Evaluations<bigint>];
}

export interface ProvenOpening {
  readonly messages: OpeningMessages;
  /** The public part, but for the commitments that were there before. */
  readonly opening: Omit<FinalOpening, 'cms' | 'cmAux'>;
}

/** What decides here: how long each block and joined vector is. */
export interface OpeningLayout {
  readonly blocks: readonly Pick<BlockLayout, 'log'>[];
}

const F = field(R);

/**
 * `transcript` continues where proveSpartan left it; it must have absorbed the claimed values (which Spartan does).
 * Three commitments, each with one coefficient less than the longest vector.
 * @throws E_ABORTED, and what `commit` throws
 */
export async function proveOpening(
  engine: Engine,
  transcript: Transcript<bigint>,
  { commit, layout }: { readonly commit: Commit; readonly layout: OpeningLayout },
  vectors: readonly Vec[],
  ry: readonly bigint[],
  signal?: AbortSignal,
  correlate: Correlate = (p, point) => inTurns(correlation(engine, p, point), signal),
): Promise<ProvenOpening> {
  const { fr } = engine;
  const length = Math.max(...vectors.map((vector) => vector.length)) / FIELD_BYTES;
  /** sum k^i list[i], the shorter ones padded. */
  const combined = (list: readonly Vec[], k: bigint): Vec => {
    const [first, ...rest] = list;
    const sum = padded(first!, length);
    let power = 1n;
    for (const v of rest) {
      power = F.mul(power, k);
      fr.axpy(sum, fr.encode([power]), padded(v, length));
    }
    return sum;
  };

  const batch = transcript.squeeze();
  const correlations = vectors.map((vector, k) => correlate(vector, ry.slice(0, layout.blocks[k]!.log)));
  const sVector = combined(await Promise.all(correlations), batch);
  // the last coefficient is that of no power: s has one less than the longest vector
  const s = await commit(slice(sVector, 0, length - 1));
  transcript.absorb(...limbsOfCommitment(commitmentOf(s)));

  const zeta = transcript.squeeze();
  const inverse = F.inv(zeta);
  const at = (x: bigint): Evaluations<bigint> => {
    const powers = powersOf(engine, x, length);
    return { blocks: vectors.map((v) => evaluate(engine, v, powers)), s: evaluate(engine, sVector, powers) };
  };
  const atZeta = at(zeta);
  await otherTurns(signal);
  const evaluations = [atZeta, at(inverse)] as const;
  transcript.absorb(...evaluations.flatMap(elementsOfEvaluations));

  await otherTurns(signal);
  const g = transcript.squeeze();
  const f = combined([...vectors, sVector], g);
  await otherTurns(signal);
  const first = divide(engine, f, zeta);
  const w1 = commit(first.quotient);
  // what fails is told where both are awaited
  w1.catch(() => {});
  await otherTurns(signal);
  const second = divide(engine, f, inverse);
  const [p1, p2] = await Promise.all([w1, commit(second.quotient)]);
  return {
    messages: { s, evaluations },
    opening: { s, w1: p1, w2: p2, zeta, g, f1: first.value, f2: second.value },
  };
}

/** Evaluations in the order in which the transcript absorbs them. */
export function elementsOfEvaluations<E>({ blocks, s }: Evaluations<E>): E[] {
  return [...blocks, s];
}
