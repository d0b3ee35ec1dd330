/**
 * Steps two and three of the story: a network in integers, and its step circuit with keys and budget.
 */

import type { Engine } from '../algebra/engine.ts';
import { createEngine } from '../algebra/index.ts';
import { FoldError } from '../errors.ts';
import { type EventListener, stage } from '../events.ts';
import { buildStepSystem, type KeySource, type StepSystem } from '../folding/step-system.ts';
import type { QuantizedModel } from '../ir/model.ts';
import type { Plan } from '../ir/plan.ts';
import { type PlanOptions, quantize as quantizeGraph, type Scales, usualScales } from '../ir/quantize.ts';
import type { StepSpec } from '../machine/spec.ts';
import type { LoadedModel } from './load.ts';
import { type ProvableModel, stepSpecOf } from './model.ts';
import { stepFunction } from './step-function.ts';

/**
 * A plan for a whole network, with headroom for larger inputs. One sample does not tell that no other input is negative: then
 * there is headroom for the sign too.
 * @throws E_UNSUPPORTED for what is no chain of layers; E_PLAN without samples and bits, or for contradicting options; E_RANGE
 */
export function makePlan({ whole }: Pick<LoadedModel, 'whole'>, options: PlanOptions): Plan {
  if (options.samples?.length !== 1) return quantizeGraph(whole, options).plan;
  // bits that are given rest on no sample
  const samples = options.activationBits === undefined ? options.samples : [];
  return quantizeGraph(whole, { signed: true, ...options, samples }).plan;
}

/**
 * The network in integers. Without a plan of its own one is made (`makePlan`): from `options.samples`, or else from the
 * model's sample. A plan belongs to the whole network; a network cut to fewer layers uses it unchanged.
 * @throws E_UNSUPPORTED for what is no chain of layers, E_PLAN, E_RANGE
 */
export function quantize(loaded: LoadedModel, options: PlanOptions & { readonly plan?: Plan } = {}): QuantizedModel {
  const { plan: given, ...rest } = options;
  const own = Object.keys(rest).length === 0 ? loaded.plan : undefined;
  const samples = rest.samples ?? (loaded.sample ? [loaded.sample] : []);
  const made = given ?? own ?? makePlan(loaded, { ...rest, samples });
  return quantizeGraph(loaded.graph, { plan: made }).model;
}

/** A verifier's model in integers under a prover's plan. @throws E_REJECTED for one that does not fit: no proof of this model has it */
export function quantizeAs(loaded: LoadedModel, plan: Plan): QuantizedModel {
  try {
    return quantize(loaded, { plan });
  } catch (cause) {
    if (!(cause instanceof FoldError) || cause.code !== 'E_PLAN') throw cause;
    throw new FoldError('E_REJECTED', 'The run is of another model: its plan does not fit.', {
      expected: cause.expected ?? 'a plan of this model',
      got: cause.got ?? JSON.stringify(plan.step),
      cause,
    });
  }
}

/**
 * Checks that a prover's plan makes the integers of a model that its verifier means. A model in real numbers and a plan of
 * the prover's choice would pin nothing: scales coarse enough turn its weights into those of another network.
 * @param plan the prover's; `trusted` the verifier's, by default the network's own, or the scales that every network gets
 * @throws E_REJECTED for other scales or another rounding
 */
export function checkScales(loaded: LoadedModel, plan: Plan, trusted: Plan | undefined): void {
  const own = trusted ?? loaded.plan;
  const expected = own ? scalesOf(own) : usualScales(loaded.whole);
  const [told, got] = [expected, scalesOf(plan)].map(
    (s) => `activation fraction ${s.activationFraction}, weight fraction ${s.weightFraction}, rounding ${s.rounding}`,
  );
  if (told === got) return;
  throw new FoldError('E_REJECTED', 'The run is of another model: its plan makes other integers of the weights.', {
    expected: told!,
    got: got!,
    hint: '--plan FILE, a plan that you trust with the model',
  });
}

function scalesOf({ step: { activationFraction, weightFraction }, rounding }: Plan): Scales {
  return { activationFraction, weightFraction, rounding };
}

/** A model with everything that proving it needs; its final proof too where the key can be wrapped with. */
export interface PlannedModel<Key extends KeySource = KeySource, Model extends ProvableModel = ProvableModel> {
  readonly model: Model;
  readonly engine: Engine;
  readonly system: StepSystem;
  readonly key: Key;
}

/** The same of a chain of layers in slots. */
export type PlannedSlots<Key extends KeySource = KeySource> = PlannedModel<Key, QuantizedModel>;

/** The step circuit of a plan, without a model: all that a verifier needs. */
export async function buildPlan(step: StepSpec, key: KeySource): Promise<Pick<PlannedModel, 'engine' | 'system'>> {
  const engine = await createEngine();
  return { engine, system: await buildStepSystem(engine, stepFunction(step), key) };
}

/**
 * Builds the step circuit of a model's plan on a commitment key (`transparentKeySource`, `developmentKeySource`, `ptauKeySource`).
 * @throws E_KEY for a key that is too short or no key
 */
export async function plan<Key extends KeySource, Model extends ProvableModel>(
  model: Model,
  key: Key,
  on?: EventListener,
): Promise<PlannedModel<Key, Model>> {
  return stage(on, 'circuit', async () => ({ model, key, ...(await buildPlan(stepSpecOf(model.plan), key)) }));
}
