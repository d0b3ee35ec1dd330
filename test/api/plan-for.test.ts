/** A plan belongs to the model: made once, kept, and never changed by a later input. */
import { describe, expect, it } from 'vitest';
import { type LoadedModel, loadModel } from '../../src/api/load.ts';
import { planFor } from '../../src/api/plan-for.ts';
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

  it('makes another one for another model and for other options', async () => {
    expect((await planFor({ ...loaded, sha256: '1'.repeat(64) }, { sample: input })).origin).toBe('made');
    const asked = await planFor(loaded, { sample: input, activationBits: 18 });
    expect(asked).toMatchObject({ origin: 'made', plan: { step: { activationBits: 18 } } });
  });

  it('regroups layers without touching the integers', async () => {
    const { plan } = await planFor(loaded, { sample: input });
    const grouped = await planFor(loaded, { sample: input, layersPerStep: 2 });
    expect(grouped).toEqual({ origin: 'cache', plan: { ...plan, step: { ...plan.step, slots: 2 } } });
    expect((await planFor(loaded, { plan, layersPerStep: 3 })).plan.step.slots).toBe(3);
  });

  it('takes the plan that a bundled network brings', async () => {
    const digits = await loadModel({ network: 'digits512', layers: 4 });
    expect(await planFor(digits, {})).toEqual({ origin: 'the network', plan: digits.plan });
  });

  it('asks for a sample where there is none', async () => {
    const error = await foldErrorOfAsync(() => planFor({ ...loaded, sha256: '2'.repeat(64) }, {}));
    expect(error.code).toBe('E_PLAN');
  });
});
