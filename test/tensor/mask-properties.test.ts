/**
 * Random scores and masks of all forms that exporters write, also masks that are added twice, scaled or of other integers than 0 and 1:
 * the integers against a softmax of the sum in doubles, and the machine's program against the integers.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importNetwork } from '../../src/ir/import.ts';
import { decodeNetwork } from '../../src/ir/onnx/network.ts';
import { runProgram } from '../../src/machine/interpreter.ts';
import { compile } from '../../src/machine/lowering/compile.ts';
import { STANDARD, VALUE_BITS } from '../../src/machine/shape.ts';
import { calibrate, integerOutputs, quantizeInputs, type Sample } from '../../src/tensor/calibrate.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import { evaluateIntegers, portValues } from '../../src/tensor/quantize/evaluate.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { integers, modelBytes, type NodeText } from '../helpers/network.ts';
import { type ITensorProto, tensorProto, valueInfo } from '../helpers/onnx.ts';

const ROWS = 3;
const WIDTH = 5;
const COUNT = ROWS * WIDTH;
const LEAST = -3.4028234663852886e38;
const INFINITE = Number.NEGATIVE_INFINITY;
/** What all that is masked may add to a row (src/operators/masked-softmax.ts). */
const NEGLIGIBLE = 2 ** -VALUE_BITS;
const INT64 = 7;
const BOOL = 9;

interface Form {
  /** Element type of the mask that is given. */
  readonly type: number;
  readonly nodes: readonly NodeText[];
  /** What is added to a score, or takes its place, for a number of the mask. */
  readonly masked: (score: number, mask: number, size: number, first: number) => number;
  /** Numbers of the mask. */
  readonly values: readonly number[];
}

const cast: NodeText = { op: 'Cast', in: ['m'], out: ['real'], attribute: [{ name: 'to', type: 2, i: 1 }] };

const FORMS: Readonly<Record<string, Form>> = {
  '(1 - m) size': {
    type: INT64,
    nodes: [
      cast,
      { op: 'Sub', in: ['one', 'real'], out: ['hidden'] },
      { op: 'Mul', in: ['hidden', 'size'], out: ['mask'] },
      { op: 'Add', in: ['x', 'mask'], out: ['sum'] },
    ],
    masked: (score, mask, size) => score + (1 - mask) * size,
    values: [0, 1, 1, 2, -1],
  },
  '(x + (1 - m) size) / 4': {
    type: INT64,
    nodes: [
      cast,
      { op: 'Sub', in: ['one', 'real'], out: ['hidden'] },
      { op: 'Mul', in: ['hidden', 'size'], out: ['mask'] },
      { op: 'Add', in: ['x', 'mask'], out: ['first'] },
      { op: 'Div', in: ['first', 'four'], out: ['sum'] },
    ],
    masked: (score, mask, size) => (score + (1 - mask) * size) / 4,
    values: [0, 1, 1, 3],
  },
  // a product of masks, as that of rows and columns is
  '(1 - m m0) size': {
    type: INT64,
    nodes: [
      cast,
      { op: 'Gather', in: ['real', 'none'], out: ['first'], attribute: [{ name: 'axis', type: 2, i: 1 }] },
      { op: 'Mul', in: ['real', 'first'], out: ['both'] },
      { op: 'Sub', in: ['one', 'both'], out: ['hidden'] },
      { op: 'Mul', in: ['hidden', 'size'], out: ['mask'] },
      { op: 'Add', in: ['x', 'mask'], out: ['sum'] },
    ],
    masked: (score, mask, size, first) => score + (1 - mask * first) * size,
    values: [0, 1, 1],
  },
  'x + m size + constant': {
    type: INT64,
    nodes: [
      cast,
      { op: 'Mul', in: ['real', 'size'], out: ['mask'] },
      { op: 'Add', in: ['x', 'mask'], out: ['first'] },
      { op: 'Add', in: ['first', 'causal'], out: ['sum'] },
    ],
    masked: (score, mask, size) => score + mask * size,
    values: [0, 0, 1],
  },
  'Where(m, x, size)': {
    type: BOOL,
    nodes: [{ op: 'Where', in: ['m', 'x', 'size'], out: ['sum'] }],
    masked: (score, mask, size) => (mask === 1 ? score : size),
    values: [0, 1],
  },
  'Where(m = 0, size, x) + constant': {
    type: INT64,
    nodes: [
      { op: 'Equal', in: ['m', 'none'], out: ['hidden'] },
      { op: 'Where', in: ['hidden', 'size', 'x'], out: ['first'] },
      { op: 'Add', in: ['first', 'causal'], out: ['sum'] },
    ],
    masked: (score, mask, size) => (mask === 0 ? size : score),
    values: [0, 1, 7],
  },
};

interface Case {
  readonly form: string;
  readonly size: number;
  /** Of the constant mask, where there is one. */
  readonly other: number;
  readonly hidden: readonly boolean[];
  readonly samples: readonly Sample[];
}

const cases = fc.constantFrom(...Object.keys(FORMS)).chain((form): fc.Arbitrary<Case> => {
  const sizes = form.startsWith('Where') ? [-1e4, -1e9, LEAST, INFINITE] : [-1e4, -1e9, LEAST];
  const sample = fc.tuple(
    fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: COUNT, maxLength: COUNT }),
    fc.array(fc.constantFrom(...FORMS[form]!.values), { minLength: WIDTH, maxLength: WIDTH }),
  );
  return fc.record({
    form: fc.constant(form),
    size: fc.constantFrom(...sizes),
    other: fc.constantFrom(-1e4, LEAST, INFINITE),
    hidden: fc.array(fc.boolean(), { minLength: COUNT, maxLength: COUNT }),
    samples: fc.array(
      sample.map(([scores, mask]): Sample => [Float64Array.from(scores), Float64Array.from(mask)]),
      { minLength: 2, maxLength: 2 },
    ),
  });
});

