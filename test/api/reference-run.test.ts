/** A program whose lowering went wrong: what it gives is compared with the integer network before anything is proven. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadModel } from '../../src/api/load.ts';
import { isTensorModel, machineModel, planMachine } from '../../src/api/machine-model.ts';
import { type MachineModel, runModel } from '../../src/api/model.ts';
import type { Tensor } from '../../src/ir/graph.ts';
import { joinInputs, parseInput } from '../../src/ir/input.ts';
import { useFolder } from '../cli/harness.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { SMALL_NETWORKS } from '../helpers/small-networks.ts';

const folder = useFolder();
const MLP = SMALL_NETWORKS.find(({ name }) => name === 'an MLP of odd widths')!;

async function modelOf(): Promise<{ readonly model: MachineModel; readonly input: Tensor }> {
  const path = folder.path('model.onnx');
  writeFileSync(path, MLP.onnx);
  const loaded = await loadModel({ path, circuit: 'machine' });
  if (!isTensorModel(loaded)) throw new Error('not read for the machine');
  const input = joinInputs(parseInput({ input_data: MLP.input }, loaded.graph));
  return { model: machineModel(loaded, { ...planMachine(loaded, [input]), reveals: 'class' }), input };
}

describe('a program that computes another function than its network', () => {
  it('is found where the program has its outputs in other places', async () => {
    const { model, input } = await modelOf();
    expect(() => runModel(model, input)).not.toThrow();
    const { program } = model;
    const outputs = program.outputs.map((port) => ({ ...port, places: port.places.toReversed() }));
    expect(foldErrorOf(() => runModel({ ...model, program: { ...program, outputs } }, input))).toMatchObject({
      code: 'E_BUG',
      message: 'The program of the machine computes another output "y" than the network.',
    });
  });

  it('is found where the network gives another output, or class', async () => {
    const { model, input } = await modelOf();
    const { reference } = model;
    const [output] = reference!.outputs;
    const turned = { ...output!, codes: output!.codes.toReversed() };
    const other = { ...model, reference: { ...reference!, outputs: [turned] } };
    expect(foldErrorOf(() => runModel(other, input))).toMatchObject({
      code: 'E_BUG',
      message: 'The program of the machine computes another output "y" than the network.',
    });
    const classed = { ...model, reference: { ...reference!, revealed: output!.codes[0]! } };
    expect(foldErrorOf(() => runModel(classed, input)).message).toMatch(/another class than the network/);
  });
});
