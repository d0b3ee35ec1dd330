/** An input against a proven digest: only the proven numbers fit, under the salt of the digest. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { pinInput } from '../../src/api/pin-input.ts';
import { hex } from '../../src/api/statement.ts';
import { quantize } from '../../src/ir/quantize.ts';
import { quantizeInput } from '../../src/ir/run.ts';
import { layerWitness } from '../../src/layers/step-witness.ts';
import { randomChain } from '../helpers/chains.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const engine = await createEngine();
const { graph, input } = randomChain(21, { kind: 'conv', layers: 2 });
const { model } = quantize(graph, { samples: [input], layersPerStep: 2 });
const { step } = model.plan;
/** The digest as the step's circuit computes it. */
const proven = (salt: bigint): bigint =>
  layerWitness(engine, step, model.stepModel(0), quantizeInput(model, input).state, [salt, 0n, 0n]).digests.input;
const changed = (k: number, value: number) => ({ ...input, data: input.data.map((v, i) => (i === k ? value : v)) });

describe('an input that the verifier holds', () => {
  it('is told to be the proven one, public or under its salt', () => {
    const told: unknown[] = [];
    for (const salt of [0n, 77n]) pinInput(step, input, proven(salt), { salt, on: (event) => told.push(event) });
    expect(told).toEqual(Array(2).fill({ type: 'check', name: 'input-digest' }));
  });

  it('is refused without the salt of the digest, or with another', () => {
    for (const salt of [undefined, 78n])
      expect(foldErrorOf(() => pinInput(step, input, proven(77n), { salt })).code).toBe('E_REJECTED');
    expect(foldErrorOf(() => pinInput(step, input, proven(77n))).hint).toContain('salt');
    expect(foldErrorOf(() => pinInput(step, input, proven(77n), { salt: 0n })).hint).toBeUndefined();
  });

  it('is refused with any number changed by a unit of the plan, and the digests are named', () => {
    const digest = proven(0n);
    fc.assert(
      fc.property(fc.nat(input.data.length - 1), (k) => {
        const v = input.data[k]!;
        const unit = 2 ** -step.activationFraction;
        const error = foldErrorOf(() => pinInput(step, changed(k, v < 0.5 ? v + unit : v - unit), digest));
        expect(error).toMatchObject({ code: 'E_REJECTED', got: hex(digest) });
        expect(error.expected).toMatch(/^input digest 0x[0-9a-f]{64}$/);
      }),
      { numRuns: 10 },
    );
  });

  it('is refused where the plan cannot hold it: it was never proven', () => {
    const error = foldErrorOf(() => pinInput(step, changed(0, 1e9), proven(0n)));
    expect([error.code, error.message]).toEqual(['E_REJECTED', expect.stringContaining('index 0')]);
  });

  it('has no more numbers than the state', () => {
    const long = { shape: [1000], data: new Float64Array(1000) };
    expect(foldErrorOf(() => pinInput(step, long, proven(0n))).code).toBe('E_INPUT');
  });
});
