/**
 * The IVC loop, the prover's side (protocol section 6): one `ChainProver` takes the steps of a network in order, folds
 * each fresh instance into the running one, and gives a folded proof at any point.
 *
 * Its memory does not grow with the number of steps. The heavy work goes through `ChainCompute`, in this thread or
 * spread over the pool.
 */

import type { Engine } from '../algebra/engine.ts';
import { type Affine, G1_PARAMS, GRUMPKIN_PARAMS, R } from '../algebra/params.ts';
import { nativeSponge } from '../algebra/sponge.ts';
import { invariant } from '../errors.ts';
import { type ItemPath, idlePath } from './batch-tree.ts';
import { MODEL, ofChainBlock, TRACE } from './blocks.ts';
import { HalfCommitment } from './chain-commitment.ts';
import { type BlockValues, blindingRange, type ScalarRange } from './commit.ts';
import type { ChainCompute } from './compute.ts';
import { foldFresh } from './fold.ts';
import type { FoldMessageValues } from './fold-verifier.ts';
import { beforeFold, type ChainBuffers, foldBlocks, frameOf, type WitnessFrame } from './fresh-witness.ts';
import { extendModelChain, extendTraceChain } from './hashes.ts';
import { commitmentOf, type Running } from './instance.ts';
import { type Blinding, type ChainPosition, type Fresh, proofAt } from './position.ts';
import { type FoldedProof, itemsBegun } from './proof.ts';
import { randomElements } from './random.ts';
import { CROSS_TERMS } from './shares.ts';
import { elementOf, entersState, idleItem, nextState, type StepWires, saltDomains } from './state.ts';
import type { Prologue, PrologueAdvice } from './step-circuit.ts';
import type { StepSystem } from './step-system.ts';

/** What is known of a block ahead of the fold. */
interface PreparedBlock {
  /** The layers' part. */
  readonly values: BlockValues;
  /** To that part, and to the blinding entries where they are given. */
  readonly commitment: Affine | null;
  /** Entries that are fixed ahead, as the model's are by its digest and the trace's by its challenges; the chain's block gets random ones. */
  readonly blinding?: readonly bigint[];
}

/** Everything about a step that does not depend on the fold. */
export interface PreparedStep {
  readonly wires: StepWires<bigint>;
  /** Of a network's first step: what its state begins with (`saltDomains`), where that is not public. */
  readonly salts?: readonly bigint[];
  /** Of a machine's network at its first step: w, the digest of its planned checkpoints, where it is not that of the position. */
  readonly planned?: bigint;
  /** In the order of the blocks; all but the chain's are complete. */
  readonly blocks: readonly PreparedBlock[];
}

/** The first half of a step's chain part: what it hands on, and its commitment. */
interface CommittedPrologue {
  readonly values: Prologue<bigint>;
  readonly commitment: Promise<Affine | null>;
}

/** Parts of a step as they are timed: what the main thread waits for or does itself. */
export type StepPart = 'fold' | 'cycleFold' | 'witness' | 'commit';
export type PartListener = (part: StepPart, seconds: number) => void;

export class ChainProver {
  readonly #onPart: PartListener;
  readonly #engine: Engine;
  readonly #system: StepSystem;
  readonly #frame: WitnessFrame;
  readonly #compute: ChainCompute;
  readonly #buffers: ChainBuffers;
  readonly #at: ChainPosition;
  readonly #idle: ItemPath<bigint>;
  readonly #prologue: HalfCommitment;
  readonly #folding: HalfCommitment;
  /** The cross term of the fresh instance, being written; undefined when nothing of it has begun. */
  #terms: Promise<void> | undefined;

