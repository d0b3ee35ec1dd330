/** `fold run`: the integer inference alone, and how good it is. */
import { z } from 'zod';
import type { LoadedModel } from '../../api/load.ts';
import { machineAccuracy } from '../../api/machine-model.ts';
import { isMachineModel, type ProvableModel, runModel } from '../../api/model.ts';
import { inputWarnings } from '../../api/warnings.ts';
import { FoldError } from '../../errors.ts';
import { accuracyReport } from '../../ir/accuracy.ts';
import type { Graph, Tensor } from '../../ir/graph.ts';
import { joinInputs, parseInput } from '../../ir/input.ts';
import { type CommandContext, MODEL_OPTIONS, PLAN_OPTIONS } from '../../runs/context.ts';
import { needInput, openInput, openModel, openQuantized } from '../../runs/resolve.ts';
import { accuracyLines } from '../../show/accuracy.ts';
import { number, table } from '../../show/format.ts';
import { predictionLines } from '../../show/prediction.ts';
import { warnOfRun, warnOfRuns } from '../../show/warnings.ts';
import { issueText, listOf, numbers } from '../../store/bounded.ts';
import { parseAnyJson } from '../../store/json.ts';
import { readFileBounded } from '../../store/read.ts';
import { SAMPLE, SCALES, SEED } from '../meaning.ts';
import { MODEL_ARGUMENT, type Verb } from '../verb.ts';

const MAX_TEST_BYTES = 2 ** 28;
const MAX_TESTS = 2 ** 20;
const WORST_LAYERS = 5;

/** Labelled inputs; other fields are let through. */
const TestFile = z.looseObject({
  image: listOf(z.unknown(), MAX_TESTS, 1),
  label: numbers(MAX_TESTS, 'count', 1),
});

export const runVerb: Verb = {
  name: 'run',
  about: 'Run the network in integers, exactly as it would be proven. No proof.',
  argument: MODEL_ARGUMENT,
  options: [...MODEL_OPTIONS, 'input', ...PLAN_OPTIONS, 'compareFloat', 'test'],
  meanings: [
    SEED,
    SCALES,
    {
      options: ['compareFloat'],
      only: 'one input, not with --test, which compares all of its file',
      holds: ({ options }) => options.test === undefined,
    },
    { ...SAMPLE, holds: (given) => given.options.test === undefined || SAMPLE.holds(given) },
  ],
  examples: ['fold run --network digits512', 'fold run MODEL.onnx --input X.json --compare-float'],
  run: async (context) => {
    const { options, report } = context;
    const loaded = await openModel(context);
    if (options.test !== undefined)
      return runTest(context, options.test, loaded.graph, async () =>
        openQuantized(context, loaded, await openInput(context, loaded)),
      );
    const input = await needInput(context, loaded);
    const model = await openQuantized(context, loaded, input);
    const result = runModel(model, input);
    warnOfRun(report, loaded, model, input, result);
    const accuracy = options.compareFloat ? comparison(loaded, model, input) : undefined;
    report.result(
      'run',
      {
        class: result.class,
        logits: [...result.logits],
        values: [...result.values],
        layers: model.layers,
        ...(accuracy ? { float: accuracy.facts } : {}),
      },
      [...predictionLines(result), ...(accuracy?.lines ?? [])],
    );
    return 0;
  },
};

interface Compared {
  readonly facts: object;
  readonly lines: readonly string[];
}

/** The integers against the network in floating point. */
function comparison(loaded: LoadedModel, model: ProvableModel, input: Tensor): Compared {
  if (isMachineModel(model)) {
    const facts = machineAccuracy(loaded.tensors!, model, [input]);
    return { facts, lines: accuracyLines(facts) };
  }
  const facts = accuracyReport(loaded.graph, model, [input]);
  return { facts, lines: floatLines(facts) };
}

/** Errors against the float network, the worst layers first. */
function floatLines({ output, layers, sameClass }: ReturnType<typeof accuracyReport>): string[] {
  const worst = [...layers].sort((a, b) => b.max - a.max).slice(0, WORST_LAYERS);
  const rows = [
    ['', 'largest error', 'mean error'],
    ...[{ name: 'output', ...output }, ...worst].map(({ name, max, mean }) => [name, number(max), number(mean)]),
  ];
  return [`float network: ${sameClass === 1 ? 'the same class' : 'ANOTHER CLASS'}`, ...table(rows)];
}

async function runTest(
  { report, signal }: CommandContext,
  path: string,
  graph: Graph,
  open: () => Promise<ProvableModel>,
): Promise<number> {
  const parsed = TestFile.safeParse(parseAnyJson(await readFileBounded(path, MAX_TEST_BYTES), path));
  if (!parsed.success || parsed.data.image.length !== parsed.data.label.length)
    throw new FoldError('E_INPUT', `"${path}" is no file of labelled inputs.`, {
      expected: '{"image": [[...], ...], "label": [n, ...]}, as many labels as images',
      got: parsed.success ? 'different numbers of them' : issueText(parsed.error),
    });
  const inputs = parsed.data.image.map((image): Tensor => joinInputs(parseInput(image, graph)));
  const model = await open();
  const runs = inputs.map((input, k) => {
    if (signal.aborted) throw new FoldError('E_ABORTED', 'The run was cancelled.');
    return { id: `${k}`, input, output: runModel(model, input) };
  });
  const correct = runs.filter(({ output }, k) => output.class === parsed.data.label[k]).length;
  warnOfRuns(report, (input) => inputWarnings(model, input), runs);
  if (isMachineModel(model)) {
    report.result('run', { inputs: inputs.length, correct, accuracy: correct / inputs.length }, [
      `${inputs.length} inputs: ${correct} right, accuracy ${((100 * correct) / inputs.length).toFixed(2)} %`,
    ]);
    return 0;
  }
  const { sameClass, output } = accuracyReport(graph, model, inputs);
  report.result('run', { inputs: inputs.length, correct, accuracy: correct / inputs.length, sameClass, output }, [
    `${inputs.length} inputs: ${correct} right, accuracy ${((100 * correct) / inputs.length).toFixed(2)} %`,
    `the float network names the same class for ${sameClass} of ${inputs.length}; largest error of an output ${number(output.max)}`,
  ]);
  return 0;
}
