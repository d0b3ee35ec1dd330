/**
 * A network in integers, whatever circuit its steps are: what the life of a run asks of it. A chain of equal layers in slots
 * (src/ir/model.ts), or a program of the tensor machine.
 */
import { concatNumbers } from '../algebra/concat.ts';
import type { Engine } from '../algebra/engine.ts';
import { nativeSponge } from '../algebra/sponge.ts';
import { openModelDigest } from '../folding/member.ts';
import type { ProgramOpening } from '../folding/memory.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { Tensor } from '../ir/graph.ts';
import type { QuantizedModel } from '../ir/model.ts';
import { type Plan, parsePlan } from '../ir/plan.ts';
import { type IntegerResult, runInteger } from '../ir/run.ts';
import { interfaceDigest, type MachineInterface } from '../machine/interface.ts';
import { runProgram } from '../machine/interpreter.ts';
import type { Memory } from '../machine/memory.ts';
import type { Program, ProgramPort } from '../machine/program.ts';
import type { StepSpec } from '../machine/spec.ts';
import type { PrivatePart } from '../store/run-record.ts';
import type { IntegerGraph } from '../tensor/quantize/integer.ts';
import { KeptRuns, type TracedRun } from './kept-runs.ts';
import { type MachinePlan, openProgram, type ProvenProgram, parseMachinePlan } from './machine-plan.ts';
import { checkAgainstReference } from './reference-run.ts';
import { classOf, type DataSpec, machineInput, machineValues } from './specs.ts';

/** A network as a program of the machine. */
export interface MachineModel {
  readonly plan: MachinePlan;
  readonly program: Program;
  readonly ports: MachineInterface;
  /** The integer network that the program is of: both give the same. A program that was written by hand has none. */
  readonly reference?: IntegerGraph;
  /** Nodes of the network that compute something. */
  readonly layers: number;
  /** L, steps of one run. */
  readonly steps: number;
  /** The model entries of step j < L, without blinding. */
  stepModel(j: number): Float64Array;
}

/** How large a network is told to be: of a private one on the machine only its steps, which the proof tells too. */
export function toldLayers(model: ProvableModel, hidden: readonly PrivatePart[]): number {
  return isMachineModel(model) && hidden.includes('model') ? model.steps : model.layers;
}

/** A model of either circuit. */
export type ProvableModel = QuantizedModel | MachineModel;

/** A plan of either kind. */
export type AnyPlan = Plan | MachinePlan;

/** Whether a model's steps are the machine's. */
export function isMachineModel(model: ProvableModel): model is MachineModel {
  return 'program' in model;
}

export function isMachinePlan(plan: AnyPlan): plan is MachinePlan {
  return 'machine' in plan;
}

/** A plan of either kind from JSON. @throws E_PLAN, E_FORMAT, E_TOO_LARGE */
export function parseAnyPlan(json: unknown): AnyPlan {
  const machine = typeof json === 'object' && json !== null && 'machine' in json;
  return machine ? parseMachinePlan(json) : parsePlan(json);
}

/** What opens the digest of a program in a chain, beside commitments, before anything is planned. */
export function openingOf({ ports }: MachineModel): ProgramOpening<bigint> {
  return { interfaceDigest: interfaceDigest(ports), planned: 0n };
}

/** What opens the model digest of a proof of this program. */
export function provenProgram(engine: Engine, { ports }: MachineModel, proof: FoldedProof): ProvenProgram {
  const { parameters, stepsPerNetwork, chain } = openModelDigest(nativeSponge(engine), proof);
  return { steps: Number(stepsPerNetwork), parameters, chain, ports };
}

/** How the data of a proof under this plan become digests. @throws E_REJECTED for the plan of another model, E_PLAN */
export function dataSpecOfPlan(plan: AnyPlan, modelDigest: bigint): DataSpec {
  return isMachinePlan(plan) ? openProgram(plan, modelDigest).ports : plan.step;
}

/** The circuit of a plan's steps. */
export function stepSpecOf(plan: AnyPlan): StepSpec {
  return isMachinePlan(plan) ? { machine: plan.machine } : plan.step;
}

/** How a model's data become digests. */
export function dataSpecOf(model: ProvableModel): DataSpec {
  return isMachineModel(model) ? model.ports : model.plan.step;
}

/** Integers of all ports, one after another, by the ports' names. */
function perPort(ports: readonly ProgramPort[], integers: Float64Array): Record<string, Float64Array> {
  let at = 0;
  return Object.fromEntries(
    ports.map(({ name, places }) => {
      at += places.length;
      return [name, integers.subarray(at - places.length, at)];
    }),
  );
}

/**
 * Runs a model on a real input, exactly as it is proven.
 * @throws E_INPUT for a wrong length, E_RANGE naming place, index and value where a number leaves its range
 */
export function runModel(model: ProvableModel, input: Tensor): IntegerResult {
  return isMachineModel(model) ? runTraced(model, input).output : runInteger(model, input);
}

const KEPT = new WeakMap<MachineModel, KeptRuns>();
/** Bytes of a model's memories between showing and proving. */
const KEPT_BYTES = 2 ** 26;

function keptOf(model: MachineModel): KeptRuns {
  const kept = KEPT.get(model) ?? new KeptRuns(KEPT_BYTES);
  KEPT.set(model, kept);
  return kept;
}

/** The same of a program; made once where it is kept. */
export function runTraced(model: MachineModel, input: Tensor): TracedRun {
  const integers = machineInput(model.ports, input);
  const kept = keptOf(model);
  const before = kept.of(integers);
  if (before) return before;
  const run = traced(model, integers);
  kept.add(integers, run);
  return run;
}

/** The memory alone; the run is not kept for another one, who would keep it from being freed. */
export function takeMemory(model: MachineModel, input: Tensor): Memory {
  const run = runTraced(model, input);
  keptOf(model).remove(run);
  return run.memory;
}

/** Runs a program once more, and tells of the memory after each step. */
export function runAgain(model: MachineModel, input: Tensor, after: (j: number, memory: Memory) => void): void {
  runProgram(model.program, perPort(model.ports.inputs, machineInput(model.ports, input)), after);
}

function traced(model: MachineModel, integers: Float64Array): TracedRun {
  const { ports } = model;
  const inputs = perPort(ports.inputs, integers);
  const run = runProgram(model.program, inputs);
  if (model.reference) checkAgainstReference(model.reference, inputs, run);
  const outputs = concatNumbers(ports.outputs.map(({ name }) => run.outputs[name]!));
  const [first] = ports.outputs;
  const output = {
    logits: outputs,
    values: machineValues(ports, outputs),
    shape: ports.outputs.length === 1 ? first!.shape : [outputs.length],
    class: classOf(ports, outputs),
    k: run.k,
  };
  return { output, memory: run.memory };
}
