/** A plan belongs to the model: made once, kept, and never changed by a later input. */
import { describe, expect, it } from 'vitest';
import { type LoadedModel, loadModel } from '../../src/api/load.ts';
import { makePlan, quantize } from '../../src/api/plan.ts';
import { keepPlan, planFor } from '../../src/api/plan-for.ts';
import { runInteger } from '../../src/ir/run.ts';
import { useFolder } from '../cli/harness.ts';
import { randomChain } from '../helpers/chains.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';

useFolder();
const { graph, input } = randomChain(11, { kind: 'dense', layers: 3 });
const loaded: LoadedModel = {
  name: 'own',
  graph,
  whole: graph,
  sha256: '0'.repeat(64),
  plan: undefined,
  sample: undefined,
};

describe('planFor', () => {
  it('makes a plan from the first input and gives it to all later ones', async () => {
    const first = await planFor(loaded, { sample: input });
    const larger = { ...input, data: input.data.map((x) => 8 * x) };
    const second = await planFor(loaded, { sample: larger });
    expect([first.origin, second.origin]).toEqual(['made', 'cache']);
    expect(second.plan).toEqual(first.plan);
  });

  it('has headroom for sign and size above a first input, and takes what it would have refused', async () => {
    const own = { ...loaded, sha256: '3'.repeat(64) };
    expect(input.data.every((x) => x >= 0)).toBe(true);
    const { plan } = await planFor(own, { sample: input });
    expect(plan).toMatchObject({ calibration: { samples: 1 }, step: { signed: true } });
    expect(2 ** (plan.step.activationBits - 1)).toBeGreaterThan(plan.calibration.peak);
    const below = { ...input, data: input.data.map((x) => -x) };
    expect(runInteger(quantize(own, { plan }), below).logits).toHaveLength(plan.step.readout.outputs);
    // several inputs tell whether there is a sign
    expect(makePlan(own, { samples: [input, input] }).step.signed).toBe(false);
    expect(makePlan(own, { samples: [input, below] }).step.signed).toBe(true);
  });

  it('is replaced by one that is kept, for every verb that asks for nothing else', async () => {
    const own = { ...loaded, sha256: '4'.repeat(64) };
    await planFor(own, { sample: input });
    const larger = { ...input, data: input.data.map((x) => -8 * x) };
    const made = makePlan(own, { samples: [input, larger], weightFraction: 12 });
    expect(await keepPlan(own, made)).toBe(true);
    expect(await planFor(own, { sample: input })).toEqual({ origin: 'cache', kept: true, plan: made });
    const grouped = await planFor(own, { sample: input, layersPerStep: 2 });
    expect(grouped.plan).toEqual({ ...made, step: { ...made.step, slots: 2 } });
    // options that it satisfies are no reason for another one
    expect((await planFor(own, { sample: input, weightFraction: 12 })).plan).toEqual(made);
    const asked = await planFor(own, { sample: input, weightFraction: 11 });
    expect(asked).toMatchObject({
      origin: 'made',
      plan: { step: { weightFraction: 11 }, calibration: { samples: 1 } },
    });
  });

  it('is not kept for a network that has its own, and where the cache cannot be written', async () => {
    const plan = makePlan(loaded, { samples: [input] });
    expect(await keepPlan({ ...loaded, plan }, plan)).toBe(false);
    const before = process.env.LAYERFOLD_CACHE_DIR;
    process.env.LAYERFOLD_CACHE_DIR = '/dev/null/cache';
    try {
      expect(await keepPlan(loaded, plan)).toBe(false);
    } finally {
      process.env.LAYERFOLD_CACHE_DIR = before;
    }
  });

  it('makes another one for another model and for other options', async () => {
    expect((await planFor({ ...loaded, sha256: '1'.repeat(64) }, { sample: input })).origin).toBe('made');
    const asked = await planFor(loaded, { sample: input, activationBits: 18 });
    expect(asked).toMatchObject({ origin: 'made', plan: { step: { activationBits: 18 } } });
  });

  it('regroups layers without touching the integers', async () => {
    const { plan } = await planFor(loaded, { sample: input });
    const grouped = await planFor(loaded, { sample: input, layersPerStep: 2 });
    expect(grouped).toEqual({ origin: 'cache', kept: true, plan: { ...plan, step: { ...plan.step, slots: 2 } } });
    expect((await planFor(loaded, { plan, layersPerStep: 3 })).plan.step.slots).toBe(3);
  });

  it('takes the plan that a bundled network brings', async () => {
    const digits = await loadModel({ network: 'digits512', layers: 4 });
    expect(await planFor(digits, {})).toEqual({ origin: 'the network', kept: true, plan: digits.plan });
  });

  it('asks for a sample where there is none', async () => {
    const error = await foldErrorOfAsync(() => planFor({ ...loaded, sha256: '2'.repeat(64) }, {}));
    expect(error.code).toBe('E_PLAN');
  });
});
