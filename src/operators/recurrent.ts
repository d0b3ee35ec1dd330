/** RNN, GRU and LSTM: one time step of each, in the equations of ONNX (recurrent-cell.ts unrolls it). */
import { numberAttribute } from '../layers/node.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import type { Operator } from './operator.ts';
import { type Apply, type Cell, type Direction, unroll } from './recurrent-cell.ts';

const ATTRIBUTES = ['activation_alpha', 'activation_beta', 'activations', 'clip', 'direction', 'hidden_size', 'layout'];

const RNN_CELL: Cell = {
  gates: 1,
  activations: ['Tanh'],
  states: [5],
  step: ({ b, projected, recurrent, activations: [f] }, time, [h]) => [f!(b.add(projected(time), recurrent(h!, 0, 1)))],
};

export const RNN: Operator = {
  op: 'RNN',
  inputs: [3, 6],
  attributes: ATTRIBUTES,
  expand: (b, call) => unroll(b, call, RNN_CELL),
};

/** Columns of a gate, of [batch, gates hidden]. */
const gateOf = (b: TensorBuilder, gates: Value, hidden: number, from: number, to = from + 1): Value =>
  b.slice(gates, [0, from * hidden], [gates.shape[0]!, to * hidden]);

/** Gates z, r, h: H = (1 - z) h + z H', which is h + z (H' - h). */
const gruCell = (resetAfter: boolean): Cell => ({
  gates: 3,
  activations: ['Sigmoid', 'Tanh'],
  states: [5],
  ...(resetAfter ? { held: 2 } : {}),
  step: ({ b, hidden, projected, recurrent, heldBias, activations: [f, g] }, time, [h]) => {
    const x = projected(time);
    const inner = b.add(gateOf(b, x, hidden, 0, 2), recurrent(h!, 0, 2));
    const zr = f!(inner);
    const [z, r] = [gateOf(b, zr, hidden, 0), gateOf(b, zr, hidden, 1)];
    const past = resetAfter ? b.multiply(r, b.add(recurrent(h!, 2, 3), heldBias)) : recurrent(b.multiply(r, h!), 2, 3);
    const candidate = g!(b.add(gateOf(b, x, hidden, 2), past));
    return [b.add(candidate, b.multiply(z, b.sub(h!, candidate)))];
  },
});

export const GRU: Operator = {
  op: 'GRU',
  inputs: [3, 6],
  attributes: [...ATTRIBUTES, 'linear_before_reset'],
  expand: (b, call) => unroll(b, call, gruCell(numberAttribute(call.node, 'linear_before_reset', 0) !== 0)),
};

/** With peepholes (P i, o, f) a gate reads the cell, too. */
function gate(direction: Direction, inner: Value, cell: Value, which: number, peephole: number, f: Apply): Value {
  const { b, hidden } = direction;
  const own = gateOf(b, inner, hidden, which);
  const weights = direction.peephole(peephole);
  return f(weights === undefined ? own : b.add(own, b.multiply(weights, cell)));
}

/** Gates i, o, f, c: C = f C' + i c, H = o h(C). */
const lstmCell = (coupled: boolean): Cell => ({
  gates: 4,
  activations: ['Sigmoid', 'Tanh', 'Tanh'],
  states: [5, 6],
  peepholes: 7,
  step: (direction, time, [h, c]) => {
    const { b, hidden, projected, recurrent } = direction;
    const [f, g, outer] = direction.activations as [Apply, Apply, Apply];
    const inner = b.add(projected(time), recurrent(h!, 0, 4));
    const input = gate(direction, inner, c!, 0, 0, f);
    const forget = coupled ? b.scale(input, -1, 1) : gate(direction, inner, c!, 2, 2, f);
    const cell = b.add(b.multiply(forget, c!), b.multiply(input, g(gateOf(b, inner, hidden, 3))));
    const output = gate(direction, inner, cell, 1, 1, f);
    return [b.multiply(output, outer(cell)), cell];
  },
});

export const LSTM: Operator = {
  op: 'LSTM',
  inputs: [3, 8],
  attributes: [...ATTRIBUTES, 'input_forget'],
  expand: (b, call) => unroll(b, call, lstmCell(numberAttribute(call.node, 'input_forget', 0) !== 0)),
};
