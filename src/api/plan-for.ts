/**
 * The plan of a model when the user does not build one by hand: given, the network's own, or made once and kept.
 *
 * A plan belongs to the model, never to one input. So a plan that had to be made from a sample is cached under the
 * model's sha256, and later inputs meet the same plan, the same parameters and the same model digest.
 */
import type { Tensor } from '../ir/graph.ts';
import { type Plan, parsePlan } from '../ir/plan.ts';
import { type PlanOptions, quantize } from '../ir/quantize.ts';
import { cached } from '../store/cache.ts';
import { sha256Json } from '../store/digest.ts';
import type { LoadedModel } from './load.ts';

export interface PlanChoice extends Omit<PlanOptions, 'samples'> {
  /** Taken as it is, but for `layersPerStep`. */
  readonly plan?: Plan | undefined;
  /** Used only where a plan has to be made; by default the network's own sample. */
  readonly sample?: Tensor | undefined;
}

export interface ChosenPlan {
  readonly plan: Plan;
  readonly origin: 'given' | 'the network' | 'cache' | 'made';
  /** Whether the next input meets the same plan. */
  readonly kept: boolean;
}

/** @throws E_PLAN without a sample where one is needed or for contradicting options; E_UNSUPPORTED, E_RANGE */
export async function planFor(loaded: LoadedModel, choice: PlanChoice): Promise<ChosenPlan> {
  const { plan: given, sample = loaded.sample, layersPerStep, ...scales } = choice;
  const asked = Object.fromEntries(Object.entries(scales).filter(([, value]) => value !== undefined)) as PlanOptions;
  if (given) return { plan: regrouped(given, layersPerStep), origin: 'given', kept: true };
  if (loaded.plan && Object.keys(asked).length === 0)
    return { plan: regrouped(loaded.plan, layersPerStep), origin: 'the network', kept: true };
  const key = sha256Json({ model: loaded.sha256, asked, version: 1 });
  const entry = await cached('plan', key, async () => {
    const { plan } = quantize(loaded.whole, { ...asked, ...(sample ? { samples: [sample] } : {}) });
    return new TextEncoder().encode(JSON.stringify(plan));
  });
  const plan = parsePlan(JSON.parse(new TextDecoder().decode(entry.content)));
  return { plan: regrouped(plan, layersPerStep), origin: entry.hit ? 'cache' : 'made', kept: entry.kept };
}

/** The same integers in steps of another number of layers. */
function regrouped(plan: Plan, layersPerStep: number | undefined): Plan {
  return layersPerStep === undefined ? plan : parsePlan({ ...plan, step: { ...plan.step, slots: layersPerStep } });
}
