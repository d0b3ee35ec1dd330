/** `fold verify`: checks a final proof, or a folded one with parameters rebuilt here, and says which check fails. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { commitModel } from '../../api/commit.ts';
import { hasFinal } from '../../api/final-run.ts';
import { developmentKeySource } from '../../api/keys.ts';
import { completeRun } from '../../api/listed-data.ts';
import type { LoadedModel } from '../../api/load.ts';
import { isTensorModel, keptMachinePlan, machineModel } from '../../api/machine-model.ts';
import { revealing } from '../../api/machine-plan.ts';
import { type AnyPlan, dataSpecOfPlan, isMachinePlan, type ProvableModel, stepSpecOf } from '../../api/model.ts';
import { checkScales, quantizeAs } from '../../api/plan.ts';
import { slotsOf } from '../../api/specs.ts';
import { verifyRun } from '../../api/verify-run.ts';
import { FoldError } from '../../errors.ts';
import { provenBatch } from '../../folding/member.ts';
import type { KeySource } from '../../folding/step-system.ts';
import { classLine, missingLines } from '../../report/final-words.ts';
import { type CommandContext, MODEL_OPTIONS, PRIVACY_OPTIONS } from '../../runs/context.ts';
import { MACHINE, type OptionValues } from '../../runs/options.ts';
import { openModelSalt } from '../../runs/privacy.ts';
import { givenKey, keyName, keyOfRun, namesModel, openModel, openPlan } from '../../runs/resolve.ts';
import { count } from '../../show/format.ts';
import { honestLines } from '../../show/words.ts';
import { isGiven, MODEL_SALT, OF_NETWORK, PRIVATE_MODEL, SEED } from '../meaning.ts';
import type { Given, Meaning, Verb } from '../verb.ts';
import { verifyBatch } from '../verify/batch.ts';
import { isCheckpointFile, verifyCheckpoint } from '../verify/checkpoint.ts';
import { type ModelPin, verifyFinalProof } from '../verify/final.ts';
import { type HeldInput, openHeldInput, verifyHeldInput } from '../verify/input.ts';
import { writeVerifyPage } from '../verify/page.ts';
import { checkListener, outputLines } from '../verify/words.ts';

const names = ({ options }: Given): boolean => namesModel(options);

/** Of --page: neither a path nor anything else of this verb. */
const ALONE = ({ options, argument }: Given): boolean =>
  argument === undefined &&
  verifyVerb.options.every((name) => name === 'page' || !isGiven(options, name) || MACHINE.includes(name));

const MEANINGS: readonly Meaning[] = [
  { options: ['page'], only: 'nothing beside it: proof, key and digest are given to the page', holds: ALONE },
  {
    options: ['vk', 'publicJson', 'rpc', 'address'],
    only: 'a final proof: a proof.json, or a run folder with one (fold wrap DIR makes it), and without --no-wrap',
    holds: ({ facts }) => facts.final!,
  },
  { options: ['rpc'], only: '--address 0x..., the contract', holds: ({ options }) => options.address !== undefined },
  { options: ['address'], only: '--rpc URL, a node', holds: ({ options }) => options.rpc !== undefined },
  {
    options: ['input', 'member'],
    only: 'a finished run, or its proof.json: a checkpoint is not asked for a member or an input',
    holds: ({ facts }) => !facts.checkpoint!,
  },
  {
    options: ['wrap'],
    only: 'the folder of a run: it says which of its proofs',
    holds: ({ facts }) => facts.folder!,
  },
  OF_NETWORK,
  SEED,
  { options: ['private', 'modelSalt'], only: 'your own copy of the model (--model or --network)', holds: names },
  PRIVATE_MODEL,
  MODEL_SALT,
  {
    options: ['plan'],
    only: 'a checkpoint, or your own copy of the model: it says which integers that becomes',
    holds: (given) => given.facts.checkpoint! || names(given),
  },
  {
    options: ['ptau', 'insecureDev'],
    only: 'a folded proof, or your own copy of the model: the key of a final proof is that of --vk',
    holds: (given) => !given.facts.final! || names(given),
  },
];

