/**
 * Verifies a run folder as a stranger would: nothing in it is believed. The files must be those that run.json lists, the
 * parameters are rebuilt from plan.json and the verifier's own key, the folded proof is verified, and the output and the
 * input that stand beside it must be those that the proof's digests cover.
 */
import type { Engine } from '../algebra/engine.ts';
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { KeySource } from '../folding/step-system.ts';
import { type Plan, parsePlan } from '../ir/plan.ts';
import { argmax } from '../ir/run.ts';
import type { StepPlan } from '../layers/step-plan.ts';
import { sha256Hex } from '../store/digest.ts';
import { decodeProof, MAX_PROOF_BYTES } from '../store/proof-file.ts';
import * as folder from '../store/run-folder.ts';
import { buildPlan, type PlannedModel } from './plan.ts';
import { inputDigest, outputDigest, type Statement, statementOf } from './statement.ts';
import { hex, type Verified, verify } from './verify.ts';

/** plan.json, output.json and the input are text. */
const MAX_TEXT_BYTES = 2 ** 28;

export interface VerifyRunOptions {
  /** The key that the verifier trusts. */
  readonly key: KeySource;
  /** The model digest that the verifier trusts, or how to compute it on the rebuilt parameters from its own model. */
  readonly modelDigest?:
    | bigint
    | ((plan: Plan, parameters: Pick<PlannedModel, 'engine' | 'system'>) => Promise<bigint>);
  readonly on?: EventListener | undefined;
}

export interface VerifiedRun extends Verified {
  readonly statement: Statement;
  readonly plan: Plan;
  /** Checked against the proof's output digest. */
  readonly output: folder.RunOutput;
  /** Whether private/input.json was there and is the proven input. */
  readonly inputChecked: boolean;
  /** What the folder says about itself; not proven. */
  readonly record: folder.RunRecord;
}

/**
 * @throws E_REJECTED naming the first check that fails; E_FILE for what is absent; E_FORMAT, E_PLAN, E_TOO_LARGE for what
 *   cannot be read; E_KEY for a key that is too short
 */
export async function verifyRun(path: string, options: VerifyRunOptions): Promise<VerifiedRun> {
  const { on } = options;
  const record = await folder.readRun(path);
  if (!record) throw new FoldError('E_FILE', `There is no run in "${path}".`, { expected: 'a folder with a run.json' });
  if (record.state !== 'complete' || !record.statement)
    throw new FoldError('E_FILE', `The run in "${path}" is not complete.`, {
      expected: 'state complete, with a statement',
      got: record.state,
      hint: 'Run the command that made it again.',
    });
  if (!record.key.insecure && options.key.insecure)
    throw new FoldError('E_KEY', 'The run was made with the key of a ceremony, and none is given.', {
      expected: `the powers of tau "${record.key.name}"`,
      got: options.key.name,
      hint: '--ptau FILE',
    });
  const files = await readListed(path, record);
  on?.({ type: 'check', name: 'files' });
  const need = (name: folder.RunFileName): Uint8Array => {
    const bytes = files.get(name);
    if (bytes) return bytes;
    throw new FoldError('E_FILE', `The run folder has no ${name}.`, { expected: `${path}/${name}` });
  };
  const plan = parsePlan(folder.parseAnyJson(need(folder.PLAN_FILE), folder.PLAN_FILE));
  const output = folder.parseOutput(need(folder.OUTPUT_FILE));
  const proof = decodeProof(need(folder.PROOF_FILE));

  const parameters = await buildPlan(plan.step, options.key);
  const given = options.modelDigest;
  const modelDigest = typeof given === 'function' ? await given(plan, parameters) : given;
  const verified = await verify(proof, { ...parameters, key: options.key }, { modelDigest, on });
  checkStatement(record, proof);
  on?.({ type: 'check', name: 'statement' });
  checkOutput(parameters.engine, plan.step, output, proof);
  on?.({ type: 'check', name: 'output' });
  const input = files.get(folder.INPUT_FILE);
  if (input) {
    checkInput(parameters.engine, plan.step, folder.parseRunInput(input), proof);
    on?.({ type: 'check', name: 'input' });
  }
  return { ...verified, statement: statementOf(proof), plan, output, inputChecked: input !== undefined, record };
}

/** All listed files that are there, with the digests that run.json gives. */
async function readListed(path: string, { files }: folder.RunRecord): Promise<Map<folder.RunFileName, Uint8Array>> {
  const found = new Map<folder.RunFileName, Uint8Array>();
  for (const file of files) {
    const limit = file.path === folder.PROOF_FILE ? MAX_PROOF_BYTES : MAX_TEXT_BYTES;
    const bytes = await folder.readRunFile(path, file.path, limit);
    if (!bytes) {
      if (file.share === 'no') continue;
      throw new FoldError('E_FILE', `The run folder has no ${file.path}.`, { expected: `${path}/${file.path}` });
    }
    const sha256 = sha256Hex(bytes);
    if (sha256 !== file.sha256) throw rejected('files', `sha256 of ${file.path}: ${file.sha256}`, sha256);
    found.set(file.path, bytes);
  }
  return found;
}

function checkStatement({ statement }: folder.RunRecord, proof: FoldedProof): void {
  const proven = statementOf(proof);
  for (const name of Object.keys(proven) as (keyof Statement)[]) {
    const said = statement?.[name];
    if (said !== proven[name])
      throw rejected('statement', `${name} ${proven[name]}, as in the proof`, `run.json says ${said}`);
  }
  if (proof.remaining.length > 0)
    throw rejected('statement', 'all steps of the network', `${proof.remaining.length} steps are not proven`);
}

/** The logits hash to o; floats and class follow from them. */
function checkOutput(engine: Engine, step: StepPlan, output: folder.RunOutput, { statement }: FoldedProof): void {
  const logits = Float64Array.from(output.integers);
  const digest = attempt('output', () => outputDigest(engine, step, logits));
  if (digest !== statement.z.o) throw rejected('output', `output digest ${hex(statement.z.o)}`, hex(digest));
  const scale = 2 ** step.readout.fraction;
  const consistent =
    output.fraction === step.readout.fraction &&
    output.class === argmax(logits) &&
    output.values.length === logits.length &&
    output.values.every((value, k) => value === logits[k]! / scale);
  if (!consistent) throw rejected('output', 'values and class that follow from the integers', 'others in output.json');
}

function checkInput(engine: Engine, step: StepPlan, input: folder.RunInput, { statement }: FoldedProof): void {
  const tensor = { shape: input.input_shapes[0]!, data: Float64Array.from(input.input_data[0]!) };
  const digest = attempt('input', () => inputDigest(engine, step, tensor));
  if (digest !== statement.z.hIn) throw rejected('input', `input digest ${hex(statement.z.hIn)}`, hex(digest));
}

/** Data that cannot even be digested are not the proven ones. */
function attempt(name: string, digest: () => bigint): bigint {
  try {
    return digest();
  } catch (cause) {
    if (!(cause instanceof FoldError)) throw cause;
    throw rejected(name, cause.expected ?? 'the proven data', `${cause.message} ${cause.got ?? ''}`.trim());
  }
}

function rejected(name: string, expected: string, got: string): FoldError {
  return new FoldError('E_REJECTED', `The run is not what it says: check '${name}' failed.`, { expected, got });
}
