/** The integer run: against bigints, and against ordinary arithmetic and ONNX Runtime within a derived bound. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracyReport } from '../../src/ir/accuracy.ts';
import { type LayerChain, toChain } from '../../src/ir/chain.ts';
import { runFloat } from '../../src/ir/float.ts';
import type { Tensor } from '../../src/ir/graph.ts';
import { quantize } from '../../src/ir/quantize.ts';
import { runInteger } from '../../src/ir/run.ts';
import { innerProducts } from '../../src/layers/linear.ts';
import { type Linear, outputCount } from '../../src/layers/linear-shape.ts';
import { type ChainOptions, randomChain } from '../helpers/chains.ts';
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

it('with Floor nodes every layer is exact, where the plan holds the weights as they are', () => {
  const FRACTION = 24;
  // others are rounded, and a sum that is that near to an integer may then be floored to another one
  const held = (v: number): number => Math.round(v * 2 ** FRACTION) / 2 ** FRACTION;
  fc.assert(
    fc.property(fc.integer(), fc.boolean(), (seed, signed) => {
      const { graph: drawn, input } = randomChain(seed, { kind: 'conv', layers: 4, floor: true, signed });
      const constants = [...drawn.constants].map(
        ([name, { shape, data }]) => [name, { shape, data: data.map(held) }] as const,
      );
      const graph = { ...drawn, constants: new Map(constants) };
      const { plan, model } = quantize(graph, { samples: [input], weightFraction: FRACTION });
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
