/**
 * The machine's share of the block P: what depends on challenges or on the state, and in which order it stands. All of it are
 * field elements.
 *
 *   position, hIn, o, k, sum, alpha, gamma, rho   as they come in
 *   alphaPowers [15]                   alpha^2 .. alpha^16
 *   rhoPowers   [rows - 2]             rho^2 .. rho^(rows - 1)
 *   combined    [groups][rowVectors 16]  the bank's rows, weighted by powers of rho
 *   gaps        [accesses]             gamma - fingerprint of every read and write (order: `accessLayout`)
 *   inverses    [accesses]             times that: -1 for a read, the multiplicity for a write
 *   sumNext
 *   h                                  what is absorbed into: hIn or o
 *   hash        [S-boxes]              of the absorption
 *   hInNext, oNext, kNext
 */
import { poseidonSboxes } from '../circuit/witness.ts';
import { groupReads, type MachineShape, PER_ELEMENT, slotsPerStep, VECTOR } from './shape.ts';

/** What a step takes over, in this order. */
export const ENTERED = ['position', 'hIn', 'o', 'k', 'sum', 'alpha', 'gamma', 'rho'] as const;

export interface ChallengeLayout {
  readonly alphaPowers: number;
  readonly rhoPowers: number;
  readonly combined: number;
  readonly gaps: number;
  readonly inverses: number;
  readonly sumNext: number;
  readonly h: number;
  readonly hash: number;
  readonly hInNext: number;
  readonly oNext: number;
  readonly kNext: number;
  readonly size: number;
}

export function challengeLayout(shape: MachineShape): ChallengeLayout {
  let at: number = ENTERED.length;
  const take = (n: number): number => {
    at += n;
    return at - n;
  };
  const { accesses } = accessLayout(shape);
  return {
    alphaPowers: take(VECTOR - 1),
    rhoPowers: take(rhoPowers(shape)),
    combined: take(shape.groups * shape.rowVectors * VECTOR),
    gaps: take(accesses),
    inverses: take(accesses),
    sumNext: take(1),
    h: take(1),
    hash: take(absorbBoxes(shape)),
    hInNext: take(1),
    oNext: take(1),
    kNext: take(1),
    size: at,
  };
}

/** Powers of rho that are variables: 1 and rho itself are none. */
export function rhoPowers({ rows }: MachineShape): number {
  return Math.max(0, rows - 2);
}

/** S-boxes of the hash over h and the elements of a step's i/o vectors. */
function absorbBoxes({ io }: MachineShape): number {
  const inputs = 1 + (io * VECTOR) / PER_ELEMENT;
  const rate = Math.min(16, inputs);
  return poseidonSboxes(rate + 1) * Math.ceil(inputs / rate);
}

/** Order of a step's accesses to the memory: first number of each kind. */
export interface AccessLayout {
  /** Each group's reads at addresses of the model, then its look-ups. */
  readonly groups: readonly { readonly reads: number; readonly lookups: number }[];
  readonly io: number;
  readonly reveal: number;
  /** In the order of the write slots. */
  readonly writes: number;
  readonly accesses: number;
}

export function accessLayout(shape: MachineShape): AccessLayout {
  let at = 0;
  const take = (n: number): number => {
    at += n;
    return at - n;
  };
  const groups = Array.from({ length: shape.groups }, (_, g) => ({
    reads: take(groupReads(shape, g)),
    lookups: take(shape.lookups * VECTOR),
  }));
  return { groups, io: take(shape.io), reveal: take(1), writes: take(slotsPerStep(shape)), accesses: at };
}
