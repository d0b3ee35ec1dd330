/**
 * Satisfying advice for the chain's part of a machine's step, and for the wrap of one: chain-data.ts with a memory. The layers are
 * anything that enters and leaves: their rows are not the chain's.
 */
import { field } from '../../../src/algebra/field.ts';
import { R } from '../../../src/algebra/params.ts';
import { BatchTree, type Item, idlePath } from '../../../src/folding/batch-tree.ts';
import { MODEL, TRACE } from '../../../src/folding/blocks.ts';
import { extendModelChain, extendTraceChain, hashLink, hashProgram } from '../../../src/folding/hashes.ts';
import { commitmentOf } from '../../../src/folding/instance.ts';
import { CHALLENGES, squeezeChallenges } from '../../../src/folding/memory.ts';
import {
  elementOf,
  idleItem,
  MACHINE_STATE,
  type Named,
  type StepWires,
  saltDomains,
  saltedStart,
} from '../../../src/folding/state.ts';
import type { StepAdvice } from '../../../src/folding/step-circuit.ts';
import type { WrapAdvice } from '../../../src/wrap/circuit.ts';
import type { ChainData } from './chain-data.ts';
import type { LastFoldAdvice } from './last-fold.ts';

const F = field(R);

/** Things that one false element of the state, or of its beginning, is about. */
type MachineLie = 'sum' | (typeof CHALLENGES)[number] | 'model';

/** What a step looks like beside what it is (`Like` in chain-data.ts). */
type MachineLike = 'end' | 'minus' | 'begun';

export interface MachineSituation {
  readonly i: bigint;
  readonly stepsPerNetwork: bigint;
  readonly items: readonly Item<bigint>[];
  readonly like?: readonly MachineLike[];
  readonly lie?: MachineLie;
}

/** A value of every name. */
const values = (data: ChainData, names: readonly string[]): Named<bigint> =>
  Object.fromEntries(names.map((name) => [name, data.next()]));

/** An item of a batch of a machine. */
export const machineItem = (data: ChainData): Item<bigint> => ({ hIn: data.next(), o: data.next(), k: data.next() });

/**
 * The advice of step i, with every hash as it must be, and what enters and leaves its layers. `sign` -1 makes what the mask -1 would take.
 */
export function machineStep(
  data: ChainData,
  { i, stepsPerNetwork, items, like = [], lie }: MachineSituation,
): { readonly advice: StepAdvice; readonly wires: StepWires<bigint> } {
  const { sponge, system } = data;
  const { pp } = system;
  const first = i % stepsPerNetwork === 0n;
  const boundary = i > 0n && first;
  const minus = like.includes('minus');
  const ends = boundary || minus || like.includes('end');
  const signed = (v: bigint): bigint => (minus ? F.neg(v) : v);
  const index = Number(i / stepsPerNetwork) - 1;
  const salts = saltDomains(MACHINE_STATE).map(data.next);
  const begun: Named<bigint> = {
    ...Object.fromEntries(
      ['hIn', 'o'].map((name, k) => [name, saltedStart(sponge, saltDomains(MACHINE_STATE)[k]!, salts[k]!)]),
    ),
    ...{ k: 0n, sum: 0n },
  };
  // a state that ends a network and begins one: the second of two items, where the first is the idle one
  const either = like.includes('begun');
  const beginning = { hIn: begun.hIn!, o: begun.o!, k: 0n };
  const own = boundary || like.includes('end') ? items[Math.max(index, 0)]! : machineItem(data);
  const item = either ? beginning : own;
  const [m, c, running, cms] = [data.next(), data.next(), data.running(), data.commitments()];
  const program = { interfaceDigest: data.next(), planned: data.next() };
  const extended = signed(extendModelChain(sponge, m, commitmentOf(cms[MODEL]!)));
  const trace = signed(extendTraceChain(sponge, c, commitmentOf(cms[TRACE]!)));
  const complete = hashProgram(sponge, pp, stepsPerNetwork, extended, program.interfaceDigest);
  const modelDigest = ends && lie !== 'model' ? complete : data.next();
  const challenges = squeezeChallenges(sponge, { pp, modelDigest, trace, planned: program.planned });
  const state: Record<string, bigint> = {
    ...(either ? begun : item),
    ...(ends ? { ...challenges, sum: 0n } : {}),
    c,
  };
  if (lie !== undefined && lie !== 'model') state[lie] = data.next();
  const z = data.state(state);
  const idle = idleItem(MACHINE_STATE);
  const tree = new BatchTree(
    sponge,
    either && !minus
      ? [idle, item]
      : minus
        ? [idle, { hIn: F.neg(item.hIn), o: F.neg(item.o), k: F.neg(item.k!) }]
        : items,
  );
  const wires = { pp, stepsPerNetwork, modelDigest, root: tree.root };
  const x = i === 0n ? data.next() : hashLink(sponge, { ...wires, i, z0: [], z, m, ...running });
  const entered = Object.fromEntries(
    MACHINE_STATE.elements.flatMap(({ name, enter }) => (enter ? [[name, elementOf(MACHINE_STATE, z, name)]] : [])),
  );
  return {
    wires: {
      position: i % stepsPerNetwork,
      enter: first && !either ? { ...values(data, CHALLENGES), ...begun } : entered,
      leave: values(data, ['hIn', 'o', 'k', 'sum']),
    },
    advice: {
      wires,
      i,
      z0: [],
      z,
      m,
      program,
      salts,
      path: boundary || minus || either ? tree.path(Math.max(index, 0)) : idlePath(sponge, idle),
      running,
      fresh: { x, cms },
      messages: data.messages(),
    },
  };
}

