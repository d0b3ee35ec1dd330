/** One repetition of an experiment: a network proven and verified once, and everything about it measured. */
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { accuracyReport, errorsOf } from '../ir/accuracy.ts';
import type { Tensor } from '../ir/graph.ts';
import { joinInputs } from '../ir/input.ts';
import { readInputFile } from '../ir/input-file.ts';
import type { IntegerResult } from '../ir/run.ts';
import { slotLinearShape, weightCount } from '../layers/linear-shape.ts';
import { stateSize } from '../layers/step-plan.ts';
import { encodeProof } from '../store/proof-file.ts';
import { evaluate } from '../tensor/evaluate.ts';
import { parsePlan } from '../tensor/plan.ts';
import { budgetOf } from './budget.ts';
import { developmentKeySource } from './keys.ts';
import { type LoadedModel, loadModel } from './load.ts';
import type { Circuit } from './load-network.ts';
import { peakMemory } from './machine.ts';
import { isTensorModel, type LoadedTensorModel, machineModel, machinePlanFor, splitInputs } from './machine-model.ts';
import { isMachineModel, type ProvableModel, stepSpecOf } from './model.ts';
import { verifyOwn } from './own-proof.ts';
import { plan, quantize } from './plan.ts';
import { planFor } from './plan-for.ts';
import { prove } from './prove.ts';
import { modelWarnings } from './warnings.ts';

/** What is asked for; what is absent is chosen as `fold prove` chooses it. */
export interface Asked {
  /** A bundled or the synthetic network, or an ONNX file with an input. */
  readonly network: { readonly circuit?: Circuit | undefined } & (
    | { readonly network: string; readonly seed?: number | undefined }
    | {
        readonly model: string;
        readonly input: string;
        /** Sizes of symbolic dimensions. */
        readonly dim?: Readonly<Record<string, number>> | undefined;
      }
  );
  readonly layers?: number;
  /** Width of the synthetic network. */
  readonly channels?: number;
  readonly side?: number;
  readonly layersPerStep?: number;
  readonly workers: number;
  readonly activationBits?: number;
  readonly activationFraction?: number;
  readonly weightFraction?: number;
  /** Of the tensor machine, which has none of the other scales. */
  readonly headroom?: number;
}

/** Seconds are wall-clock, sizes bytes; rows, bits and products are those of one step. */
export interface Measured {
  readonly circuit: Circuit;
  /** Of a program its operations. */
  readonly layers: number;
  readonly layersPerStep?: number;
  readonly activationBits?: number;
  readonly activationFraction?: number;
  readonly weightFraction?: number;
  readonly headroom?: number;
  /** Of one layer between head and readout. */
  readonly activations?: number;
  readonly weights?: number;
  readonly steps: number;
  readonly rows: number;
  readonly bits: number;
  readonly products: number;
  readonly wrapConstraints: number;
  /** Commitment key and step circuit: once per plan, not part of proving. */
  readonly circuitSeconds: number;
  readonly integersSeconds: number;
  readonly commitSeconds: number;
  readonly foldSeconds: number;
  /** Integer run, model commitments, start of the threads and fold: from the input to the folded proof. */
  readonly proveSeconds: number;
  /** Of all threads during proving: moves less than the clock's time where other programs run beside. */
  readonly processorSeconds: number;
  readonly verifySeconds: number;
  /** Means over the steps, of what the main thread does or waits for. */
  readonly stepSeconds: number;
  readonly stepWitnessSeconds: number;
  readonly stepCommitSeconds: number;
  readonly stepCycleFoldSeconds: number;
  readonly stepFoldSeconds: number;
  readonly peakMemory: number;
  readonly proofBytes: number;
  readonly class: number;
  /** Largest |logit - the network's in floating point| on this input. */
  readonly logitError: number;
}

