/**
 * The prover's side of the wrap up to Groth16: folds the last instance into the running one, proves the folded
 * instance with Spartan and opens its commitments. What comes out is the circuit's advice and the public opening.
 *
 * Nothing is drawn here: one folded proof has ONE opening, however often it is wrapped and whatever is revealed. Each
 * opening publishes as many linear functionals of the witness as it has fresh blinding entries; a second one would be
 * paid for by the witness (docs/security.md).
 */
import { type Engine, FIELD_BYTES } from '../algebra/engine.ts';
import { nativeSponge, Transcript } from '../algebra/sponge.ts';
import { invariant } from '../errors.ts';
import { idlePath } from '../folding/batch-tree.ts';
import { createBuffers, localCompute } from '../folding/compute.ts';
import { type FoldResult, foldFresh } from '../folding/fold.ts';
import { CYCLEFOLD_INPUTS, elementsOfRunning } from '../folding/instance.ts';
import { restoreChain } from '../folding/position.ts';
import type { FoldedProof } from '../folding/proof.ts';
import { idleItem, itemOfState } from '../folding/state.ts';
import type { StepSystem } from '../folding/step-system.ts';
import type { SweepBuffers } from '../folding/sweeps.ts';
import { inTurns, otherTurns } from '../turns.ts';
import { buildAuxiliary } from './auxiliary/chain.ts';
import { auxiliaryLayout, blindingAt } from './auxiliary/layout.ts';
import { type CycleFoldOpening, proveAuxiliary, scalarsOf } from './auxiliary/prove.ts';
import { openingLayout, type WrapAdvice } from './circuit.ts';
import { challengedWords, type FinalOpening, type FinalStatement } from './final-proof.ts';
import { lastBlinding } from './last-blinding.ts';
import type { Commit } from './opening/commit.ts';
import { proveOpening } from './opening/prove.ts';
import type { ReadoutOpening } from './reveal.ts';
import { type FoldedWitness, slice } from './spartan/blocks.ts';
import { prepareSpartan, proveSpartan } from './spartan/prove.ts';
import type { WrapWork } from './work.ts';

/** Everything that Groth16 needs to know, and what stands beside its proof. */
export interface PreparedWrap {
  readonly statement: FinalStatement;
  readonly advice: WrapAdvice;
  readonly opening: FinalOpening;
}

/** Parts of the work that others do, or hear of. All of it is done here without. */
export interface PrepareOptions extends Partial<Omit<WrapWork, 'commit'>> {
  readonly on?: (done: number, total: number) => void;
}

/** Hundredths of the time that its parts take, about: digits512 with two threads. */
const PARTS = { fold: 10, vector: 8, commitment: 9, chain: 22, spartan: 10, opening: 41 };

/**
 * Prepares the wrap of a complete, valid folded proof (verify it first).
 * @param commit with the first `wrapKeyLength` powers of the tau that the proof was folded under
 * @param readout of layers: opens the statement's output digest; of a machine nothing
 * @param revealed k: the class plus one, or 0 to hide it; of a machine what its state says
 * @throws E_ABORTED
 */
