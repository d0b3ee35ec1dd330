/**
 * A program of the tensor machine: the model entries of each of its steps (what is committed), and how a network's inputs
 * and outputs stand in the vectors that it absorbs.
 *
 * The model entries of a step, in this order (sizes: `modelLayout`):
 *   constants  [constants][16]             vectors that are written
 *   io, reveal [io], 1                     addresses of the output reads and of the reveal
 *   selectors  s_in, s_out, s_k            booleans
 *   group after group:
 *     bank     [rows][rowVectors]          addresses
 *     y, z     [rows], [rows]              addresses of the residual reads and of the second operands of lane products
 *     computed [16][rowVectors]            only in the last `computed` groups: addresses of the computed weights
 *     index    [lookups]                   multipliers of the index vectors
 *     base     [lookups][16]               addresses to which they are added
 *     shared   [16][rowVectors 16]         weights of the unit whose weights all rows share: [output lane][number of the row]
 *     dense    [dense.vectors 16][dense.rows rowVectors 16]
 *     bias     [rows][16]
 *     m        [rows][5]                   out = m1 y + m2 rem + m3 relu(y) + m4 Y; the accumulator has m5 Y
 */
import { invariant } from '../errors.ts';
import { isComputed, type MachineShape, VECTOR } from './shape.ts';

/** Where the parts of a group's model entries begin. */
export interface GroupLayout {
  readonly bank: number;
  readonly y: number;
  readonly z: number;
  /** Undefined in a group without computed weights. */
  readonly computed: number | undefined;
  readonly index: number;
  readonly base: number;
  readonly shared: number;
  readonly dense: number;
  readonly bias: number;
  readonly m: number;
}

export interface ModelLayout {
  readonly constants: number;
  readonly io: number;
  readonly reveal: number;
  readonly selectors: number;
  readonly groups: readonly GroupLayout[];
  /** Model entries of a step. */
  readonly size: number;
}

export function modelLayout(shape: MachineShape): ModelLayout {
  let at = 0;
  const take = (n: number): number => {
    at += n;
    return at - n;
  };
  const { rows, rowVectors, dense, lookups } = shape;
  const constants = take(shape.constants * VECTOR);
  const io = take(shape.io);
  const reveal = take(1);
  const selectors = take(3);
  const groups = Array.from(
    { length: shape.groups },
    (_, g): GroupLayout => ({
      bank: take(rows * rowVectors),
      y: take(rows),
      z: take(rows),
      computed: isComputed(shape, g) ? take(VECTOR * rowVectors) : undefined,
      index: take(lookups),
      base: take(lookups * VECTOR),
      shared: take(VECTOR * rowVectors * VECTOR),
      dense: take(dense.vectors * VECTOR * dense.rows * rowVectors * VECTOR),
      bias: take(rows * VECTOR),
      m: take(rows * 5),
    }),
  );
  return { constants, io, reveal, selectors, groups, size: at };
}

export interface Selectors {
  readonly input: boolean;
  readonly output: boolean;
  readonly reveal: boolean;
}

/** What a step absorbs and reveals. @throws E_BUG for selectors that no step can have */
export function selectorsOf({ selectors }: ModelLayout, model: Float64Array): Selectors {
  const [input, output, reveal] = [model[selectors], model[selectors + 1], model[selectors + 2]];
  const good = [input, output, reveal].every((s) => s === 0 || s === 1) && !(input === 1 && output === 1);
  invariant(good, `a step with the selectors ${input}, ${output}, ${reveal}`);
  return { input: input === 1, output: output === 1, reveal: reveal === 1 };
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
  /** Node of the network that a step's lane vector belongs to, for messages; '' where it is unused. */
  nodeOf(step: number, group: number, row: number): string;
  /** Model entries of step j, integers, in the order above; made anew at each call. */
  model(j: number): Float64Array;
}
