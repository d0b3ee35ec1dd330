/** `fold commit`: the model digest, and the one-time table of weight ranges that it is published with. */
import { commitModel } from '../../api/commit.ts';
import { isMachineModel } from '../../api/model.ts';
import { plan } from '../../api/plan.ts';
import { hex } from '../../api/statement.ts';
import { modelRange } from '../../ir/model.ts';
import { interfaceDigest } from '../../machine/interface.ts';
import { MODEL_OPTIONS, PLAN_OPTIONS, PRIVACY_OPTIONS } from '../../runs/context.ts';
import { openModelSalt } from '../../runs/privacy.ts';
import { keyName, openInput, openKey, openModel, openQuantized } from '../../runs/resolve.ts';
import { counted, table } from '../../show/format.ts';
import { MODEL_SALT, onMachine, PRIVATE_MODEL, REVEALING, SAMPLE, SCALES, SEED } from '../meaning.ts';
import { MODEL_ARGUMENT, type Verb } from '../verb.ts';

/** Layers listed by name; the rest is summed up. */
const LISTED = 12;

export const commitVerb: Verb = {
  name: 'commit',
  about: 'Commit to the model once: prints its digest and the ranges of its weights, and keeps both.',
  argument: MODEL_ARGUMENT,
  options: [
    ...MODEL_OPTIONS,
    'input',
    ...PLAN_OPTIONS,
    ...PRIVACY_OPTIONS,
    'reveal',
    'ptau',
    'insecureDev',
    'wrap',
    'workers',
  ],
  meanings: [SEED, SCALES, SAMPLE, PRIVATE_MODEL, MODEL_SALT, REVEALING],
  factsOf: (context) => onMachine(context, context.options.reveal !== undefined),
  examples: [
    'fold commit --network digits512',
    'fold commit MODEL.onnx --plan plan.json --ptau FILE.ptau',
    'fold commit MODEL.onnx --private model --ptau FILE.ptau',
  ],
  run: async (context) => {
    const { options, report, signal } = context;
    const loaded = await openModel(context);
    const key = openKey(options);
    const model = await openQuantized(context, loaded, await openInput(context, loaded));
    const ranges = isMachineModel(model) ? [] : modelRange(model);
    const planned = await plan(model, key, report.on);
    const ports = isMachineModel(model) ? hex(interfaceDigest(model.ports)) : undefined;
    const salt = await openModelSalt(context);
    const { digest } = await commitModel(planned, { workers: options.workers, signal, on: report.on, salt });
    const listed = ranges.length <= LISTED ? ranges : [...ranges.slice(0, LISTED - 1), ranges.at(-1)!];
    const rows = listed.map(({ name, weights, bias, bound }) => [
      `  ${name}`,
      weights.join(' .. '),
      bias.join(' .. '),
      `2^${Math.log2(Math.max(1, bound)).toFixed(1)}`,
    ]);
    report.result(
      'commit',
      {
        ...{ modelDigest: hex(digest), steps: model.steps, parameters: hex(planned.system.pp), key: key.name, ranges },
        ...(ports && { interfaceDigest: ports }),
      },
      [
        `model digest ${hex(digest)}`,
        ...(ports ? [`interface    ${ports}`] : []),
        `  ${loaded.name}, ${counted(model.layers, 'layer')}, ${counted(model.steps, 'step')}, key ${keyName(key)}`,
        ...(rows.length > 0 ? table([['  layer', 'weights', 'biases', 'sums below'], ...rows]) : []),
        ...(ranges.length > listed.length
          ? [`  and ${ranges.length - listed.length} layers between the last two (all with --json)`]
          : []),
        ...(isMachineModel(model)
          ? ['Every number of a run is in range by the rows of the machine, whatever the weights are.']
          : ['Every sum stays below 2^53, far below the field: no number of a run wraps.']),
      ],
    );
    return 0;
  },
};
