/**
 * Arguments that a function is not defined for. ONNX has NaN there, or an infinity, so that no result is the network's: the integer run
 * refuses them and names the node, whatever the table's cells are. What is rounded beside a domain's end stands for the end.
 */
import { describe, expect, it } from 'vitest';
import { OPERATORS } from '../../src/operators/table.ts';
import { calibrate, integerOutputs } from '../../src/tensor/calibrate.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import { fuseFunctions } from '../../src/tensor/fuse.ts';
import { isConstant, type TensorGraph, type Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { endsOf } from '../../src/tensor/quantize/table.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const COUNT = 4;
type Form = (b: GraphBuilder, x: Value) => Value;

/** An operator of x and of other operands. */
const of =
  (op: string, others: (b: GraphBuilder, x: Value) => readonly Value[] = () => [], isFirst = true): Form =>
  (b, x) => {
    const inputs = isFirst ? [x, ...others(b, x)] : [...others(b, x), x];
    const names = inputs.map((_, i) => `${i}`);
    const node = { name: 'chosen', op, inputs: names, outputs: ['z'], attributes: new Map() };
    const [y] = OPERATORS.find((operator) => operator.op === op)!.expand(b, { node, opset: 18, inputs, types: [1] });
    return y!;
  };
const constant =
  (value: number) =>
  (b: GraphBuilder): readonly Value[] => [b.constant([1], [value])];
const each =
  (value: number) =>
  (b: GraphBuilder): Value =>
    b.constant([COUNT], new Array<number>(COUNT).fill(value));

function graphOf(form: Form): TensorGraph {
  const b = new GraphBuilder();
  const x = b.input('x', [COUNT], 'real');
  b.at('chosen');
  return fuseFunctions(b.finish('g', [{ name: 'y', value: form(b, x) }]));
}

interface Domain {
  readonly name: string;
  readonly form: Form;
  readonly sample: readonly number[];
  /** At the ends of the domain, and beside it by less than an integer. */
  readonly inside: readonly number[];
  readonly outside: readonly number[];
}

const POSITIVE = [4, 1, 1, 0];
const UNIT_DISC = [-1, 0, 1, 0.5];

const DOMAINS: readonly Domain[] = [
  { name: 'Sqrt', form: of('Sqrt'), sample: POSITIVE, inside: [0, -1e-5], outside: [-0.02, -0.1, -1, -4, -7.9] },
  { name: 'Log', form: of('Log'), sample: [4, 1, 1, 0.1], inside: [0.08], outside: [0, -1e-5, -0.02, -1, -7.9] },
  { name: 'Asin', form: of('Asin'), sample: UNIT_DISC, inside: [1, -1], outside: [1.01, -1.01, 1.1, -1.9] },
  { name: 'Acos', form: of('Acos'), sample: UNIT_DISC, inside: [1, -1], outside: [1.01, -1.01, 1.1, -1.9] },
  { name: 'Acosh', form: of('Acosh'), sample: [1, 2, 3, 5], inside: [1, 1.00001], outside: [0.97, 0.5, 0, -3] },
  {
    ...{ name: 'Atanh', form: of('Atanh'), sample: [-0.9, 0, 0.9, 0.5] },
    ...{ inside: [0.93], outside: [1, -1, 1.01, -1.01, 1.5] },
  },
  { name: 'Reciprocal', form: of('Reciprocal'), sample: [1, 2, 3, 5], inside: [0.6], outside: [0, -1e-5, -1, -9] },
  { name: 'Reciprocal of both signs', form: of('Reciprocal'), sample: [-1, 2, -3, 5], inside: [1], outside: [0] },
  {
    ...{ name: 'Tan on both sides of a pole', form: of('Tan'), sample: [-1, 1, 2, 2.2] },
    ...{ inside: [1.1], outside: [Math.PI / 2, 1.5707, 1.571, 1.565] },
  },
  {
    ...{ name: 'a pole inside of a cell', form: (b: GraphBuilder, x: Value) => of('Reciprocal')(b, b.scale(x, 1, -3)) },
    ...{ sample: [1, 2, 4, 5], inside: [2.1], outside: [3, 3.001, 2.999, 3.0001] },
  },
  { name: 'Div', form: of('Div', (b) => [each(3)(b)], false), sample: [1, 2, 3, 5], inside: [0.7], outside: [0, -1] },
  { name: 'root of a power', form: of('Pow', constant(0.5)), sample: POSITIVE, inside: [0], outside: [-0.02, -1, -7] },
  { name: 'Pow -1.5', form: of('Pow', constant(-1.5)), sample: [1, 2, 3, 5], inside: [0.9], outside: [0, -0.1, -4] },
  { name: 'Pow -2', form: of('Pow', constant(-2)), sample: [1, 2, 3, 5], inside: [0.9], outside: [0] },
  {
    ...{ name: 'Pow of two computed', form: of('Pow', (b, x) => [b.scale(x, 0.5, 1)]), sample: [1, 2, 3, 4] },
    ...{ inside: [0.9], outside: [-1, -2, -6] },
  },
  {
    name: 'BatchNormalization of a computed variance',
    form: of('BatchNormalization', (b, x) => {
      const row = b.reshape(x, [COUNT]);
      return [each(1)(b), each(0)(b), each(0)(b), row];
    }),
    sample: [1, 2, 3, 5],
    inside: [0.9],
    outside: [-0.1, -1, -7],
  },
  {
    name: 'the root of 1 - x^2, one table',
    form: (b, x) => of('Sqrt')(b, b.scale(b.multiply(x, x), -1, 1)),
    sample: UNIT_DISC,
    inside: [1, -1],
    outside: [1.01, -1.01, 1.2, -1.7],
  },
  {
    name: 'the root of x^2 - 1, which has a gap',
    form: (b, x) => of('Sqrt')(b, b.scale(b.multiply(x, x), 1, -1)),
    sample: [-2, 1.5, 2, -1.5],
    inside: [1.2, -1.2],
    outside: [0, 0.5, -0.5, 0.95, -0.95],
  },
];

describe('a number that a function is not defined for', () => {
  it.each(DOMAINS)('$name', ({ form, sample, inside, outside }) => {
    const graph = graphOf(form);
    const plan = calibrate(graph, [[Float64Array.from(sample)]]);
    const integers = quantize(graph, plan);
    const at = (x: number): Float64Array => Float64Array.of(sample[0]!, x, ...sample.slice(2));
    for (const x of inside) {
      const wanted = evaluate(graph, [at(Math.abs(x) < 1e-4 ? 0 : x)])[0]!;
      const got = integerOutputs(integers, [at(x)])[0]!;
      for (const [i, y] of wanted.entries()) expect(Math.abs(got[i]! - y), `${x}`).toBeLessThan(4 * plan.errors[0]!);
    }
    for (const x of outside) {
      const error = foldErrorOf(() => integerOutputs(integers, [at(x)]));
      expect([x, error.code]).toEqual([x, 'E_RANGE']);
      expect(error.message).toContain("node 'chosen'");
    }
  });

  it.each([
    ['Sqrt', -1, 'NaN'],
    ['Log', 0, '-Infinity'],
    ['Log', -1, 'NaN'],
    ['Reciprocal', 0, 'Infinity'],
    ['Atanh', 1, 'Infinity'],
    ['Asin', 1.5, 'NaN'],
  ])('%s of a sample that is %d is refused', (op, x, got) => {
    const error = foldErrorOf(() => calibrate(graphOf(of(op)), [[Float64Array.of(0.5, x, 0.5, 0.25)]]));
    expect([error.code, error.message]).toEqual(['E_PLAN', `Node 'chosen' gives ${got} on a sample.`]);
  });

  it('of a constant it is refused, and an infinite result is the largest of float32', () => {
    const b = new GraphBuilder();
    expect(foldErrorOf(() => of('Sqrt')(b, b.constant([1], [-1]))).code).toBe('E_UNSUPPORTED');
    const logarithm = of('Log')(b, b.constant([1], [0]));
    expect(isConstant(logarithm) && logarithm.data[0]).toBe(-((2 - 2 ** -23) * 2 ** 127));
  });

  it('what an argument cannot be by what computes it takes no rows', () => {
    const isBounded = (form: Form): boolean[] => {
      const graph = graphOf(form);
      const { tables } = quantize(graph, calibrate(graph, [[Float64Array.from(UNIT_DISC)]]));
      return tables.map((table) => table.low > endsOf(table).low || table.high < endsOf(table).high);
    };
    expect(isBounded(of('Asin'))).toEqual([true]);
    const mean: Form = (b, x) => b.sum(b.clip(x, -1, 1), [0], true, 1 / COUNT);
    expect(isBounded((b, x) => of('Asin')(b, mean(b, x)))).toEqual([false]);
  });
});
