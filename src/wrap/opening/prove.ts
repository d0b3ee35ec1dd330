/**
 * Opens the committed blocks and Aux where Spartan ended (protocol section 9.3): each extension at the first coordinates of ry, as
 * many as it needs. One polynomial s, one point zeta, and one pair of KZG quotients for f = p_M + g p_P + g^2 p_Aux + g^3 s.
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
import type { BlockLayout } from '../../folding/layout.ts';
import type { Interruptible } from '../../turns.ts';
import type { FinalOpening } from '../final-proof.ts';
import { padded } from '../spartan/blocks.ts';
import { correlation, divide, evaluate } from './tensor.ts';

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
 * Three multi-scalar multiplications as long as the longest block. Throws E_BUG when the key is too short.
 */
export function* proveOpening(
  engine: Engine,
  transcript: Transcript<bigint>,
  { key, layout }: { readonly key: Points; readonly layout: OpeningLayout },
  blocks: readonly Vec[],
  ry: readonly bigint[],
): Interruptible<ProvenOpening> {
  const { fr } = engine;
  const length = Math.max(...blocks.map((block) => block.length)) / FIELD_BYTES;
  /** sum k^i vectors[i], the shorter ones padded. */
  const combined = (vectors: readonly Vec[], k: bigint): Vec => {
    const [first, ...rest] = vectors;
    const sum = padded(first!, length);
    let power = 1n;
    for (const v of rest) {
      power = F.mul(power, k);
      fr.axpy(sum, fr.encode([power]), padded(v, length));
    }
    return sum;
  };

  const batch = transcript.squeeze();
  const correlations: Vec[] = [];
  for (const [k, block] of blocks.entries()) {
    correlations.push(yield* correlation(engine, block, ry.slice(0, layout.blocks[k]!.log)));
    yield;
  }
  const sVector = combined(correlations, batch);
  const s = commitPolynomial(engine, key, sVector);
  transcript.absorb(...limbsOfCommitment(commitmentOf(s)));

  yield;
  const zeta = transcript.squeeze();
  const coefficients = { blocks: blocks.map((block) => fr.decode(block)), s: fr.decode(sVector) };
  const at = (x: bigint): Evaluations<bigint> => ({
    blocks: coefficients.blocks.map((block) => evaluate(block, x)),
    s: evaluate(coefficients.s, x),
  });
  yield;
  const atZeta = at(zeta);
  yield;
  const evaluations = [atZeta, at(F.inv(zeta))] as const;
  transcript.absorb(...evaluations.flatMap(elementsOfEvaluations));

  yield;
  const g = transcript.squeeze();
  const f = fr.decode(combined([...blocks, sVector], g));
  yield;
  const [first, second] = [divide(f, zeta), divide(f, F.inv(zeta))];
  yield;
  const w1 = commitPolynomial(engine, key, fr.encode(first.quotient));
  yield;
  const w2 = commitPolynomial(engine, key, fr.encode(second.quotient));
  return { messages: { s, evaluations }, opening: { s, w1, w2, zeta, g, f1: first.value, f2: second.value } };
}

/** Evaluations in the order in which the transcript absorbs them. */
export function elementsOfEvaluations<E>({ blocks, s }: Evaluations<E>): E[] {
  return [...blocks, s];
}

/** [p(tau)]_1; infinity would mean p(tau) = 0, which blinding makes as unlikely as guessing tau. */
export function commitPolynomial(engine: Engine, key: Points, p: Vec): Affine {
  const point = engine.g1.msm(keyRange(key, 0, p.length / FIELD_BYTES), { kind: 'full', values: p });
  invariant(point, 'a commitment of the wrap is infinity');
  return point;
}
