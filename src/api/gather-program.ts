/** What a report shows of a run on the tensor machine beside its times: the program, and its outputs against the network's floats. */
import { FoldError } from '../errors.ts';
import { type ErrorSummary, errorsOf } from '../ir/accuracy.ts';
import type { Tensor } from '../ir/graph.ts';
import type { MachineInterface } from '../machine/interface.ts';
import type { MachineShape } from '../machine/shape.ts';
import type { RunOutput } from '../store/run-data.ts';
import { evaluate } from '../tensor/evaluate.ts';
import { parsePlan } from '../tensor/plan.ts';
import type { LoadedModel } from './load.ts';
import { isTensorModel, keptMachinePlan, type LoadedTensorModel, machineModel, splitInputs } from './machine-model.ts';
import type { MachinePlan, ProvenProgram } from './machine-plan.ts';
import { type MachineModel, runModel } from './model.ts';
import { type ProgramFacts, programFacts } from './program-facts.ts';
import { rejected } from './proven-data.ts';
import { classOf, machineValues } from './specs.ts';

/** One output of a run. */
export interface OutputFacts {
  readonly name: string;
  readonly shape: readonly number[];
  readonly scale: number;
  /** Real numbers that the proven integers stand for. */
  readonly values: Float64Array;
  /** Against the network in floating point; undefined where the model or the input is not at hand. */
  readonly error?: ErrorSummary;
  /** The largest error that calibration expected. */
  readonly expected?: number;
}

export interface ProgramReport {
  readonly shape: MachineShape;
  readonly ports: MachineInterface;
  /** Undefined where the model is not at hand. */
  readonly facts: ProgramFacts | undefined;
  /** Undefined where the output is private and not here. */
  readonly outputs: readonly OutputFacts[] | undefined;
  /** Whether the network in floating point names the same class. */
  readonly sameClass: boolean | undefined;
}

/** The program of a run's network, under the run's plan, or the one that is kept where that does not tell its integers. */
export async function programOf(loaded: LoadedModel, plan: MachinePlan): Promise<ReadModel> {
  if (!isTensorModel(loaded))
    throw new FoldError('E_REJECTED', 'The run is proven on the tensor machine, and your model is not read for it.', {
      expected: 'the model of the run',
      got: 'a chain of layers',
      hint: '--circuit machine',
    });
  const own = plan.quantization === undefined ? await keptMachinePlan(loaded) : plan;
  const quantization = own?.quantization;
  if (quantization === undefined) return { loaded, model: undefined };
  return { loaded, model: machineModel(loaded, { ...plan, quantization }) };
}

export interface ReadModel {
  readonly loaded: LoadedTensorModel;
  /** Undefined where nobody tells the plan of a private run. */
  readonly model: MachineModel | undefined;
}

/**
 * Runs the program again on the input of the folder, where both are there.
 * @param output that the proof was seen to cover
 * @throws E_REJECTED for a model that gives another output
 */
export function programReport(
  plan: MachinePlan & { readonly program: ProvenProgram },
  read: ReadModel | undefined,
  input: Tensor | undefined,
  output: RunOutput | undefined,
): ProgramReport {
  const { ports } = plan.program;
  const model = read?.model;
  const facts = read && model && programFacts(read.loaded, model);
  const integers = output && Float64Array.from(output.integers);
  if (model && input && integers && runModel(model, input).logits.join() !== integers.join())
    throw rejected('model', 'a model that gives the proven output', 'one that gives another');
  const real = read && input && evaluate(read.loaded.tensors, splitInputs(read.loaded.tensors, input));
  const expected = read && model && parsePlan(model.plan.quantization, read.loaded.tensors).errors;
  return {
    ...{ shape: plan.machine, ports, facts },
    outputs: integers && outputFacts(ports, integers, real, expected),
    sameClass: real && output && classOf(ports, joined(ports, real)) === output.class,
  };
}

function outputFacts(
  ports: MachineInterface,
  integers: Float64Array,
  real: readonly Float64Array[] | undefined,
  expected: readonly number[] | undefined,
): OutputFacts[] {
  const values = machineValues(ports, integers);
  let at = 0;
  return ports.outputs.map(({ name, shape, scale, places }, k) => {
    at += places.length;
    const own = values.subarray(at - places.length, at);
    return {
      ...{ name, shape, scale, values: own },
      ...(real && { error: errorsOf(own, real[k]!) }),
      ...(expected && { expected: expected[k]! }),
    };
  });
}

/** Real numbers of all outputs, one after another. */
function joined({ outputs }: MachineInterface, real: readonly Float64Array[]): Float64Array {
  return Float64Array.from(outputs.flatMap((_, k) => [...real[k]!]));
}
