/**
 * Everything that a run folder has to tell, gathered for the report. A folder that does not verify is not shown: its proof is
 * verified as `fold verify` does it, under the key beside it, and the model's digest is compared where the model is at hand. No
 * key and no digest is pinned thereby: the page says so, and names the command that does it. What is absent leaves its section out.
 */
import { join } from 'node:path';
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { itemOfState, MACHINE_STATE } from '../folding/state.ts';
import type { KeySource } from '../folding/step-system.ts';
import { type AccuracyReport, accuracyReport } from '../ir/accuracy.ts';
import { bitLength } from '../ir/calibrate.ts';
import type { Tensor } from '../ir/graph.ts';
import type { QuantizedModel } from '../ir/model.ts';
import type { Plan } from '../ir/plan.ts';
import { runInteger } from '../ir/run.ts';
import type { MachineInterface } from '../machine/interface.ts';
import { isMachine, type StepSpec } from '../machine/spec.ts';
import { EVENTS_FILE, MAX_EVENTS_BYTES, parseEventLog, type Timeline } from '../store/event-log.ts';
import { parseAnyJson } from '../store/json.ts';
import { decodeProof } from '../store/proof-file.ts';
import { readIfThere } from '../store/read.ts';
import { parseRunInput, type RunOutput } from '../store/run-data.ts';
import { readRun } from '../store/run-folder.ts';
import { INPUT_FILE, PLAN_FILE, PROOF_FILE, type RunRecord } from '../store/run-record.ts';
import { encodeCalldata } from '../wrap/contract/calldata.ts';
import { calldataGas, estimateGas } from '../wrap/contract/gas.ts';
import { type Budget, budgetOf } from './budget.ts';
import { commitModel } from './commit.ts';
import { hasFinal, readProof, verifyFinalRun } from './final-run.ts';
import { type ProgramReport, programOf, programReport } from './gather-program.ts';
import { developmentKeySource, TRANSPARENT, transparentKeySource } from './keys.ts';
import { checkData, needFile, type RunFiles, readListed } from './listed-data.ts';
import { type LoadedModel, loadModel, NETWORKS } from './load.ts';
import { dataSpecOfPlan, isMachinePlan, parseAnyPlan, stepSpecOf } from './model.ts';
import { buildPlan, type PlannedModel, quantizeAs } from './plan.ts';
import { rejected, revealedClass } from './proven-data.ts';
import { checkClaims } from './run-claims.ts';
import { isInterface, slotsOf } from './specs.ts';
import { hex } from './statement.ts';
import { verifyRun } from './verify-run.ts';
import { modelWarnings } from './warnings.ts';

/** One layer of the picture. */
export interface LayerFacts {
  readonly name: string;
  readonly residual: boolean;
  /** Bits of the largest magnitude that must fit the activation bits, on this input. */
  readonly peakBits: number;
}

/** What was verified before anything of the folder is shown. */
interface Checked {
  /** Undefined where the folded proof of a ceremony's key stands alone: it takes the powers of tau. */
  readonly proof: 'final' | 'folded' | undefined;
  /** Whether run.json's parameters are those of the plan and the commitment key. */
  readonly parameters: boolean;
  /** Whether the model is the one of the model digest. */
  readonly model: boolean;
}

export interface RunReport {
  readonly record: RunRecord;
  readonly checked: Checked;
  /** Of slots. */
  readonly plan: Plan | undefined;
  /** Of the tensor machine. */
  readonly program: ProgramReport | undefined;
  readonly output: RunOutput | undefined;
  readonly timeline: Timeline | undefined;
  readonly budget: Budget | undefined;
  /** Bytes of its calldata, and the estimated gas of a transaction that verifies it. */
  readonly final: { readonly calldataBytes: number; readonly calldataGas: number; readonly gas: number } | undefined;
  /** From the model and the input that stand beside the proof. */
  readonly run: { readonly layers: readonly LayerFacts[]; readonly accuracy: AccuracyReport } | undefined;
}

export interface ReportOptions {
  /** Without it a network that comes with the package is found by its name. */
  readonly model?: LoadedModel | undefined;
  /** The commitment key of the run; without one the development or the transparent key, where the run was made with that. */
  readonly key?: KeySource | undefined;
  readonly workers?: number | undefined;
  readonly on?: EventListener | undefined;
}

/**
 * @throws E_FILE where there is no run; E_REJECTED for a folder that does not verify, or a model that is not the run's; as
 *   `verifyRun` and `verifyFinalRun`
 */
