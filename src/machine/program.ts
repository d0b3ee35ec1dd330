/**
 * A program of the tensor machine: the model entries of each of its steps (what is committed), and how a network's inputs
 * and outputs stand in the vectors that it absorbs.
 *
 * The model entries of a step are the arrays of `modelLayout`, arranged by places.ts (V rowVectors, G groups, R rows, W matrices):
 *   constants  [constants][16]             vectors that are written
 *   io, reveal [io], 1                     addresses of the output reads and of the reveal
 *   selectors  s_in, s_out, s_k, s_join    booleans; the last one where matrices can be joined
 *   bank       [V][G][R]                   addresses of the bank's vectors
 *   residual   [2][G][R]                   addresses of Y, and of Z: the second operands of lane products
 *   computed   [V][computed][16]           addresses of the computed weights: of vector v of each lane of a row
 *   index      [G][lookups]                multipliers of the index vectors
 *   base       [G][lookups][16]            addresses to which they are added
 *   tags       [G][lookups][16]            third numbers of the entries that are found: a table's entries have its tag there
 *   weights    [V][W][tile][16][tile][16]  of the lanes of a tile's rows: [row fed][its lane][row read][lane]
 *   bias       [G][R][16]
 *   m          [G][R] five times           out = m1 y + m2 rem + m3 relu(y) + m4 Y; the accumulator has m5 Y
 */
import { invariant } from '../errors.ts';
import { Arrangement, type Place } from './places.ts';
import { type MachineShape, VECTOR } from './shape.ts';

export interface ModelLayout {
  readonly constants: Place;
  readonly io: Place;
  readonly reveal: Place;
  readonly selectors: Place;
  readonly bank: Place;
  readonly residual: Place;
  readonly computed: Place;
  readonly index: Place;
  readonly base: Place;
  readonly tags: Place;
  readonly weights: Place;
  readonly bias: Place;
  readonly m: Place;
  /** Model entries of a step. */
  readonly size: number;
}

/** Multipliers of a lane vector. */
const MULTIPLIERS = 5;

export function modelLayout(shape: MachineShape): ModelLayout {
  const { constants, io, groups, rows, rowVectors, tile, matrices, lookups, computed, joins } = shape;
  const to = new Arrangement();
  const places = {
    constants: to.whole(constants, VECTOR),
    io: to.whole(io),
    reveal: to.array(1),
    selectors: to.whole(joins ? 4 : 3),
    bank: to.array(rowVectors, groups, rows),
    residual: to.array(2, groups, rows),
    computed: to.array(rowVectors, computed, VECTOR),
    index: to.array(groups, lookups),
    base: to.array(groups, lookups, VECTOR),
    tags: to.array(groups, lookups, VECTOR),
    weights: to.array(rowVectors, matrices, tile, VECTOR, tile, VECTOR),
    bias: to.array(groups, rows, VECTOR),
    m: to.elements(MULTIPLIERS, groups, rows),
  };
  return { ...places, size: to.arrange() };
}

export interface Selectors {
  readonly input: boolean;
  readonly output: boolean;
  readonly reveal: boolean;
  /** Whether its matrices are joined. */
  readonly joins: boolean;
}

/** What a step absorbs and reveals, and of what geometry its tiles are. @throws E_BUG for selectors that no step can have */
export function selectorsOf({ selectors }: ModelLayout, model: Float64Array): Selectors {
  const values = Array.from({ length: selectors.counts[0]! }, (_, n) => model[selectors.at(n)]);
  const [input, output, reveal, joins] = values.map((s) => s === 1);
  const good = values.every((s) => s === 0 || s === 1) && !(input && output);
  invariant(good, `a step with the selectors ${values}`);
  return { input: input!, output: output!, reveal: reveal!, joins: joins ?? false };
}

/** Where an input's or output's numbers stand: number i of the tensor is at places[i] of the absorbed numbers, in order. */
export interface ProgramPort {
  readonly name: string;
  readonly shape: readonly number[];
  /** The integer q stands for q / scale. */
  readonly scale: number;
  /** block * io * 16 + vector * 16 + lane, block counted over all steps that absorb into the same digest. */
  readonly places: Int32Array;
}

export interface Program {
  readonly shape: MachineShape;
  /** L. At least 1. */
  readonly steps: number;
  readonly inputs: readonly ProgramPort[];
  readonly outputs: readonly ProgramPort[];
  /** What k is: nothing, or the class plus one. */
  readonly reveals: 'nothing' | 'class';
  /** Node of the network that a step's lane vector belongs to, for messages; '' where it is unused. Behind the rows stand the look-ups. */
  nodeOf(step: number, group: number, row: number): string;
  /** Model entries of step j, integers, in the order above; made anew at each call. */
  model(j: number): Float64Array;
}
