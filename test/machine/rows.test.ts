/** How many rows of the machine patterns of networks take: what the lowering knows to save. */
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/machine/interpreter.ts';
import { type CompiledProgram, compile } from '../../src/machine/lowering/compile.ts';
import { STANDARD } from '../../src/machine/shape.ts';
import { calibrate, quantizeInputs } from '../../src/tensor/calibrate.ts';
import type { Constant, Shape, Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { evaluateIntegers, portValues } from '../../src/tensor/quantize/evaluate.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { simplify } from '../../src/tensor/simplify.ts';
import { Dice, randomSample } from '../helpers/tensor-graphs.ts';

type Make = (b: GraphBuilder, x: Value, weights: (...shape: number[]) => Constant) => Value;

/** The program of a network over one input, after its run was compared with the integer graph. */
function programOf(shape: Shape, make: Make): CompiledProgram {
  const dice = new Dice(7);
  const b = new GraphBuilder();
  const weights = (...dims: number[]): Constant => {
    const size = dims.reduce((n, d) => n * d, 1);
    return b.constant(dims, dice.reals(size, 1.7 / Math.sqrt(dims[0]!)));
  };
  const value = make(b, b.input('x', [...shape], 'real'), weights);
  const graph = simplify(b.finish('g', [{ name: 'y', value }]));
  const sample = randomSample(graph, dice);
  const integers = quantize(graph, calibrate(graph, [sample]));
  const program = compile(integers, STANDARD);
  const inputs = quantizeInputs(integers, sample);
  const numbers = evaluateIntegers(integers, inputs);
  expect([...runProgram(program, { x: inputs[0]! }).outputs.y!]).toEqual([
    ...portValues(integers, integers.outputs[0]!.codes, numbers),
  ]);
  return program;
}

/** Rows of a program, and how many blocks of weights and vectors of Y they read. */
function rowsOf(shape: Shape, make: Make): { rows: number; blocks: number; added: number } {
  const rows = programOf(shape, make).schedule.groups.flatMap((group) => group.rows.filter((row) => row !== undefined));
  const blocks = rows.flatMap(({ part }) => [...part.vectors]).filter((v) => v !== 0);
  return { rows: rows.length, blocks: blocks.length, added: rows.filter(({ job }) => job.y !== 0).length };
}

describe('rows of', () => {
  it('a sum behind a product of matrices: none of their own, x is the Y of its row', () => {
    // 4 rows of 64 numbers, 4 blocks each, behind the 16 rows of a ReLU
    const residual: Make = (b, x, w) => b.add(b.matmul(b.relu(x), w(64, 64)), x);
    expect(rowsOf([4, 64], residual)).toEqual({ rows: 32, blocks: 64, added: 32 });
    // the sum of twelve blocks takes two rows, of which the first one adds x
    const long: Make = (b, x, w) => {
      const wide = b.relu(b.matmul(x, w(16, 192)));
      return b.relu(b.add(b.matmul(wide, w(192, 16)), x));
    };
    const { rows, blocks } = rowsOf([4, 16], long);
    expect(rows).toBeLessThanOrEqual(4 * 12 + 4 * 2);
    expect(blocks).toBe(4 * 12 + 4 * 12);
  });

  it('a sum over numbers that the product reads as well: as many as without it', () => {
    const alone: Make = (b, x, w) => b.relu(b.matmul(x, w(16, 16)));
    const residual: Make = (b, x, w) => b.relu(b.add(b.matmul(x, w(16, 16)), x));
    const { rows, blocks } = rowsOf([8, 16], alone);
    expect(rowsOf([8, 16], residual)).toEqual({ rows, blocks, added: 0 });
  });

  it('a multiple of numbers that stand somewhere: none', () => {
    const scores: Make = (b, x) => b.matmul(x, b.transpose(x, [1, 0]));
    const scaled: Make = (b, x, w) => b.max(b.scale(scores(b, x, w), 0.25), [1], true);
    expect(rowsOf([16, 16], scaled)).toEqual(rowsOf([16, 16], (b, x, w) => b.max(scores(b, x, w), [1], true)));
  });

  it('a reduction of computed numbers: halves lane by lane', () => {
    // 16 rows of 64 numbers: 32 and 16 vectors are compared as they stand
    const make: Make = (b, x) => b.max(b.multiply(x, x), [1], true);
    const { rows } = rowsOf([16, 64], make);
    expect(rows).toBeLessThanOrEqual(64 + 32 + 16 + 64);
  });

  it('a transpose of what has many channels: computed where it is cheap, then moved', () => {
    // 16 rows of 64 numbers by 64 channels: 64 vectors of 4 blocks, and as many that are moved from 16 in two rows
    const make: Make = (b, x, w) => b.matmul(b.transpose(b.matmul(x, w(64, 64)), [1, 0]), b.relu(x));
    const { rows } = rowsOf([16, 64], make);
    const [products, positive, result] = [64, 64, 256];
    expect(rows).toBeLessThanOrEqual(products + 2 * 64 + positive + 2 * 64 + result);
  });
});
