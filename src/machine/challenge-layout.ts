/**
 * The machine's share of the block P: what depends on challenges or on the state. All of it are field elements. First arrays,
 * arranged by places.ts (V rowVectors, W matrices):
 *
 *   accesses    two of each of the arrays of `accessLayout`: the gap gamma - fingerprint of every read and write, and an inverse that
 *                                      times the gap is -1 for a read, the multiplicity for a write
 *   combined    [V][W][tile][16]       the tiles of a matrix, weighted by powers of rho
 *   extra       [W][tile][16]          what the computed weights add to the weighted sums; 0 without them
 *   halves      [V][2][tile][16]       the halves of joined tiles, weighted and summed up over all groups; 0 in a step that joins nothing
 *   fed         [1][W][tile][16]        what the weights of each matrix make of `combined`, where matrices can be joined
 *   sums        [PARTIAL_SUMS]         of inverses, every so manieth of `runs`
 *   alphaPowers [15]                   alpha^2 .. alpha^16
 *   rhoPowers   [tiles - 2]            rho^2 .. rho^(tiles - 1), tiles the most that a matrix has, joined or not
 *   joinPowers  [groups - 1]           s_join times rho .. rho^(groups - 1), where matrices can be joined
 *   entered     [8]                    position, hIn, o, k, sum, alpha, gamma, rho, as they come in
 *   sumNext
 *
 * then, in this order, what is absorbed into (hIn or o), the S-boxes of the absorption, hInNext, oNext, kNext.
 */
import { poseidonSboxes } from '../circuit/witness.ts';
import { Arrangement, type Place } from './places.ts';
import { type MachineShape, PER_ELEMENT, tilesPerMatrix, VECTOR } from './shape.ts';
import { type OfReads, type OfSlots, slotArrays } from './trace-layout.ts';

/** What a step takes over, in this order. */
export const ENTERED = ['position', 'hIn', 'o', 'k', 'sum', 'alpha', 'gamma', 'rho'] as const;

/** The sum of all inverses is taken in so many sums of every so manieth one: copies of one pattern. */
export const PARTIAL_SUMS = 32;

export interface ChallengeLayout {
  /** By number of an access. */
  readonly gaps: Int32Array;
  readonly inverses: Int32Array;
  readonly combined: Place;
  readonly extra: Place;
  readonly halves: Place;
  readonly fed: Place;
  readonly sums: number;
  /** Where PARTIAL_SUMS inverses begin that are one after another, aligned: what is summed up in parts. `rest` are the others. */
  readonly runs: readonly number[];
  readonly rest: readonly number[];
  readonly alphaPowers: number;
  readonly rhoPowers: number;
  readonly joinPowers: number;
  readonly entered: number;
  readonly sumNext: number;
  /** Entries of the arrays. */
  readonly arrays: number;
  readonly h: number;
  readonly hash: number;
  readonly hInNext: number;
  readonly oNext: number;
  readonly kNext: number;
  readonly size: number;
}

export function challengeLayout(shape: MachineShape): ChallengeLayout {
  const access = accessLayout(shape);
  const to = new Arrangement();
  const accesses = arraysOf(access).map((numbers) => [numbers, to.elements(2, ...numbers.counts)] as const);
  const combined = to.array(shape.rowVectors, shape.matrices, shape.tile, VECTOR);
  const extra = to.array(shape.matrices, shape.tile, VECTOR);
  const joins = Number(shape.joins);
  const halves = to.array(joins * shape.rowVectors, 2, shape.tile, VECTOR);
  const fed = to.array(joins, shape.matrices, shape.tile, VECTOR);
  const sums = to.array(1, PARTIAL_SUMS);
  const one = (n: number): Place => to.elements(n, 1);
  const [alphaPowers, ofRho, ofJoin] = [one(VECTOR - 1), one(rhoPowers(shape)), one(joinPowers(shape))];
  const [entered, sumNext] = [one(ENTERED.length), one(1)];
  const arrays = to.arrange();
  const [gaps, inverses] = [new Int32Array(access.count), new Int32Array(access.count)];
  for (const [numbers, place] of accesses)
    for (const at of numbers.indices()) {
      const n = numbers.at(...at);
      gaps[n] = place.at(...at);
      inverses[n] = gaps[n] + place.step[at[0]]!;
    }
  const all = new Set(accesses.flatMap(([numbers]) => numbers.indices().map((at) => inverses[numbers.at(...at)]!)));
  const runs = [...all].filter(
    (from) =>
      from % PARTIAL_SUMS === 0 && Array.from({ length: PARTIAL_SUMS }, (_, c) => from + c).every((n) => all.has(n)),
  );
  const isInRun = new Set(runs);
  let at = arrays;
  const take = (n: number): number => {
    at += n;
    return at - n;
  };
  return {
    gaps,
    inverses,
    combined,
    extra,
    halves,
    fed,
    sums: sums.at(0),
    runs,
    rest: [...all].filter((n) => !isInRun.has(n - (n % PARTIAL_SUMS))),
    alphaPowers: alphaPowers.at(0),
    rhoPowers: ofRho.at(0),
    joinPowers: ofJoin.at(0),
    entered: entered.at(0),
    sumNext: sumNext.at(0),
    arrays,
    h: take(1),
    hash: take(absorbBoxes(shape)),
    hInNext: take(1),
    oNext: take(1),
    kNext: take(1),
    size: at,
  };
}

/** Powers of rho that are variables: 1 and rho itself are none. */
export function rhoPowers(shape: MachineShape): number {
  return Math.max(0, tilesPerMatrix(shape) - 2, joinPowers(shape) - 1);
}

/** Powers of rho, from the first on, that are also variables times the selector of joined matrices. */
export function joinPowers({ joins, groups }: MachineShape): number {
  return joins ? groups - 1 : 0;
}

/** S-boxes of the hash over h and the elements of a step's i/o vectors. */
function absorbBoxes({ io }: MachineShape): number {
  const inputs = 1 + Math.ceil((io * VECTOR) / PER_ELEMENT);
  const rate = Math.min(16, inputs);
  return poseidonSboxes(rate + 1) * Math.ceil(inputs / rate);
}

/** Numbers of a step's accesses to the memory: arranged as the arrays of a block. */
export interface AccessLayout extends OfReads {
  readonly lookups: Place;
  readonly io: Place;
  readonly reveal: Place;
  readonly writes: OfSlots;
  /** Numbers below are those of accesses, but for `unused`. */
  readonly count: number;
  readonly unused: readonly number[];
}

export function accessLayout(shape: MachineShape): AccessLayout {
  const { io, groups, rows, rowVectors, lookups, computed } = shape;
  const to = new Arrangement();
  const places = {
    bank: to.array(rowVectors, groups, rows),
    residual: to.array(2, groups, rows),
    computed: to.array(rowVectors, computed, VECTOR),
    lookups: to.array(groups, lookups, VECTOR),
    io: to.array(io),
    reveal: to.array(1),
    writes: slotArrays(shape, to),
  };
  const count = to.arrange();
  const isUsed = new Uint8Array(count);
  for (const place of arraysOf(places)) for (const at of place.indices()) isUsed[place.at(...at)] = 1;
  return { ...places, count, unused: [...isUsed.keys()].filter((n) => !isUsed[n]) };
}

/** Everything that has accesses. */
function arraysOf(access: Omit<AccessLayout, 'count' | 'unused'>): Place[] {
  const { bank, residual, computed, lookups, io, reveal, writes } = access;
  return [bank, residual, computed, lookups, io, reveal, ...Object.values(writes)];
}
