/** What is said of plans and runs without being asked: only where it is so. */
import { describe, expect, it } from 'vitest';
import { type LoadedModel, loadModel } from '../../src/api/load.ts';
import { makePlan, quantize } from '../../src/api/plan.ts';
import { inputWarnings, modelWarnings, runWarnings } from '../../src/api/warnings.ts';
import type { Tensor } from '../../src/ir/graph.ts';
import type { PlanOptions } from '../../src/ir/quantize.ts';
import { runInteger } from '../../src/ir/run.ts';
import { GraphBuilder } from '../helpers/chains.ts';

const row = (...data: number[]): Tensor => ({ shape: [1, data.length], data: Float64Array.from(data) });

/** [1, 2] through a layer and a readout of three classes. */
function network(hidden: number[], readout: number[], floor = false): LoadedModel {
  const b = new GraphBuilder([1, 2]);
  let x = b.node('Relu', [b.node('Gemm', ['input', b.constant([2, 2], hidden)])]);
  if (floor) x = b.node('Floor', [x]);
  const graph = b.graph(b.node('Gemm', [x, b.constant([2, 3], readout)]), [1, 3]);
  return { name: 'own', path: 'my models/a.onnx', graph, whole: graph, sha256: '', plan: undefined, sample: undefined };
}
const usual = network([1, 0, 0, 1], [1, 0, 0.5, 0, 1, 0.5]);

function modelOf(loaded: LoadedModel, options: PlanOptions) {
  return quantize(loaded, { plan: makePlan(loaded, options) });
}
const codes = (warnings: readonly { readonly code: string }[]): string[] => warnings.map(({ code }) => code);

/** Warnings of the model and of the run on `input`. */
function all(loaded: LoadedModel, options: PlanOptions, input: Tensor): string[] {
  const model = modelOf(loaded, options);
  const run = runWarnings(loaded, model)(input, runInteger(model, input));
  return codes([...modelWarnings(loaded, model), ...run]);
}

describe('a plan', () => {
  it('that rests on one sample says how to calibrate, one that rests on several or none does not', () => {
    const [warning] = modelWarnings(usual, modelOf(usual, { samples: [row(1, 2)] }));
    expect(warning).toMatchObject({ code: 'W_ONE_SAMPLE', hint: "fold calibrate 'my models/a.onnx' --data FILES" });
    expect(all(usual, { samples: [row(1, 2), row(2, 1)] }, row(1, 2))).toEqual([]);
    expect(all(usual, { activationBits: 12, samples: [row(1, 2)] }, row(1, 2))).toEqual([]);
    const scaled = modelOf(usual, { samples: [row(1, 2)], weightFraction: 12, activationFraction: 5 });
    const options = '--data FILES --activation-fraction 5 --weight-fraction 12';
    expect(modelWarnings(usual, scaled)[0]!.hint).toBe(`fold calibrate 'my models/a.onnx' ${options}`);
    const bundled = modelWarnings({ ...usual, path: undefined, name: 'digits512' }, scaled)[0]!.hint;
    expect(bundled).toBe(`fold calibrate --network digits512 ${options}`);
  });

  it('under which all weights of a layer become 0 names it, and the fraction that keeps them', () => {
    const samples = [row(1, 2), row(2, 1)];
    const tiny = network([1, 0, 0, 1], [1e-4, 0, 2e-4, 0, 4e-4, 0]);
    const [warning] = modelWarnings(tiny, modelOf(tiny, { samples }));
    expect(warning).toMatchObject({
      code: 'W_ZERO_WEIGHTS',
      message: 'All weights of layer "gemm2" become 0 in integers.',
    });
    const [, fraction] = /--weight-fraction (\d+)$/.exec(warning!.hint!)!;
    expect(modelWarnings(tiny, modelOf(tiny, { samples, weightFraction: Number(fraction) }))).toEqual([]);
    const both = network([1e-5, 0, 0, 1e-5], [1e-4, 0, 2e-4, 0, 4e-4, 0]);
    expect(modelWarnings(both, modelOf(both, { samples }))[0]).toMatchObject({
      message: 'All weights of 2 layers become 0 in integers.',
      got: 'at most 0.00001 in layer "gemm0"',
    });
    // weights that are 0 in the network are no loss, and neither is a part of them
    expect(all(network([1, 0, 0, 1], [0, 0, 0, 0, 0, 0]), { samples }, row(1, 2))).toEqual([]);
    expect(all(network([1, 1e-6, 1e-6, 1], [1, 0, 0.5, 0, 1, 0.5]), { samples }, row(1, 2))).toEqual([]);
    const beyond = network([1e-12, 0, 0, 1e-12], [1, 0, 0, 0, 1, 0]);
    expect(modelWarnings(beyond, modelOf(beyond, { samples }))[0]!.hint).toMatch(/^Scale these weights up/);
  });
});

describe('a run', () => {
  const floor = network([1, 0, 0, 1], [1, 0, 0.5, 0, 1, 0.5], true);

  it('of a Floor network on an input that is not whole says so', () => {
    const model = modelOf(floor, { samples: [row(3, 2), row(2, 1)] });
    expect(inputWarnings(model, row(3, 2))).toEqual([]);
    expect(inputWarnings(model, row(3, 2.5))).toMatchObject([
      { code: 'W_ROUNDED_INPUT', got: '2.5 at index 1; 1 of 2 are none' },
    ]);
    // other networks round every input to a fraction
    expect(inputWarnings(modelOf(usual, { samples: [row(1, 2)] }), row(0.3, 0.4))).toEqual([]);
  });

  it('that gives another class than the network in floating point says both', () => {
    const model = modelOf(floor, { samples: [row(3, 2), row(2, 1)] });
    const input = row(1.6, 1.7);
    const output = runInteger(model, input);
    expect(codes(runWarnings(floor, model)(input, output))).toEqual(['W_ROUNDED_INPUT']);
    const real = row(0.4, 0.4);
    const coarse = modelOf(usual, { activationFraction: 0, samples: [row(3, 2), row(2, 1)] });
    expect(codes(runWarnings(usual, coarse)(real, runInteger(coarse, real)))).toEqual([]);
    const near = row(0.9, 1.1);
    expect(runWarnings(usual, coarse)(near, runInteger(coarse, near))).toMatchObject([
      {
        code: 'W_OTHER_CLASS',
        expected: 'class 1, 1.1 against 0.9 for class 0',
        got: 'class 0, 1 against 1 for class 1',
      },
    ]);
  });
});

it('nothing is said of the bundled network', async () => {
  const loaded = await loadModel({ network: 'digits512', layers: 8 });
  const model = quantize(loaded);
  const run = runWarnings(loaded, model)(loaded.sample!, runInteger(model, loaded.sample!));
  expect([...modelWarnings(loaded, model), ...run]).toEqual([]);
});
