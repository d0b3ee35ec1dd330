/** From options to what a verb works on: the network, its input, its plan and the commitment key. */
import {
  type CommitmentKeySource,
  developmentKeySource,
  ptauKeySource,
  TRANSPARENT,
  transparentKeySource,
} from '../api/keys.ts';
import { type LoadedModel, loadModel } from '../api/load.ts';
import {
  isTensorModel,
  type LoadedTensorModel,
  machineModel,
  machinePlanFor,
  saturates,
} from '../api/machine-model.ts';
import { type MachinePlan, revealing } from '../api/machine-plan.ts';
import {
  type AnyPlan,
  isMachinePlan,
  type MachineModel,
  type ProvableModel,
  parseAnyPlan,
  stepSpecOf,
} from '../api/model.ts';
import { modelUnder, otherCircuit } from '../api/model-under.ts';
import { quantize } from '../api/plan.ts';
import { planFor } from '../api/plan-for.ts';
import { FoldError } from '../errors.ts';
import { stage } from '../events.ts';
import type { KeySource } from '../folding/step-system.ts';
import type { Tensor } from '../ir/graph.ts';
import { joinInputs } from '../ir/input.ts';
import { readInputFile } from '../ir/input-file.ts';
import { STANDARD } from '../machine/shape.ts';
import type { StepSpec } from '../machine/spec.ts';
import { samplesOf } from '../show/plan-lines.ts';
import { warnOfModel } from '../show/warnings.ts';
import { parseAnyJson } from '../store/json.ts';
import { readFileBounded } from '../store/read.ts';
import type { ResumeRecord } from '../store/resume-file.ts';
import { MOST_BYTES, PLAN_FILE } from '../store/run-record.ts';
import type { CommandContext } from './context.ts';
import type { OptionValues } from './options.ts';

const MAX_PLAN_BYTES = MOST_BYTES[PLAN_FILE];

type Asked = Pick<CommandContext, 'options' | 'argument'>;

/** The network that the argument or the options name. @throws E_USAGE for none or two, and as `loadModel` */
export async function openModel({ options, argument }: Asked): Promise<LoadedModel> {
  const { model, network, layers, seed, circuit, dim } = options;
  const named = [...new Set([argument, model].filter((path) => path !== undefined))];
  if (named.length + (network === undefined ? 0 : 1) !== 1)
    throw new FoldError('E_USAGE', named.length > 0 ? 'More than one network is named.' : 'Which network?', {
      expected: 'an ONNX file or --network NAME',
      got: [...named, ...(network === undefined ? [] : [`--network ${network}`])].join(' and ') || 'neither',
      hint: '--network digits512',
    });
  if (dim && (network !== undefined || layers !== undefined || circuit === 'slots'))
    throw new FoldError('E_USAGE', 'Dimensions are those of a file on the tensor machine.', {
      expected: '--dim with an ONNX file, without --layers and --circuit slots',
      got: '--dim',
    });
  if (network !== undefined) return loadModel({ network, layers, seed, circuit });
  return loadModel({ path: named[0]!, layers, circuit, dims: dim && new Map(dim) });
}

/** Whether an option names a network. */
export function namesModel({ model, network }: OptionValues): boolean {
  return model !== undefined || network !== undefined;
}

/** Whether the user brings the network: then neither it nor the key is taken to be public. */
export function isOwn({ network }: OptionValues): boolean {
  return network === undefined;
}

/** The file of --input, or the network's own sample; undefined for neither. */
export async function openInput({ options }: Asked, loaded: LoadedModel): Promise<Tensor | undefined> {
  if (options.input === undefined) return loaded.sample;
  return joinInputs(await readInputFile(options.input, loaded.graph));
}

