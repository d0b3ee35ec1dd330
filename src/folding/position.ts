/**
 * Where a chain stands between two steps: everything that the next fold needs. A folded proof of the steps so far holds
 * all of it (protocol section 8), so a checkpoint is nothing but such a proof, and a chain goes on from one as if it had
 * never stopped. The witnesses' long vectors lie in the sweep buffers; here is what stands beside them.
 */
import { concat } from '../algebra/concat.ts';
import { type Engine, FIELD_BYTES, type Vec } from '../algebra/engine.ts';
import { Q } from '../algebra/params.ts';
import { fqValue } from '../circuit/gadgets/fq.ts';
import { invariant } from '../errors.ts';
import type { BatchTree } from './batch-tree.ts';
import type { CycleFoldRunning } from './cyclefold.ts';
import type { PrimaryFresh, PrimaryRunning } from './fold.ts';
import { type CarriedWires, type ChainState, CYCLEFOLD_INPUTS, commitmentOf, pointOf } from './instance.ts';
import { type FoldedProof, itemsBegun, type PrimaryOpening } from './proof.ts';
import type { StepSystem } from './step-system.ts';
import type { SweepBuffers } from './sweeps.ts';

/** Blinding entries of an opening. */
export interface Blinding {
  readonly modelBlinding: Vec;
  readonly witnessBlinding: Vec;
}

export type Fresh = PrimaryFresh & { readonly blinding: Blinding };

export interface ChainPosition {
  readonly wires: CarriedWires<bigint>;
  /** All items of a batch, made before folding; undefined for a single run. */
  readonly tree: BatchTree | undefined;
  readonly z0: ChainState<bigint>;
  z: ChainState<bigint>;
  /** Model chain over the folded steps of the network under way: all but the fresh one. */
  m: bigint;
  steps: number;
  primary: PrimaryRunning;
  cycleFold: CycleFoldRunning;
  /** Of the running instance, changed in place; the rest of its opening is in buffers.z1. */
  readonly blinding: Blinding;
  /** The last step, not folded yet; its opening is in buffers.z2. Undefined before the first step. */
  fresh: Fresh | undefined;
}

/** Before the first step: the default running instances. The buffers must be new. */
export function startOfChain(
  engine: Engine,
  system: StepSystem,
  model: Pick<CarriedWires<bigint>, 'stepsPerNetwork' | 'modelDigest'>,
  inputDigest: bigint,
  tree?: BatchTree,
): ChainPosition {
  const { U } = system.defaults;
  const z0 = { h: inputDigest, hIn: inputDigest, o: 0n };
  return {
    wires: { ...model, pp: system.pp, root: tree?.root ?? 0n },
    tree,
    z0,
    z: z0,
    m: 0n,
    steps: 0,
    primary: { instance: U, cmM: pointOf(U.cmM), cmP: pointOf(U.cmP) },
    cycleFold: system.cycleFold.defaultRunning(),
    blinding: { modelBlinding: engine.fr.encode([1n]), witnessBlinding: engine.fr.encode([0n, 0n, 0n, 1n]) },
    fresh: undefined,
  };
}

/**
 * The position that a folded proof was made at; fills the buffers. Verify the proof first: nothing is checked here.
 * @param tree of the proof's batch, where the chain is to go on
 */