export const verifyVerb: Verb = {
  name: 'verify',
  about:
    'Verify a final proof in a second, or a folded run with parameters rebuilt here. Trusts no key or digest because the folder has it: a --vk out of it is not pinned; --input says whether the proven input is your own copy.',
  argument: { name: '[path]', about: 'the folder of a run, a proof.json, or a checkpoint file' },
  options: [
    ...(['vk', 'modelDigest', 'input', 'member', 'strict', 'publicJson', 'rpc', 'address', 'page'] as const),
    ...MODEL_OPTIONS,
    ...PRIVACY_OPTIONS,
    ...(['plan', 'ptau', 'insecureDev', 'wrap', 'workers'] as const),
  ],
  meanings: MEANINGS,
  factsOf: async ({ options, argument }) => {
    // of what is not there any option may be meant: that it is not there is said when it is read
    if (argument === undefined || !existsSync(argument)) return { folder: true, checkpoint: false, final: true };
    return kindOf(options, argument);
  },
  examples: [
    'fold verify runs/mine --vk verification_key.json --model-digest 0x... --strict',
    'fold verify runs/digits512-512 --model-digest 0x...',
    'fold verify received/proof.json --vk verification_key.json --model-digest 0x... --input X.json',
    'fold verify received/proof.json --rpc http://localhost:8545 --address 0x...',
    'fold verify runs/together --member 0007 --input inputs/0007.json --model-digest 0x...',
    'fold verify runs/digits512-8 --network digits512 --layers 8',
    'fold verify runs/mine --no-wrap --model MODEL.onnx --ptau FILE.ptau',
    'fold verify runs/mine/checkpoints/000064.cbor --model-digest 0x...',
    'fold verify --page verify.html',
  ],
  run: async (context) => {
    const { options, argument, report } = context;
    if (options.page !== undefined) return writeVerifyPage(options.page, report);
    if (argument === undefined)
      throw new FoldError('E_USAGE', 'What is to be verified?', {
        expected: 'the folder of a run, a proof.json, or a checkpoint file',
        got: 'no path',
        hint: 'fold verify --help',
      });
    const { checkpoint, final } = await kindOf(options, argument);
    const pin = pinOf(context);
    if (checkpoint) return verifyCheckpoint(context, pin);
    const held = await openHeldInput(context);
    if (!final) return verifyFolded(context, keyOfRun(options, (await completeRun(argument)).key), pin, held);
    return verifyFinalProof(context, givenKey(options) ?? developmentKeySource(), pin, held);
  },
};

async function verifyFolded(
  context: CommandContext,
  key: KeySource,
  pin: ModelPin | undefined,
  held: HeldInput | undefined,
): Promise<number> {
  const { options, argument, report } = context;
  const verified = await verifyRun(argument!, { key, modelDigest: pin, on: checkListener(report) });
  const { pinned, insecure, statement, output, plan, inputChecked, record, proof, class: shown } = verified;
  if (options.strict && (!pinned || insecure))
    throw new FoldError('E_REJECTED', "The run is true, but check 'strict' failed.", {
      expected: "a model pinned by --model-digest or --model, and the transparent key or a ceremony's",
      got: [pinned ? '' : 'NOT PINNED', insecure ? 'the INSECURE development key' : ''].filter(Boolean).join(' and '),
    });
  const slots = slotsOf(stepSpecOf(plan));
  const data = dataSpecOfPlan(plan, BigInt(statement.modelDigest));
  const batch = await verifyBatch(context, argument!, provenBatch(proof), data);
  const asked = { ...verified, folder: argument!, step: data, digest: BigInt(statement.inputDigest) };
  const inputLines = held ? await verifyHeldInput(held, { ...asked, member: batch?.member }, report) : [];
  const revealed = isMachinePlan(plan) ? { revealedClass: shown ?? null } : {};
  const found = batch ? batch.facts : { class: shown ?? output?.class ?? null, ...revealed, inputChecked };
  const told = { pinned, inputPinned: held !== undefined, insecure, key: key.name, ...found, ...statement };
  report.result('verify', told, [
    ...(batch?.before ?? outputLines(output)),
    `VERIFIED${pinned ? '' : ', NOT PINNED'}: ${count(statement.steps)}/${count(statement.steps)} steps${slots === undefined ? ' of the tensor machine' : ` of up to ${slots} layers`}, model ${statement.modelDigest}, key ${keyName(key)}`,
    ...(batch || shown === undefined ? [] : [classLine(shown)]),
    ...(batch?.lines ?? missingLines(statement, output !== undefined, inputChecked || held !== undefined)),
    ...inputLines,
    ...(pinned
      ? []
      : [
          `NOT PINNED: the model digest was compared with nothing. The folder calls it "${record.model.name}", ${count(record.model.layers)} layers; --model-digest or --model says which model you expect.`,
        ]),
    ...honestLines(key),
  ]);
  return 0;
}

