/** One repetition of an experiment: a network proven and verified once, and everything about it measured. */
import type { EventListener } from '../events.ts';
import { accuracyReport } from '../ir/accuracy.ts';
import { readInputFile } from '../ir/input-file.ts';
import { slotLinearShape, weightCount } from '../layers/linear-shape.ts';
import { stateSize } from '../layers/step-plan.ts';
import { encodeProof } from '../store/proof-file.ts';
import { budgetOf } from './budget.ts';
import { developmentKeySource } from './keys.ts';
import { loadModel } from './load.ts';
import { peakMemory } from './machine.ts';
import { verifyOwn } from './own-proof.ts';
import { plan, quantize } from './plan.ts';
import { planFor } from './plan-for.ts';
import { prove } from './prove.ts';
import { modelWarnings } from './warnings.ts';

/** What is asked for; what is absent is chosen as `fold prove` chooses it. */
export interface Asked {
  /** A bundled or the synthetic network, or an ONNX file with an input. */
  readonly network:
    | { readonly network: string; readonly seed?: number | undefined }
    | { readonly model: string; readonly input: string };
  readonly layers?: number;
  /** Width of the synthetic network. */
  readonly channels?: number;
  readonly side?: number;
  readonly layersPerStep?: number;
  readonly workers: number;
  readonly activationBits?: number;
  readonly activationFraction?: number;
  readonly weightFraction?: number;
}

/** Seconds are wall-clock, sizes bytes; rows, bits and products are those of one step. */
export interface Measured {
  readonly layers: number;
  readonly layersPerStep: number;
  readonly activationBits: number;
  readonly activationFraction: number;
  readonly weightFraction: number;
  /** Of one layer between head and readout. */
  readonly activations: number;
  readonly weights: number;
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
  const { network, layers, channels, side, layersPerStep, workers } = asked;
  const { activationBits, activationFraction, weightFraction } = asked;
  const loaded = await loadModel(
    'network' in network ? { ...network, layers, channels, side } : { path: network.model, layers },
  );
  const input = 'network' in network ? loaded.sample! : (await readInputFile(network.input, loaded.graph))[0]!;
  const chosen = await planFor(loaded, {
    sample: input,
    ...(layersPerStep === undefined ? {} : { layersPerStep }),
    ...(activationBits === undefined ? {} : { activationBits }),
    ...(activationFraction === undefined ? {} : { activationFraction }),
    ...(weightFraction === undefined ? {} : { weightFraction }),
  });
  const model = quantize(loaded, { plan: chosen.plan });
  for (const event of modelWarnings(loaded, model)) on?.(event);
  const planned = await plan(model, developmentKeySource(), listener);
  const start = performance.now();
  const used = process.cpuUsage();
  const { proof, output, seconds } = await prove(planned, input, { workers, on: listener });
  const proveSeconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(used);
  await verifyOwn(proof, planned, { on: listener });
  const budget = await budgetOf(planned.system, chosen.plan.step);
  const { step } = chosen.plan;
  const part = (name: string): number => (seconds[name] ?? 0) / model.steps;
  const stageSeconds = (name: string): number => stages.get(name) ?? 0;
  return {
    layers: model.layers,
    layersPerStep: step.slots,
    activationBits: step.activationBits,
    activationFraction: step.activationFraction,
    weightFraction: step.weightFraction,
    activations: stateSize(step.slot),
    weights: weightCount(slotLinearShape(step.slot)),
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
    logitError: accuracyReport(loaded.graph, model, [input]).output.max,
  };
}
