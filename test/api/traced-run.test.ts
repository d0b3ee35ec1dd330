/** A program is run once for an input that is shown, digested and proven one after the other. */
import { expect, it } from 'vitest';
import { type MachineModel, runModel, runTraced, takeMemory } from '../../src/api/model.ts';
import { interfaceOf } from '../../src/machine/interface.ts';
import { TOY } from '../../src/machine/shape.ts';
import { randomProgram } from '../helpers/random-program.ts';

it('is run again only for another input, and not kept once it is proven', () => {
  const { program, input } = randomProgram(TOY, 5, 3);
  let steps = 0;
  const model: MachineModel = {
    plan: { format: 'layerfold/plan', version: 2, machine: TOY },
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
  const data = { shape: [input.length], data: input };
  runModel(model, data);
  const { memory } = runTraced(model, { ...data, data: input.slice() });
  expect(takeMemory(model, data)).toBe(memory);
  expect(steps).toBe(program.steps);

  // the same tensor with other numbers in it is another input
  runModel(model, data);
  data.data.fill(0);
  const other = runTraced(model, data);
  expect(steps).toBe(3 * program.steps);
  expect(other.memory).not.toBe(memory);
  expect(takeMemory(model, data)).toBe(other.memory);
  expect(takeMemory(model, data)).not.toBe(other.memory);
});
