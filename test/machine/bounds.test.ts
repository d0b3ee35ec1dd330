/**
 * A prover who hides the input may give a number that the network has no result for: 2 as a boolean, an index behind a table. The
 * machine has nothing to compare numbers with but the bits of its accumulators, and these have no values then. Without what
 * src/tensor/quantize/bounds.ts adds, all rows hold and the run's sum is zero. So it would be with an index, also that of a function's cell,
 * if look-ups found other vectors than the entries of their table (src/machine/lowering/tags.ts).
 * A function is looked up only where it is defined (src/machine/lowering/tables.ts).
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { runProgram } from '../../src/machine/interpreter.ts';
import { type CompiledProgram, compile } from '../../src/machine/lowering/compile.ts';
import { modelLayout } from '../../src/machine/program.ts';
import { type MachineShape, TOY, VECTOR } from '../../src/machine/shape.ts';
import { calibrate } from '../../src/tensor/calibrate.ts';
import type { NumberKind, Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { evaluateIntegers } from '../../src/tensor/quantize/evaluate.ts';
import type { IntegerGraph } from '../../src/tensor/quantize/integer.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { judge } from './forged-run.ts';
import { type ForgedModel, forgeTraces } from './forger.ts';
import { type MachineSystem, machineSystem, START } from './system.ts';

const COUNT = 3;

/** y of three numbers m of a kind. */
function integersOf(kind: NumberKind, y: (b: GraphBuilder, m: Value) => Value): IntegerGraph {
  const b = new GraphBuilder();
  const m = b.input('m', [COUNT], kind);
  b.at('chosen');
  const graph = b.finish('small', [{ name: 'y', value: y(b, m) }]);
  return quantize(
    graph,
    calibrate(
      graph,
      [Float64Array.of(1, 0, 1), Float64Array.of(0, 1, 1)].map((m) => [m]),
    ),
  );
}

const numbers = (n: number, from: number): number[] => Array.from({ length: n }, (_, i) => from + i);

/** What has no witness: the bits of an accumulator that shows bounds, or a sum of reads and writes that a look-up leaves. */
type Shown = 'bit lane' | 'sum';

