/**
 * Where a network ends, as a circuit (protocol section 6): the model chain is complete, and of the tensor machine the challenges are
 * those of the trace chain and the memory's sum is 0. The step circuit asks it before the next network begins, the wrap for the last one.
 */
import { type ConstraintSystem, multiply } from '../circuit/constraint-system.ts';
import { hashModelOf } from './hashes.ts';
import type { CarriedWires } from './instance.ts';
import { CHALLENGES, type ProgramOpening, squeezeChallenges } from './memory.ts';
import { type ChainState, elementOf, type StateSpec } from './state.ts';

/** The network that ended. */
export interface NetworkEnd<E> {
  readonly wires: CarriedWires<E>;
  /** m_L. */
  readonly m: E;
  /** The state that its last step passed on, and the trace chain with that step. */
  readonly z: ChainState<E>;
  readonly trace: E | undefined;
  /** Of a machine. */
  readonly program: ProgramOpening<E> | undefined;
}

/**
 * Asserts all of it where `active` is 1. Elsewhere the chains are masked, so that this part of the witness stays as it is from
 * step to step.
 */
export function checkNetworkEnd<E>(
  cs: ConstraintSystem<E>,
  active: E,
  spec: StateSpec,
  { wires, m, z, trace, program }: NetworkEnd<E>,
): void {
  const { pp, stepsPerNetwork, modelDigest } = wires;
  const masked = (e: E): E => multiply(cs, active, e);
  const complete = hashModelOf(cs, pp, stepsPerNetwork, masked(m), program?.interfaceDigest);
  cs.row([active, cs.sub(complete, modelDigest)]);
  if (spec.kind !== 'machine') return;
  const source = { pp, modelDigest, trace: masked(trace!), planned: program!.planned };
  const challenges = squeezeChallenges(cs, source);
  for (const name of CHALLENGES) cs.row([active, cs.sub(challenges[name], elementOf(spec, z, name))]);
  cs.row([active, elementOf(spec, z, 'sum')]);
}
