/** Plans made for a network and refused for another, the model entries of each step, and inputs. */
import { describe, expect, it } from 'vitest';
import { calibrate } from '../../src/ir/calibrate.ts';
import type { Graph, Tensor } from '../../src/ir/graph.ts';
import { modelRange } from '../../src/ir/model.ts';
import { truncateLayers } from '../../src/ir/networks.ts';
import { stepPlanBytes } from '../../src/ir/plan.ts';
import { quantize } from '../../src/ir/quantize.ts';
import { quantizeInput, runInteger } from '../../src/ir/run.ts';
import { modelOfBlock } from '../../src/layers/model-block.ts';
import { layerSizes } from '../../src/layers/step.ts';
import { GraphBuilder, randomChain } from '../helpers/chains.ts';
import { foldErrorOf } from '../helpers/errors.ts';

describe('the plan', () => {
  it('has one bit of headroom above the samples and is signed only where it must be', () => {
    const { graph, input } = randomChain(4, { kind: 'dense', layers: 3 });
    const { plan } = quantize(graph, { samples: [input] });
    expect(2 ** (plan.step.activationBits - 1)).toBeGreaterThan(plan.calibration.peak);
    expect(2 ** (plan.step.activationBits - 2)).toBeLessThanOrEqual(plan.calibration.peak);
    expect(plan.step.signed).toBe(false);
    const below = { ...input, data: input.data.map((v) => -v) };
    expect(quantize(graph, { samples: [below] }).plan.step.signed).toBe(true);
  });

  it('comes from the largest number of any layer and sample', () => {
    const { graph, input } = wideChain(4);
    const { plan, model } = quantize(graph, { samples: [input] });
    const twice = { ...input, data: input.data.map((v) => 2 * v) };
    const peaks: number[] = [];
    runInteger(model, twice, ({ before }) => peaks.push(Math.max(...before.map((v) => Math.abs(v)))));
    const found = calibrate(model.network, plan.step, [input, twice]);
    expect([...found.layerPeaks]).toEqual(peaks);
    expect(found).toMatchObject({ samples: 2, negativeInput: false, peak: Math.max(256, ...peaks) });
  });

  it('of the whole network serves its first layers, with the same step', () => {
    const { graph } = randomChain(8, { kind: 'dense', layers: 6 });
    const wide = wideChain(6);
    const { plan } = quantize(wide.graph, { samples: [wide.input], layersPerStep: 2 });
    const cut = quantize(truncateLayers(wide.graph, 4), { plan });
    expect(stepPlanBytes(cut.plan.step)).toEqual(stepPlanBytes(plan.step));
    expect([cut.model.layers, cut.model.steps]).toEqual([4, 2]);
    expect(runInteger(cut.model, wide.input).logits).toHaveLength(plan.step.readout.outputs);
    expect(
      foldErrorOf(() =>
        quantize(graph, { plan: { ...plan, step: { ...plan.step, slot: { kind: 'dense', size: 1 } } } }),
      ),
    ).toMatchObject({
      code: 'E_PLAN',
    });
  });

  it('is refused for another network, for layers it cannot clip, for Floor nodes under another scale', () => {
    const dense = randomChain(1, { kind: 'dense', layers: 2 });
    const conv = randomChain(1, { kind: 'conv', layers: 2 });
    const plan = quantize(dense.graph, { samples: [dense.input] }).plan;
    expect(foldErrorOf(() => quantize(conv.graph, { plan })).code).toBe('E_PLAN');
    const open = randomChain(1, { kind: 'conv', layers: 4, signed: true });
    const signed = quantize(open.graph, { samples: [open.input] }).plan;
    const clipped = { ...signed, step: { ...signed.step, signed: false } };
    expect(foldErrorOf(() => quantize(open.graph, { plan: clipped })).expected).toMatch(/signed activations/);
    const floor = randomChain(1, { kind: 'conv', layers: 2, floor: true });
    const whole = quantize(floor.graph, { samples: [floor.input] }).plan;
    const rounded = { ...whole, rounding: 'nearest' as const };
    expect(foldErrorOf(() => quantize(floor.graph, { plan: rounded })).expected).toMatch(/Floor/);
    const options = { samples: [floor.input], activationFraction: 3 };
    expect(foldErrorOf(() => quantize(floor.graph, options)).code).toBe('E_PLAN');
    const narrow = { ...plan, step: { ...plan.step, readout: { ...plan.step.readout, bits: 4 } } };
    expect(foldErrorOf(() => quantize(dense.graph, { plan: narrow })).expected).toMatch(/readout/);
  });

  it('needs samples or bits', () => {
    const { graph } = randomChain(1, { kind: 'dense', layers: 2 });
    expect(foldErrorOf(() => quantize(graph, {})).code).toBe('E_PLAN');
    expect(quantize(graph, { activationBits: 12 }).plan.calibration).toEqual({ samples: 0, peak: 0 });
  });
});

