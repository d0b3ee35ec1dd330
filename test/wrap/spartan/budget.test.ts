/** What Spartan's verifier costs for the two flagship networks, as R1CS constraints (protocol section 9.2). */
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

async function constraints(source: ModelSource, choice: PlanChoice): Promise<number> {
  const { step } = (await planFor(await loadModel(source), choice)).plan;
  const { system } = await buildPlan(step, noKey);
  const cs = new CountingSystem();
  const claim = { u: true, x: true, v: true, rho: system.defaults.U.rho.map(() => true) };
  atOnce(
    verifySpartan(cs, new Transcript(cs, 'test'), system, claim, () => {
      throw new Error('a count asks for no proof');
    }),
  );
  return cs.total;
}

/** Measured 53,732 and 102,659; a few more for a step circuit that grows a little. */
describe('budget of Spartan in the wrap', () => {
  it('of digits512, sixteen layers a step', async () => {
    expect(await constraints({ network: 'digits512' }, { layersPerStep: 16 })).toBeLessThan(56_000);
  });

  it.skipIf(sharedMissing('models', 'zator512'))('of zator512, four layers a step', async () => {
    const source = { path: sharedPath('models', 'zator512', 'model.onnx') };
    const choice = { layersPerStep: 4, activationBits: 9, weightFraction: 20 };
    expect(await constraints(source, choice)).toBeLessThan(106_000);
  });
});