/**
 * The user's own network in integers, under the prover's plan where that is one that the user would make or trusts.
 * @throws E_REJECTED for another plan, E_USAGE where nobody says which plan is meant
 */
async function trustedModel(
  { options }: Pick<CommandContext, 'options'>,
  loaded: LoadedModel,
  plan: AnyPlan,
): Promise<ProvableModel> {
  const trusted = await openPlan(options);
  if (isMachinePlan(plan)) {
    if (!isTensorModel(loaded)) throw otherKind('the tensor machine', '--circuit machine');
    const own = trusted ?? (await keptMachinePlan(loaded));
    if (!own || !isMachinePlan(own))
      throw new FoldError('E_USAGE', 'Which plan makes the integers of your model?', {
        expected: 'a plan that you trust: the one of fold calibrate, which is kept for the model, or --plan FILE',
        got: "the prover's alone, under which the model could become another one",
        hint: '--plan FILE',
      });
    return machineModel(loaded, revealing(own, plan.reveals ?? 'nothing'));
  }
  if (isTensorModel(loaded) || (trusted && isMachinePlan(trusted))) throw otherKind('slots', '--circuit slots');
  checkScales(loaded, plan, trusted);
  return quantizeAs(loaded, plan);
}

const otherKind = (circuit: string, hint: string): FoldError =>
  new FoldError('E_REJECTED', `The run is proven in ${circuit}, and your model is not read for it.`, {
    expected: 'a model of the same circuit',
    got: 'another',
    hint,
  });

/** What the argument names. A checkpoint is told by its name, all else by what lies there. */
async function kindOf(
  { wrap }: OptionValues,
  path: string,
): Promise<{ readonly folder: boolean; readonly checkpoint: boolean; readonly final: boolean }> {
  const folder = (await stat(path).catch(() => undefined))?.isFile() !== true;
  const checkpoint = await isCheckpointFile(path);
  return { folder, checkpoint, final: !checkpoint && wrap !== false && (await hasFinal(path)) };
}

/** The digest that the user trusts: given, or computed from the user's own copy of the model. */
function pinOf(context: CommandContext): ModelPin | undefined {
  const { options, signal, report } = context;
  if (!namesModel(options)) return options.modelDigest;
  if (options.modelDigest !== undefined)
    throw new FoldError('E_USAGE', 'The model is pinned twice.', {
      expected: '--model-digest or a model',
      got: 'both',
    });
  return async (plan, parameters) => {
    const loaded = await openModel({ options, argument: undefined });
    const model = await trustedModel(context, loaded, plan);
    const planned = { ...parameters, model };
    const salt = await openModelSalt({ options, argument: undefined }, true);
    return (await commitModel(planned, { workers: options.workers, signal, on: report.on, salt })).digest;
  };
}