export async function prepareWrap(
  engine: Engine,
  system: StepSystem,
  commit: Commit,
  proof: FoldedProof,
  readout: ReadoutOpening | undefined,
  revealed: bigint,
  signal?: AbortSignal,
  { chain, rows, correlate, on }: PrepareOptions = {},
): Promise<PreparedWrap> {
  const { wires, steps, z0, z, m } = proof.statement;
  const buffers = createBuffers(system);
  const position = restoreChain(engine, system, proof, buffers);
  const before = { U: position.primary.instance, cycleFold: position.cycleFold.instance };
  await otherTurns(signal);
  const { last } = proof;
  const blinding = lastBlinding(engine, proof);
  const folded = await foldFresh(engine, system, position, last, {
    ...localCompute(engine, system, buffers),
    cycleFold: system.cycleFold.workWith(blinding.cycleFold),
  });
  let done = 0;
  const passed = (part: keyof typeof PARTS): void => {
    done += PARTS[part];
    on?.(done, 100);
  };
  passed('fold');
  const { state } = system.step;
  const item = itemOfState(state, z);
  invariant(item.k === undefined || item.k === revealed, 'a machine reveals what its state says');
  const statement: FinalStatement = {
    modelDigest: wires.modelDigest,
    inputDigest: item.hIn,
    outputDigest: item.o,
    revealed,
    steps: BigInt(steps),
    root: wires.root,
  };

  const transcript = new Transcript(nativeSponge(engine), 'wrap');
  const after = { U: folded.primary.instance, cycleFold: folded.cycleFold.instance };
  transcript.absorb(system.pp, ...challengedWords(statement), ...elementsOfRunning(after));
  const { cycleFold } = system;
  const ofCycleFold = cycleFoldOpening(engine, folded);
  const vector = await inTurns(
    buildAuxiliary(engine, cycleFold.generators, scalarsOf(ofCycleFold), blinding.auxiliary),
    signal,
  );
  passed('vector');
  const committed = commit(slice(vector, 0, blindingAt(auxiliaryLayout(cycleFold.generators.length)) + 1));
  // awaited below: should the list fail first, this failure must not stay unhandled
  committed.catch(() => {});
  // threads are summing meanwhile
  const blocks = foldedWitness(engine, buffers, proof, folded);
  const prepared = await inTurns(prepareSpartan(engine, system, after.U, blocks), signal);
  const cmAux = await committed;
  passed('commitment');
  const auxiliary = await inTurns(
    proveAuxiliary(engine, transcript, cycleFold, after.cycleFold, ofCycleFold, vector, cmAux, chain),
    signal,
  );
  passed('chain');
  const spartan = await inTurns(
    proveSpartan(engine, transcript, system, after.U, prepared, [auxiliary.joined], rows),
    signal,
  );
  const target = { commit, layout: openingLayout(system) };
  passed('spartan');
  const { vectors, ry } = spartan;
  const { messages, opening } = await proveOpening(engine, transcript, target, vectors, ry, signal, correlate);
  passed('opening');

  return {
    statement,
    opening: { ...opening, cms: folded.primary.cms, cmAux },
    advice: {
      ...statement,
      stepsPerNetwork: wires.stepsPerNetwork,
      path: wires.root === 0n ? idlePath(nativeSponge(engine), idleItem(state)) : proof.path,
      firstInput: z0.length > 0 ? itemOfState(state, z0).hIn : 0n,
      state: z,
      m,
      readout: readout ?? { salt: 0n, shifted: [] },
      program: proof.program,
      running: before,
      last,
      messages: folded.messages,
      auxiliary: { commitment: cmAux, proof: auxiliary.proof },
      spartan: spartan.proof,
      opening: messages,
    },
  };
}

/** What opens the folded CycleFold commitment. */
function cycleFoldOpening({ fq }: Engine, { cycleFold: { witness } }: FoldResult): CycleFoldOpening {
  return {
    w: fq.decode(witness.z.subarray((1 + CYCLEFOLD_INPUTS) * FIELD_BYTES)),
    e: fq.decode(witness.e),
    blinding: fq.decode(witness.blinding)[0]!,
  };
}

/** z* and the folded blinding entries: after the fold the running side of the buffers is the folded witness. */
export function foldedWitness(
  engine: Engine,
  buffers: SweepBuffers,
  { running, last }: FoldedProof,
  { scalar }: FoldResult,
): FoldedWitness {
  const { fr } = engine;
  const blinding = running.opening.map((block, k) => {
    const sum = fr.fromCanonical(block.blinding);
    fr.axpy(sum, fr.encode([scalar]), fr.fromCanonical(last.opening[k]!.blinding));
    return sum;
  });
  return { z: buffers.z1, blinding };
}
