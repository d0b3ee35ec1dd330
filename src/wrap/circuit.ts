/**
 * The wrap: ONE circuit over Fr that makes a folded proof small (protocol section 9). It folds the last instance into
 * the running one, checks the chain's last hash and the model digest, and verifies that both folded instances are
 * satisfied. What it leaves outside is one KZG opening at zeta and 1/zeta (final-proof.ts).
 *
 * Order of the transcript: the statement (but k, which one row settles) and all of U* and cf*; cmAux and the check of the CycleFold
 * instance (auxiliary/proof.ts); Spartan; g', [s], zeta, the evaluations, g. A challenge is squeezed only when everything it must not depend on is absorbed, or
 * is bound by a commitment that is.
 */

import { field } from '../algebra/field.ts';
import { type Affine, R } from '../algebra/params.ts';
import { Transcript } from '../algebra/sponge.ts';
import { assertEqual, type ConstraintSystem, inScope } from '../circuit/constraint-system.ts';
import { isZero, toBits } from '../circuit/gadgets/bits.ts';
import { limbsOf } from '../circuit/gadgets/fq.ts';
import { invariant } from '../errors.ts';
import type { ItemPath } from '../folding/batch-tree.ts';
import { MODEL, TRACE } from '../folding/blocks.ts';
import { allocateCommitment, allocateMessages, type FoldMessageValues, verifyFold } from '../folding/fold-verifier.ts';
import { extendModelChain, extendTraceChain, hashLink, hashModel } from '../folding/hashes.ts';
import {
  type CarriedWires,
  type Commitment,
  cycleFoldBits,
  elementsOfRunning,
  type Running,
  runningFromElements,
} from '../folding/instance.ts';
import { allocatePath, checkItem } from '../folding/item-check.ts';
import type { ProgramOpening } from '../folding/memory.ts';
import { checkNetworkEnd } from '../folding/network-end.ts';
import { elementOf, startState } from '../folding/state.ts';
import type { StepSystem } from '../folding/step-system.ts';
import type { Interruptible } from '../turns.ts';
import { auxiliaryLayout } from './auxiliary/layout.ts';
import type { AuxiliaryProof } from './auxiliary/proof.ts';
import { verifyAuxiliary } from './auxiliary/verify.ts';
import { challengedWords, type StatementOf } from './final-proof.ts';
import type { OpeningLayout, OpeningMessages } from './opening/prove.ts';
import { verifyOpening } from './opening/verify.ts';
import { type ReadoutOpening, revealClass } from './reveal.ts';
import { publishSignals, signalList } from './signals.ts';
import type { JoinedVector } from './spartan/joined.ts';
import type { SpartanProof } from './spartan/proof.ts';
import { verifySpartan } from './spartan/verify.ts';

/** What the circuit is built for: everything here is pinned by its verification key. */
export interface WrapPlan {
  readonly system: StepSystem;
  /** Of layers, whose class the wrap finds; what a machine reveals its state says. */
  readonly readout?: { readonly outputs: number; readonly bits: number } | undefined;
}

/** Everything the circuit is told; all of it private but what it makes public. */
export interface WrapAdvice {
  readonly inputDigest: bigint;
  readonly outputDigest: bigint;
  /** k: the class plus one, or 0. */
  readonly revealed: bigint;
  readonly steps: bigint;
  readonly modelDigest: bigint;
  /** L, pinned by the model digest. */
  readonly stepsPerNetwork: bigint;
  /** Root of a batch, or 0; the path of its last item, or the idle one; the input digest of its first item. */
  readonly root: bigint;
  readonly path: ItemPath<bigint>;
  readonly firstInput: bigint;
  /** z_n, of which stays private what the statement does not name, and the model chain before the last instance. */
  readonly state: readonly bigint[];
  readonly m: bigint;
  /** Of layers; of a machine nothing is opened. */
  readonly readout: ReadoutOpening;
  /** Of a machine's program. */
  readonly program?: ProgramOpening<bigint> | undefined;
  /** U_n and cfU_n, u_n, and the messages of the last fold. */
  readonly running: Running<bigint>;
  readonly last: { readonly x: bigint; readonly cms: readonly Affine[] };
  readonly messages: FoldMessageValues;
  readonly auxiliary: { readonly commitment: Affine; readonly proof: AuxiliaryProof };
  readonly spartan: SpartanProof;
  readonly opening: OpeningMessages;
}

