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
import type { PartName } from './blocks.ts';
import type { CycleFoldRunning } from './cyclefold.ts';
import type { PrimaryFresh, PrimaryRunning } from './fold.ts';
import { type CarriedWires, CYCLEFOLD_INPUTS, commitmentOf, pointOf } from './instance.ts';
import { rangeOf } from './layout.ts';
import type { ProgramOpening } from './memory.ts';
import { type FoldedProof, itemsBegun, type PrimaryOpening } from './proof.ts';
import { type ChainState, startState } from './state.ts';
import type { StepSystem } from './step-system.ts';
import { type SweepBuffers, writeErrors } from './sweeps.ts';

/** Blinding entries of an opening, of one block after the other. */
export type Blinding = readonly Vec[];

export type Fresh = PrimaryFresh & { readonly blinding: Blinding };

export interface ChainPosition {
  readonly wires: CarriedWires<bigint>;
  /** All items of a batch, made before folding; undefined for a single run. */
  readonly tree: BatchTree | undefined;
  /** Of a machine's program, in the network under way. */
  program: ProgramOpening<bigint> | undefined;
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

type Model = Pick<CarriedWires<bigint>, 'stepsPerNetwork' | 'modelDigest'>;

/** Before the first step of a chain of layers: the default running instances. The buffers must be new, or cleared. */
export function startOfChain(
  engine: Engine,
  system: StepSystem,
  model: Model,
  inputDigest: bigint,
  tree?: BatchTree,
): ChainPosition {
  const z0 = startState(system.step.state, inputDigest, 0n);
  return { ...newChain(engine, system, model, tree), program: undefined, z0, z: z0 };
}

/** The same of a machine: every network begins with a state of its own, and what comes in there is never used. */
export function startOfProgram(
  engine: Engine,
  system: StepSystem,
  model: Model,
  program: ProgramOpening<bigint>,
  tree?: BatchTree,
): ChainPosition {
  return { ...newChain(engine, system, model, tree), program, z0: [], z: system.step.state.elements.map(() => 0n) };
}

function newChain(
  engine: Engine,
  system: StepSystem,
  model: Model,
  tree: BatchTree | undefined,
): Omit<ChainPosition, 'program' | 'z0' | 'z'> {
  const { U } = system.defaults;
  return {
    wires: { ...model, pp: system.pp, root: tree?.root ?? 0n },
    tree,
    m: 0n,
    steps: 0,
    primary: { instance: U, cms: U.cms.map(pointOf) },
    cycleFold: system.cycleFold.defaultRunning(),
    blinding: defaultBlinding(engine, system),
    fresh: undefined,
  };
}

/** Of the default instances: zeros, but the very last entry of each block is 1. */
export function defaultBlinding({ fr }: Engine, { layout }: Pick<StepSystem, 'layout'>): Blinding {
  return layout.blocks.map(({ blinding: { count } }) =>
    fr.encode(Array.from({ length: count }, (_, k) => (k === count - 1 ? 1n : 0n))),
  );
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
    concat([fr.encode(head), ...o.flatMap(({ bits, fields }) => [bits, fields]).map((part) => fr.fromCanonical(part))]);
  buffers.z1.set(z([claim.u, claim.x], opening));
  buffers.forms1.set(system.rows.forms(buffers.z1));
  writeErrors(engine, system.rows, buffers);
  buffers.z2.set(z([1n, last.x], last.opening));
  buffers.forms2.set(system.rows.forms(buffers.z2));
  const bits = concat(last.opening.map((block) => block.bits));
  for (let k = 0; k < buffers.bits2.length; k++) buffers.bits2[k] = bits[FIELD_BYTES * k]!;

  const blinding = (o: PrimaryOpening): Blinding => o.map((block) => fr.fromCanonical(block.blinding));
  const { cms } = running;
  const instance = { ...system.defaults.U, ...claim, cms: cms.map(commitmentOf) };
  return {
    ...statement,
    program: proof.program,
    tree,
    primary: { instance, cms },
    cycleFold: restoreCycleFold(engine, system, proof),
    blinding: blinding(opening),
    fresh: { x: last.x, cms: last.cms, blinding: blinding(last.opening) },
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
  { wires, tree, program, z0, z, m, steps, primary, cycleFold, blinding, fresh }: ChainPosition,
  buffers: SweepBuffers,
  remaining: FoldedProof['remaining'],
): FoldedProof {
  invariant(fresh, 'a proof needs at least one step');
  const { fq } = engine;
  const { u, x, rho, v } = primary.instance;
  const { witness } = cycleFold;
  return {
    statement: { wires, steps, z0, z, m },
    ...(program && { program }),
    running: {
      cms: primary.cms,
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
      cms: fresh.cms,
      opening: openingOf(engine, system, buffers.z2, fresh.blinding),
    },
    remaining,
    path: tree && remaining.length === 0 ? tree.path(itemsBegun(steps, wires.stepsPerNetwork) - 1) : [],
  };
}

/** z and the blinding entries as canonical bytes, block by block. */
export function openingOf(
  { fr }: Engine,
  { matrix, layout }: Pick<StepSystem, 'matrix' | 'layout'>,
  z: Vec,
  blinding: Blinding,
): PrimaryOpening {
  const part = (name: PartName | undefined): Uint8Array => {
    const [from, to] = name ? rangeOf(matrix, name) : [0, 0];
    return fr.toCanonical(z.subarray(from * FIELD_BYTES, to * FIELD_BYTES));
  };
  return layout.blocks.map(({ bits, fields }, k) => ({
    bits: part(bits?.part),
    fields: part(fields.part),
    blinding: fr.toCanonical(blinding[k]!),
  }));
}
