/** Quantization and the integer run: against bigints, against ordinary arithmetic within a proven bound, and their errors. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracyReport } from '../../src/ir/accuracy.ts';
import { type LayerChain, toChain } from '../../src/ir/chain.ts';
import { runFloat } from '../../src/ir/float.ts';
import type { Graph, Tensor } from '../../src/ir/graph.ts';
import { modelRange } from '../../src/ir/model.ts';
import { truncateLayers } from '../../src/ir/networks.ts';
import { stepPlanBytes } from '../../src/ir/plan.ts';
import { quantize } from '../../src/ir/quantize.ts';
import { quantizeInput, runInteger } from '../../src/ir/run.ts';
import { innerProducts, type Linear, outputCount } from '../../src/layers/linear.ts';
import { layerSizes } from '../../src/layers/step.ts';
import { type ChainOptions, GraphBuilder, randomChain } from '../helpers/chains.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { runRuntime } from '../helpers/runtime.ts';

const KINDS: readonly ChainOptions[] = [
  { kind: 'conv', layers: 3 },
  { kind: 'conv', layers: 3, signed: true },
  { kind: 'dense', layers: 4 },
  { kind: 'dense', layers: 3, signed: true },
  { kind: 'dense', layers: 2, readout: false },
];

/** The same integers by bigints, from the real weights; only a layer's matrix is read off the library, by unit vectors. */
function bigintRun(chain: LayerChain, input: Tensor, fa: number, fw: number): bigint[] {
  const fixed = (v: number, f: number): bigint => BigInt(Math.round(v * 2 ** f));
  const products = (linear: Linear, x: readonly bigint[]): bigint[] => {
    const unit = new Float64Array(x.length);
    const bias = new Float64Array(linear.bias.length);
    const weights = linear.weights.map((w) => Number(fixed(w, fw)));
    const acc = Array.from({ length: outputCount(linear.shape) }, () => 0n);
    // Column by column: the image of a unit vector holds the weights that meet it.
    x.forEach((value, i) => {
      unit.fill(0);
      unit[i] = 1;
      innerProducts({ ...linear, weights, bias }, unit).forEach((w, o) => {
        acc[o]! += BigInt(w) * value;
      });
    });
    const perBias = acc.length / linear.bias.length;
    return acc.map((v, o) => v + fixed(linear.bias[Math.floor(o / perBias)]!, fa + fw));
  };
  let x = Array.from(input.data, (v) => fixed(v, fa));
  for (const layer of chain.layers) {
    const acc = products(layer.linear, x);
    const own = x;
    x = acc.map((v, i) => {
      const y = (v + (layer.residual ? own[i]! << BigInt(fw) : 0n) + (1n << BigInt(fw - 1))) >> BigInt(fw);
      return layer.relu && y < 0n ? 0n : y;
    });
  }
  return chain.readout ? products(chain.readout.linear, x) : x;
}

/**
 * A bound on |integer run - real run| of the outputs: an activation error e grows by at most sum |w|, each weight is
 * off by 2^-(fw+1), each bias by 2^-(fa+fw+1), each dropped remainder by 2^-(fa+1).
 */
function errorBound(chain: LayerChain, tensors: Map<string, Tensor>, input: Tensor, fa: number, fw: number): number {
  const largest = (t: Tensor): number => t.data.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  let error = 2 ** -(fa + 1);
  let size = largest(input);
  const grow = (linear: Linear, residual: boolean): number => {
    const per = linear.weights.length / linear.bias.length;
    let sum = 0;
    for (let o = 0; o < linear.bias.length; o++) {
      const own = linear.weights.subarray(o * per, (o + 1) * per);
      sum = Math.max(
        sum,
        own.reduce((s, w) => s + Math.abs(w) + 2 ** -(fw + 1), 0),
      );
    }
    return error * (sum + (residual ? 1 : 0)) + per * 2 ** -(fw + 1) * size + 2 ** -(fa + fw + 1);
  };
  for (const layer of chain.layers) {
    error = grow(layer.linear, layer.residual) + 2 ** -(fa + 1);
    size = largest(tensors.get(layer.output)!);
  }
  return (chain.readout ? grow(chain.readout.linear, false) : error) + 1e-4;
}

