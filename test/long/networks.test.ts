/** The two flagship networks in integers, against ONNX Runtime: classes and accuracy, and every Floor output. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { compile } from '../../src/circuit/compile.ts';
import { ShapeBuilder } from '../../src/circuit/shape.ts';
import type { Graph, Tensor } from '../../src/ir/graph.ts';
import { parseInput } from '../../src/ir/input.ts';
import type { QuantizedModel } from '../../src/ir/model.ts';
import { bundledNetwork } from '../../src/ir/networks.ts';
import { loadOnnxFile } from '../../src/ir/onnx/load.ts';
import { quantize } from '../../src/ir/quantize.ts';
import { quantizeInput, runInteger } from '../../src/ir/run.ts';
import { syntheticInput, syntheticNetwork } from '../../src/ir/synthetic.ts';
import { buildLayers } from '../../src/layers/step.ts';
import { layerWitness } from '../../src/layers/step-witness.ts';
import { RowEvaluator } from '../helpers/blocks.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { runRuntime } from '../helpers/runtime.ts';
import { sharedMissing, sharedPath } from '../helpers/shared.ts';

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** All steps' witnesses end in the logits of the integer run; the rows of `checked` steps are evaluated. */
async function circuitAgrees(model: QuantizedModel, input: Tensor, checked: readonly number[]): Promise<void> {
  const engine = await createEngine();
  const shape = new ShapeBuilder(R);
  buildLayers(shape, model.plan.step);
  const activations: Float64Array[] = [];
  const result = runInteger(model, input, (layer) => activations.push(layer.activations));
  let state = quantizeInput(model, input).state;
  for (let j = 0; j < model.steps; j++) {
    const entries = model.stepModel(j);
    const witness = layerWitness(engine, model.plan.step, entries, state, [1n, 2n, 3n]);
    const done = activations[Math.min(activations.length, (j + 1) * model.plan.step.slots) - 1]!;
    expect(witness.output.subarray(0, done.length)).toEqual(done);
    if (j === model.steps - 1) expect(witness.logits).toEqual(result.logits);
    if (checked.includes(j)) {
      const integers = (values: Float64Array | Uint8Array): bigint[] => Array.from(values, (v) => BigInt(v));
      const fields = [...integers(witness.small), ...engine.fr.decode(witness.fields)];
      const rows = new RowEvaluator(shape, { model: integers(entries), bits: integers(witness.bits), fields });
      expect(rows.violations()).toEqual([]);
    }
    state = witness.output;
  }
}

describe('digits512', () => {
  const paths = bundledNetwork('digits512');

  it('has the planned shape, and the right class on the test images', async () => {
    const { graph } = await loadOnnxFile(paths.model);
    const [sample] = parseInput(json(paths.input), graph);
    const { plan, model } = quantize(graph, { samples: [sample!] });
    expect(plan.step).toEqual({
      slot: { kind: 'conv', channels: 4, height: 8, width: 8, pads: [1, 1, 1, 1] },
      slots: 16,
      signed: false,
      activationBits: 14,
      activationFraction: 7,
      weightFraction: 10,
      shift: 10,
      readout: { outputs: 10, bits: 30, fraction: 17 },
    });
    expect([model.layers, model.steps]).toEqual([512, 32]);
    const test = json(paths.test) as { image: number[][]; label: number[]; logits: number[][] };
    let same = 0;
    let right = 0;
    test.image.forEach((image, i) => {
      const found = runInteger(model, { shape: [1, 1, 8, 8], data: Float64Array.from(image) }).class;
      if (found === test.logits[i]!.indexOf(Math.max(...test.logits[i]!))) same++;
      if (found === test.label[i]) right++;
    });
    expect(test.image).toHaveLength(360);
    expect(same).toBe(360);
    expect(right / 360).toBeGreaterThanOrEqual(0.983);
    await circuitAgrees(model, sample!, [0, 15, 31]);
  });

  it('has pinned costs', async () => {
    const { graph } = await loadOnnxFile(paths.model);
    const [sample] = parseInput(json(paths.input), graph);
    const { plan } = quantize(graph, { samples: [sample!] });
    const shape = new ShapeBuilder(R);
    buildLayers(shape, plan.step);
    const { model, bits, rows, products } = compile(shape).sizes;
    expect({ model, bits, rows, products }).toEqual({ model: 4954, bits: 106284, rows: 8458, products: 143114 });
  });
});

describe.skipIf(sharedMissing('models', 'zator512'))('zator512', () => {
  it('all 511 Floor outputs and the circuit are exact', async () => {
    const { graph } = await loadOnnxFile(sharedPath('models', 'zator512', 'model.onnx'));
    const [input] = parseInput(json(sharedPath('models', 'zator512', 'input.json')), graph);
    const { plan, model } = quantize(graph, { samples: [input!] });
    expect(plan).toMatchObject({
      rounding: 'floor',
      step: { slots: 4, signed: false, activationBits: 9, activationFraction: 0, weightFraction: 20 },
    });
    expect([model.layers, model.steps]).toEqual([512, 128]);
    expect(await floorsThatDiffer(graph, model, input!)).toEqual({ floors: 511, different: 0 });
    // With 4 fractional bits the same comparison finds differences: it is not vacuous.
    const coarse = quantize(graph, { samples: [input!], weightFraction: 4 }).model;
    expect((await floorsThatDiffer(graph, coarse, input!)).different).toBeGreaterThan(100);
    await circuitAgrees(model, input!, [0, 1, 127]);
  });
});

describe('the synthetic network', () => {
  it('is exact against ONNX Runtime at every Floor of 64 layers', async () => {
    const graph = syntheticNetwork({ layers: 64, seed: 5 });
    const input = syntheticInput(5);
    const { model } = quantize(graph, { samples: [input] });
    expect(await floorsThatDiffer(graph, model, input)).toEqual({ floors: 63, different: 0 });
  });
});

/** Floor outputs of ONNX Runtime, every one made an output of the graph, against the integer run: values that differ. */
async function floorsThatDiffer(
  graph: Graph,
  model: QuantizedModel,
  input: Tensor,
): Promise<{ floors: number; different: number }> {
  const names = graph.nodes.filter((node) => node.op === 'Floor').map((node) => node.outputs[0]!);
  const activations = new Map<string, Float64Array>();
  runInteger(model, input, (layer) => activations.set(layer.output, layer.activations));
  const shape = [1, ...activationShape(model)];
  const outputs = [...graph.outputs, ...names.map((name) => ({ name, shape }))];
  const reals = await runRuntime(writeOnnx({ ...graph, outputs }), graph, [input]);
  let different = 0;
  for (const name of names) {
    reals.get(name)!.forEach((v, i) => {
      if (v !== activations.get(name)![i]) different++;
    });
  }
  return { floors: names.length, different };
}

function activationShape({ network }: QuantizedModel): number[] {
  const { shape } = network.layers[0]!.linear;
  return shape.kind === 'conv' ? [shape.outChannels, shape.height, shape.width] : [shape.outputs];
}
