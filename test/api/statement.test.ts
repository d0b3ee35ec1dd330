/** The digests beside a proof: equal to those of the step's witness, and different for any other data. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { inputDigest, outputDigest } from '../../src/api/statement.ts';
import { quantize } from '../../src/ir/quantize.ts';
import { quantizeInput } from '../../src/ir/run.ts';
import { layerWitness } from '../../src/layers/step-witness.ts';
import { randomChain } from '../helpers/chains.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const engine = await createEngine();
const { graph, input } = randomChain(21, { kind: 'conv', layers: 2, signed: true });
const { model } = quantize(graph, { samples: [input], layersPerStep: 2 });
const { step } = model.plan;
const witness = layerWitness(engine, step, model.stepModel(0), quantizeInput(model, input).state, [0n, 0n, 0n]);

describe('digests of public data', () => {
  it('are those that the step circuit computes', () => {
    expect(inputDigest(step, input)).toBe(witness.digests.input);
    expect(outputDigest(step, witness.logits)).toBe(witness.digests.readout);
  });

  it('change with any logit', () => {
    fc.assert(
      fc.property(fc.nat(witness.logits.length - 1), fc.constantFrom(-1, 1), (k, by) => {
        const other = witness.logits.map((v, i) => (i === k ? v + by : v));
        expect(outputDigest(step, other)).not.toBe(witness.digests.readout);
      }),
      { numRuns: 10 },
    );
  });

  it('are refused for data that do not fit: no second value may pack to the same element', () => {
    const beyond = witness.logits.map((v, i) => (i === 0 ? v + 2 ** step.readout.bits : v));
    expect(foldErrorOf(() => outputDigest(step, beyond)).code).toBe('E_RANGE');
    expect(foldErrorOf(() => outputDigest(step, witness.logits.slice(1))).code).toBe('E_INPUT');
    const far = { ...input, data: input.data.map(() => 2 ** 20) };
    expect(foldErrorOf(() => inputDigest(step, far)).code).toBe('E_RANGE');
    const long = { shape: [1000], data: new Float64Array(1000) };
    expect(foldErrorOf(() => inputDigest(step, long)).code).toBe('E_INPUT');
  });
});
