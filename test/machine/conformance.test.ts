/** ONNX networks through the library: loaded, planned, run in integers within the error that the plan predicts; one is proven. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ConformanceCase } from '../../bench/conformance/cases.ts';
import { runCase } from '../../bench/conformance/compare.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { loadModel } from '../../src/api/load.ts';
import { isTensorModel, machineModel, planMachine, splitInputs } from '../../src/api/machine-model.ts';
import { runModel } from '../../src/api/model.ts';
import { prove } from '../../src/api/prove.ts';
import { statementOf } from '../../src/api/statement.ts';
import { verify } from '../../src/api/verify.ts';
import { buildStepSystem } from '../../src/folding/step-system.ts';
import { joinInputs, parseInput } from '../../src/ir/input.ts';
import { portDigest } from '../../src/machine/interface.ts';
import { TOY } from '../../src/machine/shape.ts';
import { machineStep } from '../../src/machine/step.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import { parsePlan } from '../../src/tensor/plan.ts';
import { hex } from '../../src/units.ts';
import { useFolder } from '../cli/harness.ts';
import { toyKey } from '../folding/toy.ts';
import { networkCase, networkCases } from '../helpers/conformance.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { modelBytes } from '../helpers/network.ts';
import { tensorProto } from '../helpers/onnx.ts';
import { sharedMissing } from '../helpers/shared.ts';
import { SMALL_NETWORKS, type SmallNetwork } from '../helpers/small-networks.ts';

const folder = useFolder();

async function load({ onnx, input }: SmallNetwork) {
  const path = folder.path('model.onnx');
  writeFileSync(path, onnx);
  const loaded = await loadModel({ path, circuit: 'machine' });
  if (!isTensorModel(loaded)) throw new Error('not read for the machine');
  return { loaded, input: joinInputs(parseInput({ input_data: input }, loaded.graph)) };
}

describe('networks of no particular form', () => {
  it.each(SMALL_NETWORKS.map((network) => [network.name, network] as const))('%s', async (_name, network) => {
    const { loaded, input } = await load(network);
    const plan = planMachine(loaded, [input]);
    const model = machineModel(loaded, plan);
    const { values } = runModel(model, input);
    const { errors } = parsePlan(plan.quantization, loaded.tensors);
    const exact = evaluate(loaded.tensors, splitInputs(loaded.tensors, input));
    let at = 0;
    exact.forEach((output, p) => {
      const range = Math.max(...output.map(Math.abs));
      expect(errors[p]! / range).toBeLessThan(1e-2);
      for (const value of output) expect(Math.abs(values[at++]! - value)).toBeLessThanOrEqual(errors[p]!);
    });
    expect(at).toBe(values.length);
  });

  it('are proven: an input and an output of several tensors are what the proof speaks of', async () => {
    const network = SMALL_NETWORKS.find(({ name }) => name === 'two inputs and two outputs')!;
    const { loaded, input } = await load(network);
    const model = machineModel(loaded, { ...planMachine(loaded, [input]), machine: TOY });
    const engine = await createEngine();
    const key = toyKey(engine);
    const planned = { engine, key, model, system: await buildStepSystem(engine, machineStep(TOY), key) };
    const { proof, output } = await prove(planned, input, { workers: 1 });
    expect((await verify(proof, planned)).steps).toBe(model.steps);
    expect(statementOf(proof).outputDigest).toBe(hex(portDigest(model.ports, 'outputs', output.logits)));
  });

  it('are proven for an input far outside of the samples where the plan saturates, and refused where it does not', async () => {
    const { loaded, input } = await load(SMALL_NETWORKS.find(({ name }) => name === 'two inputs and two outputs')!);
    const outlier = { ...input, data: input.data.map((x) => 4 * x) };
    const refused = machineModel(loaded, { ...planMachine(loaded, [input]), machine: TOY });
    expect(foldErrorOf(() => runModel(refused, outlier)).code).toBe('E_RANGE');
    const model = machineModel(loaded, { ...planMachine(loaded, [input], { saturate: true }), machine: TOY });
    const engine = await createEngine();
    const key = toyKey(engine);
    const planned = { engine, key, model, system: await buildStepSystem(engine, machineStep(TOY), key) };
    const { proof, output } = await prove(planned, outlier, { workers: 1 });
    await verify(proof, planned);
    expect(statementOf(proof).outputDigest).toBe(hex(portDigest(model.ports, 'outputs', output.logits)));
  });

  it('are proven without an input: nothing is absorbed, and its digest says so', async () => {
    const initializer = [tensorProto('w', { shape: [3], data: Float64Array.of(1, 2, 3) })];
    const onnx = modelBytes([{ op: 'Add', in: ['w', 'w'], out: ['y'] }], { input: [], initializer });
    const { loaded, input } = await load({ name: 'constant', onnx, input: [[]] });
    const model = machineModel(loaded, { ...planMachine(loaded, [input]), machine: TOY });
    const engine = await createEngine();
    const key = toyKey(engine);
    const planned = { engine, key, model, system: await buildStepSystem(engine, machineStep(TOY), key) };
    const { proof } = await prove(planned, input, { workers: 1 });
    await verify(proof, planned);
    expect(statementOf(proof).inputDigest).toBe(hex(portDigest(model.ports, 'inputs', new Float64Array())));
  });
});

const missing = sharedMissing('conformance', 'networks');

describe.skipIf(missing)('networks of ../shared', () => {
  it.each(['1l_conv', '2l_relu_sigmoid_small', 'boolean', 'layernorm', 'lstm', 'softplus'])('%s', async (name) => {
    expect(networkCases()).toContain(name);
    expect(runCase(await networkCase(name)).reason).toBeUndefined();
  });

  it('are not passed whatever they give', async () => {
    const given = await networkCase('1l_conv');
    const expected = given.expected.map((output) => ({ ...output, data: output.data.map((x) => x + 0.1) }));
    const wrong: ConformanceCase = { ...given, expected };
    expect(runCase(wrong).reason).toMatch(/not .* within/);
  });
});