/** Dense layers 3 -> 3 with known weights, then a readout of 2. */
function wideChain(layers: number): { graph: Graph; input: Tensor } {
  const b = new GraphBuilder([1, 3]);
  let x = 'input';
  for (let l = 0; l < layers - 1; l++) {
    const y = b.node('Gemm', [
      x,
      b.constant([3, 3], [0.1, -0.2, 0.3, 0.2, 0.1, -0.3, 0.5, -0.5, 0.25]),
      b.constant([3], [0.1, 0.2, 0]),
    ]);
    x = b.node('Relu', [y]);
  }
  const out = b.node('Gemm', [x, b.constant([3, 2], [1, 2, 3, 4, 5, 6]), b.constant([2], [0.5, -0.5])]);
  return { graph: b.graph(out, [1, 2]), input: { shape: [1, 3], data: Float64Array.of(0.5, 0.25, 1) } };
}

describe('a model', () => {
  it('gives every step its entries: layers in order, identities after them, the readout in the last step only', () => {
    const { graph, input } = wideChain(4);
    const { plan, model } = quantize(graph, { samples: [input], layersPerStep: 2 });
    expect(model.steps).toBe(2);
    const [first, last] = [model.stepModel(0), model.stepModel(1)];
    expect(first).toHaveLength(layerSizes(plan.step).model);
    const { slots, readout } = modelOfBlock(plan.step, first!);
    // Gemm stores [in, out]: output 0 meets 0.1, 0.2, 0.5.
    expect([...slots[0]!.subarray(0, 3)]).toEqual([102, 205, 512]);
    expect([...slots[0]!.subarray(9)]).toEqual([
      Math.round(0.1 * 2 ** 17) + 512,
      Math.round(0.2 * 2 ** 17) + 512,
      512,
      0,
    ]);
    expect(readout.every((v) => v === 0)).toBe(true);
    const end = modelOfBlock(plan.step, last!);
    expect([...end.slots[1]!]).toEqual([...new Array(12).fill(0), 1024]);
    expect([...end.readout]).toEqual([1024, 3072, 5120, 2048, 4096, 6144, 65536, -65536]);
    expect(foldErrorOf(() => model.stepModel(2)).code).toBe('E_BUG');
  });

  it('has a range table, and refuses weights whose sums might not be exact', () => {
    const { graph, input } = wideChain(3);
    const { plan, model } = quantize(graph, { samples: [input] });
    const largest = 2 ** plan.step.activationBits - 1;
    const [first] = modelRange(model);
    expect(first).toMatchObject({ name: 'gemm0', weights: [-512, 512] });
    expect(first!.bound).toBe(Math.max(819 * largest + 26214 + 512, 870 * largest + 512));
    const b = new GraphBuilder([1, 1]);
    const huge = b.node('Relu', [b.node('Gemm', ['input', b.constant([1, 1], [2 ** 40])])]);
    const error = foldErrorOf(() => quantize(b.graph(huge, [1, 1]), { activationBits: 20 }));
    expect(error).toMatchObject({
      code: 'E_RANGE',
      message: 'The sums of layer "gemm0" may be too large to be exact.',
    });
  });
});

describe('an input', () => {
  const { graph, input } = wideChain(3);
  const { model } = quantize(graph, { samples: [input] });
  const at = (...data: number[]): Tensor => ({ shape: [1, 3], data: Float64Array.from(data) });

  it('is rounded, and it is said whether that lost anything', () => {
    expect(quantizeInput(model, at(0.5, 0, 1))).toEqual({ state: Float64Array.of(64, 0, 128), exact: true });
    expect(quantizeInput(model, at(0.3, -0.001, 1))).toEqual({ state: Float64Array.of(38, 0, 128), exact: false });
  });

  it('of the wrong length is E_INPUT, out of range E_RANGE with its index', () => {
    expect(foldErrorOf(() => quantizeInput(model, at(1, 2))).code).toBe('E_INPUT');
    const error = foldErrorOf(() => runInteger(model, at(0, 0, 1e6)));
    expect(error).toMatchObject({
      code: 'E_RANGE',
      message: 'input: a value is out of range at index 2.',
      got: '128000000',
    });
    expect(foldErrorOf(() => quantizeInput(model, at(0, -1, 0))).code).toBe('E_RANGE');
  });

  it('that drives a layer out of range names the layer', () => {
    const tight = quantize(graph, { activationBits: 7, activationFraction: 6 }).model;
    const strong = wideChain(3);
    const key = [...strong.graph.constants.keys()][0]!;
    strong.graph.constants.get(key)!.data.fill(3);
    const { model: hot } = quantize(strong.graph, { activationBits: 7, activationFraction: 6 });
    expect(runInteger(tight, at(1, 1, 1)).logits).toHaveLength(2);
    expect(foldErrorOf(() => runInteger(hot, at(1, 1, 1))).message).toBe(
      'layer 1 ("gemm0"): a value before ReLU is out of range at index 0.',
    );
  });
});

it('ties go to the first class', () => {
  const b = new GraphBuilder([1, 1]);
  const out = b.node('Gemm', ['input', b.constant([1, 3], [1, 2, 2])]);
  const { model } = quantize(b.graph(out, [1, 3]), { activationBits: 8 });
  expect(runInteger(model, { shape: [1, 1], data: Float64Array.of(1) }).class).toBe(1);
});
