/**
 * The state that a chain hands from step to step, as data of the step function (protocol section 6): what its elements
 * are called, what they are where a network begins, and what a step makes of them. Step circuit, prover, verifier and wrap
 * all read this table; none of them knows an element but by what the table says, or by the name under which it is claimed.
 *
 * The layers of a step tell the chain, by name, what enters them and what leaves them (`StepWires`); the chain ties it.
 */
import { hash, type SpongeArithmetic } from '../algebra/sponge.ts';
import { type ConstraintSystem, multiply } from '../circuit/constraint-system.ts';
import { select } from '../circuit/gadgets/bits.ts';
import { FoldError, invariant } from '../errors.ts';
import type { Item } from './batch-tree.ts';

/** Elements of a state, by their names in the table. */
export type Named<E> = Readonly<Record<string, E>>;

/** What the layers of a step have of the chain's values: variables and forms of their own, which the chain ties. */
export interface StepWires<E> {
  /** j, the number of the step in its network, where the layers depend on it. */
  readonly position?: E;
  /** The state as it enters the layers. */
  readonly enter: Named<E>;
  /** What the layers make of it. */
  readonly leave: Named<E>;
}

interface StateElement {
  readonly name: string;
  /** It enters the layers: inside a network as the step before left it, and where one begins as `start` says. */
  readonly enter?: true;
  /**
   * Its value where a network begins: the digest of the network's input, which enters the layers as h; zero; anything; or the
   * digest of a salt in a domain of its own.
   */
  readonly start: 'input' | 'zero' | 'free' | { readonly salted: string };
  /** What a step passes on: what leaves the layers; what entered them; the element as it is; the trace chain, one step longer. */
  readonly next: 'leave' | 'enter' | 'carried' | 'trace';
}

export interface StateSpec {
  /**
   * `layers`: the first network starts from z_0, the digest of its input and zeros. `machine`: every network, the first one
   * too, begins with a state of its own, whatever comes in (there is no z_0), and where one ends its memory is checked (memory.ts).
   */
  readonly kind: 'layers' | 'machine';
  readonly elements: readonly StateElement[];
}

/** Values of the elements, in the table's order. */
export type ChainState<E> = readonly E[];

/** Of steps that are layers of a network: digests of the activations, of the network's input and of the readout. */
export const LAYER_STATE: StateSpec = {
  kind: 'layers',
  elements: [
    { name: 'h', enter: true, start: 'input', next: 'leave' },
    { name: 'hIn', start: 'input', next: 'carried' },
    { name: 'o', start: 'zero', next: 'leave' },
  ],
};

/** Domains of the digests with which a network on the machine begins. */
export const STARTS = { inputs: 'in-start', outputs: 'out-start' } as const;

/**
 * Of the tensor machine: digests of what was read in and given out, the revealed number, the memory's sum, its three challenges, and
 * the chain of the trace commitments that these are squeezed from.
 */
export const MACHINE_STATE: StateSpec = {
  kind: 'machine',
  elements: [
    { name: 'hIn', enter: true, start: { salted: STARTS.inputs }, next: 'leave' },
    { name: 'o', enter: true, start: { salted: STARTS.outputs }, next: 'leave' },
    { name: 'k', enter: true, start: 'zero', next: 'leave' },
    { name: 'sum', enter: true, start: 'zero', next: 'leave' },
    { name: 'alpha', enter: true, start: 'free', next: 'enter' },
    { name: 'gamma', enter: true, start: 'free', next: 'enter' },
    { name: 'rho', enter: true, start: 'free', next: 'enter' },
    { name: 'c', start: 'zero', next: 'trace' },
  ],
};

/** The digests of a slot step's layers (src/layers) as the chain knows them. */
export function layerWires<E>(digests: { readonly input: E; readonly output: E; readonly readout: E }): StepWires<E> {
  return { enter: { h: digests.input }, leave: { h: digests.output, o: digests.readout } };
}

/** Domains of the salts that a network begins with, in the order in which a step is told them. */
export function saltDomains({ elements }: StateSpec): string[] {
  return elements.flatMap(({ start }) => (typeof start === 'string' ? [] : [start.salted]));
}

/** The digest that an element begins with. */
export function saltedStart<E>(f: SpongeArithmetic<E>, domain: string, salt: E): E {
  return hash(f, domain, [salt]);
}

/** @throws E_REJECTED for a state of another table: a proof's may come from anyone */
export function checkState({ elements }: StateSpec, z: ChainState<unknown>): void {
  if (z.length !== elements.length)
    throw new FoldError('E_REJECTED', `The proof is malformed: a chain state has ${z.length} elements.`, {
      expected: `${elements.length}: ${elements.map(({ name }) => name).join(', ')}`,
    });
}

/** @throws E_REJECTED like `checkState` */
export function elementOf<E>(spec: StateSpec, z: ChainState<E>, name: string): E {
  checkState(spec, z);
  const at = spec.elements.findIndex((element) => element.name === name);
  invariant(at >= 0, `a chain state without ${name}`);
  return z[at]!;
}