export function restoreChain(
  engine: Engine,
  system: StepSystem,
  proof: FoldedProof,
  buffers: SweepBuffers,
  tree?: BatchTree,
): ChainPosition {
  const { fr } = engine;
  const { statement, running, last } = proof;
  const { claim, opening } = running;
  const z = (head: readonly bigint[], o: PrimaryOpening): Vec =>
    concat([fr.encode(head), fr.fromCanonical(o.model), fr.fromCanonical(o.bits), fr.fromCanonical(o.fields)]);
  buffers.z1.set(z([claim.u, claim.x], opening));
  buffers.forms1.set(system.rows.forms(buffers.z1));
  buffers.e.set(fr.bitRows(fr.fromCanonical(opening.bits), fr.encode([claim.u])));
  buffers.e.set(system.rows.quadratic(buffers.z1, buffers.forms1), 2 ** system.layout.bitLog * FIELD_BYTES);
  buffers.z2.set(z([1n, last.x], last.opening));
  buffers.forms2.set(system.rows.forms(buffers.z2));
  for (let k = 0; k < buffers.bits2.length; k++) buffers.bits2[k] = last.opening.bits[FIELD_BYTES * k]!;

  const blinding = (o: PrimaryOpening): Blinding => ({
    modelBlinding: fr.fromCanonical(o.modelBlinding),
    witnessBlinding: fr.fromCanonical(o.witnessBlinding),
  });
  const { cmM, cmP } = running;
  const instance = { ...system.defaults.U, ...claim, cmM: commitmentOf(cmM), cmP: commitmentOf(cmP) };
  return {
    ...statement,
    tree,
    primary: { instance, cmM, cmP },
    cycleFold: restoreCycleFold(engine, system, proof),
    blinding: blinding(opening),
    fresh: { x: last.x, cmM: last.cmM, cmP: last.cmP, blinding: blinding(last.opening) },
  };
}

function restoreCycleFold(engine: Engine, system: StepSystem, { cycleFold }: FoldedProof): CycleFoldRunning {
  const { fq } = engine;
  const { instance } = cycleFold;
  const head = [instance.u % Q, ...instance.x.map((limbs) => fqValue(limbs) % Q)];
  const z = concat([fq.encode(head), fq.fromCanonical(cycleFold.w)]);
  return {
    instance,
    witness: {
      z,
      forms: system.cycleFold.forms({ z }),
      e: fq.fromCanonical(cycleFold.e),
      blinding: fq.fromCanonical(cycleFold.blinding),
    },
  };
}

/** The folded proof at a position, a copy. `remaining`: cmM of the network's other steps. */
export function proofAt(
  engine: Engine,
  system: StepSystem,
  { wires, tree, z0, z, m, steps, primary, cycleFold, blinding, fresh }: ChainPosition,
  buffers: SweepBuffers,
  remaining: FoldedProof['remaining'],
): FoldedProof {
  invariant(fresh, 'a proof needs at least one step');
  const { fq } = engine;
  const { u, x, rho, v } = primary.instance;
  const { witness } = cycleFold;
  return {
    statement: { wires, steps, z0, z, m },
    running: {
      cmM: primary.cmM,
      cmP: primary.cmP,
      claim: { u, x, rho, v },
      opening: openingOf(engine, system, buffers.z1, blinding),
    },
    cycleFold: {
      instance: cycleFold.instance,
      w: fq.toCanonical(witness.z.subarray((1 + CYCLEFOLD_INPUTS) * FIELD_BYTES)),
      e: fq.toCanonical(witness.e),
      blinding: fq.toCanonical(witness.blinding),
    },
    last: {
      x: fresh.x,
      cmM: fresh.cmM,
      cmP: fresh.cmP,
      opening: openingOf(engine, system, buffers.z2, fresh.blinding),
    },
    remaining,
    path: tree && remaining.length === 0 ? tree.path(itemsBegun(steps, wires.stepsPerNetwork) - 1) : [],
  };
}

function openingOf({ fr }: Engine, { matrix }: StepSystem, z: Vec, blinding: Blinding): PrimaryOpening {
  const { offsets } = matrix;
  const part = (from: number, to?: number): Uint8Array =>
    fr.toCanonical(z.subarray(from * FIELD_BYTES, to === undefined ? undefined : to * FIELD_BYTES));
  return {
    model: part(offsets.model, offsets.bits),
    bits: part(offsets.bits, offsets.fields),
    fields: part(offsets.fields),
    modelBlinding: fr.toCanonical(blinding.modelBlinding),
    witnessBlinding: fr.toCanonical(blinding.witnessBlinding),
  };
}
