/**
 * The step circuit F' (protocol section 6): checks the hash of the chain so far, folds the last fresh instance into
 * the running one, runs the layers, and hashes the result into its own public input. Step i = q L + j is step j of the
 * batch's network q; where a network ends (i > 0, j = 0) its item is checked and the next input comes in.
 *
 * Values that are only advice are marked; each is bound by the hash check (i > 0), replaced by a constant (i = 0), or
 * constrained where it is used.
 */
import { field } from '../algebra/field.ts';
import { type Affine, R } from '../algebra/params.ts';
import { assertEqual, type ConstraintSystem, multiply } from '../circuit/constraint-system.ts';
import { isZero, pack, select, toBits } from '../circuit/gadgets/bits.ts';
import type { ItemPath } from './batch-tree.ts';
import { MODEL, TRACE } from './blocks.ts';
import {
  allocateCommitment,
  allocateMessages,
  type FoldMessageValues,
  type SplitCommitment,
  verifyFold,
} from './fold-verifier.ts';
import { extendModelChain, extendTraceChain, hashLink } from './hashes.ts';
import { type CarriedWires, elementsOfRunning, type Running, runningFromElements } from './instance.ts';
import { allocatePath, checkItem } from './item-check.ts';
import type { ProgramOpening } from './memory.ts';
import { checkNetworkEnd } from './network-end.ts';
import {
  type ChainState,
  elementOf,
  enterState,
  itemOfState,
  leaveState,
  type Named,
  type StateSpec,
  type StepWires,
  saltDomains,
  startState,
} from './state.ts';

/** What the circuit is made for, beside the layers. */
export interface ChainFrame {
  /** The running instances before any fold: constants, given by the commitment keys. */
  readonly defaults: Running<bigint>;
  readonly state: StateSpec;
}

/** Everything a step is told. At i = 0 the fold part is valid dummy data. */
export interface StepAdvice {
  readonly wires: CarriedWires<bigint>;
  readonly i: bigint;
  readonly z0: ChainState<bigint>;
  /** The state that comes in. */
  readonly z: ChainState<bigint>;
  readonly m: bigint;
  /** Of a machine's program. */
  readonly program: ProgramOpening<bigint> | undefined;
  /** That the state begins with, in the table's order; any where no network begins. */
  readonly salts: readonly bigint[];
  /** Path of the item that ends before this step, or the idle path. */
  readonly path: ItemPath<bigint>;
  readonly running: Running<bigint>;
  readonly fresh: { readonly x: bigint; readonly cms: readonly Affine[] };
  readonly messages: FoldMessageValues;
}

/** What a step is told that is known before the fold: everything but the fold's messages. */
export type PrologueAdvice = Omit<StepAdvice, 'messages'>;

/** What the first half of the circuit hands to the second. */
export interface Prologue<E> {
  readonly wires: CarriedWires<E>;
  readonly i: E;
  readonly z0: ChainState<E>;
  /** 1 at i = 0. */
  readonly base: E;
  /** Elements of the state that the step passes on and the layers do not know, and its model chain. */
  readonly passed: Named<E>;
  readonly m: E;
  readonly running: Running<E>;
  readonly fresh: { readonly x: E; readonly cms: readonly SplitCommitment<E>[] };
}

/** Networks and steps of one are counted in so many bits; a batch has at most 2^16 items (batch-tree.ts). */
const ITEM_BITS = 17;
const STEP_BITS = 32;

/** Runs the part of the step that does not depend on the network; returns its public input. */
export function stepCircuit<E>(
  cs: ConstraintSystem<E>,
  layers: StepWires<E>,
  frame: ChainFrame,
  advice: () => StepAdvice,
): E {
  const prologue = runPrologue(cs, layers, frame, advice);
  return foldStep(cs, layers, frame, prologue, () => advice().messages);
}

/**
 * The first half, in whose variables the fold has no part, so that they are written and committed beside it: the last step's
 * hash, the place in the batch, the chains of commitments and the network that ended.
 */
