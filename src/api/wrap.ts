/**
 * From a folded proof to the final one (protocol section 9): the wrap circuit of a plan, its proving key, the proof and
 * its verification. The circuit depends on the plan and the commitment key only, so one key serves every depth of a
 * network, every input and every reveal mode.
 */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nativeSponge } from '../algebra/sponge.ts';
import { FoldError, invariant, throwIfAborted } from '../errors.ts';
import { counter, type EventListener, stage } from '../events.ts';
import { blockNames } from '../folding/blocks.ts';
import type { FoldedProof } from '../folding/proof.ts';
import { elementOf } from '../folding/state.ts';
import { logitOffset } from '../layers/readout.ts';
import type { StepPlan } from '../layers/step-plan.ts';
import { isMachine, type StepSpec } from '../machine/spec.ts';
import { makeFolder } from '../store/atomic.ts';
import { cacheFolder, OTHER_CACHE, readCached, sweepCache, writeCached } from '../store/cache.ts';
import { sha256Json } from '../store/digest.ts';
import { programDigest } from '../store/program-digest.ts';
import { inTurns } from '../turns.ts';
import { wrapCircuit, wrapKeyLength } from '../wrap/circuit.ts';
import { wrapConstraints } from '../wrap/count.ts';
import type { FinalProof, FinalStatement } from '../wrap/final-proof.ts';
import { writeDevelopmentKey } from '../wrap/groth16/development-key.ts';
import { checkKeyDigest, isWhole, writeKeyDigest } from '../wrap/groth16/key-digest.ts';
import { type Groth16Prover, groth16Prove } from '../wrap/groth16/prove.ts';
import { checkZkey, exportVerificationKey, readZkey, type ZkeyHeader } from '../wrap/groth16/zkey.ts';
import { type PreparedWrap, prepareWrap } from '../wrap/last-fold.ts';
import { groth16FromJson, verificationKeyOf } from '../wrap/proof-json.ts';
import { encodeWtns } from '../wrap/r1cs/files.ts';
import type { R1cs } from '../wrap/r1cs/r1cs.ts';
import { R1csShape } from '../wrap/r1cs/shape.ts';
import { decodeR1cs, encodeR1cs } from '../wrap/r1cs/stored.ts';
import { R1csWitness } from '../wrap/r1cs/witness.ts';
import { firstArgmax } from '../wrap/reveal.ts';
import { digestSignals, publicInputs, signalsOf } from '../wrap/signals.ts';
import { checkVerificationKey, isInsecure, type VerificationKey } from '../wrap/verification-key.ts';
import { workInThreads } from '../wrap/work.ts';
import type { CommitmentKeySource } from './keys.ts';
import type { PlannedModel } from './plan.ts';
import { readoutOf } from './specs.ts';
import { hex } from './statement.ts';
import { defaultWorkers } from './workers.ts';

/** What a wrap is made for: the step system of a plan on a commitment key. */
export type WrapTarget = Pick<PlannedModel<CommitmentKeySource>, 'engine' | 'system' | 'key'> & {
  readonly step: StepSpec;
};

/** Of `wrap`. */
export interface WrapOptions {
  readonly workers?: number | undefined;
  /** Our own kernels unless it is said. */
  readonly groth16?: Groth16Prover | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly on?: EventListener | undefined;
}

type CircuitOptions = Pick<WrapOptions, 'signal' | 'on'>;

/** The wrap circuit of a plan as an R1CS: some 120,000 constraints and more, built in seconds. @throws E_ABORTED */
export async function buildWrap(target: WrapTarget, options: Pick<WrapOptions, 'signal' | 'on'> = {}): Promise<R1cs> {
  return stage(options.on, 'wrap-circuit', () => builtCircuit(target, options));
}

/**
 * The same to prove with: kept in the cache, and taken from there where this very program has built it before. Who makes or verifies a
 * key builds it (`anew`); a proof is verified when it is made, so that nobody has to believe the cache.
 */
export async function openCircuit(
  target: WrapTarget,
  options: CircuitOptions & { readonly anew: boolean },
): Promise<R1cs> {
  return stage(options.on, 'wrap-circuit', async () => {
    const id = sha256Json({ parameters: hex(target.system.pp) });
    const program = new TextEncoder().encode(programDigest());
    const kept = options.anew ? undefined : await readCached(CIRCUIT, id);
    const own = kept && Buffer.compare(kept.subarray(0, program.length), program) === 0;
    const found = own && decodeR1cs(kept.subarray(program.length));
    if (found) return found;
    const r1cs = await builtCircuit(target, options);
    await writeCached(CIRCUIT, id, Buffer.concat([program, encodeR1cs(r1cs)]));
    return r1cs;
  });
}

const CIRCUIT = 'wrap-circuit';