/** What the state claims of the network that it is of: the leaf of a batch, and what a final proof makes public. */
export function itemOfState<E>(spec: StateSpec, z: ChainState<E>): Item<E> {
  const item = { hIn: elementOf(spec, z, 'hIn'), o: elementOf(spec, z, 'o') };
  return spec.kind === 'machine' ? { ...item, k: elementOf(spec, z, 'k') } : item;
}

/** The item that is worked on where none ends. */
export function idleItem({ kind }: StateSpec): Item<bigint> {
  return { hIn: 0n, o: 0n, ...(kind === 'machine' && { k: 0n }) };
}

/** z_0, the state before the first step; of a machine nothing. */
export function startState<E>({ kind, elements }: StateSpec, input: E, zero: E): ChainState<E> {
  return kind === 'machine' ? [] : elements.map(({ start }) => (start === 'input' ? input : zero));
}

/** Is this the start of a chain, on some input? */
export function isStart(spec: StateSpec, z0: ChainState<bigint>): boolean {
  const input = z0[spec.elements.findIndex(({ start }) => start === 'input')] ?? 0n;
  const start = startState(spec, input, 0n);
  return z0.length === start.length && start.every((value, k) => value === z0[k]);
}

/** What the first half of a step knows of its place. */
export interface Entrance<E> {
  readonly z: ChainState<E>;
  /** 1 where a network begins, but for the first one of layers, which goes on from z_0. */
  readonly begins: E;
  /** The trace chain with the step before. */
  readonly trace: E | undefined;
  /** One for each of `saltDomains`. */
  readonly salts: readonly E[];
}

/**
 * The first half of a step: ties what enters the layers to the state, or to a new network's beginning; returns the elements that
 * the step passes on and the layers do not know.
 */
export function enterState<E>(
  cs: ConstraintSystem<E>,
  { elements }: StateSpec,
  { enter }: Pick<StepWires<E>, 'enter'>,
  { z, begins, trace, salts }: Entrance<E>,
): Named<E> {
  const one = cs.constant(1n);
  const inside = cs.sub(one, begins);
  const rest = [...salts];
  elements.forEach(({ name, enter: enters, start }, k) => {
    if (!enters) return;
    const wire = enter[name]!;
    const minus = [cs.scale(-1n, wire), one] as const;
    if (start === 'zero') cs.row([inside, z[k]!], minus);
    else if (typeof start === 'string') cs.row([inside, cs.sub(wire, z[k]!)]);
    else cs.row([begins, saltedStart(cs, start.salted, rest.shift()!)], [inside, z[k]!], minus);
  });
  const passed = elements.flatMap(({ name, start, next }, k): [string, E][] => {
    if (next === 'trace') return [[name, multiply(cs, inside, trace!)]];
    if (next !== 'carried') return [];
    return [[name, start === 'input' ? select(cs, begins, enter.h!, z[k]!) : multiply(cs, inside, z[k]!)]];
  });
  return Object.fromEntries(passed);
}

/** The second half: the state that the step passes on. */
export function leaveState<E>(
  { elements }: StateSpec,
  passed: Named<E>,
  { enter, leave }: StepWires<E>,
): ChainState<E> {
  return elements.map(({ name, next }) => {
    const value = next === 'leave' ? leave[name] : next === 'enter' ? enter[name] : passed[name];
    invariant(value !== undefined, `a step that does not say what becomes of ${name}`);
    return value;
  });
}

/** Does a step that these values enter go on from there? On values; `begins` as in `Entrance`. */
export function entersState(
  f: SpongeArithmetic<bigint>,
  { elements }: StateSpec,
  { enter }: Pick<StepWires<bigint>, 'enter'>,
  { z, begins, salts }: { readonly z: ChainState<bigint>; readonly begins: boolean; readonly salts: readonly bigint[] },
): boolean {
  const rest = [...salts];
  return elements.every(({ name, enter: enters, start }, k) => {
    const begun = typeof start === 'string' ? undefined : saltedStart(f, start.salted, rest.shift() ?? 0n);
    if (!enters) return true;
    if (!begins) return enter[name] === z[k];
    return start === 'free' || start === 'input' || enter[name] === (begun ?? 0n);
  });
}

/** Both halves on values. */
export function nextState(
  spec: StateSpec,
  z: ChainState<bigint>,
  wires: StepWires<bigint>,
  { begins, trace }: { readonly begins: boolean; readonly trace: bigint | undefined },
): ChainState<bigint> {
  const passed = spec.elements.flatMap(({ name, start, next }, k): [string, bigint][] => {
    if (next === 'trace') return [[name, begins ? 0n : trace!]];
    if (next !== 'carried') return [];
    return [[name, begins ? (start === 'input' ? wires.enter.h! : 0n) : z[k]!]];
  });
  return leaveState(spec, Object.fromEntries(passed), wires);
}
