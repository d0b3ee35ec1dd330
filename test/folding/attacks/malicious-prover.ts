/**
 * The chain's loop in an adversary's hands: the same work as `ChainProver`, written a second time with every stage
 * open. What a cheat leaves alone is done honestly and exactly, also for witnesses that no honest prover has (bits that
 * are not bits, u other than 1), so that only the checks of the protocol stand between the cheat and acceptance.
 */
import { concat } from '../../../src/algebra/concat.ts';
import { type Engine, FIELD_BYTES, type Vec } from '../../../src/algebra/engine.ts';
import { type Affine, G1_PARAMS, GRUMPKIN_PARAMS, R } from '../../../src/algebra/params.ts';
import { nativeSponge } from '../../../src/algebra/sponge.ts';
import { WitnessWriter } from '../../../src/circuit/witness.ts';
import { type BatchTree, idlePath } from '../../../src/folding/batch-tree.ts';
import type { PreparedStep } from '../../../src/folding/chain.ts';
import { commitPieces } from '../../../src/folding/commit.ts';
import { createBuffers } from '../../../src/folding/compute.ts';
import type { CycleFold, CycleFoldRunning } from '../../../src/folding/cyclefold.ts';
import { foldFresh, type PrimaryFresh, type PrimaryRunning } from '../../../src/folding/fold.ts';
import { extendModelChain, hashLink } from '../../../src/folding/hashes.ts';
import { type CarriedWires, type ChainState, commitmentOf, pointOf } from '../../../src/folding/instance.ts';
import type { FoldedProof, PrimaryOpening } from '../../../src/folding/proof.ts';
import { randomElements } from '../../../src/folding/random.ts';
import { type StepAdvice, stepCircuit } from '../../../src/folding/step-circuit.ts';
import type { StepSystem } from '../../../src/folding/step-system.ts';
import { localSweeps, type SweepBuffers, type Sweeps } from '../../../src/folding/sweeps.ts';

/** Where an adversary may reach in; `step` counts from 0. */
export interface Cheats {
  /** What the step circuit is told. */
  advice?(advice: StepAdvice, step: number): StepAdvice;
  /** The writer of the chain's part of the witness. */
  writer?(sizes: { bits: number; fields: number }, step: number): WitnessWriter;
  /** Changes z = (u, x, M, B, F) in place before cmP is made from it. */
  witness?(z: Vec, step: number): void;
  /** Another cmP than that of the witness. */
  commitment?(cmP: Affine, step: number): Affine;
  /** The sweeps behind the messages h and t. */
  sweeps?(honest: Sweeps): Sweeps;
  /** The engine with which the new commitments cm1 + R cm2 are made. */
  foldEngine?: Engine;
  /** Who makes the CycleFold instances. */
  cycleFold?: CycleFold;
}

type Fresh = PrimaryFresh & { readonly modelBlinding: Vec; readonly witnessBlinding: Vec };

/** Element k of a vector. */
export const element = (v: Vec, k: number): Vec => v.subarray(k * FIELD_BYTES, (k + 1) * FIELD_BYTES);

export class MaliciousProver {
  readonly buffers: SweepBuffers;
  readonly statementWires: CarriedWires<bigint>;
  /** The advice of every step so far, after cheating. */
  readonly told: StepAdvice[] = [];
  readonly #z0: ChainState<bigint>;
  readonly #blinding: { modelBlinding: Vec; witnessBlinding: Vec };
  readonly #sweeps: Sweeps;
  #z: ChainState<bigint>;
  #m = 0n;
  #primary: PrimaryRunning;
  #cycleFold: CycleFoldRunning;
  #fresh: Fresh | undefined;

  constructor(
    readonly engine: Engine,
    readonly system: StepSystem,
    wires: Omit<CarriedWires<bigint>, 'pp'>,
    inputDigest: bigint,
    readonly cheats: Cheats = {},
    readonly tree?: BatchTree,
  ) {
    this.statementWires = { ...wires, pp: system.pp };
    this.#z0 = { h: inputDigest, hIn: inputDigest, o: 0n };
    this.#z = this.#z0;
    const { U } = system.defaults;
    this.#primary = { instance: U, cmM: pointOf(U.cmM), cmP: pointOf(U.cmP) };
    this.#cycleFold = (cheats.cycleFold ?? system.cycleFold).defaultRunning();
    this.buffers = createBuffers(system);
    const { fr } = engine;
    this.#blinding = { modelBlinding: fr.encode([1n]), witnessBlinding: fr.encode([0n, 0n, 0n, 1n]) };
    const honest: Sweeps = {
      ...localSweeps(engine, system.rows, this.buffers),
      terms: async () => {},
      cross: async (point) => crossTerm(engine, system, this.buffers, point),
    };
    this.#sweeps = cheats.sweeps?.(honest) ?? honest;
  }

