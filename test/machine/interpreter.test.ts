/** The interpreter against a plain BigInt transcription of the machine's rules, and what it refuses. */
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/machine/interpreter.ts';
import { StepRunner } from '../../src/machine/run-step.ts';
import { type MachineShape, STANDARD, slotsPerStep, TOY, VALUE_BITS, VECTOR } from '../../src/machine/shape.ts';
import { SUM_BITS } from '../../src/machine/trace-layout.ts';
import { port, programOf, StepBuilder } from '../helpers/machine-program.ts';
import { referenceRun } from '../helpers/machine-reference.ts';
import { randomProgram } from '../helpers/random-program.ts';

const HALF = 2 ** (VALUE_BITS - 1);

function compare(shape: MachineShape, seed: number, steps: number): void {
  const { program, input } = randomProgram(shape, seed, steps);
  const size = shape.io * VECTOR;
  const blocks = [0, 1].map((n) => [...input.slice(n * size, (n + 1) * size)].map(BigInt));
  const expected = referenceRun(program, blocks);
  const run = runProgram(program, { x: input });
  const { vectors, reads } = run.memory;
  for (let a = 0; a < steps * slotsPerStep(shape); a++) {
    const vector = expected.memory.get(a);
    const mine = [...vectors.subarray(a * VECTOR, (a + 1) * VECTOR)];
    if (vector) expect(mine.map(BigInt), `address ${a}`).toEqual(vector);
    else expect(mine.every(Number.isNaN), `address ${a}`).toBe(true);
    expect(reads[a], `reads of ${a}`).toBe(expected.reads.get(a) ?? 0);
  }
  expect([...run.outputs.y!].map(BigInt)).toEqual(expected.outputs.flat());
  expect(BigInt(run.k)).toBe(expected.k);
}