/** Scores of all sizes with masks of each number alone and of all: what a plan is made from. */
function measuredOn(given: Case): Sample[] {
  const { values } = FORMS[given.form]!;
  const masks = [...values.map((value) => new Array<number>(WIDTH).fill(value)), [...values, ...values]];
  const samples = masks.flatMap((mask) =>
    [0, 1, 2].map(
      (turn): Sample => [
        Float64Array.from({ length: COUNT }, (_, i) => 2 * turn * Math.cos(2.4 * (i + 5 * turn))),
        Float64Array.from({ length: WIDTH }, (_, k) => mask[(k + turn) % mask.length]!),
      ],
    ),
  );
  return samples.filter((sample) => !softmax(sumsOf(given, sample)).some(Number.isNaN));
}

const scalar = (name: string, value: number): ITensorProto =>
  tensorProto(name, { shape: [], data: Float64Array.of(value) });

function network({ form, size, other, hidden }: Case): ReturnType<typeof importNetwork>['graph'] {
  const { type, nodes } = FORMS[form]!;
  const mask = valueInfo('m', [1, WIDTH]);
  const causal = Float64Array.from(hidden, (is) => (is ? other : 0));
  const bytes = modelBytes([...nodes, { op: 'Softmax', in: ['sum'], out: ['y'] }], {
    input: [
      valueInfo('x', [ROWS, WIDTH]),
      { ...mask, type: { tensorType: { ...mask.type.tensorType, elemType: type } } },
    ],
    initializer: [
      ...[scalar('one', 1), scalar('four', 4), scalar('size', size), integers('none', [0], [])],
      tensorProto('causal', { shape: [ROWS, WIDTH], data: causal }),
    ],
  });
  return importNetwork(decodeNetwork(bytes)).graph;
}

/** The sums in doubles, which absorb as float32 does. */
function sumsOf({ form, size, other, hidden }: Case, [scores, mask]: Sample): number[] {
  const added = form.endsWith('constant');
  return Array.from(scores!, (x, i) => {
    const sum = FORMS[form]!.masked(x, mask![i % WIDTH]!, size, mask![0]!);
    return added && hidden[i] ? sum + other : sum;
  });
}

function softmax(sums: readonly number[]): number[] {
  return sums.map((x, i) => {
    const row = sums.slice(Math.floor(i / WIDTH) * WIDTH, (Math.floor(i / WIDTH) + 1) * WIDTH);
    const most = Math.max(...row);
    return Math.exp(x - most) / row.reduce((sum, other) => sum + Math.exp(other - most), 0);
  });
}

const worst = (got: ArrayLike<number>, expected: readonly number[]): number =>
  expected.reduce((most, y, i) => Math.max(most, Math.abs(got[i]! - y)), 0);

describe('masked softmax', () => {
  test('is that of the sums, for all masks', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const expected = given.samples.map((sample) => softmax(sumsOf(given, sample)));
        // rows of nothing but minus infinity are another test, and masks that are no multiples of each other are refused
        fc.pre(!expected.flat().some(Number.isNaN));
        fc.pre(!(given.form.endsWith('constant') && given.size === -1e9 && given.other === -1e4));
        const graph = network(given);
        given.samples.forEach((sample, s) => {
          expect(worst(evaluate(graph, sample)[0]!, expected[s]!)).toBeLessThan(NEGLIGIBLE);
        });
        const plan = calibrate(graph, measuredOn(given));
        const quantized = quantize(graph, plan);
        const program = compile(quantized, STANDARD);
        for (const [s, sample] of given.samples.entries()) {
          const inputs = quantizeInputs(quantized, sample);
          const numbers = evaluateIntegers(quantized, inputs);
          const output = quantized.outputs[0]!;
          const values = portValues(quantized, output.codes, numbers);
          const error = worst(
            values.map((q) => q / output.scale),
            expected[s]!,
          );
          expect(error, given.form).toBeLessThan(Math.max(plan.errors[0]!, 2e-3));
          if (s > 0) continue;
          const run = runProgram(program, { x: inputs[0]!, m: inputs[1]! });
          expect([...run.outputs.y!]).toEqual([...values]);
        }
      }),
      { numRuns: 40, seed: 20 },
    );
  });

  test.each(['(1 - m) size', '(1 - m m0) size'])('%s keeps what is masked least, by one of thousands', (form) => {
    const given: Case = { form, size: -1e4, other: 0, hidden: new Array(COUNT).fill(false), samples: [] };
    const graph = network(given);
    const scores = Float64Array.from({ length: COUNT }, (_, i) => Math.cos(2.4 * i));
    const masks = Array.from({ length: 30 }, (_, n) =>
      Float64Array.from({ length: WIDTH }, (_, k) => (k === 0 ? 1 : 997 * n + (k === 1 + (n % (WIDTH - 1)) ? 1 : 0))),
    );
    const samples = masks.map((mask): Sample => [scores, mask]);
    const quantized = quantize(graph, calibrate(graph, samples));
    for (const sample of samples)
      expect(worst(integerOutputs(quantized, sample)[0]!, softmax(sumsOf(given, sample)))).toBeLessThan(1e-3);
  });
});
