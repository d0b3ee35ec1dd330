/** RNN, GRU and LSTM against ONNX Runtime: directions, states, activations, peepholes. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../helpers/chains.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { type Attribute, compare, type Feed, type NodeCase, nodeGraph } from '../helpers/one-node.ts';

const random = seeded(3);
const real = (shape: readonly number[], constant = false): Feed => ({
  shape,
  type: 'float32',
  data: Array.from({ length: shape.reduce((product, dim) => product * dim, 1) }, () => 2 * random() - 1),
  constant,
});

const TIMES = 4;
const BATCH = 2;
const WIDTH = 3;
const HIDDEN = 5;
const CELLS = { RNN: { gates: 1, states: 1 }, GRU: { gates: 3, states: 1 }, LSTM: { gates: 4, states: 2 } } as const;

interface Options {
  readonly directions?: number;
  readonly bias?: boolean;
  readonly states?: boolean;
  readonly peepholes?: boolean;
  readonly computedWeights?: boolean;
  readonly lengths?: number;
}

function cell(op: keyof typeof CELLS, attributes: Record<string, Attribute>, options: Options = {}): NodeCase {
  const { directions = 1, bias, states, peepholes, computedWeights, lengths } = options;
  const { gates, states: count } = CELLS[op];
  const weight = (shape: readonly number[]): Feed => real(shape, !computedWeights);
  const state = states ? real([directions, BATCH, HIDDEN]) : undefined;
  const inputs = [
    real([TIMES, BATCH, WIDTH]),
    weight([directions, gates * HIDDEN, WIDTH]),
    weight([directions, gates * HIDDEN, HIDDEN]),
    bias ? weight([directions, 2 * gates * HIDDEN]) : undefined,
    lengths
      ? ({ shape: [BATCH], type: 'int32', data: new Array(BATCH).fill(lengths), constant: true } as const)
      : undefined,
    state,
    ...(count === 2 ? [states ? real([directions, BATCH, HIDDEN]) : undefined] : []),
    ...(peepholes ? [weight([directions, 3 * HIDDEN])] : []),
  ];
  while (inputs.at(-1) === undefined) inputs.pop();
  return { op, opset: 14, attributes: { hidden_size: { i: HIDDEN }, ...attributes }, inputs, outputs: count + 1 };
}

const check = (name: string, spec: NodeCase): void => {
  it(name, async () => expect(await compare(spec)).toBeUndefined());
};

describe('recurrent cells', () => {
  for (const op of ['RNN', 'GRU', 'LSTM'] as const) {
    const direction = (s: string): Record<string, Attribute> => ({ direction: { s } });
    check(`${op}`, cell(op, {}));
    check(`${op} with bias and first states`, cell(op, {}, { bias: true, states: true }));
    check(`${op} backwards`, cell(op, direction('reverse'), { bias: true }));
    check(`${op} both ways`, cell(op, direction('bidirectional'), { directions: 2, bias: true, states: true }));
    check(`${op} with computed weights`, cell(op, {}, { bias: true, computedWeights: true }));
    check(`${op} of a part of the times`, cell(op, direction('bidirectional'), { directions: 2, lengths: 3 }));
    check(`${op} with a bound`, cell(op, { clip: { f: 0.4 } }, { bias: true }));
  }
  check(
    'GRU that resets after the product',
    cell('GRU', { linear_before_reset: { i: 1 } }, { bias: true, states: true }),
  );
  check('LSTM with peepholes', cell('LSTM', {}, { bias: true, states: true, peepholes: true }));
  check('LSTM with a coupled gate', cell('LSTM', { input_forget: { i: 1 } }, { bias: true, states: true }));
  check('RNN with Relu', cell('RNN', { activations: { strings: ['Relu'] } }, { bias: true }));
  check(
    'LSTM with other activations',
    cell('LSTM', {
      activations: { strings: ['HardSigmoid', 'LeakyRelu', 'Softsign'] },
      activation_alpha: { floats: [0.3, 0.1] },
      activation_beta: { floats: [0.4] },
    }),
  );
});

it('a cell is not unrolled without end', () => {
  const long: NodeCase = {
    op: 'RNN',
    attributes: { hidden_size: { i: 1 } },
    inputs: [
      { shape: [65536, 1, 1], type: 'float32', data: new Array<number>(65536).fill(0) },
      ...[0, 1].map((): Feed => ({ shape: [1, 1, 1], type: 'float32', data: [1], constant: true })),
    ],
  };
  expect(foldErrorOf(() => nodeGraph(long))).toMatchObject({ code: 'E_UNSUPPORTED' });
});

it('a cell of an empty sequence is refused', () => {
  const weights = [0, 1].map((): Feed => ({ shape: [1, 1, 1], type: 'float32', data: [1], constant: true }));
  const inputs: Feed[] = [{ shape: [0, 1, 1], type: 'float32', data: [] }, ...weights];
  const empty: NodeCase = { op: 'RNN', attributes: { hidden_size: { i: 1 } }, inputs };
  expect(foldErrorOf(() => nodeGraph(empty))).toMatchObject({ code: 'E_FORMAT' });
});
