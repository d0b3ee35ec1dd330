/** A program is run once for an input that is shown, digested and proven one after the other; in a batch too, as far as memory goes. */
import { expect, it } from 'vitest';
import { KeptRuns } from '../../src/api/kept-runs.ts';
import { type MachineModel, runModel, runTraced, takeMemory } from '../../src/api/model.ts';
import { interfaceOf } from '../../src/machine/interface.ts';
import type { Program } from '../../src/machine/program.ts';
import { TOY } from '../../src/machine/shape.ts';
import { randomProgram } from '../helpers/random-program.ts';

/** A model of a program, and how many steps were run. */
function counting(program: Program): { readonly model: MachineModel; readonly steps: () => number } {
  let steps = 0;
  const model: MachineModel = {
    plan: { format: 'layerfold/plan', version: 4, machine: TOY },
    program: {
      ...program,
      model: (j) => {
        steps++;
        return program.model(j);
      },
    },
    ports: interfaceOf(program),
    layers: 1,
    steps: program.steps,
    stepModel: (j) => program.model(j),
  };
  return { model, steps: () => steps };
}

it('is run again only for another input, and not kept once it is proven', () => {
  const { program, input } = randomProgram(TOY, 5, 3);
  const { model, steps } = counting(program);
  const data = { shape: [input.length], data: input };
  runModel(model, data);
  const { memory } = runTraced(model, { ...data, data: input.slice() });
  expect(takeMemory(model, data)).toBe(memory);
  expect(steps()).toBe(program.steps);

  // the same tensor with other numbers in it is another input
  runModel(model, data);
  data.data.fill(0);
  const other = runTraced(model, data);
  expect(steps()).toBe(3 * program.steps);
  expect(other.memory).not.toBe(memory);
  expect(takeMemory(model, data)).toBe(other.memory);
  expect(takeMemory(model, data)).not.toBe(other.memory);
});

/** Inputs of a batch, each run before the first is proven; then all are proven. Gives the runs. */
function runsOfBatch(program: Program, input: Float64Array, items: number): number {
  const { model, steps } = counting(program);
  const inputs = Array.from({ length: items }, (_, k) => ({
    shape: [input.length],
    data: input.map((x, i) => (i === 0 ? k : x)),
  }));
  for (const data of inputs) runModel(model, data);
  for (const data of inputs) takeMemory(model, data);
  return steps() / program.steps;
}

it('is run once for each item of a batch', () => {
  const { program, input } = randomProgram(TOY, 5, 3);
  expect(runsOfBatch(program, input, 5)).toBe(5);
});

it('is kept as far as memory goes: the first ones of a batch, and the last', () => {
  const size = 1000;
  const runs = Array.from({ length: 5 }, (_, k) => ({
    integers: Float64Array.of(k),
    run: {
      output: { logits: new Float64Array(1), values: new Float64Array(1), shape: [1], class: 0 },
      memory: { vectors: new Float64Array(size / 8), reads: new Uint32Array(0), sums: new Int32Array(0) },
    },
  }));
  const kept = new KeptRuns(3 * size);
  const there = () => runs.flatMap(({ integers, run }, k) => (kept.of(integers) === run ? [k] : []));
  for (const { integers, run } of runs) kept.add(integers, run);
  expect(there()).toEqual([0, 1, 4]);
  kept.remove(runs[0]!.run);
  kept.add(runs[2]!.integers, runs[2]!.run);
  expect(there()).toEqual([1, 2, 4]);

  // one that is larger than all that may be kept
  const alone = new KeptRuns(size / 2);
  for (const { integers, run } of runs.slice(0, 2)) alone.add(integers, run);
  expect([alone.of(runs[0]!.integers), alone.of(runs[1]!.integers)]).toEqual([undefined, runs[1]!.run]);
});
