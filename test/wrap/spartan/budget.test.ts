/**
 * What the two flagship networks cost: Spartan's verifier as R1CS constraints (protocol section 9.2), and the full-size scalars that a step
 * commits to.
 */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/algebra/index.ts';
import { G1_PARAMS } from '../../../src/algebra/params.ts';
import { Transcript } from '../../../src/algebra/sponge.ts';
import { loadModel, type ModelSource } from '../../../src/api/load.ts';
import { buildPlan } from '../../../src/api/plan.ts';
import { type PlanChoice, planFor } from '../../../src/api/plan-for.ts';
import { CountingSystem } from '../../../src/circuit/counting-system.ts';
import type { KeySource } from '../../../src/folding/step-system.ts';
import { atOnce } from '../../../src/turns.ts';
import { verifySpartan } from '../../../src/wrap/spartan/verify.ts';
import { sharedMissing, sharedPath } from '../../helpers/shared.ts';

const engine = await createEngine();

/** Points for a count, where no commitment is made. */
const noKey: KeySource = {
  name: 'none',
  insecure: true,
  load: async (n) => engine.g1.encodePoints(new Array(n).fill(G1_PARAMS.generator)),
};

async function costs(source: ModelSource, choice: PlanChoice): Promise<{ constraints: number; scalars: number }> {
  const { step } = (await planFor(await loadModel(source), choice)).plan;
  const { system } = await buildPlan(step, noKey);
  const cs = new CountingSystem();
  const claim = { u: true, x: true, v: true, rho: system.defaults.U.rho.map(() => true) };
  atOnce(
    verifySpartan(cs, new Transcript(cs, 'test'), system, claim, () => {
      throw new Error('a count asks for no proof');
    }),
  );
  const { sizes, scopes, scopeSizes } = system.matrix;
  // the layers' other variables are small integers, and where no item ends its part stays as it was: a zero costs nothing
  const small = system.step.sizes.reduce((n, share) => n + share.small, 0) - sizes.model;
  const idle = scopeSizes[scopes.indexOf('item')]!.fields;
  return { constraints: cs.total, scalars: sizes.fields - small - idle };
}

/** Measured 53,732 and 102,659 constraints, 4,755 and 5,985 scalars; a few more for a step circuit that grows a little. */
describe('budget of a step and of Spartan in the wrap', () => {
  it('of digits512, sixteen layers a step', async () => {
    const { constraints, scalars } = await costs({ network: 'digits512' }, { layersPerStep: 16 });
    expect(constraints).toBeLessThan(56_000);
    expect(scalars).toBeLessThanOrEqual(5000);
  });

  it.skipIf(sharedMissing('models', 'zator512'))('of zator512, four layers a step', async () => {
    const source = { path: sharedPath('models', 'zator512', 'model.onnx') };
    const choice = { layersPerStep: 4, activationBits: 9, weightFraction: 20 };
    const { constraints, scalars } = await costs(source, choice);
    expect(constraints).toBeLessThan(106_000);
    // digests of a larger state
    expect(scalars).toBeLessThanOrEqual(6000);
  });
});