const GRAPHS: Readonly<Record<string, { graph: IntegerGraph; by: Shown; good: number[][]; bad: number[][] }>> = {
  'a boolean': {
    graph: integersOf('boolean', (b, m) => b.scale(b.as(m, 'integer'), 3, 1)),
    by: 'bit lane',
    good: [
      [0, 1, 1],
      [1, 1, 0],
    ],
    bad: [
      [0, 2, 1],
      [-1, 0, 0],
      [1, 1, 65535],
      [-65536, 0, 0],
    ],
  },
  'an index': {
    graph: integersOf('integer', (b, m) => b.take(b.constant([5], numbers(5, 10)), m)),
    by: 'sum',
    good: [
      [0, 1, 4],
      [3, 2, 0],
    ],
    bad: [
      [0, 5, 1],
      [-1, 0, 0],
      [0, 6, 0],
      [65535, 0, 0],
    ],
  },
  'an index within its table': {
    graph: integersOf('integer', (b, m) => b.take(b.constant([5], numbers(5, 10)), b.within(m, 0, 4))),
    by: 'sum',
    good: [[0, 1, 4]],
    bad: [
      [0, 5, 1],
      [-1, 0, 0],
    ],
  },
  'an index within a part of its table': {
    graph: integersOf('integer', (b, m) => b.take(b.constant([5], numbers(5, 10)), b.within(m, 0, 3))),
    by: 'bit lane',
    good: [[0, 1, 3]],
    bad: [
      [0, 4, 1],
      [-1, 0, 0],
    ],
  },
  'an index, with another table beside its own': {
    graph: integersOf('integer', (b, m) => {
      const [first, second, third] = [20, 30, 40].map((from) => b.take(b.constant([5], numbers(5, from)), m));
      return b.add(b.add(first!, second!), third!);
    }),
    by: 'sum',
    good: [
      [0, 1, 4],
      [3, 2, 0],
    ],
    bad: [
      [0, 5, 1],
      [-1, 0, 0],
      [9, 0, 0],
    ],
  },
  'an index of rows that are read in part': {
    graph: integersOf('integer', (b, m) => b.slice(b.take(b.constant([3, 40], numbers(120, 0)), m), [0, 17], [2, 19])),
    by: 'sum',
    good: [
      [0, 1, 2],
      [2, 2, 0],
    ],
    bad: [
      [0, 3, 1],
      [-1, 0, 0],
      [0, 1, 3],
      [0, 1, -1],
    ],
  },
  'an index of each of two axes': {
    graph: integersOf('integer', (b, m) => {
      const [i, j] = [0, 1].map((n) => b.within(b.slice(m, [n], [n + 1]), 0, n + 1));
      return b.take(b.constant([6], numbers(6, 10)), b.as(b.add(b.scale(i!, 3, 1), j!), 'integer'));
    }),
    by: 'bit lane',
    good: [
      [0, 2, 9],
      [1, 1, 0],
    ],
    bad: [
      [0, 3, 0],
      [2, -1, 0],
      [-1, 5, 0],
    ],
  },
  'a sum that must be 2': {
    graph: integersOf('integer', (b, m) => b.within(b.sum(m, [0], true), 2, 2)),
    by: 'bit lane',
    good: [
      [2, 0, 0],
      [3, 0, -1],
    ],
    bad: [
      [1, 1, 1],
      [1, 0, 0],
      [-60000, 0, 0],
    ],
  },
  'an argument that is an integer': {
    graph: integersOf('integer', (b, m) => b.apply(b.bounded(m, 0, Infinity), 'root', (x) => Math.sqrt(Math.abs(x)))),
    by: 'sum',
    good: [
      [0, 1, 2],
      [3, 0, 1],
    ],
    bad: [
      [0, -1, 1],
      [-2, 0, 0],
      [1, 1, 4],
      [65535, 0, 0],
    ],
  },
  'an argument that is not below zero': {
    graph: integersOf('real', (b, m) => b.apply(b.bounded(m, 0, Infinity), 'power', (x) => 2 ** x)),
    by: 'sum',
    good: [
      [0, 30000, 65535],
      [1, 0, 17],
    ],
    bad: [
      [0, -2000, 1],
      [-65536, 0, 0],
    ],
  },
  'an argument that is at most a half': {
    graph: integersOf('real', (b, m) => b.apply(b.bounded(b.scale(m, 0.5), -Infinity, 0.5), 'power', (x) => 2 ** x)),
    by: 'sum',
    good: [
      [0, 32767, -65536],
      [-1, 0, 17],
    ],
    bad: [
      [0, 65535, 1],
      [40000, 0, 0],
    ],
  },
  'an argument for which its function is defined from 0 to 1': {
    by: 'bit lane',
    graph: integersOf('real', (b, m) => b.apply(m, 'power', (x) => (x >= 0 && x <= 1 ? 2 ** x : Number.NaN), true)),
    good: [
      [0, 32767, -128],
      [32895, 1, 17],
    ],
    // all of them stand in cells that have numbers of the domain
    bad: [
      [0, -129, 1],
      [32896, 0, 0],
      [0, 0, -200],
    ],
  },
  'an argument in a gap of its function': {
    by: 'bit lane',
    graph: integersOf('real', (b, m) => b.apply(m, 'power', (x) => (x > 0.25 && x < 0.75 ? Number.NaN : 2 ** x), true)),
    good: [
      [0, 32767, -128],
      [7000, 26000, 17],
    ],
    bad: [
      [0, 16000, 1],
      [20000, 0, 0],
    ],
  },
  'an integer that its function is not defined for': {
    by: 'bit lane',
    graph: integersOf('integer', (b, m) => b.apply(m, 'inverse', (x) => (x === 2 ? Number.NaN : 1 / (x - 2)), true)),
    good: [
      [0, 1, 3],
      [1, -1, 0],
    ],
    bad: [[0, 2, 1]],
  },
};

/** The graph without what shows bounds. */
const unchecked = (graph: IntegerGraph): IntegerGraph => ({
  ...graph,
  held: [],
  tensors: graph.tensors.filter(({ shows }) => shows === undefined),
});

/** Most tables go on from step to step in the first; in the second they stand side by side. */
const SHAPES: Readonly<Record<string, MachineShape>> = { toy: TOY, wide: { ...TOY, constants: 32 } };

