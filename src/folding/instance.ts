/**
 * Instances of the two folded relations (protocol sections 3 and 4), generic in the element type E: bigint for
 * values, a circuit's element inside the step circuit. What hashing absorbs is flattened here, once for both.
 */
import type { Affine } from '../algebra/params.ts';
import { type FqLimbs, fqValue, limbsOf } from '../circuit/gadgets/fq.ts';
import type { PointOf } from '../circuit/gadgets/ladder.ts';
import { invariant } from '../errors.ts';
import type { ChainState } from './state.ts';

/** A G1 commitment: its Fq coordinates as limbs. */
export interface Commitment<E> {
  readonly x: FqLimbs<E>;
  readonly y: FqLimbs<E>;
}

/** Running instance U: <eq(rho), Q(z)> = v for the opening of the commitments. */
export interface RunningInstance<E> {
  /** Commitments to the blocks, in their order (blocks.ts). */
  readonly cms: readonly Commitment<E>[];
  readonly u: E;
  readonly x: E;
  /** One coordinate per row variable. */
  readonly rho: readonly E[];
  readonly v: E;
}

/** Fresh instance: u = 1, Q(z) = 0. */
export interface FreshInstance<E> {
  readonly cms: readonly Commitment<E>[];
  readonly x: E;
}

/**
 * Bits of the running CycleFold instance's u: a sum of multipliers (plainScalar in circuit/gadgets/grumpkin.ts) below 2^130, one a
 * block in each of at most 2^32 folds.
 */
export function cycleFoldBits(blocks: number): number {
  return 130 + 32 + Math.ceil(Math.log2(blocks));
}

/** Public input of the CycleFold circuit: (r, A, B, C) with C = A + n(r) B, seven elements of Fq. */
export const CYCLEFOLD_INPUTS = 7;

/** Running CycleFold instance: commitment to (w, e) on Grumpkin, u as an unreduced integer, x modulo q in limbs. */
export interface CycleFoldInstance<E> {
  readonly c: PointOf<E>;
  readonly u: E;
  readonly x: readonly FqLimbs<E>[];
}

/** Both running instances of a chain. */
export interface Running<E> {
  readonly U: RunningInstance<E>;
  readonly cycleFold: CycleFoldInstance<E>;
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
export interface ChainLink<E> extends CarriedWires<E>, Running<E> {
  /** Number of steps proven. */
  readonly i: E;
  readonly z0: ChainState<E>;
  readonly z: ChainState<E>;
  /** Model chain. */
  readonly m: E;
}

export function limbsOfCommitment<E>(c: Commitment<E>): E[] {
  return [c.x.lo, c.x.hi, c.y.lo, c.y.hi];
}

export function commitmentOf(point: Affine): Commitment<bigint> {
  return { x: limbsOf(point.x), y: limbsOf(point.y) };
}

export function pointOf(c: Commitment<bigint>): Affine {
  return { x: fqValue(c.x), y: fqValue(c.y) };
}

/** The elements of H(pp, i, z_0, z_i, m, wires, U, cfU), in order. */
export function elementsOfLink<E>(link: ChainLink<E>): E[] {
  return [
    link.pp,
    link.i,
    ...link.z0,
    ...link.z,
    link.m,
    link.stepsPerNetwork,
    link.modelDigest,
    link.root,
    ...elementsOfRunning(link),
  ];
}

/** Both running instances as the elements that are hashed: four limbs a block, u, x, rho, v, then CycleFold's 2, 1 and 14. */
export function elementsOfRunning<E>({ U, cycleFold }: Running<E>): E[] {
  return [
    ...U.cms.flatMap(limbsOfCommitment),
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

/** Inverse of `elementsOfRunning`, for instances with as many blocks and row variables as `like` has. */
export function runningFromElements<E>(elements: readonly E[], like: Running<unknown>): Running<E> {
  let at = 0;
  const next = (): E => elements[at++]!;
  const fq = (): FqLimbs<E> => ({ lo: next(), hi: next() });
  const U = {
    cms: like.U.cms.map((): Commitment<E> => ({ x: fq(), y: fq() })),
    u: next(),
    x: next(),
    rho: like.U.rho.map(next),
    v: next(),
  };
  const cycleFold = { c: { x: next(), y: next() }, u: next(), x: Array.from({ length: CYCLEFOLD_INPUTS }, fq) };
  invariant(at === elements.length, 'elements of another running instance');
  return { U, cycleFold };
}