/** The same where a verb cannot do without. @throws E_USAGE */
export async function needInput(context: Asked, loaded: LoadedModel): Promise<Tensor> {
  const input = await openInput(context, loaded);
  if (input) return input;
  throw new FoldError('E_USAGE', 'Which input?', {
    expected: loaded.graph.inputs.map(({ name, shape }) => `"${name}" [${shape.join(', ')}]`).join(' and '),
    got: 'no --input',
    hint: '--input X.json',
  });
}

/** The plan of --plan. @throws E_FILE, E_FORMAT, E_PLAN, E_TOO_LARGE */
export async function openPlan({ plan: path }: Pick<OptionValues, 'plan'>): Promise<AnyPlan | undefined> {
  if (path === undefined) return undefined;
  return parseAnyPlan(parseAnyJson(await readFileBounded(path, MAX_PLAN_BYTES), path));
}

/** The network in integers under the plan that the options ask for; says where the plan is from, and what is odd about it. */
export async function openQuantized(
  { options, report }: Pick<CommandContext, 'options' | 'report'>,
  loaded: LoadedModel,
  sample: Tensor | undefined,
): Promise<ProvableModel> {
  if (isTensorModel(loaded)) return openProgram({ options, report }, loaded, sample);
  const { layersPerStep, activationBits, activationFraction, weightFraction } = options;
  refuseOfMachine(options);
  const given = await openPlan(options);
  if (given && isMachinePlan(given)) throw otherCircuit('the tensor machine');
  const { plan, origin, kept } = await planFor(loaded, {
    plan: given,
    sample,
    ...(layersPerStep === undefined ? {} : { layersPerStep }),
    ...(activationBits === undefined ? {} : { activationBits }),
    ...(activationFraction === undefined ? {} : { activationFraction }),
    ...(weightFraction === undefined ? {} : { weightFraction }),
  });
  if (origin === 'made' || origin === 'cache')
    report.fact('plan', { origin, samples: plan.calibration.samples, kept }, [
      origin === 'made'
        ? `plan: made from the model and this input with headroom for size and sign${kept ? ', and kept for the next inputs' : '; it could not be kept: another input gets another plan and model digest, unless --plan names the one of fold calibrate'}`
        : `plan: the one kept for this model, ${samplesOf(plan)}`,
    ]);
  const model = quantize(loaded, { plan });
  warnOfModel(report, loaded, model);
  return model;
}

/**
 * The circuit whose keys are asked for: of the network that the options name, or the tensor machine's (--circuit machine), which
 * needs none.
 */
export async function openStep(context: Pick<CommandContext, 'options' | 'report' | 'argument'>): Promise<StepSpec> {
  const { options, argument } = context;
  const machine: StepSpec = { machine: STANDARD };
  if (options.circuit === 'machine' && argument === undefined && !namesModel(options)) return machine;
  const loaded = await openModel(context);
  if (isTensorModel(loaded)) return machine;
  return stepSpecOf((await openQuantized(context, loaded, await openInput(context, loaded))).plan);
}

/** The same on the tensor machine. */
async function openProgram(
  { options, report }: Pick<CommandContext, 'options' | 'report'>,
  loaded: LoadedTensorModel,
  sample: Tensor | undefined,
): Promise<MachineModel> {
  const { layersPerStep, activationBits, activationFraction, weightFraction } = options;
  if ([layersPerStep, activationBits, activationFraction, weightFraction].some((value) => value !== undefined))
    throw new FoldError('E_USAGE', 'Bits and layers per step are those of slots.', {
      expected: 'a chain of equal layers, or --headroom, of a plan for the tensor machine',
      got: 'a network on the tensor machine',
    });
  const given = await openPlan(options);
  if (given && !isMachinePlan(given)) throw otherCircuit('slots');
  const { headroom, saturate } = options;
  if (given && saturate && !saturates(loaded, given)) throw otherRange(options);
  const { plan, origin, kept } = await machinePlanFor(loaded, { plan: given, sample, headroom, saturate });
  for (const notice of loaded.notices ?? []) report.note([`note: ${notice}`]);
  if (origin !== 'given')
    report.fact('plan', { origin, kept }, [
      origin === 'made'
        ? `plan: ranges from this input with headroom${kept ? ', kept for the next inputs' : '; it could not be kept: another input gets another plan and model digest, unless --plan names the one of fold calibrate'}`
        : 'plan: the one kept for this model',
    ]);
  return toldProgram(report, loaded, options.reveal === undefined ? plan : revealing(plan, options.reveal));
}

