/** What a program uses of the machine, against networks whose work is known. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/machine/lowering/compile.ts';
import { STANDARD, TOY } from '../../src/machine/shape.ts';
import { productsOf, stepUsage, UNITS, unitsOf } from '../../src/machine/usage.ts';
import { calibrate } from '../../src/tensor/calibrate.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { workOf } from '../../src/tensor/work.ts';
import { randomProgram } from '../helpers/random-program.ts';
import { Dice, perceptron, randomSample } from '../helpers/tensor-graphs.ts';

describe('what a program uses', () => {
  it('has a lane vector for every sixteen numbers that a perceptron computes, and its blocks of weights', () => {
    const graph = perceptron([16, 32, 4]);
    const program = compile(quantize(graph, calibrate(graph, [randomSample(graph, new Dice(1))])), STANDARD);
    const steps = Array.from({ length: program.steps }, (_, j) => stepUsage(program, j));
    const rows = steps.flatMap(({ nodes }) => nodes);
    const of = (name: string): number => rows.filter(({ node }) => node === name).reduce((n, own) => n + own.rows, 0);
    expect(of('dense 1')).toBeGreaterThanOrEqual(2);
    expect(of('dense 2')).toBeGreaterThanOrEqual(1);
    const blocks = steps.reduce((n, { used }) => n + used.weights, 0);
    expect(blocks).toBeGreaterThanOrEqual(2 + 2);
    expect(steps.map(({ absorbs }) => absorbs).filter(Boolean)).toEqual(['input', 'output']);
    // a bias is a multiplication by one
    expect(workOf(graph).macs).toBe(16 * 32 + 32 * 4 + 32 + 4);
    expect(workOf(graph).macs).toBeLessThan(productsOf(STANDARD) * program.steps);
  });

  it.each([1, 2, 3])('is never more than the machine has (random program %i)', (seed) => {
    const { program } = randomProgram(TOY, seed, 4);
    const has = unitsOf(TOY);
    for (let j = 0; j < program.steps; j++) {
      const { used } = stepUsage(program, j);
      for (const unit of UNITS) expect(used[unit], `${unit} of step ${j}`).toBeLessThanOrEqual(has[unit]);
    }
    expect(stepUsage(program, 0).absorbs).toBe('input');
    expect([0, 1, 2, 3].map((j) => stepUsage(program, j).joins)).toEqual([false, true, false, true]);
  });
});
