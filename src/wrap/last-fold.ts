/**
 * The prover's side of the wrap up to Groth16: folds the last instance into the running one, proves the folded
 * instance with Spartan and opens its commitments. What comes out is the circuit's advice and the public opening.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import { Q } from '../algebra/params.ts';
import { nativeSponge, Transcript } from '../algebra/sponge.ts';
import { fqValue } from '../circuit/gadgets/fq.ts';
import { createBuffers, localCompute } from '../folding/compute.ts';
import { type CycleFoldRunning, concat } from '../folding/cyclefold.ts';
import { type FoldResult, foldFresh } from '../folding/fold.ts';
import { CYCLEFOLD_INPUTS, commitmentOf, elementsOfRunning, type RunningInstance } from '../folding/instance.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { StepSystem } from '../folding/step-system.ts';
import type { SweepBuffers } from '../folding/sweeps.ts';
import type { WrapAdvice } from './circuit.ts';
import { challengeCount } from './cyclefold/relaxed-rows.ts';
import type { FinalOpening, FinalStatement } from './final-proof.ts';
import { proveOpening } from './opening/prove.ts';
import type { ReadoutOpening } from './reveal.ts';
import type { FoldedWitness } from './spartan/blocks.ts';
import { proveSpartan } from './spartan/prove.ts';

/** Everything that Groth16 needs to know, and what stands beside its proof. */
export interface PreparedWrap {
  readonly statement: FinalStatement;
  readonly advice: WrapAdvice;
  readonly opening: FinalOpening;
}

/**
 * Prepares the wrap of a complete, valid folded proof (verify it first).
 * @param readout opens the statement's output digest
 * @param revealed k: the class plus one, or 0 to hide it
 */
export async function prepareWrap(
  engine: Engine,
  system: StepSystem,
  proof: FoldedProof,
  readout: ReadoutOpening,
  revealed: bigint,
): Promise<PreparedWrap> {
  const { wires, steps, z, m } = proof.statement;
  const running = runningOf(engine, system, proof);
  const before = { U: running.instance, cycleFold: proof.cycleFold.instance };
  const { last } = proof;
  const folded = await foldFresh(
    engine,
    system.pp,
    { instance: running.instance, cmM: proof.running.cmM, cmP: proof.running.cmP },
    last,
    localCompute(engine, system, running.buffers),
    system.cycleFold,
    running.cycleFold,
  );
  const statement: FinalStatement = {
    modelDigest: wires.modelDigest,
    inputDigest: z.hIn,
    outputDigest: z.o,
    revealed,
    steps: BigInt(steps),
    root: wires.root,
  };

  const transcript = new Transcript(nativeSponge(engine), 'wrap');
  const { modelDigest, inputDigest, outputDigest } = statement;
  const after = { U: folded.primary.instance, cycleFold: folded.cycleFold.instance };
  transcript.absorb(system.pp, modelDigest, inputDigest, outputDigest, revealed, statement.steps);
  transcript.absorb(...elementsOfRunning(after));
  // the challenges of the CycleFold check come first; its witness does not depend on them
  for (let k = 0; k < challengeCount(system.cycleFold.matrix.sizes.rows); k++) transcript.squeeze();
  const spartan = proveSpartan(engine, transcript, system, after.U, foldedWitness(engine, running, proof, folded));
  const { messages, opening } = proveOpening(engine, transcript, system, spartan.blocks, spartan.ry);

  const { fq } = engine;
  const witness = folded.cycleFold.witness;
  return {
    statement,
    opening: { ...opening, cmM: folded.primary.cmM, cmP: folded.primary.cmP },
    advice: {
      ...statement,
      activations: z.h,
      m,
      readout,
      running: before,
      last,
      messages: folded.messages,
      cycleFold: {
        w: fq.decode(witness.z.subarray((1 + CYCLEFOLD_INPUTS) * FIELD_BYTES)),
        e: fq.decode(witness.e),
        blinding: fq.decode(witness.blinding)[0]!,
      },
      spartan: spartan.proof,
      opening: messages,
    },
  };
}

interface RunningWitness {
  readonly instance: RunningInstance<bigint>;
  readonly cycleFold: CycleFoldRunning;
  readonly buffers: SweepBuffers;
}

/** The proof's openings in the form in which the prover folds them. */
function runningOf(engine: Engine, system: StepSystem, { running, last, cycleFold }: FoldedProof): RunningWitness {
  const { fr, fq } = engine;
  const { claim, opening } = running;
  const buffers = createBuffers(system);
  const z = (head: readonly bigint[], o: FoldedProof['last']['opening']): Vec =>
    concat([fr.encode(head), fr.fromCanonical(o.model), fr.fromCanonical(o.bits), fr.fromCanonical(o.fields)]);
  buffers.z1.set(z([claim.u, claim.x], opening));
  buffers.forms1.set(system.rows.forms(buffers.z1));
  buffers.e.set(fr.bitRows(fr.fromCanonical(opening.bits), fr.encode([claim.u])));
  buffers.e.set(system.rows.quadratic(buffers.z1, buffers.forms1), 2 ** system.layout.bitLog * FIELD_BYTES);
  buffers.z2.set(z([1n, last.x], last.opening));
  buffers.forms2.set(system.rows.forms(buffers.z2));
  for (let k = 0; k < buffers.bits2.length; k++) buffers.bits2[k] = last.opening.bits[FIELD_BYTES * k]!;

  const { instance } = cycleFold;
  const head = [instance.u % Q, ...instance.x.map((limbs) => fqValue(limbs) % Q)];
  const inner = concat([fq.encode(head), fq.fromCanonical(cycleFold.w)]);
  const { U } = system.defaults;
  return {
    instance: { ...U, ...claim, cmM: commitmentOf(running.cmM), cmP: commitmentOf(running.cmP) },
    cycleFold: {
      instance,
      witness: {
        z: inner,
        forms: system.cycleFold.forms({ z: inner }),
        e: fq.fromCanonical(cycleFold.e),
        blinding: fq.fromCanonical(cycleFold.blinding),
      },
    },
    buffers,
  };
}

/** z* and the folded blinding entries: after the fold the running side of the buffers is the folded witness. */
function foldedWitness(
  engine: Engine,
  { buffers }: RunningWitness,
  { running, last }: FoldedProof,
  { scalar }: FoldResult,
): FoldedWitness {
  const { fr } = engine;
  const folded = (part: 'modelBlinding' | 'witnessBlinding'): Vec => {
    const sum = fr.fromCanonical(running.opening[part]);
    fr.axpy(sum, fr.encode([scalar]), fr.fromCanonical(last.opening[part]));
    return sum;
  };
  return { z: buffers.z1, modelBlinding: folded('modelBlinding'), witnessBlinding: folded('witnessBlinding') };
}
