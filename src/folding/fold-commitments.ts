/**
 * The commitments' part of a fold, the prover's side (protocol section 4): cm* = cm_1 + R cm_2 of every block, and the CycleFold
 * instances that say so, folded one after another.
 *
 * Only the cross terms depend on the instance before, through its challenge. Witnesses and commitments to them do not, and of an
 * instance its two sums need nothing of each other, so that several threads have work from the start.
 */
import type { Engine } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import type { Transcript } from '../algebra/sponge.ts';
import { lowChallenge } from '../circuit/gadgets/bits.ts';
import { limbsOf } from '../circuit/gadgets/fq.ts';
import { invariant } from '../errors.ts';
import type { BegunCycleFold, CycleFold, CycleFoldRunning, FreshCycleFold } from './cyclefold.ts';
import type { CycleFoldInput } from './cyclefold-circuit.ts';
import type { CycleFoldWork } from './cyclefold-witness.ts';

export interface FoldedCommitments {
  readonly cms: readonly Affine[];
  /** Commitments to the fresh CycleFold instances. */
  readonly fresh: readonly Affine[];
  readonly running: CycleFoldRunning;
}

/** The challenge, and R = n(r). */
export interface FoldChallenge {
  readonly r: bigint;
  readonly scalar: bigint;
}

/** A block's new commitment and its CycleFold instance, as far as it goes without the running one. */
interface Side {
  readonly folded: Affine;
  readonly input: CycleFoldInput;
  readonly begun: BegunCycleFold;
}

/**
 * Folds pairs of commitments, block by block; changes the running CycleFold witness.
 * @param meanwhile called when the last cross term is being summed, where there is no work left for more than one thread
 */
export async function foldCommitments(
  engine: Engine,
  circuit: CycleFold,
  { instance: before, witness }: CycleFoldRunning,
  pairs: readonly (readonly [Affine, Affine])[],
  { r, scalar }: FoldChallenge,
  transcript: Transcript<bigint>,
  work: CycleFoldWork,
  meanwhile: () => void,
): Promise<FoldedCommitments> {
  const last = pairs.length - 1;
  const crossed = ({ input, begun }: Side): Promise<FreshCycleFold> => {
    const fresh = circuit.fresh({ witness }, input, work, begun);
    // awaited later: should another part fail first, this failure must not stay unhandled
    fresh.catch(() => {});
    return fresh;
  };
  let next: Promise<FreshCycleFold> | undefined;
  const sides = pairs.map(([cm1, cm2]): Side => {
    const folded = foldPoint(engine, cm1, cm2, scalar);
    const input = [r, ...[cm1, cm2, folded].flatMap(({ x, y }) => [x, y])];
    const side = { folded, input, begun: circuit.begin(input, work) };
    next ??= crossed(side);
    return side;
  });
  if (last === 0) meanwhile();
  let instance = before;
  const commitments: Affine[] = [];
  for (const k of sides.keys()) {
    const fresh: FreshCycleFold = await next!;
    const { commitment, input } = fresh;
    const limbs = input.slice(1).flatMap((v) => [limbsOf(v).lo, limbsOf(v).hi]);
    transcript.absorb(commitment.x, commitment.y, r, ...limbs);
    const s = lowChallenge(transcript.squeeze());
    circuit.foldWitness(witness, fresh, s);
    if (k < last) next = crossed(sides[k + 1]!);
    if (k + 1 === last) meanwhile();
    instance = circuit.foldInstance(instance, fresh, s);
    commitments.push(commitment);
  }
  return { cms: sides.map(({ folded }) => folded), fresh: commitments, running: { instance, witness } };
}

/** cm1 + R cm2. */
function foldPoint(engine: Engine, cm1: Affine, cm2: Affine, scalar: bigint): Affine {
  const product = engine.g1.msm(engine.g1.encodePoints([cm2]), { kind: 'full', values: engine.fr.encode([scalar]) });
  const sum = engine.g1.sum([cm1, product]);
  invariant(sum, 'a folded commitment is infinity');
  return sum;
}
