/**
 * Instances of the two folded relations (protocol sections 3 and 4), generic in the element type E: bigint for
 * values, a circuit's element inside the step circuit. What hashing absorbs is flattened here, once for both.
 */
import type { Affine } from '../algebra/params.ts';
import { type FqLimbs, limbsOf } from '../circuit/gadgets/fq.ts';
import type { PointOf } from '../circuit/gadgets/ladder.ts';

/** A G1 commitment: its Fq coordinates as limbs. */
export interface Commitment<E> {
  readonly x: FqLimbs<E>;
  readonly y: FqLimbs<E>;
}

/** Running instance U: <eq(rho), Q(z)> = v for the opening of the commitments. */
export interface RunningInstance<E> {
  readonly cmM: Commitment<E>;
  readonly cmP: Commitment<E>;
  readonly u: E;
  readonly x: E;
  /** One coordinate per row variable. */
  readonly rho: readonly E[];
  readonly v: E;
}

/** Fresh instance: u = 1, Q(z) = 0. */
export interface FreshInstance<E> {
  readonly cmM: Commitment<E>;
  readonly cmP: Commitment<E>;
  readonly x: E;
}

/** Public input of the CycleFold circuit: (r, A, B, C) with C = A + n(r) B, seven elements of Fq. */
export const CYCLEFOLD_INPUTS = 7;

/** Running CycleFold instance: commitment to (w, e) on Grumpkin, u as an unreduced integer, x modulo q in limbs. */
export interface CycleFoldInstance<E> {
  readonly c: PointOf<E>;
  readonly u: E;
  readonly x: readonly FqLimbs<E>[];
}

/** The state that a step passes on (protocol section 6). */
export interface ChainState<E> {
  /** Digest of the activations. */
  readonly h: E;
  /** Digest of the network's input. */
  readonly hIn: E;
  /** Digest of the readout. */
  readonly o: E;
}

/** Wires that every step carries unchanged. */
export interface CarriedWires<E> {
  /** Parameter digest. */
  readonly pp: E;
  /** Steps per network. */
  readonly stepsPerNetwork: E;
  /** Model digest D. */
  readonly modelDigest: E;
  /** Merkle root of a batch; 0 for a single run. */
  readonly root: E;
}

/** What the public input of an instance hashes. */
export interface ChainLink<E> extends CarriedWires<E> {
  /** Number of steps proven. */
  readonly i: E;
  readonly z0: ChainState<E>;
  readonly z: ChainState<E>;
  /** Model chain. */
  readonly m: E;
  readonly U: RunningInstance<E>;
  readonly cycleFold: CycleFoldInstance<E>;
}

export function limbsOfCommitment<E>(c: Commitment<E>): E[] {
  return [c.x.lo, c.x.hi, c.y.lo, c.y.hi];
}

export function commitmentOf(point: Affine): Commitment<bigint> {
  return { x: limbsOf(point.x), y: limbsOf(point.y) };
}

function elementsOfState<E>(z: ChainState<E>): E[] {
  return [z.h, z.hIn, z.o];
}

/** The elements of H(pp, i, z_0, z_i, m, wires, U, cfU), in order. */
export function elementsOfLink<E>(link: ChainLink<E>): E[] {
  const { U, cycleFold } = link;
  return [
    link.pp,
    link.i,
    ...elementsOfState(link.z0),
    ...elementsOfState(link.z),
    link.m,
    link.stepsPerNetwork,
    link.modelDigest,
    link.root,
    ...limbsOfCommitment(U.cmM),
    ...limbsOfCommitment(U.cmP),
    U.u,
    U.x,
    ...U.rho,
    U.v,
    cycleFold.c.x,
    cycleFold.c.y,
    cycleFold.u,
    ...cycleFold.x.flatMap(({ lo, hi }) => [lo, hi]),
  ];
}
