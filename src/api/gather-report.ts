/**
 * Everything that a run folder has to tell, gathered for the report. Nothing here is verified: the page says so, and names
 * the command that does it. What is absent (a plan, events, the model) leaves its section out.
 */
import { join } from 'node:path';
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { type AccuracyReport, accuracyReport } from '../ir/accuracy.ts';
import { bitLength } from '../ir/calibrate.ts';
import type { Tensor } from '../ir/graph.ts';
import type { QuantizedModel } from '../ir/model.ts';
import { type Plan, parsePlan } from '../ir/plan.ts';
import { runInteger } from '../ir/run.ts';
import { EVENTS_FILE, MAX_EVENTS_BYTES, parseEventLog, type Timeline } from '../store/event-log.ts';
import { parseAnyJson } from '../store/json.ts';
import { readIfThere } from '../store/read.ts';
import { readRun, readRunFile } from '../store/run-folder.ts';
import {
  INPUT_FILE,
  OUTPUT_FILE,
  PLAN_FILE,
  PRIVATE_OUTPUT_FILE,
  parseOutput,
  parseRunInput,
  type RunOutput,
  type RunRecord,
} from '../store/run-record.ts';
import { encodeCalldata } from '../wrap/contract/calldata.ts';
import { calldataGas, estimateGas } from '../wrap/contract/gas.ts';
import { type Budget, budgetOf } from './budget.ts';
import { developmentKeySource } from './keys.ts';
import { type LoadedModel, loadModel, NETWORKS } from './load.ts';
import { buildPlan, quantize } from './plan.ts';
import { hasFinal, readFinal } from './verify-final.ts';

/** One layer of the picture. */
export interface LayerFacts {
  readonly name: string;
  readonly residual: boolean;
  /** Bits of the largest magnitude that must fit the activation bits, on this input. */
  readonly peakBits: number;
}

export interface RunReport {
  readonly record: RunRecord;
  readonly plan: Plan | undefined;
  readonly output: RunOutput | undefined;
  readonly timeline: Timeline | undefined;
  readonly budget: Budget | undefined;
  /** Bytes of its calldata, and the estimated gas of a transaction that verifies it. */
  readonly final: { readonly calldataBytes: number; readonly calldataGas: number; readonly gas: number } | undefined;
  /** From the model and the input that stand beside the proof. */
  readonly run: { readonly layers: readonly LayerFacts[]; readonly accuracy: AccuracyReport } | undefined;
}

/**
 * @param given the model; without it a network that comes with the package is found by its name
 * @throws E_FILE where there is no run; E_REJECTED for a model that is not the run's
 */
export async function gatherReport(path: string, given?: LoadedModel, on?: EventListener): Promise<RunReport> {
  const record = await readRun(path);
  if (!record) throw new FoldError('E_FILE', `There is no run in "${path}".`, { expected: 'a folder with a run.json' });
  const read = (name: Parameters<typeof readRunFile>[1]) => readRunFile(path, name);
  const [planBytes, outputBytes, inputBytes] = [
    await read(PLAN_FILE),
    (await read(OUTPUT_FILE)) ?? (await read(PRIVATE_OUTPUT_FILE)),
    await read(INPUT_FILE),
  ];
  const plan = planBytes && parsePlan(parseAnyJson(planBytes, PLAN_FILE));
  const input = inputBytes && parseRunInput(inputBytes);
  const tensor = input && { shape: input.input_shapes[0]!, data: Float64Array.from(input.input_data[0]!) };
  const events = await readIfThere(join(path, EVENTS_FILE), MAX_EVENTS_BYTES);
  // sizes do not depend on the key
  const budget = plan && (await budgetOf((await buildPlan(plan.step, developmentKeySource())).system, plan.step));
  const loaded = given ?? (await bundled(record));
  if (given && record.model.sha256 !== undefined && given.sha256 !== record.model.sha256)
    throw new FoldError('E_REJECTED', 'The model is not the one of this run.', {
      expected: `sha256 ${record.model.sha256}`,
      got: given.sha256,
    });
  return {
    record,
    plan,
    output: outputBytes && parseOutput(outputBytes),
    timeline: events && parseEventLog(events),
    budget,
    final: (await hasFinal(path)) ? await onChain(path) : undefined,
    run: loaded && plan && tensor && runAgain(loaded, quantize(loaded, { plan }), tensor, on),
  };
}

async function onChain(path: string): Promise<NonNullable<RunReport['final']>> {
  const { statement, proof } = await readFinal(path, undefined);
  const calldata = encodeCalldata(statement, proof);
  return { calldataBytes: calldata.length, calldataGas: calldataGas(calldata), gas: estimateGas(statement, proof) };
}

async function bundled({ model }: RunRecord): Promise<LoadedModel | undefined> {
  if (!NETWORKS.includes(model.name)) return undefined;
  const { name, layers, seed } = model;
  const loaded = await loadModel({ network: name, layers, seed }).catch(() => undefined);
  return loaded?.sha256 === model.sha256 ? loaded : undefined;
}

function runAgain(loaded: LoadedModel, model: QuantizedModel, input: Tensor, on?: EventListener): RunReport['run'] {
  on?.({ type: 'stage-start', stage: 'integers' });
  const layers: LayerFacts[] = [];
  runInteger(model, input, ({ index, name, before }) => {
    const peak = before.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    layers.push({ name, residual: model.network.layers[index]!.residual, peakBits: bitLength(peak) });
  });
  return { layers, accuracy: accuracyReport(loaded.graph, model, [input]) };
}
