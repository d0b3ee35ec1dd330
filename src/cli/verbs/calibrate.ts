/** `fold calibrate`: chooses scales, bits and grouping from sample inputs and writes them as a plan file. */
import { FoldError } from '../../errors.ts';
import type { Tensor } from '../../ir/graph.ts';
import { readInputFile } from '../../ir/input.ts';
import { quantize } from '../../ir/quantize.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import { jsonBytes } from '../../store/json.ts';
import { SEED } from '../meaning.ts';
import { planLines } from '../plan-lines.ts';
import { openInput, openModel } from '../subject.ts';
import { MODEL_ARGUMENT, MODEL_OPTIONS, PLAN_OPTIONS, type Verb } from '../verb.ts';

export const calibrateVerb: Verb = {
  name: 'calibrate',
  about: 'Choose a plan from sample inputs and write it to a file.',
  argument: MODEL_ARGUMENT,
  options: [...MODEL_OPTIONS, 'input', 'samples', ...PLAN_OPTIONS.filter((name) => name !== 'plan'), 'out'],
  meanings: [
    SEED,
    {
      options: ['input'],
      only: 'no --samples, which take its place',
      holds: ({ options }) => options.samples === undefined,
    },
  ],
  examples: ['fold calibrate MODEL.onnx --samples A.json B.json --out plan.json'],
  run: async (context) => {
    const { options, report } = context;
    const loaded = await openModel(context);
    const samples: Tensor[] = [];
    for (const path of options.samples ?? []) samples.push(...(await readInputFile(path, loaded.graph)));
    const input = await openInput(context, loaded);
    if (samples.length === 0 && input) samples.push(input);
    if (samples.length === 0 && options.activationBits === undefined)
      throw new FoldError('E_USAGE', 'A plan needs a sample input or a number of activation bits.', {
        expected: '--samples FILE... or --activation-bits N',
        got: 'neither',
        hint: '--samples X.json',
      });
    const { layersPerStep, activationBits, activationFraction, weightFraction } = options;
    const { plan, model } = quantize(loaded.whole, {
      samples,
      ...(layersPerStep === undefined ? {} : { layersPerStep }),
      ...(activationBits === undefined ? {} : { activationBits }),
      ...(activationFraction === undefined ? {} : { activationFraction }),
      ...(weightFraction === undefined ? {} : { weightFraction }),
    });
    const path = options.out ?? `${loaded.name}.plan.json`;
    await writeFileAtomic(path, jsonBytes(plan));
    report.result('calibrate', { plan, path }, [...planLines(plan, model), `written to ${path}`]);
    return 0;
  },
};