/** Steps are counted in 32 bits. */
const STEP_BITS = 32;

/** Builds the circuit or writes its witness. Its three public inputs stand for the signals of signals.ts. */
export function* wrapCircuit<E>(
  cs: ConstraintSystem<E>,
  plan: WrapPlan,
  advice: () => WrapAdvice,
): Interruptible<void> {
  const last = yield* foldLast(cs, plan, advice);
  const { cycleFold, layout } = plan.system;
  const bits = cycleFoldBits(layout.blocks.length);
  const commitment = allocatePoint(cs, () => advice().auxiliary.commitment);
  const auxiliary = yield* inScope(
    cs,
    'cyclefold',
    verifyAuxiliary(
      ...([cs, last.transcript, cycleFold, last.folded.cycleFold, bits, commitment] as const),
      () => advice().auxiliary.proof,
    ),
  );
  yield* openFolded(cs, plan.system, last, { ...auxiliary, commitment }, advice);
}

/** What the last fold leaves to be checked. */
export interface LastFold<E> {
  readonly statement: StatementOf<E>;
  readonly folded: Running<E>;
  /** It has absorbed both. */
  readonly transcript: Transcript<E>;
}

/** The statement, the chain's last hash, the last item, the readout and the last fold. */
export function* foldLast<E>(
  cs: ConstraintSystem<E>,
  { system, readout }: WrapPlan,
  advice: () => WrapAdvice,
): Interruptible<LastFold<E>> {
  const one = cs.constant(1n);
  const zero = cs.constant(0n);
  const wire = (value: (a: WrapAdvice) => bigint): E => cs.field(() => value(advice()));

  const modelDigest = wire((a) => a.modelDigest);
  const inputDigest = wire((a) => a.inputDigest);
  const outputDigest = wire((a) => a.outputDigest);
  const revealed = wire((a) => a.revealed);
  const steps = wire((a) => a.steps);

  // n = q L: whole networks; a single run has root 0 and q = 1; 1 <= n <= 2^32 and L <= 2^32, q by its item's number
  const stepsPerNetwork = wire((a) => a.stepsPerNetwork);
  const root = wire((a) => a.root);
  const wires: CarriedWires<E> = { pp: cs.constant(system.pp), stepsPerNetwork, modelDigest, root };
  const { index, batch } = cs.scope('statement', () => {
    for (const count of [steps, stepsPerNetwork]) toBits(cs, cs.sub(count, one), STEP_BITS);
    const items = cs.field(() => advice().steps / advice().stepsPerNetwork);
    cs.row([items, stepsPerNetwork], [cs.scale(-1n, steps), one]);
    const single = isZero(cs, root, (v) => field(R).inv(v));
    cs.row([single, cs.sub(items, one)]);
    return { index: cs.sub(items, one), batch: cs.sub(one, single) };
  });

  const { state } = system.step;
  const machine = state.kind === 'machine';
  const item = { hIn: inputDigest, o: outputDigest, ...(machine && { k: revealed }) };
  const m = wire((a) => a.m);
  const running = cs.scope('chain', () => allocateRunning(cs, system, advice));
  const last = cs.scope('chain', () => ({
    x: wire((a) => a.last.x),
    cms: system.layout.blocks.map((_, k) => allocateCommitment(cs, () => advice().last.cms[k]!)),
  }));
  cs.scope('chain', () => {
    // of the first item; a single run carries it to the end, so that it is the input digest
    const start = machine ? zero : wire((a) => a.firstInput);
    const z0 = startState(state, start, zero);
    const claimed = new Map(Object.entries(item));
    const z = state.elements.map(({ name }, k) => claimed.get(name) ?? wire((a) => a.state[k]!));
    assertEqual(cs, last.x, hashLink(cs, { ...wires, i: steps, z0, z, m, ...running }));
    const extended = extendModelChain(cs, m, last.cms[MODEL]!);
    if (!machine) {
      assertEqual(cs, modelDigest, hashModel(cs, wires.pp, stepsPerNetwork, extended));
      return;
    }
    const trace = extendTraceChain(cs, elementOf(state, z, 'c'), last.cms[TRACE]!);
    const program = {
      interfaceDigest: wire((a) => a.program!.interfaceDigest),
      planned: wire((a) => a.program!.planned),
    };
    checkNetworkEnd(cs, one, state, { wires, m: extended, z, trace, program });
  });
  const path = allocatePath(cs, () => advice().path);
  cs.scope('item', () => checkItem(cs, batch, { root, index, item }, path));
  if (readout) cs.scope('readout', () => revealClass(cs, readout, outputDigest, revealed, () => advice().readout));
  invariant(machine === (readout === undefined), 'a wrap of layers opens their readout, and of a machine nothing');

  const messages = cs.scope('fold', () => allocateMessages(cs, system.defaults, () => advice().messages));
  yield;
  const folded = cs.scope('fold', () => verifyFold(cs, wires.pp, running, last, messages));

  const statement = { modelDigest, inputDigest, outputDigest, revealed, steps, root };
  const transcript = new Transcript(cs, 'wrap');
  transcript.absorb(wires.pp, ...challengedWords(statement), ...elementsOfRunning(folded));
  return { statement, folded, transcript };
}

