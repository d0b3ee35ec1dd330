/**
 * The wrap: ONE circuit over Fr that makes a folded proof small (protocol section 9). It folds the last instance into
 * the running one, checks the chain's last hash and the model digest, and verifies that both folded instances are
 * satisfied. What it leaves outside is one KZG opening at zeta and 1/zeta (final-proof.ts).
 *
 * Order of the transcript: the statement (but k, which one row settles) and all of U* and cf*; the challenges of the CycleFold check; Spartan;
 * g', [s], zeta, the evaluations, g. A challenge is squeezed only when everything it must not depend on is absorbed, or
 * is bound by a commitment that is.
 */

import { field } from '../algebra/field.ts';
import { type Affine, R } from '../algebra/params.ts';
import { Transcript } from '../algebra/sponge.ts';
import { assertEqual, type ConstraintSystem, inScope } from '../circuit/constraint-system.ts';
import { isZero, toBits } from '../circuit/gadgets/bits.ts';
import { limbsOf } from '../circuit/gadgets/fq.ts';
import type { PointOf } from '../circuit/gadgets/ladder.ts';
import type { ItemPath } from '../folding/batch-tree.ts';
import { allocateCommitment, type FoldMessages, verifyFold } from '../folding/fold-verifier.ts';
import { extendModelChain, hashLink, hashModel } from '../folding/hashes.ts';
import {
  type CarriedWires,
  type Commitment,
  elementsOfRunning,
  limbsOfCommitment,
  type Running,
  runningFromElements,
} from '../folding/instance.ts';
import { allocatePath, checkItem } from '../folding/item-check.ts';
import type { StepAdvice } from '../folding/step-circuit.ts';
import type { StepSystem } from '../folding/step-system.ts';
import type { Pieces } from '../pieces.ts';
import { type CycleFoldOpening, checkCycleFold } from './cyclefold/check.ts';
import { PUBLIC_SIGNALS } from './final-proof.ts';
import type { OpeningMessages } from './opening/prove.ts';
import { verifyOpening } from './opening/verify.ts';
import { type ReadoutOpening, revealClass } from './reveal.ts';
import type { SpartanProof } from './spartan/proof.ts';
import { verifySpartan } from './spartan/verify.ts';

/** What the circuit is built for: everything here is pinned by its verification key. */
export interface WrapPlan {
  readonly system: StepSystem;
  readonly readout: { readonly outputs: number; readonly bits: number };
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
  /** h_n, which stays private, and the model chain before the last instance. */
  readonly activations: bigint;
  readonly m: bigint;
  readonly readout: ReadoutOpening;
  /** U_n and cfU_n, u_n, and the messages of the last fold. */
  readonly running: Running<bigint>;
  readonly last: { readonly x: bigint; readonly cmM: Affine; readonly cmP: Affine };
  readonly messages: StepAdvice['messages'];
  readonly cycleFold: CycleFoldOpening;
  readonly spartan: SpartanProof;
  readonly opening: OpeningMessages;
}

/** Steps are counted in 32 bits. */
const STEP_BITS = 32;

/** Builds the circuit or writes its witness. Its 22 public signals are those of final-proof.ts, in that order. */
export function* wrapCircuit<E>(cs: ConstraintSystem<E>, plan: WrapPlan, advice: () => WrapAdvice): Pieces<void> {
  const last = yield* foldLast(cs, plan, advice);
  const squeeze = (): E => last.transcript.squeeze();
  const { cycleFold } = last.folded;
  yield* checkCycleFold(cs, plan.system.cycleFold, cycleFold, squeeze, () => advice().cycleFold);
  yield* openFolded(cs, plan.system, last, advice);
}

/** What the last fold leaves to be checked. */
export interface LastFold<E> {
  /** The first of the public signals. */
  readonly statement: readonly E[];
  readonly folded: Running<E>;
  /** It has absorbed both. */
  readonly transcript: Transcript<E>;
}

