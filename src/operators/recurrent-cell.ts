/**
 * What RNN, GRU and LSTM share: their attributes, the two directions and layouts, and the loop over time, which is unrolled here. A
 * file of its own for each cell (recurrent.ts) gives one time step.
 */
import { FoldError } from '../errors.ts';
import { numberAttribute, stringAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import {
  type Activation,
  AFFINE,
  ELU,
  HARD_SIGMOID,
  LEAKY_RELU,
  RELU,
  SCALED_TANH,
  SIGMOID,
  SOFTPLUS,
  SOFTSIGN,
  TANH,
  THRESHOLDED_RELU,
} from './activations.ts';
import {
  constantInput,
  malformed,
  numbersAttribute,
  requiredInput,
  stringsAttribute,
  unsupported,
} from './arguments.ts';
import type { NodeCall } from './operator.ts';

const ACTIVATIONS = [
  AFFINE,
  ELU,
  HARD_SIGMOID,
  LEAKY_RELU,
  RELU,
  SCALED_TANH,
  SIGMOID,
  SOFTPLUS,
  SOFTSIGN,
  TANH,
  THRESHOLDED_RELU,
] as readonly Activation[];

export type Apply = (x: Value) => Value;

/** One direction's weights and functions. */
export interface Direction {
  readonly b: TensorBuilder;
  readonly hidden: number;
  /** X W^T of a time step and all biases but the held one, all gates one after another: [batch, gates hidden]. */
  readonly projected: (time: number) => Value;
  /** h R^T, columns `from` to `to` of the gates. */
  readonly recurrent: (h: Value, from: number, to: number) => Value;
  /** The recurrence's bias of the cell's held gate, [1, hidden]. */
  readonly heldBias: Value;
  readonly activations: readonly Apply[];
  /** Rows of P for `gate`, [1, hidden]; undefined without peepholes. */
  readonly peephole: (gate: number) => Value | undefined;
}

/** The states after a time step; the first is the output. */
type Step = (direction: Direction, time: number, states: readonly Value[]) => readonly Value[];

export interface Cell {
  readonly gates: number;
  readonly activations: readonly string[];
  /** Inputs that hold the first states. */
  readonly states: readonly number[];
  /** The gate whose bias of the recurrence the step adds itself (the last; none where undefined). */
  readonly held?: number;
  /** Input of the peepholes. */
  readonly peepholes?: number;
  readonly step: Step;
}

/** The functions of all directions: named ones take their alpha and beta from two lists, those first that have any. */
function activations({ node }: NodeCall, b: TensorBuilder, cell: Cell, directions: number): Apply[][] {
  const given = stringsAttribute(node, 'activations');
  const names = given.length > 0 ? given : Array.from({ length: directions }, () => cell.activations).flat();
  if (names.length !== directions * cell.activations.length)
    throw malformed(node, 'has too few activations', `${directions * cell.activations.length}`, `${names.length}`);
  const parameters: Record<string, number[]> = {
    alpha: [...(numbersAttribute(node, 'activation_alpha') ?? [])],
    beta: [...(numbersAttribute(node, 'activation_beta') ?? [])],
  };
  const clip = numberAttribute(node, 'clip', Number.POSITIVE_INFINITY);
  const functions = names.map((name): Apply => {
    const activation = ACTIVATIONS.find(({ op }) => op.toLowerCase() === name.toLowerCase());
    if (activation === undefined)
      throw new FoldError('E_UNSUPPORTED', `The ${node.op} "${node.name}" has an unknown activation.`, {
        expected: ACTIVATIONS.map(({ op }) => op).join(', '),
        got: name,
      });
    const own = Object.fromEntries(
      Object.entries(activation.defaults).map(([key, fallback]) => [key, parameters[key]?.shift() ?? fallback]),
    );
    return (x) => activation.form(b, b.clip(x, -clip, clip), own);
  });
  return Array.from({ length: directions }, (_, d) =>
    functions.slice(d * cell.activations.length, (d + 1) * cell.activations.length),
  );
}

/** Steps that a cell is unrolled for: a limit against hostile files. */
const MOST_STEPS = 4096;

/** Times of all sequences: equal and constant. */
function sequenceLength(call: NodeCall, times: number): number {
  if (times > MOST_STEPS)
    throw unsupported(call.node, `is unrolled for ${times} steps`, `Export it for sequences of at most ${MOST_STEPS}.`);
  const lengths = constantInput(call, 4, 'sequence lengths');
  if (lengths === undefined) return times;
  const length = lengths.data[0] ?? times;
  if (lengths.data.some((other) => other !== length))
    throw unsupported(call.node, 'has sequences of unequal lengths', 'Give each sequence to a run of its own.');
  if (!(Number.isInteger(length) && length >= 0 && length <= times))
    throw malformed(call.node, 'has a sequence length out of range', `0 to ${times}`, `${length}`);
  return length;
}

/** Outputs Y and the last states, in the layout of the node. */
export function unroll(b: TensorBuilder, call: NodeCall, cell: Cell): Value[] {
  const { node } = call;
  const batchFirst = numberAttribute(node, 'layout', 0) === 1;
  const input = requiredInput(call, 0);
  const x = batchFirst ? b.transpose(input, [1, 0, 2]) : input;
  const [times, batch, width] = x.shape as [number, number, number];
  const [weights, recurrence] = [requiredInput(call, 1), requiredInput(call, 2)];
  const name = stringAttribute(node, 'direction', 'forward');
  const directions = name === 'bidirectional' ? 2 : 1;
  const hidden = recurrence.shape[2]!;
  const rows = cell.gates * hidden;
  if (
    weights.shape.join() !== [directions, rows, width].join() ||
    recurrence.shape.join() !== [directions, rows, hidden].join()
  )
    throw malformed(
      node,
      'has weights of another shape',
      `[${directions}, ${rows}, ${width}] and [${directions}, ${rows}, ${hidden}]`,
    );
  const length = sequenceLength(call, times);
  const functions = activations(call, b, cell, directions);
  const peepholes = cell.peepholes === undefined ? undefined : call.inputs[cell.peepholes];

  /** Entries `from` to `to` of row d of a tensor [directions, n], as [1, to - from]. */
  const part = (value: Value, d: number, from: number, to: number): Value => b.slice(value, [d, from], [d + 1, to]);
  const outputs: Value[][] = [];
  const last: Value[][] = [];
  for (let d = 0; d < directions; d++) {
    const backwards = name === 'reverse' || d === 1;
    const bias = call.inputs[3] ?? b.constant([directions, 2 * rows], new Float64Array(directions * 2 * rows));
    const recurrentBias = (gate: number): Value => part(bias, d, rows + gate * hidden, rows + (gate + 1) * hidden);
    const transposed = (w: Value, columns: number): Value =>
      b.transpose(b.reshape(b.slice(w, [d, 0, 0], [d + 1, rows, columns]), [rows, columns]), [1, 0]);
    const added = Array.from({ length: cell.gates }, (_, gate) =>
      gate === cell.held ? b.constant([1, hidden], new Float64Array(hidden)) : recurrentBias(gate),
    );
    const biases = b.add(part(bias, d, 0, rows), b.concat(added, 1));
    const all = b.add(b.matmul(b.reshape(x, [times * batch, width]), transposed(weights, width)), biases);
    const r = transposed(recurrence, hidden);
    const direction: Direction = {
      b,
      hidden,
      projected: (time) => b.slice(all, [time * batch, 0], [(time + 1) * batch, rows]),
      recurrent: (h, from, to) => b.matmul(h, b.slice(r, [0, from * hidden], [hidden, to * hidden])),
      heldBias: recurrentBias(cell.held ?? 0),
      activations: functions[d]!,
      peephole: (gate) =>
        peepholes === undefined ? undefined : part(peepholes, d, gate * hidden, (gate + 1) * hidden),
    };
    let states: readonly Value[] = cell.states.map((index) => {
      const given = call.inputs[index];
      if (given === undefined) return b.constant([batch, hidden], new Float64Array(batch * hidden));
      const first = batchFirst ? b.transpose(given, [1, 0, 2]) : given;
      return b.reshape(b.slice(first, [d, 0, 0], [d + 1, batch, hidden]), [batch, hidden]);
    });
    const row: Value[] = Array.from({ length: times }, () =>
      b.constant([batch, hidden], new Float64Array(batch * hidden)),
    );
    for (let i = 0; i < length; i++) {
      const time = backwards ? length - 1 - i : i;
      states = cell.step(direction, time, states);
      row[time] = states[0]!;
    }
    outputs.push(row);
    last.push([...states]);
  }
  const stack = (values: readonly Value[]): Value =>
    b.concat(
      values.map((value) => b.reshape(value, [1, ...value.shape])),
      0,
    );
  const y = stack(Array.from({ length: times }, (_, t) => stack(outputs.map((row) => row[t]!))));
  const ends = cell.states.map((_, s) => stack(last.map((states) => states[s]!)));
  return batchFirst ? [b.transpose(y, [2, 0, 1, 3]), ...ends.map((end) => b.transpose(end, [1, 0, 2]))] : [y, ...ends];
}