export interface MachineEnd {
  /** Of a batch, all of them the same; 0 for a single run. */
  readonly items: number;
  readonly length?: bigint;
  readonly lie?: MachineLie;
  /** Steps beyond whole networks, networks beyond the items: as no run has them. */
  readonly surplus?: { readonly steps: bigint; readonly networks: bigint };
}

/** What the wrap is told after the last network of a run. */
export function machineEnd(data: ChainData, { items, length = 3n, lie, surplus }: MachineEnd): LastFoldAdvice {
  const { sponge, system } = data;
  const { pp } = system;
  const item = machineItem(data);
  const tree = new BatchTree(sponge, new Array(Math.max(items, 1)).fill(item));
  const steps = length * (BigInt(Math.max(items, 1)) + (surplus?.networks ?? 0n)) + (surplus?.steps ?? 0n);
  const [m, c, running, cms] = [data.next(), data.next(), data.running(), data.commitments()];
  const program = { interfaceDigest: data.next(), planned: data.next() };
  const extended = extendModelChain(sponge, m, commitmentOf(cms[MODEL]!));
  const trace = extendTraceChain(sponge, c, commitmentOf(cms[TRACE]!));
  const complete = hashProgram(sponge, pp, length, extended, program.interfaceDigest);
  const modelDigest = lie === 'model' ? data.next() : complete;
  const challenges = squeezeChallenges(sponge, { pp, modelDigest, trace, planned: program.planned });
  const state: Record<string, bigint> = { ...item, ...challenges, sum: 0n, c };
  if (lie !== undefined && lie !== 'model') state[lie] = data.next();
  const z = data.state(state);
  const root = items > 0 ? tree.root : 0n;
  const wires = { pp, stepsPerNetwork: length, modelDigest, root };
  return {
    inputDigest: item.hIn,
    outputDigest: item.o,
    revealed: item.k!,
    steps,
    modelDigest,
    stepsPerNetwork: length,
    root,
    path: items > 0 ? tree.path(items - 1) : idlePath(sponge, idleItem(MACHINE_STATE)),
    firstInput: 0n,
    state: z,
    m,
    readout: { salt: 0n, shifted: [] },
    program,
    running,
    last: { x: hashLink(sponge, { ...wires, i: steps, z0: [], z, m, ...running }), cms },
    messages: data.messages(),
  } satisfies Omit<WrapAdvice, 'auxiliary' | 'spartan' | 'opening'>;
}
