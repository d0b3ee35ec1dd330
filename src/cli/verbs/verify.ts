/** `fold verify`: checks a run folder with parameters rebuilt here, and says which check fails. */
import { commitModel } from '../../api/commit.ts';
import { type CommitmentKeySource, developmentKeySource, ptauKeySource } from '../../api/keys.ts';
import { quantize } from '../../api/plan.ts';
import { type VerifyRunOptions, verifyRun } from '../../api/verify-run.ts';
import { FoldError } from '../../errors.ts';
import type { Plan } from '../../ir/plan.ts';
import { count } from '../format.ts';
import { predictionLines } from '../prediction.ts';
import { keyName, openModel } from '../subject.ts';
import { MODEL_OPTIONS, type Verb, type VerbContext } from '../verb.ts';
import { honestLines } from '../words.ts';

/** Every check in words, in the order in which they are made. */
const CHECKS: Readonly<Record<string, string>> = {
  files: 'the files are those that run.json lists',
  shape: 'the proof has the sizes of the rebuilt step circuit',
  parameters: 'plan, circuit and commitment key are those that the proof names',
  steps: 'as many steps as the network has',
  start: 'the chain starts at the input',
  points: 'all commitments are points of their curves',
  'chain-hash': 'the last step hashes the statement and the folded instances',
  model: 'the model digest covers the weights of every step',
  'last-commitments': 'the last step opens its commitments',
  'last-rows': 'the last step satisfies every constraint',
  'running-commitments': 'the folded steps open their commitments',
  'running-rows': 'the folded steps satisfy the relaxed constraints',
  'cyclefold-commitment': 'the CycleFold instance opens its commitment',
  'cyclefold-rows': 'the CycleFold instance satisfies its constraints',
  statement: 'run.json says what the proof says',
  output: 'output.json is the proven output',
  input: 'private/input.json is the proven input',
};

export const verifyVerb: Verb = {
  name: 'verify',
  about: 'Verify the folder of a run with parameters rebuilt here. Trusts nothing in the folder.',
  argument: { name: '<folder>', about: 'the folder of a run' },
  options: [...MODEL_OPTIONS, 'modelDigest', 'ptau', 'insecureDev', 'strict', 'workers'],
  examples: [
    'fold verify runs/digits512-8 --model-digest 0x...',
    'fold verify runs/digits512-8 --network digits512 --layers 8',
    'fold verify runs/mine --model MODEL.onnx --ptau FILE.ptau --strict',
  ],
  run: async (context) => {
    const { options, argument, report } = context;
    const key = options.ptau === undefined ? developmentKeySource() : ptauKeySource(options.ptau);
    const pin = pinOf(context, key);
    const verified = await verifyRun(argument!, {
      key,
      ...(pin === undefined ? {} : { modelDigest: pin }),
      on: (event) => {
        report.on(event);
        if (event.type === 'check') report.note([`ok  ${event.name.padEnd(21)} ${CHECKS[event.name] ?? ''}`]);
      },
    });
    const { pinned, insecure, statement, output, plan, inputChecked, record } = verified;
    if (options.strict && (!pinned || insecure))
      throw new FoldError('E_REJECTED', "The run is true, but check 'strict' failed.", {
        expected: 'a model pinned by --model-digest or --model, and a ceremony key',
        got: [pinned ? '' : 'NOT PINNED', insecure ? 'the INSECURE development key' : ''].filter(Boolean).join(' and '),
      });
    const { slots } = plan.step;
    report.result('verify', { pinned, insecure, key: key.name, class: output.class, inputChecked, ...statement }, [
      ...predictionLines({
        class: output.class,
        logits: Float64Array.from(output.integers),
        values: Float64Array.from(output.values),
      }),
      `VERIFIED${pinned ? '' : ', NOT PINNED'}: ${count(statement.steps)}/${count(statement.steps)} steps of up to ${slots} layers, model ${statement.modelDigest}, key ${keyName(key)}`,
      ...(inputChecked
        ? []
        : [`the input is not in the folder; the proof is about the one with digest ${statement.inputDigest}`]),
      ...(pinned
        ? []
        : [
            `NOT PINNED: the model digest was compared with nothing. The folder calls it "${record.model.name}", ${count(record.model.layers)} layers; --model-digest or --model says which model you expect.`,
          ]),
      ...honestLines(key),
    ]);
    return 0;
  },
};

/** The digest that the user trusts: given, or computed from the user's own copy of the model. */
function pinOf(context: VerbContext, key: CommitmentKeySource): VerifyRunOptions['modelDigest'] {
  const { options, signal, report } = context;
  const named = options.model !== undefined || options.network !== undefined;
  if (!named) return options.modelDigest;
  if (options.modelDigest !== undefined)
    throw new FoldError('E_USAGE', 'The model is pinned twice.', {
      expected: '--model-digest or a model',
      got: 'both',
    });
  return async (plan, parameters) => {
    const loaded = await openModel({ options, argument: undefined });
    const model = ofThisModel(() => quantize(loaded, { plan }), plan);
    const planned = { ...parameters, model, key };
    return (await commitModel(planned, { workers: options.workers, signal, on: report.on })).digest;
  };
}

/** A plan that does not fit the user's model cannot be of a proof of it. */
function ofThisModel<T>(quantized: () => T, { step }: Plan): T {
  try {
    return quantized();
  } catch (cause) {
    if (!(cause instanceof FoldError) || cause.code !== 'E_PLAN') throw cause;
    throw new FoldError('E_REJECTED', 'The run is of another model: its plan does not fit.', {
      expected: cause.expected ?? 'a plan of this model',
      got: cause.got ?? JSON.stringify(step),
      cause,
    });
  }
}
