/**
 * The state that a chain hands from step to step, as data of the step function (protocol section 6): what its elements
 * are called, what they are where a network begins, and what a step makes of them. Step circuit, prover, verifier and wrap
 * all read this table; none of them knows an element but by what the table says, or by the name under which it is claimed.
 */
import { type ConstraintSystem, multiply } from '../circuit/constraint-system.ts';
import { select } from '../circuit/gadgets/bits.ts';
import { FoldError, invariant } from '../errors.ts';
import type { Item } from './batch-tree.ts';

/** Digests that the layers of a step give (src/layers). */
export interface StepDigests<E> {
  readonly input: E;
  readonly output: E;
  readonly readout: E;
}

interface StateElement {
  readonly name: string;
  /** Its value where a network begins: the digest of the network's input, or zero. */
  readonly start: 'input' | 'zero';
  /** Inside a network the layers' input digest must equal it: what the step before gave is what this one reads. */
  readonly read?: true;
  /** What a step passes on: a digest of its layers, or the element as it is, begun anew with each network. */
  readonly next: 'output' | 'readout' | 'carried';
}

export type StateSpec = readonly StateElement[];

/** Values of the elements, in the table's order. */
export type ChainState<E> = readonly E[];

/** Of steps that are layers of a network: digests of the activations, of the network's input and of the readout. */
export const LAYER_STATE: StateSpec = [
  { name: 'h', start: 'input', read: true, next: 'output' },
  { name: 'hIn', start: 'input', next: 'carried' },
  { name: 'o', start: 'zero', next: 'readout' },
];

/** @throws E_REJECTED for a state of another table: a proof's may come from anyone */
export function checkState(spec: StateSpec, z: ChainState<unknown>): void {
  if (z.length !== spec.length)
    throw new FoldError('E_REJECTED', `The proof is malformed: a chain state has ${z.length} elements.`, {
      expected: `${spec.length}: ${spec.map(({ name }) => name).join(', ')}`,
    });
}

/** @throws E_REJECTED like `checkState` */
export function elementOf<E>(spec: StateSpec, z: ChainState<E>, name: string): E {
  checkState(spec, z);
  const at = spec.findIndex((element) => element.name === name);
  invariant(at >= 0, `a chain state without ${name}`);
  return z[at]!;
}

/** What the state claims of the network that it is of: the leaf of a batch, and what a final proof makes public. */
export function itemOfState<E>(spec: StateSpec, z: ChainState<E>): Item<E> {
  return { hIn: elementOf(spec, z, 'hIn'), o: elementOf(spec, z, 'o') };
}

/** The state where a network begins. */
export function startState<E>(spec: StateSpec, input: E, zero: E): ChainState<E> {
  return spec.map(({ start }) => (start === 'input' ? input : zero));
}

/** Is this the start of a chain on some input? */
export function isStart(spec: StateSpec, z: ChainState<bigint>): boolean {
  const input = z[spec.findIndex(({ start }) => start === 'input')] ?? 0n;
  return startState(spec, input, 0n).every((value, k) => value === z[k]);
}

/** Does a step whose layers read `input` go on from this state? */
export function readsState(spec: StateSpec, z: ChainState<bigint>, input: bigint): boolean {
  return spec.every(({ read }, k) => !read || z[k] === input);
}

/**
 * The first half of a step: asserts that the layers read what the state says, but where another network begins; returns
 * the carried elements, in their order.
 * @param boundary 1 where a network begins that is not the chain's first
 */
export function enterState<E>(
  cs: ConstraintSystem<E>,
  spec: StateSpec,
  { z, boundary, input }: { readonly z: ChainState<E>; readonly boundary: E; readonly input: E },
): readonly E[] {
  const inside = cs.sub(cs.constant(1n), boundary);
  spec.forEach(({ read }, k) => {
    if (read) cs.row([inside, cs.sub(input, z[k]!)]);
  });
  return spec.flatMap(({ start, next }, k) => {
    if (next !== 'carried') return [];
    return [start === 'input' ? select(cs, boundary, input, z[k]!) : multiply(cs, inside, z[k]!)];
  });
}

/** The second half: the state that the step passes on. */
export function leaveState<E>(spec: StateSpec, carried: readonly E[], layers: StepDigests<E>): ChainState<E> {
  let at = 0;
  return spec.map(({ next }) => (next === 'carried' ? carried[at++]! : layers[next]));
}

/** Both halves on values. */
export function nextState(
  spec: StateSpec,
  z: ChainState<bigint>,
  layers: StepDigests<bigint>,
  boundary: boolean,
): ChainState<bigint> {
  const from = boundary ? startState(spec, layers.input, 0n) : z;
  return leaveState(
    spec,
    from.filter((_, k) => spec[k]!.next === 'carried'),
    layers,
  );
}