/** Spartan on the folded instance, the values at which its commitments are to be opened, and the public inputs. */
export function* openFolded<E>(
  cs: ConstraintSystem<E>,
  system: StepSystem,
  { statement, folded, transcript }: LastFold<E>,
  auxiliary: JoinedVector<E> & { readonly commitment: Commitment<E> },
  advice: () => WrapAdvice,
): Interruptible<void> {
  const outcome = yield* inScope(
    cs,
    'spartan',
    verifySpartan(cs, transcript, system, folded.U, () => advice().spartan, [auxiliary]),
  );
  const opening = openingLayout(system);
  const { s, opened } = cs.scope('opening', () => {
    const s = allocatePoint(cs, () => advice().opening.s);
    return { s, opened: verifyOpening(cs, transcript, opening, outcome, s, () => advice().opening) };
  });
  const points = [...folded.U.cms, auxiliary.commitment, s];
  cs.scope('signals', () => publishSignals(cs, signalList({ statement, points, opened })));
}

/** What is opened: the blocks, then Aux. */
export function openingLayout({ layout, cycleFold }: Pick<StepSystem, 'layout' | 'cycleFold'>): OpeningLayout {
  return { blocks: [...layout.blocks, auxiliaryLayout(cycleFold.generators.length)] };
}

/**
 * Powers of tau that a wrap commits with: as many as its longest polynomial has coefficients. Blocks use all of their entries; Aux ends with
 * its blinding entry, before its last one, and s and the quotients have one coefficient less than the longest vector.
 */
export function wrapKeyLength({ layout, cycleFold }: Pick<StepSystem, 'layout' | 'cycleFold'>): number {
  return Math.max(layout.keyLength, 2 ** auxiliaryLayout(cycleFold.generators.length).log - 1);
}

/** Limbs of a point that is a signal: whoever verifies computes them from the point, so they are in range. */
function allocatePoint<E>(cs: ConstraintSystem<E>, point: () => Affine): Commitment<E> {
  const fq = (axis: 'x' | 'y') => {
    const limb = (part: 'lo' | 'hi'): E => cs.field(() => limbsOf(point()[axis])[part]);
    return { lo: limb('lo'), hi: limb('hi') };
  };
  return { x: fq('x'), y: fq('y') };
}

function allocateRunning<E>(cs: ConstraintSystem<E>, system: StepSystem, advice: () => WrapAdvice): Running<E> {
  let given: readonly bigint[] | undefined;
  const elements = elementsOfRunning(system.defaults).map((_, k) =>
    cs.field(() => {
      given ??= elementsOfRunning(advice().running);
      return given[k]!;
    }),
  );
  return runningFromElements(elements, system.defaults);
}
