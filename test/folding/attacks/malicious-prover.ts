/**
 * The chain's loop in an adversary's hands: the same work as `ChainProver`, written a second time with every stage
 * open. What a cheat leaves alone is done honestly and exactly, also for witnesses that no honest prover has (bits that
 * are not bits, u other than 1), so that only the checks of the protocol stand between the cheat and acceptance.
 */
import { concat } from '../../../src/algebra/concat.ts';
import { type Engine, FIELD_BYTES, type Vec } from '../../../src/algebra/engine.ts';
import { field } from '../../../src/algebra/field.ts';
import { type Affine, G1_PARAMS, R } from '../../../src/algebra/params.ts';
import { nativeSponge } from '../../../src/algebra/sponge.ts';
import { WitnessWriter } from '../../../src/circuit/witness.ts';
import { type BatchTree, idlePath } from '../../../src/folding/batch-tree.ts';
import { MODEL, ofChainBlock, TRACE } from '../../../src/folding/blocks.ts';
import { dummyMessages, type PreparedStep } from '../../../src/folding/chain.ts';
import { commitRanges } from '../../../src/folding/commit.ts';
import { createBuffers } from '../../../src/folding/compute.ts';
import type { CycleFold, CycleFoldRunning } from '../../../src/folding/cyclefold.ts';
import { foldFresh, type PrimaryFresh, type PrimaryRunning } from '../../../src/folding/fold.ts';
import { extendModelChain, extendTraceChain, hashLink } from '../../../src/folding/hashes.ts';
import { type CarriedWires, commitmentOf, pointOf } from '../../../src/folding/instance.ts';
import type { ProgramOpening } from '../../../src/folding/memory.ts';
import { type Blinding, defaultBlinding, openingOf } from '../../../src/folding/position.ts';
import type { FoldedProof } from '../../../src/folding/proof.ts';
import { randomElements } from '../../../src/folding/random.ts';
import type { RowKind } from '../../../src/folding/row-chunks.ts';
import {
  type ChainState,
  elementOf,
  idleItem,
  nextState,
  saltDomains,
  startState,
} from '../../../src/folding/state.ts';
import { type StepAdvice, stepCircuit } from '../../../src/folding/step-circuit.ts';
import type { StepSystem } from '../../../src/folding/step-system.ts';
import { localSweeps, type SweepBuffers, type Sweeps, writeErrors } from '../../../src/folding/sweeps.ts';
import { interpolate } from '../degree-five.ts';

/** Where an adversary may reach in; `step` counts from 0. */
export interface Cheats {
  /** What the step circuit is told. */
  advice?(advice: StepAdvice, step: number): StepAdvice;
  /** The writer of the chain's part of the witness. */
  writer?(sizes: { bits: number; fields: number }, step: number): WitnessWriter;
  /** Changes z = (u, x, M, B, F) in place before the last commitment is made from it. */
  witness?(z: Vec, step: number): void;
  /** Another last commitment than that of the witness. */
  commitment?(cmP: Affine, step: number): Affine;
  /** The sweeps behind the messages h and t, over these buffers. */
  sweeps?(honest: Sweeps, buffers: SweepBuffers): Sweeps;
  /** The engine with which the new commitments cm1 + R cm2 are made. */
  foldEngine?: Engine;
  /** Who makes the CycleFold instances. */
  cycleFold?: CycleFold;
}

const F = field(R);

type Fresh = PrimaryFresh & { readonly blinding: Blinding };

/** Element k of a vector. */
export const element = (v: Vec, k: number): Vec => v.subarray(k * FIELD_BYTES, (k + 1) * FIELD_BYTES);