  /** @param position the start of a chain, or where another one stopped; its witnesses are in `buffers` */
  constructor(
    engine: Engine,
    system: StepSystem,
    compute: ChainCompute,
    buffers: ChainBuffers,
    position: ChainPosition,
    onPart: PartListener = () => {},
  ) {
    invariant(position.wires.root === (position.tree?.root ?? 0n), 'the tree of another batch');
    this.#onPart = onPart;
    this.#idle = idlePath(nativeSponge(engine), idleItem(system.step.state));
    this.#frame = frameOf(system);
    const block = ofChainBlock(system.layout.blocks);
    const before = beforeFold(this.#frame, 'prologue');
    const folding = system.matrix.sizes[block.fields.part] - before.fields;
    this.#prologue = new HalfCommitment(engine, block, beforeFold(this.#frame, 'layers'), system.prologue.fields);
    this.#folding = new HalfCommitment(engine, block, before, folding);
    this.#engine = engine;
    this.#system = system;
    this.#compute = compute;
    this.#buffers = buffers;
    this.#at = position;
  }

  get steps(): number {
    return this.#at.steps;
  }

  /**
   * Proves one more step: folds the step before into the running instance and makes this one the fresh instance.
   * `meanwhile` is called when all threads are summing: the caller's time for work of its own. It must not throw.
   */
  async step(prepared: PreparedStep, meanwhile: () => void = () => {}): Promise<void> {
    const at = this.#at;
    const { wires } = prepared;
    const { state } = this.#frame;
    const sponge = nativeSponge(this.#engine);
    // a network begins: the chain's first, or the next item of a batch
    const first = at.steps % Number(at.wires.stepsPerNetwork) === 0;
    const boundary = first && at.steps > 0;
    const machine = state.kind === 'machine';
    const begins = machine ? first : boundary;
    const salts = prepared.salts ?? saltDomains(state).map(() => 0n);
    invariant(
      entersState(sponge, state, wires, { z: at.z, begins, salts }),
      'a step starts from other activations than the last one gave',
    );
    const j = BigInt(at.steps) % at.wires.stepsPerNetwork;
    invariant(wires.position === undefined || wires.position === j, 'a step at another place of its network');
    const items = itemsBegun(at.steps, at.wires.stepsPerNetwork);
    invariant(!boundary || (at.tree && items < at.tree.size), 'a step after the last network');
    const running: Running<bigint> = { U: at.primary.instance, cycleFold: at.cycleFold.instance };
    const { fresh } = at;
    const prologue = this.#beginStep(wires, {
      wires: at.wires,
      i: BigInt(at.steps),
      z0: at.z0,
      z: at.z,
      m: at.m,
      program: at.program,
      salts,
      path: boundary ? at.tree!.path(items - 1) : this.#idle,
      running,
      fresh: fresh ?? { x: 0n, cms: this.#frame.blocks.map(() => G1_PARAMS.generator) },
    });
    // awaited later: should the fold fail first, this failure must not stay unhandled
    prologue.catch(() => {});
    const messages = fresh ? await this.#fold(fresh) : dummyMessages(this.#system.defaults);
    await this.#makeFresh(prepared, await prologue, messages, meanwhile);
    at.m = fresh && !first ? extendModelChain(sponge, at.m, commitmentOf(fresh.cms[MODEL]!)) : 0n;
    const trace =
      machine && fresh && !first
        ? extendTraceChain(sponge, elementOf(state, at.z, 'c'), commitmentOf(fresh.cms[TRACE]!))
        : undefined;
    at.z = nextState(state, at.z, wires, { begins, trace });
    if (at.program && prepared.planned !== undefined) at.program = { ...at.program, planned: prepared.planned };
    at.steps += 1;
  }

  /** Tells each part's seconds as it ends. */
  #laps(): (part: StepPart) => void {
    let last = performance.now();
    return (part) => {
      const now = performance.now();
      this.#onPart(part, (now - last) / 1000);
      last = now;
    };
  }

