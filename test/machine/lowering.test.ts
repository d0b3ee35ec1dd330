/** Programs against integer graphs: what the interpreter computes is what the integer graph says, number by number. */
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/machine/interpreter.ts';
import { compile } from '../../src/machine/lowering/compile.ts';
import { type MachineShape, STANDARD, TOY } from '../../src/machine/shape.ts';
import { calibrate, quantizeInputs } from '../../src/tensor/calibrate.ts';
import type { TensorGraph } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { withClass } from '../../src/tensor/quantize/class.ts';
import { evaluateIntegers, portValues } from '../../src/tensor/quantize/evaluate.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { Dice, GROWTHS, leNet, perceptron, randomGraph, randomSample } from '../helpers/tensor-graphs.ts';

function expectSame(graph: TensorGraph, shape: MachineShape, seed = 1) {
  const dice = new Dice(seed);
  const samples = Array.from({ length: 2 }, () => randomSample(graph, dice));
  const integers = quantize(graph, calibrate(graph, samples));
  const program = compile(integers, shape);
  for (const sample of samples) {
    const inputs = quantizeInputs(integers, sample);
    const run = runProgram(program, Object.fromEntries(integers.inputs.map(({ name }, p) => [name, inputs[p]!])));
    const numbers = evaluateIntegers(integers, inputs);
    for (const { name, codes } of integers.outputs)
      expect([...run.outputs[name]!], `${graph.name}, ${name}`).toEqual([...portValues(integers, codes, numbers)]);
  }
  return program;
}

describe('programs of the tensor machine', () => {
  it('compute a perceptron and LeNet', () => {
    expectSame(perceptron([50, 40, 10]), STANDARD);
    expectSame(perceptron([20, 17, 5]), TOY);
    const program = expectSame(leNet(), STANDARD);
    expect(program.steps).toBeLessThanOrEqual(22);
  });

  it.each(GROWTHS)('compute %s on graphs of its own and with sums around it', (name) => {
    for (let seed = 0; seed < 6; seed++) {
      expectSame(randomGraph(seed, 3, [name]), STANDARD);
      expectSame(randomGraph(seed, 5, [name, 'dense', 'relu', 'concat']), seed % 2 === 0 ? STANDARD : TOY);
    }
  });

  it('compute random graphs over all operations', () => {
    for (let seed = 0; seed < 60; seed++) expectSame(randomGraph(seed, 7), seed % 4 === 0 ? TOY : STANDARD);
  });

  it('leave out what constants stand for, where the others stay in their lanes', () => {
    const dice = new Dice(5);
    for (let n = 0; n < 20; n++) {
      const b = new GraphBuilder();
      const x = b.input('x', [12], 'real');
      const index = Int32Array.from({ length: 12 }, (_, i) => (dice.below(3) === 0 ? -1 : i));
      const masked = b.arrange([x], [12], index, n % 2 === 0 ? 0 : 0.5);
      const value = n % 3 === 0 ? masked : b.add(masked, b.input('z', [12], 'real'));
      const program = expectSame(b.finish(`mask ${n}`, [{ name: 'y', value }]), STANDARD, n);
      expect(program.steps).toBeLessThanOrEqual(2);
    }
  });

  it('find no entry of a table that is no number of the machine', () => {
    const b = new GraphBuilder();
    const rows = b.take(b.constant([4], [3, -4, 1000, -1000]), b.input('x', [1], 'integer'));
    const graph = b.finish('rows', [
      { name: 'y', value: b.scale(b.maximum(rows, b.constant([], [-500])), 1 / 1024, 1) },
    ]);
    const integers = quantize(
      graph,
      calibrate(
        graph,
        [0, 1].map((x) => [Float64Array.of(x)]),
      ),
    );
    const program = compile(integers, TOY);
    for (const x of [0, 1]) expect(() => runProgram(program, { x: [x] })).not.toThrow();
    for (const x of [2, 3]) {
      const errors = [() => runProgram(program, { x: [x] }), () => evaluateIntegers(integers, [Float64Array.of(x)])];
      for (const run of errors) expect(foldErrorOf(run).code).toBe('E_RANGE');
    }
  });

  it('are the same for the same graph', () => {
    const models = [1, 2].map(() => {
      const program = expectSame(randomGraph(17, 7), STANDARD);
      return Array.from({ length: program.steps }, (_, j) => program.model(j).join());
    });
    expect(models[0]).toEqual(models[1]);
  });

  it('reveal the integer that a network gives first', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [4], 'real');
    const count = b.sum(b.as(b.step(x), 'integer'), [0], true);
    const graph = b.finish('count', [
      { name: 'count', value: count },
      { name: 'x', value: b.relu(x) },
    ]);
    expect(revealedOf(graph, [[0.5, -0.5, 0.25, 0.75]])).toEqual([3]);
  });

  it('reveal the place of the largest number, the first among equals, whatever is constant', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 6], 'real');
    const constant = b.constant([1, 1], [0.5], 'real');
    const graph = b.finish('class', [{ name: 'scores', value: b.concat([x, constant], 1) }]);
    const samples = [
      [0.1, 0.2, 0.3, 0.9, 0.4, 0],
      [0.9, 0.2, 0.9, 0.9, 0.4, 0],
      [-0.5, -1, -0.25, -0.25, -0.75, -1],
      [0.5, -1, 0.5, 0.25, -0.75, 1],
      [0, 0, 0, 0, 0, 0],
      [-1, -1, -1, -1, -1, -1],
      [1, -1, -1, -1, -1, -1],
    ];
    expect(revealedOf(graph, samples)).toEqual([3, 0, 6, 5, 6, 6, 0]);
  });

  it('reveal nothing of a network without a class', () => {
    const b = new GraphBuilder();
    const graph = b.finish('rows', [{ name: 'rows', value: b.relu(b.input('x', [2, 3], 'real')) }]);
    const integers = quantize(graph, calibrate(graph, [[new Float64Array(6).fill(1)]]));
    expect(foldErrorOf(() => withClass(integers)).code).toBe('E_PLAN');
  });

  it('name the node of a row', () => {
    const program = expectSame(perceptron([16, 16, 4]), STANDARD);
    const names = new Set<string>();
    for (let step = 0; step < program.steps; step++)
      for (let g = 0; g < STANDARD.groups; g++)
        for (let r = 0; r < STANDARD.rows; r++) names.add(program.nodeOf(step, g, r));
    expect(names).toEqual(new Set(['', 'dense 1', 'dense 2']));
  });
});

/** What a program reveals on each sample. */
function revealedOf(graph: TensorGraph, samples: readonly (readonly number[])[]): number[] {
  const inputs = samples.map((sample) => [Float64Array.from(sample)]);
  const integers = withClass(quantize(graph, calibrate(graph, inputs)));
  const program = compile(integers, STANDARD);
  expect(program.reveals).toBe('class');
  return inputs.map((input) => runProgram(program, { x: quantizeInputs(integers, input)[0]! }).k - 1);
}