export function runPrologue<E>(
  cs: ConstraintSystem<E>,
  layers: Omit<StepWires<E>, 'leave'>,
  { defaults, state }: ChainFrame,
  advice: () => PrologueAdvice,
): Prologue<E> {
  const one = cs.constant(1n);
  const variable = (value: (a: PrologueAdvice) => bigint): E => cs.field(() => value(advice()));

  const wires: CarriedWires<E> = {
    pp: variable((a) => a.wires.pp),
    stepsPerNetwork: variable((a) => a.wires.stepsPerNetwork),
    modelDigest: variable((a) => a.wires.modelDigest),
    root: variable((a) => a.wires.root),
  };
  const i = variable((a) => a.i);
  const z0: ChainState<E> = startState(state, 0, 0).map((_, k) => variable((a) => a.z0[k]!));
  const z: ChainState<E> = state.elements.map((_, k) => variable((a) => a.z[k]!));
  const m = variable((a) => a.m);
  let given: readonly bigint[] | undefined;
  const running = runningFromElements(
    elementsOfRunning(defaults).map((_, k) =>
      variable((a) => {
        given ??= elementsOfRunning(a.running);
        return given[k]!;
      }),
    ),
    defaults,
  );
  const fresh = cs.scope('commitments', () => ({
    x: variable((a) => a.fresh.x),
    cms: defaults.U.cms.map((_, k) => allocateCommitment(cs, () => advice().fresh.cms[k]!)),
  }));
  const path = allocatePath(cs, () => advice().path);
  const machine = state.kind === 'machine';
  const program = machine
    ? {
        interfaceDigest: variable((a) => a.program!.interfaceDigest),
        planned: variable((a) => a.program!.planned),
      }
    : undefined;
  const salts = saltDomains(state).map((_, k) => variable((a) => a.salts[k]!));

  // i = 0: the state is z_0, where there is one
  const base = isZero(cs, i, (v) => field(R).inv(v));
  cs.scope('base', () => {
    for (const [k, element] of z0.entries()) cs.row([base, cs.sub(z[k]!, element)]);
  });

  // i > 0: the fresh instance is the one that the last step hashed
  const expected = cs.scope('hash-in', () => hashLink(cs, { ...wires, i, z0, z, m, ...running }));
  cs.scope('hash-in', () => cs.row([cs.sub(one, base), cs.sub(fresh.x, expected)]));

  const { q, j, first } = cs.scope('position', () => positionOf(cs, i, wires.stepsPerNetwork));
  if (layers.position !== undefined) {
    const own = layers.position;
    cs.scope('position', () => assertEqual(cs, own, j));
  }
  // a network that is not the chain's first begins: the one before it is complete
  const boundary = cs.sub(first, base);
  const extended = cs.scope('model-chain', () => extendModelChain(cs, m, fresh.cms[MODEL]!));
  const trace = machine
    ? cs.scope('trace-chain', () => extendTraceChain(cs, elementOf(state, z, 'c'), fresh.cms[TRACE]!))
    : undefined;
  cs.scope('item', () => {
    checkNetworkEnd(cs, boundary, state, { wires, m: extended, z, trace, program });
    checkItem(cs, boundary, { root: wires.root, index: cs.sub(q, one), item: itemOfState(state, z) }, path);
  });
  return cs.scope('position', () => {
    // of layers the first network goes on from z_0; a machine's begin all alike
    const begins = machine ? first : boundary;
    const passed = enterState(cs, state, layers, { z, begins, trace, salts });
    return { wires, i, z0, base, passed, m: multiply(cs, cs.sub(one, first), extended), running, fresh };
  });
}

/** The second half: the fold, and the hash of what comes out, which is the public input. */
export function foldStep<E>(
  cs: ConstraintSystem<E>,
  layers: StepWires<E>,
  { defaults, state }: ChainFrame,
  { wires, i, z0, base, passed, m, running, fresh }: Prologue<E>,
  advice: () => StepAdvice['messages'],
): E {
  const messages = cs.scope('commitments', () => allocateMessages(cs, defaults, advice));
  const folded = verifyFold(cs, wires.pp, running, fresh, messages);
  const next = cs.scope('select', () => selectDefaults(cs, base, folded, defaults));

  const z = leaveState(state, passed, layers);
  const i1 = cs.add(i, cs.constant(1n));
  const x = cs.scope('hash-out', () => hashLink(cs, { ...wires, i: i1, z0, z, m, ...next }));
  const [output] = cs.publicInputs(() => [cs.value(x)], 1);
  assertEqual(cs, output!, x);
  return output!;
}

/**
 * i = q L + j with 0 <= j < L: one (q, j) for every i, because all ranges together stay far below r. `first` is 1 where j
 * is 0. Three rows, one of isZero and 81 bits.
 */
function positionOf<E>(
  cs: ConstraintSystem<E>,
  i: E,
  stepsPerNetwork: E,
): { readonly q: E; readonly j: E; readonly first: E } {
  const [step, length] = [() => cs.value(i), () => cs.value(stepsPerNetwork)];
  const q = pack(
    cs,
    cs.bits(ITEM_BITS, () => step() / length()),
  );
  const j = pack(
    cs,
    cs.bits(STEP_BITS, () => step() % length()),
  );
  cs.row([q, stepsPerNetwork], [cs.sub(j, i), cs.constant(1n)]);
  toBits(cs, cs.sub(cs.sub(stepsPerNetwork, cs.constant(1n)), j), STEP_BITS);
  return { q, j, first: isZero(cs, j, (v) => field(R).inv(v)) };
}

/** At i = 0 every part of both new running instances is the default, whatever the advice says. */
function selectDefaults<E>(
  cs: ConstraintSystem<E>,
  base: E,
  folded: Running<E>,
  defaults: Running<bigint>,
): Running<E> {
  const values = elementsOfRunning(defaults);
  const chosen = elementsOfRunning(folded).map((e, k) => select(cs, base, cs.constant(values[k]!), e));
  return runningFromElements(chosen, defaults);
}