export class MaliciousProver {
  readonly buffers: SweepBuffers;
  readonly statementWires: CarriedWires<bigint>;
  /** The advice of every step so far, after cheating. */
  readonly told: StepAdvice[] = [];
  readonly #z0: ChainState<bigint>;
  readonly #blinding: Blinding;
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
    readonly program?: ProgramOpening<bigint>,
  ) {
    this.statementWires = { ...wires, pp: system.pp };
    this.#z0 = startState(system.step.state, inputDigest, 0n);
    this.#z = program ? system.step.state.elements.map(() => 0n) : this.#z0;
    const { U } = system.defaults;
    this.#primary = { instance: U, cms: U.cms.map(pointOf) };
    this.#cycleFold = (cheats.cycleFold ?? system.cycleFold).defaultRunning();
    this.buffers = createBuffers(system);
    this.#blinding = defaultBlinding(engine, system);
    const sweeps = localSweeps(engine, system.rows, this.buffers);
    const honest: Sweeps = {
      terms: async () => {},
      line: async (rho, delta) => {
        const { quadratic, boxes } = await sweeps.line(rho, delta);
        // h_0 is what the verifier takes for it, also where it is not the sum of the rows
        const { u, v } = this.#primary.instance;
        return { quadratic, boxes: boxes.with(0, F.create(v - u ** 3n * quadratic[0]!)) };
      },
      cross: async (point) => crossTerms(engine, system, this.buffers, point),
      update: async (k) => {
        await sweeps.update(k);
        writeErrors(engine, system.rows, this.buffers);
      },
    };
    this.#sweeps = cheats.sweeps?.(honest, this.buffers) ?? honest;
  }

  async step(prepared: PreparedStep): Promise<void> {
    const step = this.told.length;
    const sponge = nativeSponge(this.engine);
    const perNetwork = Number(this.statementWires.stepsPerNetwork);
    const first = step % perNetwork === 0;
    const boundary = first && step > 0;
    const { state } = this.system.step;
    const machine = state.kind === 'machine';
    const running = { U: this.#primary.instance, cycleFold: this.#cycleFold.instance };
    const fresh = this.#fresh;
    const messages = fresh ? await this.#fold(fresh) : dummyMessages(this.system.defaults);
    const honest: StepAdvice = {
      wires: this.statementWires,
      i: BigInt(step),
      z0: this.#z0,
      z: this.#z,
      m: this.#m,
      program: this.program,
      salts: prepared.salts ?? saltDomains(state).map(() => 0n),
      path: boundary && this.tree ? this.tree.path(step / perNetwork - 1) : idlePath(sponge, idleItem(state)),
      running,
      fresh: fresh ?? { x: 0n, cms: this.system.layout.blocks.map(() => G1_PARAMS.generator) },
      messages,
    };
    const advice = this.cheats.advice?.(honest, step) ?? honest;
    this.told.push(advice);
    this.#makeFresh(prepared, advice, step);
    this.#m = fresh && !first ? extendModelChain(sponge, this.#m, commitmentOf(fresh.cms[MODEL]!)) : 0n;
    const begins = machine ? first : boundary;
    const trace =
      machine && fresh && !first
        ? extendTraceChain(sponge, elementOf(state, this.#z, 'c'), commitmentOf(fresh.cms[TRACE]!))
        : undefined;
    this.#z = nextState(state, this.#z, prepared.wires, { begins, trace });
  }

  async #fold(fresh: Fresh): Promise<StepAdvice['messages']> {
    const engine = this.cheats.foldEngine ?? this.engine;
    const system = { ...this.system, ...(this.cheats.cycleFold && { cycleFold: this.cheats.cycleFold }) };
    const running = { primary: this.#primary, cycleFold: this.#cycleFold };
    const result = await foldFresh(engine, system, running, fresh, this.#sweeps);
    this.#primary = result.primary;
    this.#cycleFold = result.cycleFold;
    const k = engine.fr.encode([result.scalar]);
    for (const [block, entries] of this.#blinding.entries()) engine.fr.axpy(entries, k, fresh.blinding[block]!);
    return result.messages;
  }

  #makeFresh(prepared: PreparedStep, advice: StepAdvice, step: number): void {
    const { fr } = this.engine;
    const random = randomElements(R, ofChainBlock(this.system.layout.blocks).blinding.count);
    const blinding = prepared.blocks.map((block) => fr.encode(block.blinding ?? random));
    const z = writeWitness(this.engine, this.system, prepared, advice, (sizes) => this.cheats.writer?.(sizes, step));
    const x = fr.decode(element(z, 1))[0]!;
    this.cheats.witness?.(z, step);
    this.buffers.z2.set(z);
    this.buffers.forms2.set(this.system.rows.forms(z));
    const cmP = commitWitness(this.engine, this.system, z, ofChainBlock(blinding));
    const cms = prepared.blocks.map(({ commitment }) => commitment!);
    this.#fresh = { x, cms: [...cms.slice(0, -1), this.cheats.commitment?.(cmP, step) ?? cmP], blinding };
  }

  proof(remaining: readonly Affine[] = []): FoldedProof {
    const fresh = this.#fresh!;
    const { fq } = this.engine;
    const { instance, cms } = this.#primary;
    const { u, x, rho, v } = instance;
    const { witness } = this.#cycleFold;
    const opening = (z: Vec, blinding: Blinding) => openingOf(this.engine, this.system, z, blinding);
    return {
      ...(this.program && { program: this.program }),
      statement: { wires: this.statementWires, steps: this.told.length, z0: this.#z0, z: this.#z, m: this.#m },
      running: { cms, claim: { u, x, rho, v }, opening: opening(this.buffers.z1, this.#blinding) },
      cycleFold: {
        instance: this.#cycleFold.instance,
        w: fq.toCanonical(witness.z.subarray(8 * FIELD_BYTES)),
        e: fq.toCanonical(witness.e),
        blinding: fq.toCanonical(witness.blinding),
      },
      last: { x: fresh.x, cms: fresh.cms, opening: opening(this.buffers.z2, fresh.blinding) },
      remaining,
      path: this.tree && remaining.length === 0 ? this.tree.path(this.tree.size - 1) : [],
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
  const layers = ofChainBlock(step.sizes);
  const sizes = {
    bits: matrix.sizes.bits - layers.bits,
    fields: matrix.sizes.fields - layers.small - layers.fields,
  };
  const chain = writer(sizes) ?? new WitnessWriter(engine, 'fr', sizes);
  stepCircuit(chain, prepared.wires, { defaults, state: step.state }, () => advice);
  const { x, bits, fields } = chain.finish();
  return concat([
    fr.encode([1n, ...x]),
    ...prepared.blocks.flatMap((block) => {
      const { values } = block;
      const own = block === ofChainBlock(prepared.blocks);
      const parts = [fr.fromBits(values.bits), own && fr.fromBits(bits), fr.fromSmall(values.small), values.fields];
      return [...parts, own && fields].filter((part) => part !== false);
    }),
  ]);
}

/** The last commitment of whatever stands in z, as full scalars. */
function commitWitness(engine: Engine, { matrix, layout, key }: StepSystem, z: Vec, blinding: Vec): Affine {
  const block = ofChainBlock(layout.blocks);
  const { bits, fields } = matrix.offsets;
  return commitRanges(engine, key, [
    { at: 0, scalars: { kind: 'full', values: z.subarray(bits * FIELD_BYTES, fields * FIELD_BYTES) } },
    { at: block.fields.at, scalars: { kind: 'full', values: z.subarray(fields * FIELD_BYTES) } },
    { at: block.blinding.at, scalars: { kind: 'full', values: blinding } },
  ])!;
}

/** t_1..t_4 for any z1, z2, satisfied or not: coefficients of <eq(point), Q(z1 + X z2)> by its values at six X. */
function crossTerms(engine: Engine, { rows }: StepSystem, b: SweepBuffers, point: readonly bigint[]): bigint[] {
  const { fr } = engine;
  const weights = fr.eqTable(fr.encode(point));
  const values = [0n, 1n, 2n, 3n, 4n, 5n].map((X) => {
    const z = b.z1.slice();
    fr.axpy(z, fr.encode([X]), b.z2);
    const empty = (): Vec => new Uint8Array(weights.length);
    const errors = { quadratic: empty(), boxes: empty() };
    writeErrors(engine, rows, { ...b, z1: z, forms1: rows.forms(z), errors });
    const sum = (kind: RowKind): bigint => fr.decode(fr.dot(weights, errors[kind]))[0]!;
    const u = fr.decode(element(z, 0))[0]!;
    return F.create(u ** 3n * sum('quadratic') + sum('boxes'));
  });
  return interpolate(values).slice(1, 5);
}

/** The proof with last.x recomputed from what it claims: only the circuit's own rows can then refuse the claim. */
export function rehashed(engine: Engine, proof: FoldedProof): FoldedProof {
  const { wires, steps, z0, z, m } = proof.statement;
  const U = { ...proof.running.claim, cms: proof.running.cms.map(commitmentOf) };
  const link = { ...wires, i: BigInt(steps), z0, z, m, U, cycleFold: proof.cycleFold.instance };
  const x = hashLink(nativeSponge(engine), link);
  return { ...proof, last: { ...proof.last, x } };
}
