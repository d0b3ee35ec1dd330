/** Chains of the machine's steps: programs of the toy folded and verified. The standard machine: test/long/machine.test.ts. */
import { beforeAll, describe, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { TOY } from '../../src/machine/shape.ts';
import { machineStep } from '../../src/machine/step.ts';
import { toyKey } from '../folding/toy.ts';
import { randomProgram } from '../helpers/random-program.ts';
import { attackedProgram } from './attacked-program.ts';
import { proveProgram } from './prove-program.ts';

describe("a chain of the machine's steps", () => {
  let engine: Engine;
  let system: StepSystem;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, machineStep(TOY), toyKey(engine));
  });

  it('proves a program by hand', async () => {
    const { program, input } = attackedProgram();
    await proveProgram(engine, system, program, [Float64Array.from(input)]);
  });

  it('proves a batch of a random program, each item with challenges of its own', async () => {
    const { program, input } = randomProgram(TOY, 3, 3);
    await proveProgram(engine, system, program, [input, input.map((x) => -x - 1)]);
  });
});
