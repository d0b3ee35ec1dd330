/** From a folded proof to the final one (protocol section 9): what is proven of it, its preparation, Groth16, and the proof. */
import { nativeSponge } from '../algebra/sponge.ts';
import { FoldError, invariant, throwIfAborted } from '../errors.ts';
import { counter, stage } from '../events.ts';
import type { FoldedProof } from '../folding/proof.ts';
import { elementOf } from '../folding/state.ts';
import { logitOffset } from '../layers/readout.ts';
import type { StepPlan } from '../layers/step-plan.ts';
import { isMachine } from '../machine/spec.ts';
import { inTurns } from '../turns.ts';
import { wrapCircuit, wrapKeyLength } from '../wrap/circuit.ts';
import type { FinalProof, FinalStatement } from '../wrap/final-proof.ts';
import { groth16Prove } from '../wrap/groth16/prove.ts';
import { type PreparedWrap, prepareWrap } from '../wrap/last-fold.ts';
import { groth16FromJson } from '../wrap/proof-json.ts';
import { encodeWtns } from '../wrap/r1cs/files.ts';
import type { R1cs } from '../wrap/r1cs/r1cs.ts';
import { R1csWitness } from '../wrap/r1cs/witness.ts';
import { firstArgmax } from '../wrap/reveal.ts';
import { digestSignals, publicInputs, signalsOf } from '../wrap/signals.ts';
import { workInThreads } from '../wrap/work.ts';
import { defaultWorkers } from './workers.ts';
import { type WrapOptions, type WrapTarget, wrapPlan } from './wrap-circuit.ts';
import type { WrapKey } from './wrap-key.ts';

/** What opens the digest of the raw logits. */
function openingOfReadout(step: StepPlan, { logits, salt }: { readonly logits: Float64Array; readonly salt: bigint }) {
  const offset = BigInt(logitOffset(step));
  return { salt, shifted: Array.from(logits, (v) => BigInt(v) + offset) };
}

/** A final proof with its statement. */
export interface Wrapped {
  readonly statement: FinalStatement;
  readonly proof: FinalProof;
}

/** What a final proof is made of. */
export interface WrapData {
  /** Verified: of a false one nothing can be made. */
  readonly folded: FoldedProof;
  /** The readout's raw accumulators and the salt, whose digest the statement has. */
  readonly output: { readonly logits: Float64Array; readonly salt: bigint };
  /** 'class' publishes the first index of the largest logit; 'nothing' keeps it back. */
  readonly reveal: 'class' | 'nothing';
}

/** k of a final proof's statement: what a machine reveals its program says, and of slots the class, or 0 where it is kept back. */
export function revealedBy(
  { system, step }: Pick<WrapTarget, 'system' | 'step'>,
  { folded, output, reveal }: WrapData,
): bigint {
  if (isMachine(step)) return elementOf(system.step.state, folded.statement.z, 'k');
  return reveal === 'class' ? BigInt(firstArgmax(Array.from(output.logits, BigInt)) + 1) : 0n;
}

/**
 * Everything of a final proof before Groth16, which needs neither the circuit nor its key: they can be made meanwhile. Of a folded
 * proof that is false this fails with E_BUG.
 * @throws E_INPUT for a proof that is not complete; E_KEY, E_WORKER, E_ABORTED
 */
export async function prepareFinal(
  { engine, system, step, key }: WrapTarget,
  { folded, output, reveal }: WrapData,
  { on, signal, workers = defaultWorkers() }: WrapOptions = {},
): Promise<PreparedWrap> {
  if (folded.remaining.length > 0) {
    throw new FoldError('E_INPUT', 'The folded proof is not complete.', {
      expected: 'all steps of the network',
      got: `${folded.statement.steps} steps, ${folded.remaining.length} to go`,
    });
  }
  const readout = isMachine(step) ? undefined : openingOfReadout(step, output);
  const revealed = revealedBy({ system, step }, { folded, output, reveal });
  return stage(on, 'wrap-prepare', async () => {
    const powers = await key.load(wrapKeyLength(system));
    const { commit, close, ...share } = workInThreads(engine, powers, { workers, signal });
    const told = counter(on, 'wrap-prepare', 'parts');
    try {
      return await prepareWrap(engine, system, commit, folded, readout, revealed, signal, { ...share, on: told });
    } finally {
      await close();
    }
  });
}

/**
 * Makes the final proof of a complete folded proof. Verify the folded proof first: of a false one this fails with E_BUG.
 * @param output the readout's raw accumulators and the salt, whose digest the statement has
 * @param reveal 'class' publishes the first index of the largest logit; 'nothing' keeps it back
 */
export async function wrap(
  target: WrapTarget,
  r1cs: R1cs,
  key: WrapKey,
  folded: FoldedProof,
  output: WrapData['output'],
  reveal: WrapData['reveal'],
  options: WrapOptions = {},
): Promise<Wrapped> {
  return proveFinal(target, r1cs, key, await prepareFinal(target, { folded, output, reveal }, options), options);
}

/** Makes the final proof of what was prepared. */
export async function proveFinal(
  target: WrapTarget,
  r1cs: R1cs,
  key: WrapKey,
  prepared: PreparedWrap,
  { on, signal, groth16: prover, workers = defaultWorkers() }: WrapOptions = {},
): Promise<Wrapped> {
  const { engine } = target;
  const witness = await stage(on, 'wrap-witness', async () => {
    const writer = new R1csWitness(engine, r1cs);
    const told = counter(on, 'wrap-witness', 'signals');
    await inTurns(
      wrapCircuit(writer, wrapPlan(target), () => prepared.advice),
      signal,
      () => told(writer.written, r1cs.signals),
    );
    return encodeWtns(r1cs.modulus, writer.finish());
  });
  throwIfAborted(signal);
  const result = await stage(on, 'groth16', () => {
    const told = counter(on, 'groth16', 'points');
    return groth16Prove(key.path, witness, r1cs, {
      ...{ prover, workers, signal },
      on: ({ done, total }) => told(done, total),
    });
  });
  const { statement, opening } = prepared;
  const signalsDigest = digestSignals(nativeSponge(engine), signalsOf(statement, opening));
  const proof: FinalProof = { groth16: groth16FromJson(result.proof), opening, signalsDigest };
  invariant(publicInputs(statement, proof).join() === result.publicSignals.join(), 'the public inputs of the wrap');
  return { statement, proof };
}
