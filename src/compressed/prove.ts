/**
 * Compresses a folded proof: makes its last fold, proves the folded instance with Spartan, and opens its commitments. The same as the
 * wrap before Groth16 (wrap/last-fold.ts), sent as it is; also of a checkpoint, whose network is not complete.
 */
import type { Engine } from '../algebra/engine.ts';
import { FIELD_BYTES } from '../algebra/engine.ts';
import { nativeSponge, Transcript } from '../algebra/sponge.ts';
import { createBuffers, localCompute } from '../folding/compute.ts';
import { foldFresh } from '../folding/fold.ts';
import { CYCLEFOLD_INPUTS } from '../folding/instance.ts';
import { restoreChain } from '../folding/position.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { StepSystem } from '../folding/step-system.ts';
import { inTurns, otherTurns } from '../turns.ts';
import { lastBlinding } from '../wrap/last-blinding.ts';
import { foldedWitness } from '../wrap/last-fold.ts';
import { proveSpartan } from '../wrap/spartan/prove.ts';
import { openBlocks } from './opening.ts';
import type { CompressedProof } from './proof.ts';
import { bound } from './verify.ts';

/** Hundredths of the time that its parts take, about. */
const PARTS = 100;

/**
 * @param proof valid (verify it first)
 * @param kind how the commitments are opened: by a pairing, where the key is powers of a tau
 * @param on is told how much is done of how much
 * @throws E_ABORTED
 */
export async function compress(
  engine: Engine,
  system: StepSystem,
  proof: FoldedProof,
  kind: CompressedProof['opening']['kind'],
  signal?: AbortSignal,
  on: (done: number, total: number) => void = () => {},
): Promise<CompressedProof> {
  const { statement, program, running, cycleFold, last, remaining, path } = proof;
  const buffers = createBuffers(system);
  const position = restoreChain(engine, system, proof, buffers);
  await otherTurns(signal);
  const folded = await foldFresh(engine, system, position, last, {
    ...localCompute(engine, system, buffers),
    cycleFold: system.cycleFold.workWith(lastBlinding(engine, proof).cycleFold),
  });
  on(15, PARTS);
  const claim = {
    statement,
    ...(program && { program }),
    running: { cms: running.cms, claim: running.claim },
    cycleFold: { instance: cycleFold.instance },
    last: { x: last.x, cms: last.cms },
    remaining,
    path,
  };
  const after = { U: folded.primary.instance, cycleFold: folded.cycleFold.instance };
  const transcript = bound(new Transcript(nativeSponge(engine), 'compressed'), system, claim, after);
  await otherTurns(signal);
  const blocks = foldedWitness(engine, buffers, proof, folded);
  const spartan = await inTurns(proveSpartan(engine, transcript, system, after.U, blocks), signal);
  on(40, PARTS);
  const outcome = { ry: spartan.ry, claims: spartan.proof.claims };
  const { cms } = folded.primary;
  const opening = await openBlocks(engine, transcript, system, kind, spartan.vectors, outcome, cms, signal);
  const { fq } = engine;
  const { witness } = folded.cycleFold;
  return {
    ...claim,
    messages: folded.messages,
    cycleFoldOpening: {
      w: fq.toCanonical(witness.z.subarray((1 + CYCLEFOLD_INPUTS) * FIELD_BYTES)),
      e: fq.toCanonical(witness.e),
      blinding: fq.toCanonical(witness.blinding),
    },
    spartan: spartan.proof,
    opening,
  };
}