export async function gatherReport(path: string, options: ReportOptions = {}): Promise<RunReport> {
  const { model: given, on } = options;
  const record = await readRun(path);
  if (!record) throw new FoldError('E_FILE', `There is no run in "${path}".`, { expected: 'a folder with a run.json' });
  const key = options.key ?? knownKey(record);
  const { proof, files, output } = await verifyFolder(path, record, key, on);
  const planBytes = files.get(PLAN_FILE);
  const told = planBytes && parseAnyPlan(parseAnyJson(planBytes, PLAN_FILE));
  const plan = told && !isMachinePlan(told) ? told : undefined;
  const machine = told && isMachinePlan(told) ? told : undefined;
  const inputBytes = files.get(INPUT_FILE);
  const input = inputBytes && parseRunInput(inputBytes);
  const tensor = input && { shape: input.input_shapes[0]!, data: Float64Array.from(input.input_data[0]!) };
  const events = await readIfThere(join(path, EVENTS_FILE), MAX_EVENTS_BYTES);
  // sizes do not depend on the key
  const spec = told && stepSpecOf(told);
  const built = spec && (await buildPlan(spec, key ?? developmentKeySource()));
  const loaded = given ?? (await bundled(record, spec));
  if (given && record.model.sha256 !== undefined && given.sha256 !== record.model.sha256)
    throw rejected('model', `a model file with sha256 ${record.model.sha256}`, given.sha256);
  const read = loaded && machine && (await programOf(loaded, machine));
  const chain = loaded && plan && quantizeAs(loaded, plan);
  const model = chain ?? read?.model;
  const planned = model && built && key && { ...built, key, model };
  return {
    record,
    checked: {
      proof,
      parameters: proof === 'folded' || (key !== undefined && built !== undefined && isOf(record, built.system.pp)),
      model: planned !== undefined && (await isModelOf(record, planned, options)),
    },
    plan,
    program: machine?.program && programReport({ ...machine, program: machine.program }, read, tensor, output),
    output,
    timeline: events && parseEventLog(events),
    budget: built && (await budgetOf(built.system, spec!)),
    final: proof === 'final' ? await onChain(path) : undefined,
    run: chain && tensor && runAgain(loaded, chain, tensor, output, on),
  };
}

/** The key that a run says it was made with, where everyone has it. */
function knownKey({ key }: RunRecord): KeySource | undefined {
  if (key.insecure) return developmentKeySource();
  return key.name === TRANSPARENT ? transparentKeySource() : undefined;
}

/** What stands in the folder, by the proof that is there and can be verified; else as far as it agrees with itself. */
async function verifyFolder(
  path: string,
  record: RunRecord,
  key: KeySource | undefined,
  on: EventListener | undefined,
): Promise<{ proof: Checked['proof']; files: RunFiles; output: RunOutput | undefined }> {
  if (record.state !== 'complete' || !record.statement)
    return { proof: undefined, files: new Map(), output: undefined };
  if (await hasFinal(path)) return { ...(await verifyFinalRun(path, { on })), proof: 'final' };
  if (key) return { ...(await verifyRun(path, { key, on })), proof: 'folded' };
  const files = await readListed(path, record);
  const plan = parseAnyPlan(parseAnyJson(needFile(files, path, PLAN_FILE), PLAN_FILE));
  const { statement } = record;
  const digests = { input: BigInt(statement.inputDigest), output: BigInt(statement.outputDigest) };
  const data = dataSpecOfPlan(plan, BigInt(statement.modelDigest));
  const { output } = checkData(files, { ...record, statement }, data, digests, () => {});
  const slots = slotsOf(stepSpecOf(plan));
  const revealed = isInterface(data) && statement.root === undefined ? toldClass(data, files, path) : undefined;
  const shown = { steps: statement.steps, slots, insecure: false, class: output?.class, revealed };
  checkClaims({ ...record, statement }, shown);
  return { proof: undefined, files, output };
}

/** The class of a program that reveals it, as a proof says that is not verified. */
function toldClass(data: MachineInterface, files: RunFiles, path: string): number | undefined {
  const { statement } = decodeProof(needFile(files, path, PROOF_FILE));
  return revealedClass(data, itemOfState(MACHINE_STATE, statement.z).k!);
}

/** Throws where run.json says other parameters than those of its plan and key. */
function isOf({ statement }: RunRecord, pp: bigint): boolean {
  if (statement && statement.parameters !== hex(pp))
    throw rejected('statement', `parameters ${hex(pp)}`, statement.parameters);
  return statement !== undefined;
}

/** Whether the digest of a public model is the proven one; throws for another. A private one is salted. */
async function isModelOf(
  { statement, private: hidden }: RunRecord,
  planned: PlannedModel,
  { workers, on }: ReportOptions,
): Promise<boolean> {
  if (!statement || hidden.includes('model')) return false;
  const digest = hex((await commitModel(planned, { workers, on })).digest);
  if (digest !== statement.modelDigest) throw rejected('model', `model digest ${statement.modelDigest}`, digest);
  return true;
}

async function onChain(path: string): Promise<NonNullable<RunReport['final']>> {
  const { statement, proof } = await readProof(path);
  const calldata = encodeCalldata(statement, proof);
  return { calldataBytes: calldata.length, calldataGas: calldataGas(calldata), gas: estimateGas(statement, proof) };
}

async function bundled({ model }: RunRecord, spec: StepSpec | undefined): Promise<LoadedModel | undefined> {
  if (!NETWORKS.includes(model.name)) return undefined;
  const { name, layers, seed } = model;
  const source =
    spec && isMachine(spec) ? { network: name, circuit: 'machine' as const } : { network: name, layers, seed };
  const loaded = await loadModel(source).catch(() => undefined);
  return loaded?.sha256 === model.sha256 ? loaded : undefined;
}

function runAgain(
  loaded: LoadedModel,
  model: QuantizedModel,
  input: Tensor,
  proven: RunOutput | undefined,
  on?: EventListener,
): RunReport['run'] {
  for (const warning of modelWarnings(loaded, model)) on?.(warning);
  on?.({ type: 'stage-start', stage: 'integers' });
  const layers: LayerFacts[] = [];
  const { logits } = runInteger(model, input, ({ index, name, before }) => {
    const peak = before.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    layers.push({ name, residual: model.network.layers[index]!.residual, peakBits: bitLength(peak) });
  });
  if (proven && proven.integers.join() !== logits.join())
    throw rejected('model', 'a model that gives the proven output', 'one that gives another');
  return { layers, accuracy: accuracyReport(loaded.graph, model, [input]) };
}