async function toldProgram(
  report: CommandContext['report'],
  loaded: LoadedTensorModel,
  plan: MachinePlan,
): Promise<MachineModel> {
  const model = await stage(report.on, 'program', async () => machineModel(loaded, plan));
  warnOfModel(report, loaded, model);
  return model;
}

/** A plan that is given says what becomes of numbers that leave its ranges. */
const otherRange = ({ plan }: OptionValues): FoldError =>
  new FoldError('E_USAGE', 'The plan that is given refuses what leaves its ranges.', {
    expected: '--saturate where the plan is made',
    got: `--saturate with --plan ${plan}`,
    hint: 'fold calibrate MODEL.onnx --data FILES --saturate',
  });

/** Of a network of slots. @throws E_USAGE for an option that plans of the tensor machine alone have */
export function refuseOfMachine({ headroom, saturate }: OptionValues): void {
  if (headroom !== undefined) throw ofMachine('--headroom');
  if (saturate) throw ofMachine('--saturate');
}

const ofMachine = (option: string): FoldError =>
  new FoldError('E_USAGE', `${option} is an option of the tensor machine.`, {
    expected: `${option} with a network that is proven there (--circuit machine)`,
    got: 'a network of slots',
  });

/** The network in integers under the plan of an unfinished run. */
export async function resumedModel(
  { report }: Pick<CommandContext, 'report'>,
  loaded: LoadedModel,
  { plan }: Pick<ResumeRecord, 'plan'>,
): Promise<ProvableModel> {
  const model = await modelUnder(loaded, parseAnyPlan(plan), report.on);
  warnOfModel(report, loaded, model);
  return model;
}

/**
 * The commitment key. Where no wrap follows it is the transparent one. Else the bundled networks take the development key by
 * themselves; for a network of one's own it must be asked for, so that nobody takes a forgeable proof for a proof.
 * @throws E_NO_KEY, E_USAGE
 */
export function openKey(options: OptionValues): KeySource {
  const { network, wrap } = options;
  const given = givenKey(options);
  if (given) return given;
  if (wrap === false) return transparentKeySource();
  if (network !== undefined) return developmentKeySource();
  throw new FoldError('E_NO_KEY', 'A final proof needs a commitment key with powers of a tau.', {
    expected: 'the powers of tau of a ceremony, or the development key for trials',
    got: 'neither',
    hint: '--no-wrap, which needs no set-up   or   --insecure-dev, for trials   or   --ptau FILE, with a proving key of fold setup --ptau FILE',
  });
}

/** The key that the options name. @throws E_USAGE for two */
export function givenKey({ ptau, insecureDev }: OptionValues): CommitmentKeySource | undefined {
  if (ptau !== undefined && insecureDev)
    throw new FoldError('E_USAGE', 'There can be one key only.', { expected: '--ptau or --insecure-dev', got: 'both' });
  if (ptau !== undefined) return ptauKeySource(ptau);
  return insecureDev ? developmentKeySource() : undefined;
}

/** The key of a folded run: the one that is given, else the one that it says it was made with. A false one has other parameters. */
export function keyOfRun(options: OptionValues, { name }: Pick<KeySource, 'name'>): KeySource {
  return givenKey(options) ?? (name === TRANSPARENT ? transparentKeySource() : developmentKeySource());
}

/** The key as it is shown: never without the warning. */
export function keyName({ name, insecure }: Pick<KeySource, 'name' | 'insecure'>): string {
  return insecure && !name.includes('INSECURE') ? `${name} (INSECURE)` : name;
}
