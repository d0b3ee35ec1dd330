/** A run's input and output as files show them (docs/formats.md). */
import type { Tensor } from '../ir/graph.ts';
import type { IntegerResult } from '../ir/run.ts';
import type { RunInput, RunOutput } from '../store/run-data.ts';
import { type DataSpec, isInterface, machineValues } from './specs.ts';

/** What integers of an output stand for; `fraction` where one power of two is the scale of all. */
export function outputNumbers(
  data: DataSpec,
  integers: Float64Array,
): { readonly values: Float64Array; readonly fraction?: number } {
  if (isInterface(data)) return { values: machineValues(data, integers) };
  const { fraction } = data.readout;
  return { values: integers.map((v) => v / 2 ** fraction), fraction };
}

export function shownOutput(data: DataSpec, output: IntegerResult): RunOutput {
  const { fraction } = outputNumbers(data, output.logits);
  return {
    format: 'layerfold/output',
    version: 1,
    shape: [...output.shape],
    integers: [...output.logits],
    values: [...output.values],
    ...(fraction === undefined ? {} : { fraction }),
    class: output.class,
  };
}

/** @param shape of the network's input */
export function shownInput({ data, shape }: Tensor): RunInput {
  return { input_data: [[...data]], input_shapes: [[...shape]] };
}