/** Runs in a process of its own, so that the peak of memory is its own. @throws what loading, planning and proving throw */
export async function measure(asked: Asked, on?: EventListener): Promise<Measured> {
  const stages = new Map<string, number>();
  const listener: EventListener = (event) => {
    if (event.type === 'stage-end') stages.set(event.stage, event.seconds);
    on?.(event);
  };
  const { workers } = asked;
  const { loaded, input } = await open(asked);
  const { model, figures } = isTensorModel(loaded)
    ? await inProgram(loaded, input, asked)
    : await inSlots(loaded, input, asked);
  for (const event of modelWarnings(loaded, model)) on?.(event);
  const planned = await plan(model, developmentKeySource(), listener);
  const start = performance.now();
  const used = process.cpuUsage();
  const { proof, output, seconds } = await prove(planned, input, { workers, on: listener });
  const proveSeconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(used);
  await verifyOwn(proof, planned, { on: listener });
  const budget = await budgetOf(planned.system, stepSpecOf(model.plan));
  const part = (name: string): number => (seconds[name] ?? 0) / model.steps;
  const stageSeconds = (name: string): number => stages.get(name) ?? 0;
  return {
    layers: model.layers,
    ...figures,
    steps: model.steps,
    rows: budget.rows,
    bits: budget.bits,
    products: budget.products,
    wrapConstraints: budget.wrapConstraints,
    circuitSeconds: stageSeconds('circuit'),
    integersSeconds: stageSeconds('integers'),
    commitSeconds: stageSeconds('commit'),
    foldSeconds: stageSeconds('fold'),
    proveSeconds,
    processorSeconds: (user + system) / 1e6,
    verifySeconds: stageSeconds('verify'),
    stepSeconds: stageSeconds('fold') / model.steps,
    stepWitnessSeconds: part('witness'),
    stepCommitSeconds: part('commit'),
    stepCycleFoldSeconds: part('cycleFold'),
    stepFoldSeconds: part('fold'),
    peakMemory: await peakMemory(),
    proofBytes: encodeProof(proof).length,
    class: output.class,
    logitError: errorOf(loaded, model, input, output),
  };
}

type Figures = Pick<Measured, 'circuit'> & Partial<Measured>;

async function open({
  network,
  layers,
  channels,
  side,
}: Asked): Promise<{ readonly loaded: LoadedModel; readonly input: Tensor }> {
  if ('network' in network) {
    const loaded = await loadModel({ ...network, layers, channels, side });
    return { loaded, input: loaded.sample! };
  }
  const { model: path, dim, circuit } = network;
  const dims = dim && new Map(Object.entries(dim));
  const loaded = await loadModel({ path, layers, circuit, dims });
  const inputs = await readInputFile(network.input, loaded.graph);
  return { loaded, input: isTensorModel(loaded) ? joinInputs(inputs) : inputs[0]! };
}

async function inSlots(
  loaded: LoadedModel,
  sample: Tensor,
  asked: Asked,
): Promise<{ readonly model: ProvableModel; readonly figures: Figures }> {
  if (asked.headroom !== undefined) throw foreign('headroom', 'slots');
  const { layersPerStep, activationBits, activationFraction, weightFraction } = asked;
  const chosen = await planFor(loaded, {
    sample,
    ...(layersPerStep === undefined ? {} : { layersPerStep }),
    ...(activationBits === undefined ? {} : { activationBits }),
    ...(activationFraction === undefined ? {} : { activationFraction }),
    ...(weightFraction === undefined ? {} : { weightFraction }),
  });
  const { step } = chosen.plan;
  return {
    model: quantize(loaded, { plan: chosen.plan }),
    figures: {
      circuit: 'slots',
      layersPerStep: step.slots,
      activationBits: step.activationBits,
      activationFraction: step.activationFraction,
      weightFraction: step.weightFraction,
      activations: stateSize(step.slot),
      weights: weightCount(slotLinearShape(step.slot)),
    },
  };
}

async function inProgram(
  loaded: LoadedTensorModel,
  sample: Tensor,
  asked: Asked,
): Promise<{ readonly model: ProvableModel; readonly figures: Figures }> {
  const scale = (['layersPerStep', 'activationBits', 'activationFraction', 'weightFraction'] as const).find(
    (name) => asked[name] !== undefined,
  );
  if (scale) throw foreign(scale, 'the tensor machine');
  const { plan: chosen } = await machinePlanFor(loaded, { sample, headroom: asked.headroom });
  const { headroom } = parsePlan(chosen.quantization, loaded.tensors);
  return { model: machineModel(loaded, chosen), figures: { circuit: 'machine', headroom } };
}

const foreign = (name: string, circuit: string): FoldError =>
  new FoldError('E_USAGE', `${name} is no parameter of ${circuit}.`, {
    expected: 'networks of the circuit that has it',
    got: name,
  });

/** Largest difference of a number of the (first) output from the network in floating point. */
function errorOf(loaded: LoadedModel, model: ProvableModel, input: Tensor, { values }: IntegerResult): number {
  if (!isMachineModel(model)) return accuracyReport(loaded.graph, model, [input]).output.max;
  const { tensors } = loaded as LoadedTensorModel;
  const real = evaluate(tensors, splitInputs(tensors, input))[0]!;
  return errorsOf(values.subarray(0, real.length), real).max;
}