describe('the interpreter', () => {
  it.each(Array.from({ length: 20 }, (_, k) => k + 1))('runs random program %i of the toy like BigInt', (seed) => {
    compare(TOY, seed, 4);
  });
  it('runs a random program of the standard machine like BigInt', () => {
    compare(STANDARD, 1, 3);
  });

  it.each([
    ['the toy', TOY],
    ['the standard machine', STANDARD],
  ] as const)('finds the sums of tiles of %s once more from its accumulators', (_, shape) => {
    const { program, input } = randomProgram(shape, 2, 3);
    const { memory } = runProgram(program, { x: input });
    const anew = { ...memory, sums: new Int32Array(memory.sums.length) };
    const own = (j: number): number => (j * slotsPerStep(shape) + shape.constants) * VECTOR;
    for (let j = 0; j < program.steps; j++) {
      const model = program.model(j);
      const written = memory.vectors.slice(own(j), own(j) + shape.io * VECTOR);
      const { small, sums } = new StepRunner(program, anew).run(j, { model, input: written });
      expect(sums.some((sum) => sum !== 0)).toBe(true);
      expect(new StepRunner(program, memory).run(j, { model, again: true })).toMatchObject({ small, sums });
    }
  });

  const ports = (inputs: number) => ({
    inputs: inputs > 0 ? [port('x', inputs)] : [],
    outputs: [],
    reveals: 'nothing' as const,
  });
  const step = () => new StepBuilder(TOY, 0);
  const run = (steps: StepBuilder[], x: number[] = []) => runProgram(programOf(TOY, steps, ports(x.length)), { x });

  it('names node, step, place and value where an accumulator leaves its range', () => {
    const most = 2 ** (SUM_BITS - 1);
    expect(() => run([step().bias(1, 1, [0, 0, most - 1, -most])])).not.toThrow();
    expect(() => run([step(), new StepBuilder(TOY, 1).bias(1, 1, [0, 0, most])])).toThrow(
      expect.objectContaining({
        code: 'E_RANGE',
        message: 'node 1.1.1: lane 2 of row 1, group 1 of step 1 is out of range.',
        expected: `an integer from ${-HALF} to ${HALF - 1}`,
        got: `${HALF}`,
      }),
    );
    expect(() => run([step().bias(0, 0, [-most - 1])])).toThrow(expect.objectContaining({ code: 'E_RANGE' }));
  });

  it('refuses sums that a double would round, also where they cancel', () => {
    const big = 2 ** 40;
    const constants = step().constant(1, [2 ** 15, 2 ** 15]);
    const inexact = expect.objectContaining({ code: 'E_RANGE', got: '2^53 or more' });
    const rows = (weights: number[]) => constants.bank(0, 0, [1]).shared(0, 0, weights);
    expect(() => run([rows([big, -big])])).toThrow(inexact);
    expect(() => run([rows([big / 16, -big / 16])])).not.toThrow();
    const dense = step()
      .constant(1, [2 ** 15, 2 ** 15])
      .bank(0, 0, [1])
      .weights(0, VECTOR + 3, [big, -big]);
    expect(() => run([dense])).toThrow(inexact);
    expect(() =>
      run([
        step()
          .constant(1, [1])
          .y(0, 1, 1)
          .m(0, 1, [0, 0, 0, 2 ** 53, 0]),
      ]),
    ).toThrow(inexact);
  });

  it('refuses inputs, outputs and a revealed number out of range', () => {
    const range = expect.objectContaining({ code: 'E_RANGE' });
    expect(() => run([step().input()], [HALF - 1, -HALF])).not.toThrow();
    expect(() => run([step().input()], [HALF])).toThrow(range);
    expect(() => run([step().input()], [0.5])).toThrow(range);
    expect(() => run([step().constant(1, [HALF]).output([0, 1])])).toThrow(range);
    expect(() => run([step().constant(1, [HALF]).io([0, 1])])).toThrow(range);
    expect(() => run([step().constant(1, [-1]).reveal(1, false)])).toThrow(range);
    expect(() =>
      run([
        step()
          .constant(1, [2 * HALF])
          .reveal(1),
      ]),
    ).toThrow(range);
    expect(
      run([
        step()
          .constant(1, [2 * HALF - 1])
          .reveal(1),
      ]).k,
    ).toBe(2 * HALF);
    expect(() => run([step().input()], [])).not.toThrow();
    expect(() => runProgram(programOf(TOY, [step()], ports(3)), { x: [1, 2] })).toThrow(
      expect.objectContaining({ code: 'E_INPUT' }),
    );
  });

  it('refuses an index beyond its table', () => {
    const looking = (index: number) =>
      step()
        .constant(1, [index])
        .constant(2, [7, 1])
        .constant(3, [0, 0, 5])
        .bank(0, TOY.rows - 1, [1], 1)
        .lookup(0, 0, 1, 2);
    const range = expect.objectContaining({ code: 'E_RANGE' });
    expect(() => run([looking(0)])).not.toThrow();
    expect(() => run([looking(1)])).toThrow(range); // what stands there has more than two numbers
    expect(() => run([looking(-3)])).toThrow(range);
    expect(() => run([looking(2)])).toThrow(range); // an input slot that is not written
    expect(() => run([looking(2 ** 40)])).toThrow(range);
  });

  it('refuses programs that read what is not written before, or absorb an input that they do not write', () => {
    const bug = expect.objectContaining({ code: 'E_BUG' });
    const at = step().at;
    expect(() => run([step().y(0, 0, at.lane(0, 0))])).toThrow(bug);
    expect(() => run([step().y(1, 0, at.lane(0, 0))])).not.toThrow();
    expect(() => run([step().y(1, 0, at.values(1, 0))])).toThrow(bug);
    expect(() => run([step().y(0, 0, at.input(0))])).toThrow(bug);
    expect(() => run([step().y(0, 0, -1)])).toThrow(bug);
    expect(() => run([step().reveal(slotsPerStep(TOY))])).toThrow(bug);
    expect(() => run([step().reveal(at.values(1, 0))])).not.toThrow();
    expect(() => run([step().input().io([0, 0])], [1])).toThrow(bug);
    const selectors = step();
    selectors.entries[selectors.layout.selectors.at(0)] = 2;
    expect(() => run([selectors])).toThrow(bug);
  });
});