  async step(prepared: PreparedStep): Promise<void> {
    const step = this.told.length;
    const sponge = nativeSponge(this.engine);
    const perNetwork = Number(this.statementWires.stepsPerNetwork);
    const first = step % perNetwork === 0;
    const boundary = first && step > 0;
    const running = { U: this.#primary.instance, cycleFold: this.#cycleFold.instance };
    const fresh = this.#fresh;
    const messages = fresh ? await this.#fold(fresh) : dummyMessages(this.system.layout.rowLog);
    const honest: StepAdvice = {
      wires: this.statementWires,
      i: BigInt(step),
      z0: this.#z0,
      z: this.#z,
      m: this.#m,
      path: boundary && this.tree ? this.tree.path(step / perNetwork - 1) : idlePath(sponge),
      running,
      fresh: fresh ?? { x: 0n, cmM: G1_PARAMS.generator, cmP: G1_PARAMS.generator },
      messages,
    };
    const advice = this.cheats.advice?.(honest, step) ?? honest;
    this.told.push(advice);
    this.#makeFresh(prepared, advice, step);
    this.#m = fresh && !first ? extendModelChain(sponge, this.#m, commitmentOf(fresh.cmM)) : 0n;
    const { digests } = prepared.layers;
    this.#z = { h: digests.output, hIn: boundary ? digests.input : this.#z.hIn, o: digests.readout };
  }

  async #fold(fresh: Fresh): Promise<StepAdvice['messages']> {
    const engine = this.cheats.foldEngine ?? this.engine;
    const system = { ...this.system, ...(this.cheats.cycleFold && { cycleFold: this.cheats.cycleFold }) };
    const running = { primary: this.#primary, cycleFold: this.#cycleFold };
    const result = await foldFresh(engine, system, running, fresh, this.#sweeps);
    this.#primary = result.primary;
    this.#cycleFold = result.cycleFold;
    const k = engine.fr.encode([result.scalar]);
    engine.fr.axpy(this.#blinding.modelBlinding, k, fresh.modelBlinding);
    engine.fr.axpy(this.#blinding.witnessBlinding, k, fresh.witnessBlinding);
    return result.messages;
  }

  #makeFresh(prepared: PreparedStep, advice: StepAdvice, step: number): void {
    const { fr } = this.engine;
    const witnessBlinding = fr.encode(randomElements(R, 4));
    const z = writeWitness(this.engine, this.system, prepared, advice, (sizes) => this.cheats.writer?.(sizes, step));
    const x = fr.decode(element(z, 1))[0]!;
    this.cheats.witness?.(z, step);
    this.buffers.z2.set(z);
    this.buffers.forms2.set(this.system.rows.forms(z));
    const cmP = commitWitness(this.engine, this.system, z, witnessBlinding);
    this.#fresh = {
      x,
      cmM: prepared.cmM,
      cmP: this.cheats.commitment?.(cmP, step) ?? cmP,
      modelBlinding: fr.encode([prepared.modelBlinding]),
      witnessBlinding,
    };
  }

  proof(remaining: readonly Affine[] = []): FoldedProof {
    const fresh = this.#fresh!;
    const { fq } = this.engine;
    const { instance, cmM, cmP } = this.#primary;
    const { u, x, rho, v } = instance;
    const { witness } = this.#cycleFold;
    return {
      statement: { wires: this.statementWires, steps: this.told.length, z0: this.#z0, z: this.#z, m: this.#m },
      running: { cmM, cmP, claim: { u, x, rho, v }, opening: this.#opening(this.buffers.z1, this.#blinding) },
      cycleFold: {
        instance: this.#cycleFold.instance,
        w: fq.toCanonical(witness.z.subarray(8 * FIELD_BYTES)),
        e: fq.toCanonical(witness.e),
        blinding: fq.toCanonical(witness.blinding),
      },
      last: { x: fresh.x, cmM: fresh.cmM, cmP: fresh.cmP, opening: this.#opening(this.buffers.z2, fresh) },
      remaining,
      path: this.tree && remaining.length === 0 ? this.tree.path(this.tree.size - 1) : [],
    };
  }

  #opening(z: Vec, blinding: { readonly modelBlinding: Vec; readonly witnessBlinding: Vec }): PrimaryOpening {
    const { fr } = this.engine;
    const { model, bits, fields } = this.system.matrix.offsets;
    const part = (from: number, to?: number): Uint8Array =>
      fr.toCanonical(z.subarray(from * FIELD_BYTES, to === undefined ? undefined : to * FIELD_BYTES));
    return {
      model: part(model, bits),
      bits: part(bits, fields),
      fields: part(fields),
      modelBlinding: fr.toCanonical(blinding.modelBlinding),
      witnessBlinding: fr.toCanonical(blinding.witnessBlinding),
    };
  }
}

/** z = (1, x, M, B, F) of a step; `writer` may give a forging writer. */
export function writeWitness(
  engine: Engine,
  { matrix, step, defaults }: StepSystem,
  prepared: PreparedStep,
  advice: StepAdvice,
  writer: (sizes: { bits: number; fields: number }) => WitnessWriter | undefined = () => undefined,
): Vec {
  const { fr } = engine;
  const { layers } = prepared;
  const sizes = {
    bits: matrix.sizes.bits - step.sizes.bits,
    fields: matrix.sizes.fields - step.sizes.small - step.sizes.fields,
  };
  const chain = writer(sizes) ?? new WitnessWriter(engine, 'fr', sizes);
  stepCircuit(chain, layers.digests, defaults, () => advice);
  const { x, bits, fields } = chain.finish();
  return concat([
    fr.encode([1n, ...x]),
    fr.fromSmall(prepared.model),
    fr.fromBits(layers.bits),
    fr.fromBits(bits),
    fr.fromSmall(layers.small),
    layers.fields,
    fields,
  ]);
}

/** cmP of whatever stands in z, as full scalars. */
function commitWitness(engine: Engine, { matrix, layout, key }: StepSystem, z: Vec, blinding: Vec): Affine {
  const { bits, fields } = matrix.offsets;
  return commitPieces(engine, key, [
    { at: 0, scalars: { kind: 'full', values: z.subarray(bits * FIELD_BYTES, fields * FIELD_BYTES) } },
    { at: 2 ** layout.bitLog, scalars: { kind: 'full', values: z.subarray(fields * FIELD_BYTES) } },
    { at: 2 ** layout.witnessLog - 4, scalars: { kind: 'full', values: blinding } },
  ])!;
}

/** Writes T for any z1, z2, the bit rows by polarization: T = Q(z1 + z2) - Q(z1) - Q(z2); returns <eq(point), T>. */
function crossTerm(engine: Engine, { rows }: StepSystem, b: SweepBuffers, point: readonly bigint[]): bigint {
  const { fr } = engine;
  const { bitOffset, bits } = b.shape;
  const block = (z: Vec): Vec => z.subarray(bitOffset * FIELD_BYTES, (bitOffset + bits) * FIELD_BYTES);
  const [u1, u2] = [element(b.z1, 0), element(b.z2, 0)];
  const both = fr.bitRows(fr.add(block(b.z1), block(b.z2)), fr.add(u1, u2));
  b.t.fill(0);
  b.t.set(fr.sub(fr.sub(both, fr.bitRows(block(b.z1), u1)), fr.bitRows(block(b.z2), u2)));
  b.t.set(rows.cross(b.z1, b.forms1, b.z2, b.forms2), 2 ** b.layout.bitLog * FIELD_BYTES);
  return fr.decode(fr.dot(fr.eqTable(fr.encode(point)), b.t))[0]!;
}

/** Valid points and zeros, as at i = 0. */
function dummyMessages(rowVariables: number): StepAdvice['messages'] {
  return {
    h: new Array<bigint>(rowVariables).fill(0n),
    t: 0n,
    cmM: G1_PARAMS.generator,
    cmP: G1_PARAMS.generator,
    fresh: [GRUMPKIN_PARAMS.generator, GRUMPKIN_PARAMS.generator],
  };
}

/** The proof with last.x recomputed from what it claims: only the circuit's own rows can then refuse the claim. */
export function rehashed(engine: Engine, proof: FoldedProof): FoldedProof {
  const { wires, steps, z0, z, m } = proof.statement;
  const U = {
    ...proof.running.claim,
    cmM: commitmentOf(proof.running.cmM),
    cmP: commitmentOf(proof.running.cmP),
  };
  const link = { ...wires, i: BigInt(steps), z0, z, m, U, cycleFold: proof.cycleFold.instance };
  const x = hashLink(nativeSponge(engine), link);
  return { ...proof, last: { ...proof.last, x } };
}