async function builtCircuit(target: WrapTarget, { signal, on }: CircuitOptions): Promise<R1cs> {
  const shape = new R1csShape();
  const noAdvice = (): never => invariant(false, 'a shape has no advice') as never;
  const plan = wrapPlan(target);
  const total = await inTurns(wrapConstraints(plan), signal);
  const told = counter(on, 'wrap-circuit', 'constraints');
  await inTurns(wrapCircuit(shape, plan, noAdvice), signal, () => told(shape.constraints, total));
  return shape.finish();
}

const wrapPlan = ({ system, step }: WrapTarget) => ({ system, readout: readoutOf(step) });

/** A proving key on disk with the verification key that belongs to it. */
export interface WrapKey {
  readonly path: string;
  readonly verification: VerificationKey;
  readonly insecure: boolean;
  /** Whether `setupDevelopmentWrap` makes it again where it is damaged. */
  readonly renewable: boolean;
}

/** Where the proving key of a plan on its commitment key lies in the cache. pp decides the circuit, so it names the key. */
export function wrapKeyPath({ system, key }: Pick<WrapTarget, 'system' | 'key'>): string {
  const name = hex(system.pp).slice(2, 34);
  return join(cacheFolder(), 'wrap-key', `${name}${key.insecure ? '-INSECURE-dev' : ''}.zkey`);
}

/** Of `setupDevelopmentWrap`. */
export interface SetupOptions extends WrapOptions {
  /** Where the key goes instead of into the cache. */
  readonly path?: string | undefined;
  /** Is told before a key is made, and why: there is none, or the one that is there is damaged or of another circuit or version. */
  readonly making?: ((why: 'absent' | 'damaged' | 'another') => void) | undefined;
}

/**
 * The development key of a wrap, from the cache or made there: seconds, some 90 MB and more. INSECURE: its secrets are
 * public and the same on every machine. One that is damaged is made again.
 * @throws E_DISK, E_MEMORY, E_ABORTED
 */
export async function setupDevelopmentWrap(
  target: WrapTarget,
  r1cs: R1cs,
  options: SetupOptions = {},
): Promise<WrapKey> {
  const path = options.path ?? wrapKeyPath(target);
  const found = await developmentKeyAt(path, r1cs);
  if (found !== 'usable') {
    options.making?.(found);
    await stage(options.on, 'setup', async () => {
      await makeFolder(dirname(path), options.path === undefined ? { elsewhere: OTHER_CACHE } : {});
      if (options.path === undefined) await sweepCache();
      const told = counter(options.on, 'setup', 'points');
      await writeDevelopmentKey(path, r1cs, {
        engine: target.engine,
        workers: options.workers ?? defaultWorkers(),
        signal: options.signal,
        on: ({ done, total }) => told(done, total),
      });
      await writeKeyDigest(path);
    });
  }
  return { ...(await openKey(target, r1cs, path)), renewable: true };
}

/** A development key can be made again, so that one whose digest is not known is not believed. */
async function developmentKeyAt(path: string, r1cs: R1cs): Promise<'usable' | 'absent' | 'damaged' | 'another'> {
  const there = await stat(path).catch(() => undefined);
  if (!there) return 'absent';
  try {
    const whole = await isWhole(path);
    if (whole === undefined) return 'another';
    if (!whole) return 'damaged';
    return isKeyOf(await readZkey(path), r1cs) ? 'usable' : 'another';
  } catch (error) {
    if (error instanceof FoldError && (error.code === 'E_KEY' || error.code === 'E_FILE')) return 'damaged';
    throw error;
  }
}

/** An older version of this program may have left the key of another circuit, or half of one, under this name. */
function isKeyOf(header: ZkeyHeader, r1cs: R1cs): boolean {
  try {
    checkZkey(header, r1cs);
    return true;
  } catch (error) {
    if (error instanceof FoldError && error.code === 'E_KEY') return false;
    throw error;
  }
}

/**
 * A proving key made elsewhere, checked to belong to this circuit.
 * @throws E_KEY for a damaged key, that of another plan, or one to which nobody contributed; E_FILE
 */
export async function loadWrapKey(target: WrapTarget, r1cs: R1cs, path: string): Promise<WrapKey> {
  await checkKeyDigest(path);
  return openKey(target, r1cs, path);
}

async function openKey(target: WrapTarget, r1cs: R1cs, path: string): Promise<WrapKey> {
  const header = await readZkey(path);
  checkZkey(header, r1cs);
  const tau = await target.key.loadTau();
  const verification = verificationKeyOf(await exportVerificationKey(path, header), {
    tau,
    blocks: blockNames(target.system.step.blocks),
  });
  checkVerificationKey(verification);
  return { path, verification, insecure: isInsecure(verification), renewable: false };
}

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
