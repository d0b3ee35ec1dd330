/**
 * The plan of a model when the user does not build one by hand: given, the network's own, the one that is kept for the model,
 * or made from the first input.
 *
 * A plan belongs to the model, never to one input. So one plan is kept under the model's sha256, and all inputs meet the same
 * plan, the same parameters and the same model digest. What was made from a first input, with headroom for size and sign, is
 * replaced by what `fold calibrate` makes of many.
 */
import type { Tensor } from '../ir/graph.ts';
import { type Plan, parsePlan } from '../ir/plan.ts';
import type { PlanOptions } from '../ir/quantize.ts';
import { cached, readCached, writeCached } from '../store/cache.ts';
import { sha256Json } from '../store/digest.ts';
import type { LoadedModel } from './load.ts';
import { makePlan } from './plan.ts';

/** What the plan of a network should be: one that is given, or what it is made from. */
export interface PlanChoice extends Omit<PlanOptions, 'samples' | 'signed'> {
  /** Taken as it is, but for `layersPerStep`. */
  readonly plan?: Plan | undefined;
  /** Used only where a plan has to be made; by default the network's own sample. */
  readonly sample?: Tensor | undefined;
}

/** A plan, and where it came from. */
export interface ChosenPlan {
  readonly plan: Plan;
  readonly origin: 'given' | 'the network' | 'cache' | 'made';
  /** Whether the next input meets the same plan. */
  readonly kept: boolean;
}

/** What a plan may be asked to have; its grouping is changed at any time. */
type Asked = Pick<PlanOptions, 'activationBits' | 'activationFraction' | 'weightFraction'>;

/** @throws E_PLAN without a sample where one is needed or for contradicting options; E_UNSUPPORTED, E_RANGE */
export async function planFor(loaded: LoadedModel, choice: PlanChoice): Promise<ChosenPlan> {
  const { plan: given, sample = loaded.sample, layersPerStep, ...scales } = choice;
  const asked: Asked = Object.fromEntries(Object.entries(scales).filter(([, value]) => value !== undefined));
  if (given) return { plan: regrouped(given, layersPerStep), origin: 'given', kept: true };
  if (loaded.plan && Object.keys(asked).length === 0)
    return { plan: regrouped(loaded.plan, layersPerStep), origin: 'the network', kept: true };
  const found = await readCached(CACHE, keyOf(loaded, {}));
  if (found && satisfies(decode(found), asked))
    return { plan: regrouped(decode(found), layersPerStep), origin: 'cache', kept: true };
  const entry = await cached(CACHE, keyOf(loaded, asked), async () =>
    encode(makePlan(loaded, { ...asked, ...(sample ? { samples: [sample] } : {}) })),
  );
  const plan = regrouped(decode(entry.content), layersPerStep);
  return { plan, origin: entry.hit ? 'cache' : 'made', kept: entry.kept };
}

/**
 * Keeps a plan for a model: `planFor` takes it from now on. Proofs under it have another model digest than those before.
 * @returns false where it cannot be kept: for a network that has a plan of its own, and where the cache cannot be written
 */
export async function keepPlan(loaded: LoadedModel, plan: Plan): Promise<boolean> {
  return loaded.plan === undefined && (await writeCached(CACHE, keyOf(loaded, {}), encode(plan)));
}

const CACHE = 'plan';

/** The version goes up with the way in which a plan is made of a sample. */
const keyOf = ({ sha256 }: LoadedModel, asked: Asked): string => sha256Json({ model: sha256, asked, version: 3 });

const encode = (plan: Plan): Uint8Array => new TextEncoder().encode(JSON.stringify(plan));
const decode = (content: Uint8Array): Plan => parsePlan(JSON.parse(new TextDecoder().decode(content)));

function satisfies({ step }: Plan, asked: Asked): boolean {
  return Object.entries(asked).every(([name, value]) => step[name as keyof Asked] === value);
}

/** The same integers in steps of another number of layers. */
function regrouped(plan: Plan, layersPerStep: number | undefined): Plan {
  return layersPerStep === undefined ? plan : parsePlan({ ...plan, step: { ...plan.step, slots: layersPerStep } });
}
