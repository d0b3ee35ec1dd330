/**
 * The two kinds of step circuits, as data: slots for chains of equal layers (src/layers), and the tensor machine for every network
 * (src/machine). A step spec says which circuit; a data spec says how inputs and outputs become the digests of a proof. A step
 * plan of slots is both; the machine is one circuit for all, and each program has an interface for its data.
 */
import { FoldError } from '../errors.ts';
import type { Tensor } from '../ir/graph.ts';
import { parseStepPlan } from '../ir/plan.ts';
import { argmax } from '../ir/run.ts';
import { type StepPlan, stateSize } from '../layers/step-plan.ts';
import { type MachineInterface, parseShape, portLength } from '../machine/interface.ts';
import { isMachine, type StepSpec } from '../machine/spec.ts';

/** How inputs and outputs become digests. */
export type DataSpec = StepPlan | MachineInterface;

export function isInterface(data: DataSpec): data is MachineInterface {
  return 'inputs' in data;
}

/** A step spec from JSON, as a verification key carries it. @throws E_PLAN, E_FORMAT */
export function parseStepSpec(json: unknown): StepSpec {
  if (typeof json === 'object' && json !== null && 'machine' in json) return { machine: parseShape(json.machine) };
  return parseStepPlan(json);
}

/** The data spec that a step spec itself is. @throws E_INPUT for the machine, of which each program has its own */
export function dataOf(spec: StepSpec): StepPlan {
  if (!isMachine(spec)) return spec;
  throw new FoldError('E_INPUT', 'The key is that of the tensor machine, which serves every network.', {
    expected: "the interface of this network's program: plan.json of the run",
    got: 'the key alone',
  });
}

/** Most numbers that an input may have. */
export function inputLimit(data: DataSpec): number {
  return isInterface(data) ? portLength(data.inputs) : stateSize(data.slot);
}

/** round(v scale) of a program's inputs, one after another. @throws E_INPUT for another number of them */
export function machineInput({ inputs }: Pick<MachineInterface, 'inputs'>, { data }: Tensor): Float64Array {
  if (data.length !== portLength(inputs))
    throw new FoldError('E_INPUT', 'The input has the wrong length.', {
      expected: inputs.map(({ name, shape }) => `"${name}" [${shape.join(', ')}]`).join(' and '),
      got: `${data.length} numbers`,
    });
  const out = new Float64Array(data.length);
  let at = 0;
  // adding 0 turns -0 into 0
  for (const { places, scale } of inputs)
    for (const end = at + places.length; at < end; at++) out[at] = Math.round(data[at]! * scale) + 0;
  return out;
}

/** What integers of a program's outputs stand for. */
export function machineValues({ outputs }: Pick<MachineInterface, 'outputs'>, integers: Float64Array): Float64Array {
  const out = new Float64Array(integers.length);
  let at = 0;
  for (const { places, scale } of outputs)
    for (const end = at + places.length; at < end; at++) out[at] = integers[at]! / scale;
  return out;
}

/**
 * The class of an output: of a program the single integer that its first output is, else the place of that output's largest number. It
 * is what a program reveals that reveals the class.
 */
export function classOf(data: DataSpec, integers: Float64Array): number {
  if (!isInterface(data)) return argmax(integers);
  const [first] = data.outputs;
  const own = integers.subarray(0, first?.places.length ?? 0);
  return own.length === 1 && first!.scale === 1 && own[0]! >= 0 ? own[0]! : argmax(own);
}

/** The distance between neighbouring inputs, in words. */
export function stepText(data: DataSpec): string {
  return isInterface(data)
    ? data.inputs.map(({ scale }) => `1/${scale}`).join(' and ')
    : `2^-${data.activationFraction}`;
}

/** What a wrap opens to show a class; undefined for the machine, whose state has it. */
export function readoutOf(spec: StepSpec): StepPlan['readout'] | undefined {
  return isMachine(spec) ? undefined : spec.readout;
}

/** Layers that a step has place for; undefined for the machine. */
export function slotsOf(spec: StepSpec): number | undefined {
  return isMachine(spec) ? undefined : spec.slots;
}
