/** A run's input and output as files show them (docs/formats.md). */
import type { Tensor } from '../ir/graph.ts';
import type { QuantizedModel } from '../ir/model.ts';
import type { IntegerResult } from '../ir/run.ts';
import type { RunInput, RunOutput } from '../store/run-data.ts';

export function shownOutput({ plan }: QuantizedModel, output: IntegerResult): RunOutput {
  return {
    format: 'layerfold/output',
    version: 1,
    shape: [...output.shape],
    integers: [...output.logits],
    values: [...output.values],
    fraction: plan.step.readout.fraction,
    class: output.class,
  };
}

export function shownInput({ network }: QuantizedModel, input: Tensor): RunInput {
  return { input_data: [[...input.data]], input_shapes: [[...network.inputShape]] };
}
