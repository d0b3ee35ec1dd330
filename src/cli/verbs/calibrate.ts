/**
 * `fold calibrate`: chooses scales, bits and grouping from many inputs, keeps that plan for the model and writes it as a file. It
 * is the first step with a network of one's own: the plan fixes the model digest.
 */
import type { LoadedModel } from '../../api/load.ts';
import {
  isTensorModel,
  keepMachinePlan,
  type LoadedTensorModel,
  machineAccuracy,
  machineModel,
  planMachine,
} from '../../api/machine-model.ts';
import { machinePlanToJson } from '../../api/machine-plan.ts';
import { runModel } from '../../api/model.ts';
import { makePlan, quantize } from '../../api/plan.ts';
import { keepPlan } from '../../api/plan-for.ts';
import { runWarnings } from '../../api/warnings.ts';
import { FoldError } from '../../errors.ts';
import { readBatch } from '../../ir/batch-inputs.ts';
import type { Tensor } from '../../ir/graph.ts';
import { runInteger } from '../../ir/run.ts';
import { type CommandContext, MODEL_OPTIONS, PLAN_OPTIONS } from '../../runs/context.ts';
import { openModel, refuseOfMachine } from '../../runs/resolve.ts';
import { accuracyLines } from '../../show/accuracy.ts';
import { counted } from '../../show/format.ts';
import { planLines } from '../../show/plan-lines.ts';
import { warnOfModel, warnOfRuns } from '../../show/warnings.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import { jsonBytes } from '../../store/json.ts';
import { SEED } from '../meaning.ts';
import { MODEL_ARGUMENT, type Verb } from '../verb.ts';

/** Nodes that are shown; --json has all. */
const WORST_NODES = 5;

export const calibrateVerb: Verb = {
  name: 'calibrate',
  about: 'Choose a plan from inputs, keep it and write it to a file.',
  argument: MODEL_ARGUMENT,
  options: [...MODEL_OPTIONS, 'data', ...PLAN_OPTIONS.filter((name) => name !== 'plan'), 'out'],
  meanings: [SEED],
  examples: [
    'fold calibrate MODEL.onnx --data A.json B.json',
    'fold calibrate MODEL.onnx --data inputs/ --out plan.json',
  ],
  run: async (context) => {
    const { options, report } = context;
    const loaded = await openModel(context);
    const { data = [], layersPerStep, activationBits, activationFraction, weightFraction } = options;
    const samples = data.length > 0 ? await readSamples(data, loaded) : ownSample(loaded);
    if (samples.length === 0 && (activationBits === undefined || isTensorModel(loaded)))
      throw new FoldError('E_USAGE', 'A plan needs inputs to be made from, or a number of activation bits.', {
        expected: '--data FILES (files, folders of .json files, .jsonl files) or --activation-bits N',
        got: 'neither',
        hint: '--data inputs/',
      });
    if (isTensorModel(loaded)) return calibrateMachine(context, loaded, samples);
    refuseOfMachine(options);
    const plan = makePlan(loaded, {
      samples: samples.map(({ input }) => input),
      ...(layersPerStep === undefined ? {} : { layersPerStep }),
      ...(activationBits === undefined ? {} : { activationBits }),
      ...(activationFraction === undefined ? {} : { activationFraction }),
      ...(weightFraction === undefined ? {} : { weightFraction }),
    });
    const model = quantize(loaded, { plan });
    const runs = samples.map(({ id, input }) => ({ id, input, output: runInteger(model, input) }));
    const path = options.out ?? `${loaded.name}.plan.json`;
    await writeFileAtomic(path, jsonBytes(plan));
    const kept = await keepPlan(loaded, plan);
    warnOfModel(report, loaded, model);
    warnOfRuns(report, runWarnings(loaded, model), runs);
    report.result('calibrate', { plan, path, kept }, [
      ...planLines(plan, model),
      kept
        ? `written to ${path}, and kept for this model: every verb takes it from now on`
        : `written to ${path}; a verb takes it with --plan ${path}`,
    ]);
    return 0;
  },
};

/** The ranges of all tensors, and what the integers lose against floating point. */
async function calibrateMachine(
  { options, report }: CommandContext,
  loaded: LoadedTensorModel,
  samples: readonly Sample[],
): Promise<number> {
  const inputs = samples.map(({ input }) => input);
  const plan = planMachine(loaded, inputs, { headroom: options.headroom, saturate: options.saturate });
  const model = machineModel(loaded, plan);
  const runs = samples.map(({ id, input }) => ({ id, input, output: runModel(model, input) }));
  const path = options.out ?? `${loaded.name}.plan.json`;
  await writeFileAtomic(path, jsonBytes(machinePlanToJson(plan)));
  const kept = await keepMachinePlan(loaded, plan);
  warnOfRuns(report, runWarnings(loaded, model), runs);
  const accuracy = machineAccuracy(loaded.tensors, model, inputs);
  report.result('calibrate', { plan: machinePlanToJson(plan), path, kept, accuracy }, [
    `plan: ranges from ${counted(samples.length, 'sample')}; ${counted(model.steps, 'step')} of the tensor machine`,
    ...(options.saturate ? ['numbers beyond the ranges are clamped in the circuit'] : []),
    ...accuracyLines(accuracy, WORST_NODES),
    kept
      ? `written to ${path}, and kept for this model: every verb takes it from now on`
      : `written to ${path}; a verb takes it with --plan ${path}`,
  ]);
  return 0;
}

interface Sample {
  readonly id: string;
  readonly input: Tensor;
}

async function readSamples(paths: readonly string[], { graph }: LoadedModel): Promise<Sample[]> {
  return (await readBatch(paths, graph, process.stdin)).map(({ id, source, input }) => {
    if (!(input instanceof FoldError)) return { id, input };
    const { code, message, expected = '', got = '' } = input;
    throw new FoldError(code, `"${source}": ${message}`, { expected, got, cause: input });
  });
}

/** Of a network that comes with the package. */
const ownSample = ({ sample }: LoadedModel): Sample[] => (sample ? [{ id: 'sample', input: sample }] : []);
