/** A network on the tensor machine: its plan from samples, kept like that of slots, and the program that follows from it. */
import { FoldError, invariant } from '../errors.ts';
import type { Tensor } from '../ir/graph.ts';
import { interfaceOf } from '../machine/interface.ts';
import { compile } from '../machine/lowering/compile.ts';
import { STANDARD } from '../machine/shape.ts';
import { cached, readCached, writeCached } from '../store/cache.ts';
import { sha256Json } from '../store/digest.ts';
import { type TensorAccuracy, tensorAccuracy } from '../tensor/accuracy.ts';
import { calibrate } from '../tensor/calibrate.ts';
import type { TensorGraph } from '../tensor/graph.ts';
import { parsePlan } from '../tensor/plan.ts';
import { withClass } from '../tensor/quantize/class.ts';
import type { IntegerGraph } from '../tensor/quantize/integer.ts';
import { quantizeResolved } from '../tensor/quantize/quantize.ts';
import { withoutViews } from '../tensor/quantize/views.ts';
import { computing } from '../tensor/work.ts';
import type { LoadedModel } from './load.ts';
import { type MachinePlan, machinePlanToJson, parseMachinePlan } from './machine-plan.ts';
import type { MachineModel } from './model.ts';

/** A network that is not one of slots. */
export type LoadedTensorModel = LoadedModel & { readonly tensors: TensorGraph };

/** Whether a network is proven on the tensor machine. */
export function isTensorModel(loaded: LoadedModel): loaded is LoadedTensorModel {
  return loaded.tensors !== undefined;
}

/** The network's inputs, one after another in one tensor, as the arrays of each. */
export function splitInputs({ inputs }: TensorGraph, { data }: Tensor): Float64Array[] {
  let at = 0;
  return inputs.map(({ value: { shape } }) => {
    const n = shape.reduce((p, d) => p * d, 1);
    at += n;
    return data.subarray(at - n, at);
  });
}

/** How a plan is made from samples. */
export interface MachinePlanOptions {
  /** Room above the ranges of the samples, as a factor. */
  readonly headroom?: number | undefined;
  /** Whether a number that leaves its range is clamped in the circuit, not refused. */
  readonly saturate?: boolean | undefined;
}

/**
 * A plan from samples: the range of every tensor, with headroom.
 * @throws E_PLAN without a sample or for a headroom out of bounds, E_RANGE for a network that leaves all numbers
 */
export function planMachine(
  { tensors }: Pick<LoadedTensorModel, 'tensors'>,
  samples: readonly Tensor[],
  { headroom, saturate = false }: MachinePlanOptions = {},
): MachinePlan {
  if (samples.length === 0)
    throw new FoldError('E_PLAN', 'A plan of this network needs a sample input.', {
      expected: 'one input or more, from which the ranges of its numbers are taken',
      got: 'none',
      hint: '--input X.json   or   fold calibrate MODEL.onnx --data FILES',
    });
  const inputs = samples.map((sample) => splitInputs(tensors, sample));
  const options = { saturates: saturate, ...(headroom === undefined ? {} : { headroom }) };
  const quantization = calibrate(tensors, inputs, options);
  return { format: 'layerfold/plan', version: 4, machine: STANDARD, quantization, samples: samples.length };
}

/** The integers of a model against the network in doubles. @throws E_RANGE where an input leaves the plan's range */
export function machineAccuracy(
  tensors: TensorGraph,
  { plan }: Pick<MachineModel, 'plan'>,
  inputs: readonly Tensor[],
): TensorAccuracy {
  const samples = inputs.map((input) => splitInputs(tensors, input));
  return tensorAccuracy(tensors, parsePlan(plan.quantization, tensors), samples);
}

/** Whether the numbers that leave the ranges of a plan are clamped. */
export const saturates = ({ tensors }: Pick<LoadedTensorModel, 'tensors'>, { quantization }: MachinePlan): boolean =>
  parsePlan(quantization, tensors).saturates === true;

/** The network as a program under a plan. @throws E_PLAN for the plan of another network, and for a class of one that has none; E_UNSUPPORTED, E_TOO_LARGE */
export function machineModel({ tensors }: Pick<LoadedTensorModel, 'tensors'>, plan: MachinePlan): MachineModel {
  const { integers } = quantizeResolved(tensors, parsePlan(plan.quantization, tensors));
  const revealing = plan.reveals === 'class' ? withClass : (graph: IntegerGraph): IntegerGraph => graph;
  const program = compile(revealing(withoutViews(integers)), plan.machine);
  const layers = computing(tensors).length;
  return {
    ...{ plan, program, layers, steps: program.steps, ports: interfaceOf(program), reference: revealing(integers) },
    stepModel: (j) => program.model(j),
  };
}

/** What a plan should be: given, or what it is made from. */
export interface MachinePlanChoice extends MachinePlanOptions {
  readonly plan?: MachinePlan | undefined;
  readonly sample?: Tensor | undefined;
}

/** A plan, and where it came from. */
export interface ChosenMachinePlan {
  readonly plan: MachinePlan;
  readonly origin: 'given' | 'cache' | 'made';
  /** Whether the next input meets the same plan. */
  readonly kept: boolean;
}

/** The plan that is given, the one that is kept for the model, or one made from the sample. @throws E_PLAN */
export async function machinePlanFor(
  loaded: LoadedTensorModel,
  { plan, sample = loaded.sample, headroom, saturate }: MachinePlanChoice,
): Promise<ChosenMachinePlan> {
  if (plan) return { plan, origin: 'given', kept: true };
  const asked = { ...(headroom === undefined ? {} : { headroom }), ...(saturate && { saturate }) };
  const found = Object.keys(asked).length === 0 ? await keptMachinePlan(loaded) : undefined;
  if (found) return { plan: found, origin: 'cache', kept: true };
  const entry = await cached(CACHE, keyOf(loaded, asked), async () =>
    encode(planMachine(loaded, sample ? [sample] : [], asked)),
  );
  return { plan: decode(entry.content), origin: entry.hit ? 'cache' : 'made', kept: entry.kept };
}

/** The plan that is kept for a model. */
export async function keptMachinePlan(loaded: LoadedTensorModel): Promise<MachinePlan | undefined> {
  const content = await readCached(CACHE, keyOf(loaded));
  return content && decode(content);
}

/** Keeps a plan for a model: `machinePlanFor` takes it from now on. @returns false where it cannot be kept */
export async function keepMachinePlan(loaded: LoadedTensorModel, plan: MachinePlan): Promise<boolean> {
  invariant(plan.program === undefined, 'the plan of a run');
  return writeCached(CACHE, keyOf(loaded), encode(plan));
}

const CACHE = 'machine-plan';

/** The version goes up with the way in which a network is read and a plan is made; a plan counts the operations. */
const keyOf = ({ sha256, tensors }: LoadedTensorModel, asked: MachinePlanOptions = {}): string =>
  sha256Json({ model: sha256, version: 7, operations: tensors.operations.length, ...asked });

const encode = (plan: MachinePlan): Uint8Array => new TextEncoder().encode(JSON.stringify(machinePlanToJson(plan)));
/** Ranges do not depend on the machine: a kept plan is one for the machine that keys are made for, also where it was made before that one. */
const decode = (content: Uint8Array): MachinePlan => ({
  ...parseMachinePlan(JSON.parse(new TextDecoder().decode(content))),
  machine: STANDARD,
});
