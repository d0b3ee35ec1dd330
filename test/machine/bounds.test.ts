/**
 * A prover who hides the input may give a number that the network has no result for: 2 as a boolean, an index behind a table. The
 * machine has nothing to compare numbers with but the bits of its accumulators, and these have no values then. Without what
 * src/tensor/quantize/bounds.ts adds, all rows hold and the run's sum is zero. So it would be with the argument of a function, whose table
 * has cells only for what its operator says that it can be, and only where it is defined (src/machine/lowering/tables.ts).
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { runProgram } from '../../src/machine/interpreter.ts';
import { type CompiledProgram, compile } from '../../src/machine/lowering/compile.ts';
import { TOY, VECTOR } from '../../src/machine/shape.ts';
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

const GRAPHS: Readonly<Record<string, { graph: IntegerGraph; good: number[][]; bad: number[][] }>> = {
  'a boolean': {
    graph: integersOf('boolean', (b, m) => b.scale(b.as(m, 'integer'), 3, 1)),
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
    graph: integersOf('integer', (b, m) =>
      b.take(
        b.constant(
          [5],
          Array.from({ length: 5 }, (_, i) => i + 10),
        ),
        m,
      ),
    ),
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
  'a sum that must be 2': {
    graph: integersOf('integer', (b, m) => b.within(b.sum(m, [0], true), 2, 2)),
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

describe('numbers that a network has no result for', () => {
  let engine: Engine;
  let system: MachineSystem;
  beforeAll(async () => {
    engine = await createEngine();
    system = machineSystem(engine, TOY);
  });

  /** What is violated where a prover gives these numbers, and writes what follows from them. */
  function violated(program: CompiledProgram, numbers: readonly number[]): string[] {
    const models = Array.from({ length: program.steps }, (_, j): ForgedModel => [...program.model(j)].map(BigInt));
    const size = TOY.io * VECTOR;
    const inputs = new Map<number, bigint[][]>();
    for (let j = 0; j < program.steps; j++)
      inputs.set(
        j,
        Array.from({ length: TOY.io }, () => new Array<bigint>(VECTOR).fill(0n)),
      );
    program.inputs[0]!.places.forEach((at, i) => {
      const block = inputs.get(Math.floor(at / size))!;
      block[Math.floor((at % size) / VECTOR)]![at % VECTOR] = BigInt(numbers[i]!);
    });
    const traces = forgeTraces(TOY, models, inputs);
    return [...judge({ engine, system, shape: TOY, models, traces, start: START }).violated];
  }

  it.each(Object.entries(GRAPHS))('%s: no rows hold, and the integers are refused', (_name, { graph, good, bad }) => {
    const program = compile(graph, TOY);
    for (const numbers of good) {
      expect(() => evaluateIntegers(graph, [Float64Array.from(numbers)])).not.toThrow();
      expect(violated(program, numbers)).toEqual([]);
    }
    for (const numbers of bad) {
      expect(violated(program, numbers)).toContain('bit lane');
      const errors = [
        foldErrorOf(() => evaluateIntegers(graph, [Float64Array.from(numbers)])),
        foldErrorOf(() => runProgram(program, { m: numbers })),
      ];
      for (const error of errors) {
        expect(error.code).toBe('E_RANGE');
        expect(error.message).toMatch(/^(node )?'?(m|chosen)/);
      }
    }
  });

  it('without what is added, a boolean of 2 is proven, and an index behind its table where an entry stands', () => {
    expect(violated(compile(unchecked(GRAPHS['a boolean']!.graph), TOY), [0, 2, 1])).toEqual([]);
    // the table's last entry holds the fifth number alone: the next address is another vector's
    const { graph } = GRAPHS['an index']!;
    const wrong = [5, 6, 7].filter((i) => violated(compile(unchecked(graph), TOY), [0, i, 1]).length === 0);
    expect(wrong.length).toBeGreaterThan(0);
  });
});
