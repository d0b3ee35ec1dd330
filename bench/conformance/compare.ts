/**
 * A case in the machine's integers against what it should give. A network is held to the error that its own plan predicts, and to
 * a hundredth of the output's range: a prediction that allows everything shows nothing.
 */
import { machineModel, planMachine } from '../../src/api/machine-model.ts';
import { type MachineModel, runModel } from '../../src/api/model.ts';
import type { Tensor } from '../../src/ir/graph.ts';
import { joinInputs } from '../../src/ir/input.ts';
import type { Constant } from '../../src/tensor/graph.ts';
import { parsePlan } from '../../src/tensor/plan.ts';
import { type ConformanceCase, caseGraph } from './cases.ts';

/** Of node cases, as ONNX's suite compares: of the value, and of the output's range. */
const RELATIVE = 1e-2;
const OF_RANGE = 2 ** -10;

/** Reference values were computed and written in 32-bit floats. */
const FLOAT = 2 ** -18;

/** Most that a network's error may be of its output's range, whatever its plan predicts. */
const MOST_ERROR = 1e-2;

export interface CaseRun {
  readonly model: MachineModel;
  readonly input: Tensor;
  readonly operations: number;
  /** Largest error and largest predicted error, each as a part of its output's range. */
  readonly error: number;
  readonly predicted: number;
  /** Why it fails; undefined where it passes. */
  readonly reason: string | undefined;
}

/** @param saturate whether its plan clamps what leaves its ranges @throws FoldError for what cannot be run */
export function runCase(given: ConformanceCase, saturate = false): CaseRun {
  const { graph, data } = caseGraph(given, given.kind === 'node' ? 'parameters' : 'nothing');
  const input = joinInputs(data.map((numbers) => ({ shape: [numbers.length], data: numbers })));
  const plan = planMachine({ tensors: graph }, [input], { saturate });
  const model = machineModel({ tensors: graph }, plan);
  const { values } = runModel(model, input);
  const { errors } = parsePlan(plan.quantization, graph);
  let [at, error, predicted] = [0, 0, 0];
  let reason: string | undefined;
  for (const [p, { name, shape, places }] of model.ports.outputs.entries()) {
    const expected = given.expected[p]!;
    const got = values.subarray(at, at + places.length);
    at += places.length;
    const range = rangeOf(expected);
    const allowed = (value: number): number =>
      given.kind === 'node' ? RELATIVE * Math.abs(value) + OF_RANGE * range : errors[p]! + FLOAT * range;
    error = Math.max(error, largestError(got, expected) / range);
    predicted = Math.max(predicted, errors[p]! / range);
    reason ??=
      shape.join() === expected.shape.join()
        ? beyond(name, got, expected, allowed)
        : `${name}: shape [${shape}], not [${expected.shape}]`;
  }
  if (given.kind === 'network' && error > MOST_ERROR)
    reason ??= `an error of ${(100 * error).toPrecision(2)} % of the range, as predicted`;
  return { model, input, operations: graph.operations.length, error, predicted, reason };
}

/** Of the finite values; 1 where all are zero. */
const rangeOf = ({ data }: Constant): number =>
  data.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0) || 1;

const largestError = (got: Float64Array, { data }: Constant): number =>
  got.reduce((most, value, i) => (value === data[i] ? most : Math.max(most, Math.abs(value - data[i]!))), 0);

function beyond(
  name: string,
  got: Float64Array,
  { data }: Constant,
  allowed: (value: number) => number,
): string | undefined {
  if (got.length !== data.length) return `${name}: ${got.length} numbers, not ${data.length}`;
  // a NaN is near nothing
  const at = got.findIndex((value, i) => value !== data[i] && !(Math.abs(value - data[i]!) <= allowed(data[i]!)));
  if (at < 0) return undefined;
  return `${name}[${at}]: ${got[at]!.toPrecision(6)}, not ${data[at]!.toPrecision(6)} within ${allowed(data[at]!).toPrecision(2)}`;
}