describe.each(KINDS)('a chain of $kind layers (signed: $signed, readout: $readout)', (options) => {
  it('runs exactly as bigints do, and within the error bound of ordinary arithmetic', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { graph, input } = randomChain(seed, options);
        const { plan, model } = quantize(graph, { samples: [input] });
        const result = runInteger(model, input);
        const chain = toChain(graph);
        const { activationFraction: fa, weightFraction: fw } = plan.step;
        expect(Array.from(result.logits, (v) => BigInt(v))).toEqual(bigintRun(chain, input, fa, fw));
        const tensors = runFloat(graph, [input]);
        const real = tensors.get(graph.outputs[0]!.name)!;
        const bound = errorBound(chain, tensors, input, fa, fw);
        real.data.forEach((v, i) => {
          expect(Math.abs(v - result.values[i]!)).toBeLessThanOrEqual(bound);
        });
        expect(result.class).toBe(result.logits.indexOf(Math.max(...result.logits)));
        const report = accuracyReport(graph, model, [input]);
        expect(report.output.max).toBeLessThanOrEqual(bound);
        expect(report.layers).toHaveLength(options.layers);
      }),
      { numRuns: 25 },
    );
  });

  it('agrees with ONNX Runtime within the same bound', async () => {
    for (const seed of [1, 2, 3]) {
      const { graph, input } = randomChain(seed, options);
      const { plan, model } = quantize(graph, { samples: [input] });
      const { activationFraction: fa, weightFraction: fw } = plan.step;
      const bound = errorBound(toChain(graph), runFloat(graph, [input]), input, fa, fw);
      const outputs = await runRuntime(writeOnnx(graph), graph, [input]);
      const { values } = runInteger(model, input);
      outputs.get(graph.outputs[0]!.name)!.forEach((v, i) => {
        expect(Math.abs(v - values[i]!)).toBeLessThanOrEqual(bound);
      });
    }
  });
});

it('with Floor nodes every layer is exact', () => {
  fc.assert(
    fc.property(fc.integer(), fc.boolean(), (seed, signed) => {
      const { graph, input } = randomChain(seed, { kind: 'conv', layers: 4, floor: true, signed });
      const { plan, model } = quantize(graph, { samples: [input], weightFraction: 24 });
      expect(plan).toMatchObject({ rounding: 'floor', step: { activationFraction: 0 } });
      const reals = runFloat(graph, [input]);
      runInteger(model, input, ({ output, activations }) => {
        // + 0: ordinary arithmetic knows a -0.
        expect(activations).toEqual(reals.get(output)!.data.map((v) => v + 0));
      });
    }),
    { numRuns: 25 },
  );
});

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
    const slot = 9 + 3 + 1;
    const [first, last] = [model.stepModel(0), model.stepModel(1)];
    expect(first).toHaveLength(layerSizes(plan.step).model);
    // Gemm stores [in, out]: output 0 meets 0.1, 0.2, 0.5.
    expect([...first.subarray(0, 3)]).toEqual([102, 205, 512]);
    expect([...first.subarray(9, 13)]).toEqual([
      Math.round(0.1 * 2 ** 17) + 512,
      Math.round(0.2 * 2 ** 17) + 512,
      512,
      0,
    ]);
    expect([...last.subarray(slot, 2 * slot)]).toEqual([...new Array(12).fill(0), 1024]);
    expect(first.subarray(2 * slot).every((v) => v === 0)).toBe(true);
    expect([...last.subarray(2 * slot)]).toEqual([1024, 3072, 5120, 2048, 4096, 6144, 65536, -65536]);
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
