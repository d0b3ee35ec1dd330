/**
 * Opens the committed blocks where Spartan ended (protocol section 9.3): M~ at the first modelLog coordinates of ry, P~
 * at the first witnessLog. One polynomial s, one point zeta, and one pair of KZG quotients for f = p_M + g p_P + g^2 s.
 * The circuit's side is verify.ts; that f takes its two values is checked outside, by a pairing.
 */
import type { Engine, Points, Vec } from '../../algebra/engine.ts';
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { type Affine, R } from '../../algebra/params.ts';
import type { Transcript } from '../../algebra/sponge.ts';
import { invariant } from '../../errors.ts';
import { keyRange } from '../../folding/commit.ts';
import { commitmentOf, limbsOfCommitment } from '../../folding/instance.ts';
import type { StepSystem } from '../../folding/step-system.ts';
import type { Pieces } from '../../pieces.ts';
import type { FinalOpening } from '../final-proof.ts';
import { type CommittedBlocks, padded } from '../spartan/blocks.ts';
import { correlation, divide, evaluate } from './tensor.ts';

/** p_M, p_P and s at one point. */
export interface Evaluations<E> {
  readonly model: E;
  readonly witness: E;
  readonly s: E;
}

/** The prover's messages: s is public, the six evaluations are private wires (public they would leak the weights). */
export interface OpeningMessages {
  readonly s: Affine;
  /** At zeta, then at 1/zeta. */
  readonly evaluations: readonly [Evaluations<bigint>, Evaluations<bigint>];
}

export interface ProvenOpening {
  readonly messages: OpeningMessages;
  /** The public part, but for the two commitments that were there before. */
  readonly opening: Omit<FinalOpening, 'cmM' | 'cmP'>;
}

const F = field(R);

/**
 * `transcript` continues where proveSpartan left it; it must have absorbed the claimed values cM, cP (which Spartan
 * does). Three multi-scalar multiplications of 2^witnessLog points. Throws E_BUG when the key is too short.
 */
export function* proveOpening(
  engine: Engine,
  transcript: Transcript<bigint>,
  { key, layout }: Pick<StepSystem, 'key' | 'layout'>,
  { model, witness }: CommittedBlocks,
  ry: readonly bigint[],
): Pieces<ProvenOpening> {
  const { fr } = engine;
  const length = Math.max(model.length, witness.length) / FIELD_BYTES;
  /** a + k b, the shorter ones padded. */
  const combined = (a: Vec, k: bigint, b: Vec): Vec => {
    const sum = padded(a, length);
    fr.axpy(sum, fr.encode([k]), padded(b, length));
    return sum;
  };

  const batch = transcript.squeeze();
  const sModel = yield* correlation(engine, model, ry.slice(0, layout.modelLog));
  yield;
  const sWitness = yield* correlation(engine, witness, ry.slice(0, layout.witnessLog));
  const sVector = combined(sModel, batch, sWitness);
  yield;
  const s = commit(engine, key, sVector);
  transcript.absorb(...limbsOfCommitment(commitmentOf(s)));

  yield;
  const zeta = transcript.squeeze();
  const coefficients = { model: fr.decode(model), witness: fr.decode(witness), s: fr.decode(sVector) };
  const at = (x: bigint): Evaluations<bigint> => ({
    model: evaluate(coefficients.model, x),
    witness: evaluate(coefficients.witness, x),
    s: evaluate(coefficients.s, x),
  });
  yield;
  const atZeta = at(zeta);
  yield;
  const evaluations = [atZeta, at(F.inv(zeta))] as const;
  transcript.absorb(...evaluations.flatMap(elementsOfEvaluations));

  yield;
  const g = transcript.squeeze();
  const f = fr.decode(combined(combined(model, g, witness), F.mul(g, g), sVector));
  yield;
  const [first, second] = [divide(f, zeta), divide(f, F.inv(zeta))];
  yield;
  const w1 = commit(engine, key, fr.encode(first.quotient));
  yield;
  const w2 = commit(engine, key, fr.encode(second.quotient));
  return { messages: { s, evaluations }, opening: { s, w1, w2, zeta, g, f1: first.value, f2: second.value } };
}

/** Evaluations in the order in which the transcript absorbs them. */
export function elementsOfEvaluations<E>({ model, witness, s }: Evaluations<E>): E[] {
  return [model, witness, s];
}

/** [p(tau)]_1; infinity would mean p(tau) = 0, which blinding makes as unlikely as guessing tau. */
function commit(engine: Engine, key: Points, p: Vec): Affine {
  const point = engine.g1.msm(keyRange(key, 0, p.length / FIELD_BYTES), { kind: 'full', values: p });
  invariant(point, 'a commitment of the opening is infinity');
  return point;
}