  async #fold(fresh: Fresh): Promise<FoldMessageValues> {
    const at = this.#at;
    const start = performance.now();
    const result = await foldFresh(this.#engine, this.#system, at, fresh, {
      ...this.#compute,
      terms: () => this.#terms ?? this.#compute.terms(),
    });
    at.primary = result.primary;
    at.cycleFold = result.cycleFold;
    const k = this.#engine.fr.encode([result.scalar]);
    for (const [block, entries] of at.blinding.entries()) this.#engine.fr.axpy(entries, k, fresh.blinding[block]!);
    this.#onPart('cycleFold', result.cycleFoldSeconds);
    this.#onPart('fold', (performance.now() - start) / 1000 - result.cycleFoldSeconds);
    return result.messages;
  }

  /** The chain's first half, and its share of the last commitment as it is being summed; the fold goes on meanwhile. */
  async #beginStep(layers: StepWires<bigint>, advice: PrologueAdvice): Promise<CommittedPrologue> {
    const values = await this.#compute.writePrologue(layers, advice);
    const commitment = this.#prologue.next(this.#buffers.prologue, (ranges) => this.#compute.commit(ranges, 'soon'));
    commitment.catch(() => {});
    return { values, commitment };
  }

  /** Witness, commitment and sweep buffers of the new fresh instance. */
  async #makeFresh(
    { wires, blocks }: PreparedStep,
    prologue: CommittedPrologue,
    messages: FoldMessageValues,
    meanwhile: () => void,
  ): Promise<void> {
    const { fr } = this.#engine;
    const lap = this.#laps();
    // awaited together: where both fail, neither failure may stay unhandled
    const [x] = await Promise.all([
      this.#compute.writeFold(wires, prologue.values, messages),
      this.#compute.writeLayers(blocks.map(({ values }) => values)),
    ]);
    lap('witness');
    const layouts = this.#frame.blocks;
    const blinding: Blinding = blocks.map((block) => {
      invariant(block.blinding || block === ofChainBlock(blocks), 'a block is committed without its blinding entries');
      return fr.encode(block.blinding ?? randomElements(R, ofChainBlock(layouts).blinding.count));
    });
    const written = foldBlocks(this.#frame, this.#buffers);
    const commit = (ranges: readonly ScalarRange[]): Promise<Affine | null> => this.#compute.commit(ranges, 'now');
    const ofFolding = this.#folding.next(written, commit, [
      blindingRange(ofChainBlock(layouts), ofChainBlock(blinding)),
    ]);
    // the next fold's cross term needs no challenge, so it may begin; that fold awaits it
    this.#terms = this.#compute.forms().then(() => this.#compute.terms());
    this.#terms.catch(() => {});
    meanwhile();
    const ofChain = [await ofFolding, await this.#compute.waitFor(prologue.commitment)];
    const cms = blocks.map((block) => {
      const cm =
        block === ofChainBlock(blocks) ? this.#engine.g1.sum([block.commitment, ...ofChain]) : block.commitment;
      invariant(cm, 'a commitment is infinity');
      return cm;
    });
    lap('commit');
    this.#at.fresh = { x, cms, blinding };
  }

  /** Ends what has begun of a next fold: until then the buffers are in use. */
  async settle(): Promise<void> {
    await this.#terms?.catch(() => {});
  }

  /** The folded proof of the steps so far (protocol section 8). `remaining`: cmM of the network's other steps. */
  proof(remaining: readonly Affine[]): FoldedProof {
    return proofAt(this.#engine, this.#system, this.#at, this.#buffers, remaining);
  }
}

/** The fold part's advice at i = 0: any points in the groups; the circuit replaces all that comes of it. */
export function dummyMessages({ U }: Pick<Running<bigint>, 'U'>): FoldMessageValues {
  return {
    h: U.rho.map(() => 0n),
    t: new Array<bigint>(CROSS_TERMS).fill(0n),
    cms: U.cms.map(() => G1_PARAMS.generator),
    fresh: U.cms.map(() => GRUMPKIN_PARAMS.generator),
  };
}
