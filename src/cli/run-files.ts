/** The files of a finished run (docs/formats.md) and who may have them. */
import type { Tensor } from '../ir/graph.ts';
import type { QuantizedModel } from '../ir/model.ts';
import type { IntegerResult } from '../ir/run.ts';
import {
  INPUT_FILE,
  jsonBytes,
  OUTPUT_FILE,
  PLAN_FILE,
  PROOF_FILE,
  type RunFile,
  type RunInput,
  type RunOutput,
} from '../store/run-folder.ts';

/** @param shareProof whether model and input are public: the folded proof contains their traces */
export function runFiles(
  { plan, network }: QuantizedModel,
  input: Tensor,
  result: IntegerResult,
  proof: Uint8Array,
  shareProof: 'yes' | 'no',
): RunFile[] {
  const output: RunOutput = {
    format: 'layerfold/output',
    version: 1,
    shape: [...result.shape],
    integers: [...result.logits],
    values: [...result.values],
    fraction: plan.step.readout.fraction,
    class: result.class,
  };
  const shape = [...network.inputShape];
  const given: RunInput = { input_data: [[...input.data]], input_shapes: [shape] };
  return [
    { path: PLAN_FILE, bytes: jsonBytes(plan), share: 'yes' },
    { path: OUTPUT_FILE, bytes: jsonBytes(output), share: 'yes' },
    { path: PROOF_FILE, bytes: proof, share: shareProof },
    { path: INPUT_FILE, bytes: jsonBytes(given), share: 'no' },
  ];
}
