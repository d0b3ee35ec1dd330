/** The files of a finished run (docs/formats.md) and who may have them. */
import { machinePlanToJson, type ProvenProgram } from '../api/machine-plan.ts';
import { type AnyPlan, dataSpecOf, isMachinePlan, type ProvableModel } from '../api/model.ts';
import type { RunSalts } from '../api/salts.ts';
import { shownInput, shownOutput } from '../api/shown-data.ts';
import type { Tensor } from '../ir/graph.ts';
import type { IntegerResult } from '../ir/run.ts';
import { jsonBytes } from '../store/json.ts';
import type { RunFile } from '../store/run-folder.ts';
import {
  INPUT_FILE,
  OUTPUT_FILE,
  PLAN_FILE,
  PRIVATE_OUTPUT_FILE,
  PROOF_FILE,
  type PrivatePart,
  SALTS_FILE,
} from '../store/run-record.ts';
import { saltsFile } from '../store/salt-files.ts';

export interface RunData {
  readonly model: ProvableModel;
  readonly program: ProvenProgram | undefined;
  readonly input: Tensor;
  readonly output: IntegerResult;
  readonly hidden: readonly PrivatePart[];
  readonly salts: RunSalts;
  readonly proof: Uint8Array;
  /** A network of the user's own: its folded proof, which has traces of its weights, is not called shareable. */
  readonly own: boolean;
}

/** Without the final proof, whose three files may always be shared. */
export function runFiles({ model, program, input, output, hidden, salts, proof, own }: RunData): RunFile[] {
  const { plan } = model;
  const secretOutput = hidden.includes('output');
  return [
    { path: PLAN_FILE, bytes: jsonBytes(shownPlan(plan, hidden, program)), share: 'yes' },
    {
      path: secretOutput ? PRIVATE_OUTPUT_FILE : OUTPUT_FILE,
      bytes: jsonBytes(shownOutput(dataSpecOf(model), output)),
      share: secretOutput ? 'no' : 'yes',
    },
    { path: PROOF_FILE, bytes: proof, share: own || hidden.length > 0 ? 'no' : 'yes' },
    { path: INPUT_FILE, bytes: jsonBytes(shownInput(input)), share: 'no' },
    ...(salts.input === 0n && salts.output === 0n
      ? []
      : [{ path: SALTS_FILE, bytes: saltsFile(salts), share: 'no' } as const]),
  ];
}

/**
 * plan.json of a run, of a program with what opens its digest. Where anything is private it does not tell what calibration saw.
 * @param program of a model on the machine
 */
export function shownPlan(plan: AnyPlan, hidden: readonly PrivatePart[], program: ProvenProgram | undefined): unknown {
  if (!isMachinePlan(plan)) return hidden.length === 0 ? plan : { ...plan, calibration: { samples: 0, peak: 0 } };
  const { quantization: _, samples: __, ...scheme } = plan;
  const shown = hidden.length > 0 ? scheme : plan;
  return machinePlanToJson({ ...shown, ...(program && { program }) });
}