/** The statement, the chain's last hash, the last item, the readout and the last fold. */
export function* foldLast<E>(
  cs: ConstraintSystem<E>,
  { system, readout }: WrapPlan,
  advice: () => WrapAdvice,
): Pieces<LastFold<E>> {
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

  const m = wire((a) => a.m);
  const running = cs.scope('chain', () => allocateRunning(cs, system, advice));
  const last = cs.scope('chain', () => ({
    x: wire((a) => a.last.x),
    cmM: allocateCommitment(cs, () => advice().last.cmM),
    cmP: allocateCommitment(cs, () => advice().last.cmP),
  }));
  cs.scope('chain', () => {
    // of the first item; a single run carries it to the end, so that it is the input digest
    const start = wire((a) => a.firstInput);
    const z0 = { h: start, hIn: start, o: zero };
    const z = { h: wire((a) => a.activations), hIn: inputDigest, o: outputDigest };
    assertEqual(cs, last.x, hashLink(cs, { ...wires, i: steps, z0, z, m, ...running }));
    assertEqual(cs, modelDigest, hashModel(cs, wires.pp, stepsPerNetwork, extendModelChain(cs, m, last.cmM)));
  });
  const item = { hIn: inputDigest, o: outputDigest };
  const path = allocatePath(cs, () => advice().path);
  cs.scope('item', () => checkItem(cs, batch, { root, index, item }, path));
  cs.scope('readout', () => revealClass(cs, readout, outputDigest, revealed, () => advice().readout));

  const messages = cs.scope('fold', () => allocateMessages(cs, system, advice));
  yield;
  const folded = cs.scope('fold', () => verifyFold(cs, wires.pp, running, last, messages));

  const statement = [modelDigest, inputDigest, outputDigest, revealed, steps, root];
  const transcript = new Transcript(cs, 'wrap');
  // not what is revealed: no challenge bears on it, and one folded proof must not have an opening for each k (last-fold.ts)
  transcript.absorb(wires.pp, modelDigest, inputDigest, outputDigest, steps, root, ...elementsOfRunning(folded));
  return { statement, folded, transcript };
}

/** Spartan on the folded instance, the values at which its commitments are to be opened, and the public signals. */
export function* openFolded<E>(
  cs: ConstraintSystem<E>,
  system: StepSystem,
  { statement, folded, transcript }: LastFold<E>,
  advice: () => WrapAdvice,
): Pieces<void> {
  const wire = (value: (a: WrapAdvice) => bigint): E => cs.field(() => value(advice()));
  const spartan = verifySpartan(cs, transcript, system, folded.U, () => advice().spartan);
  const outcome = yield* inScope(cs, 'spartan', spartan);
  const opened = cs.scope('opening', () => {
    const fq = (axis: 'x' | 'y') => {
      const limb = (part: 'lo' | 'hi'): E => wire((a) => limbsOf(a.opening.s[axis])[part]);
      return { lo: limb('lo'), hi: limb('hi') };
    };
    const s: Commitment<E> = { x: fq('x'), y: fq('y') };
    const { zeta, g, f1, f2 } = verifyOpening(cs, transcript, system.layout, outcome, s, () => advice().opening);
    return [...limbsOfCommitment(s), zeta, g, f1, f2];
  });

  const signals = [...statement, ...limbsOfCommitment(folded.U.cmM), ...limbsOfCommitment(folded.U.cmP), ...opened];
  const outputs = cs.publicInputs(() => signals.map((e) => cs.value(e)), PUBLIC_SIGNALS);
  outputs.forEach((output, k) => {
    assertEqual(cs, output, signals[k]!);
  });
}

/** The prover's messages of the last fold, as the step circuit takes them. */
function allocateMessages<E>(cs: ConstraintSystem<E>, system: StepSystem, advice: () => WrapAdvice): FoldMessages<E> {
  const wire = (value: (m: WrapAdvice['messages']) => bigint): E => cs.field(() => value(advice().messages));
  const point = (side: 0 | 1): PointOf<E> => ({ x: wire((m) => m.fresh[side].x), y: wire((m) => m.fresh[side].y) });
  return {
    h: system.defaults.U.rho.map((_, k) => wire((m) => m.h[k]!)),
    t: wire((m) => m.t),
    cmM: allocateCommitment(cs, () => advice().messages.cmM),
    cmP: allocateCommitment(cs, () => advice().messages.cmP),
    fresh: [point(0), point(1)],
  };
}

function allocateRunning<E>(cs: ConstraintSystem<E>, system: StepSystem, advice: () => WrapAdvice): Running<E> {
  let given: readonly bigint[] | undefined;
  const elements = elementsOfRunning(system.defaults).map((_, k) =>
    cs.field(() => {
      given ??= elementsOfRunning(advice().running);
      return given[k]!;
    }),
  );
  return runningFromElements(elements);
}
