/** The standard machine: a random program that uses every unit, folded and verified. */
import { describe, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { buildStepSystem } from '../../src/folding/step-system.ts';
import { STANDARD } from '../../src/machine/shape.ts';
import { machineStep } from '../../src/machine/step.ts';
import { toyKey } from '../folding/toy.ts';
import { randomProgram } from '../helpers/random-program.ts';
import { proveProgram } from '../machine/prove-program.ts';

describe('a chain of steps of the standard machine', () => {
  it('proves a batch of a random program', async () => {
    const engine = await createEngine();
    const system = await buildStepSystem(engine, machineStep(STANDARD), toyKey(engine));
    const { program, input } = randomProgram(STANDARD, 1, 3);
    await proveProgram(engine, system, program, [input, input.map((x) => -x - 1)]);
  });
});
