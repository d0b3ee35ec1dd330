/** Every row of a program on an input: all hold for what is proven, and where a step is of another program its scope and step are named. */
import { describe, expect, it } from 'vitest';
import { checkProgram } from '../../src/api/check-program.ts';
import type { MachineModel } from '../../src/api/model.ts';
import { interfaceOf } from '../../src/machine/interface.ts';
import { type ModelLayout, modelLayout } from '../../src/machine/program.ts';
import { TOY } from '../../src/machine/shape.ts';
import { randomProgram } from '../helpers/random-program.ts';

const STEPS = 4;
const layout = modelLayout(TOY);
const { program, input } = randomProgram(TOY, 3, STEPS);
const honest: MachineModel = {
  plan: { format: 'layerfold/plan', version: 4, machine: TOY },
  program,
  ports: interfaceOf(program),
  layers: 1,
  steps: STEPS,
  stepModel: (j) => program.model(j),
};
const data = { shape: [input.length], data: input };

/** Its step `step` has other entries than those that the trace is of. */
function changed(step: number, change: (model: Float64Array, layout: ModelLayout) => void): MachineModel {
  return {
    ...honest,
    stepModel: (j) => {
      const model = program.model(j);
      if (j === step) change(model, layout);
      return model;
    },
  };
}

describe('a program that is checked', () => {
  it('holds, row by row and at its end', async () => {
    const { violation, rows, bits, steps, output } = await checkProgram(honest, data);
    expect(violation).toBeUndefined();
    expect(steps).toBe(STEPS);
    expect(rows).toBeGreaterThan(1000);
    expect(bits).toBeGreaterThan(1000);
    expect(output.logits).toHaveLength(TOY.io * 16);
  });

  it.each<[string, number, RegExp, string, (model: Float64Array, at: ModelLayout) => void]>([
    ['a bias', 1, /lanes/, 'row', (m, at) => m.set([m[at.bias.at(0)]! + 1], at.bias.at(0))],
    ['a weight of a tile', 2, /tiles/, 'row', (m, at) => m.set([m[at.weights.at(0, 1)]! + 1], at.weights.at(0, 1))],
    [
      'a constant',
      0,
      /end of the network/,
      'memory',
      (m, at) => m.set([m[at.constants.at(0)]! + 1], at.constants.at(0)),
    ],
    ['no reveal', 3, /end of the network/, 'reveal', (m, at) => m.set([0], at.selectors.at(2))],
  ])('is violated where a step has %s that its trace is not of', async (_, step, scope, kind, change) => {
    const { violation } = await checkProgram(changed(step, change), data);
    expect(violation).toMatchObject({ kind, place: { step: kind === 'row' ? step : STEPS - 1 } });
    expect(violation!.place.scope).toMatch(scope);
    expect(violation!.value).not.toBe(0n);
  });
});