describe('numbers that a network has no result for', () => {
  let engine: Engine;
  const systems = new Map<MachineShape, MachineSystem>();
  beforeAll(async () => {
    engine = await createEngine();
    for (const shape of Object.values(SHAPES)) systems.set(shape, machineSystem(engine, shape));
  });

  /** What is violated where a prover gives these numbers, and writes what follows from them. */
  function violated(program: CompiledProgram, numbers: readonly number[], change = (model: Float64Array) => model) {
    const { shape } = program;
    const models = Array.from(
      { length: program.steps },
      (_, j): ForgedModel => [...change(program.model(j))].map(BigInt),
    );
    const size = shape.io * VECTOR;
    const inputs = new Map<number, bigint[][]>();
    for (let j = 0; j < program.steps; j++)
      inputs.set(
        j,
        Array.from({ length: shape.io }, () => new Array<bigint>(VECTOR).fill(0n)),
      );
    program.inputs[0]!.places.forEach((at, i) => {
      const block = inputs.get(Math.floor(at / size))!;
      block[Math.floor((at % size) / VECTOR)]![at % VECTOR] = BigInt(numbers[i]!);
    });
    const traces = forgeTraces(shape, models, inputs);
    return [...judge({ engine, system: systems.get(shape)!, shape, models, traces, start: START }).violated];
  }

  const cases = Object.entries(GRAPHS).flatMap(([name, own]) =>
    Object.entries(SHAPES).map(([size, shape]) => [name, size, { ...own, shape }] as const),
  );
  it.each(cases)(
    '%s (%s): no rows hold, and the integers are refused',
    (_name, _size, { graph, by, shape, good, bad }) => {
      const program = compile(graph, shape);
      for (const numbers of good) {
        expect(() => evaluateIntegers(graph, [Float64Array.from(numbers)])).not.toThrow();
        expect(violated(program, numbers)).toEqual([]);
      }
      for (const numbers of bad) {
        expect(violated(program, numbers)).toContain(by);
        const errors = [
          foldErrorOf(() => evaluateIntegers(graph, [Float64Array.from(numbers)])),
          foldErrorOf(() => runProgram(program, { m: numbers })),
        ];
        for (const error of errors) {
          expect(error.code).toBe('E_RANGE');
          expect(error.message).toMatch(/^(node )?'?(m|chosen)/);
        }
      }
    },
  );

  it('names the ends of a table', () => {
    const { graph } = GRAPHS['an index']!;
    for (const shape of Object.values(SHAPES)) {
      const error = foldErrorOf(() => runProgram(compile(graph, shape), { m: [0, 5, 1] }));
      expect(error.message).toMatch(/^chosen: the index of look-up 0, lane 1 of group \d+ of step \d+ is out of range/);
    }
    const error = foldErrorOf(() => runProgram(compile(graph, SHAPES.wide!), { m: [0, 5, 1] }));
    expect([error.expected, error.got]).toEqual(['an integer from 0 to 4', '5']);
    expect(foldErrorOf(() => evaluateIntegers(graph, [Float64Array.of(0, 5, 1)]))).toMatchObject({
      expected: 'an integer from 0 to 4',
      got: '5',
    });
  });

  it('without what is added, a boolean of 2 is proven, and an index of another axis', () => {
    expect(violated(compile(unchecked(GRAPHS['a boolean']!.graph), TOY), [0, 2, 1])).toEqual([]);
    expect(violated(compile(unchecked(GRAPHS['an index of each of two axes']!.graph), TOY), [0, 3, 0])).toEqual([]);
  });

  it.each([
    ['an index', [5, 6, 7]],
    ['an index, with another table beside its own', [5, 9, -1]],
    ['an argument that is an integer', [-1, -2, 4, 5]],
  ] as const)('without tags, %s that is none of its table is proven', (name, wrong) => {
    const program = compile(GRAPHS[name]!.graph, SHAPES.wide!);
    const { constants, tags } = modelLayout(program.shape);
    const all = new Set<number>();
    for (let j = 0; j < program.steps; j++) for (const at of tags.indices()) all.add(program.model(j)[tags.at(...at)]!);
    const untagged = (model: Float64Array): Float64Array => {
      for (const at of tags.indices()) model[tags.at(...at)] = 0;
      for (let n = 0; n < program.shape.constants; n++)
        if (all.has(model[constants.at(n, 2)]!)) model[constants.at(n, 2)] = 0;
      return model;
    };
    expect(wrong.filter((i) => violated(program, [0, i, 1], untagged).length === 0)).not.toEqual([]);
    expect(wrong.filter((i) => violated(program, [0, i, 1]).length === 0)).toEqual([]);
  });
});
