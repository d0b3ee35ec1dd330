/** `fold inspect`: what a network is, what its plan is, and what proving it costs. */
import { type Budget, budgetOf, memoryEstimate, WRAP_LIMIT } from '../../api/budget.ts';
import { developmentKeySource, ptauKeySource } from '../../api/keys.ts';
import type { LoadedModel } from '../../api/load.ts';
import { isTensorModel } from '../../api/machine-model.ts';
import { isMachineModel } from '../../api/model.ts';
import { plan } from '../../api/plan.ts';
import { defaultWorkers } from '../../api/workers.ts';
import { invariant } from '../../errors.ts';
import { MODEL_OPTIONS, PLAN_OPTIONS } from '../../runs/context.ts';
import { checkFinalSize } from '../../runs/final-size.ts';
import { openInput, openModel, openQuantized } from '../../runs/resolve.ts';
import { bytes, count, table } from '../../show/format.ts';
import { planLines } from '../../show/plan-lines.ts';
import { inspectProgram } from '../inspect/program.ts';
import { onMachine, SAMPLE, SCALES, SEED } from '../meaning.ts';
import { MODEL_ARGUMENT, type Verb } from '../verb.ts';

export const inspectVerb: Verb = {
  name: 'inspect',
  about: 'Show the network, its plan or its program, and what proving it costs here, part by part.',
  argument: MODEL_ARGUMENT,
  options: [...MODEL_OPTIONS, 'input', ...PLAN_OPTIONS, 'ptau', 'program', 'workers'],
  meanings: [
    SEED,
    SCALES,
    SAMPLE,
    {
      options: ['layersPerStep', 'activationFraction', 'weightFraction', 'ptau'],
      only: 'a plan: --input, --plan, --activation-bits, or a network that has one',
      holds: ({ options: { input, plan, activationBits, network } }) =>
        [input, plan, activationBits, network].some((value) => value !== undefined),
    },
    { options: ['program'], only: 'a network on the tensor machine', holds: ({ facts }) => facts.machine! },
  ],
  factsOf: (context) => onMachine(context, context.options.program === true),
  examples: [
    'fold inspect --network digits512',
    'fold inspect MODEL.onnx --input X.json --layers-per-step 2',
    'fold inspect MODEL.onnx --input X.json --program',
  ],
  run: async (context) => {
    const { options, report } = context;
    const loaded = await openModel(context);
    const input = await openInput(context, loaded);
    const graph = graphFacts(loaded);
    if (!input && options.plan === undefined && options.activationBits === undefined) {
      report.result('inspect', { graph }, [
        ...graphLines(graph),
        'For its plan and its cost give an input: --input X.json',
      ]);
      return 0;
    }
    const model = await openQuantized(context, loaded, input);
    const key = options.ptau === undefined ? developmentKeySource() : ptauKeySource(options.ptau);
    if (isMachineModel(model)) {
      invariant(isTensorModel(loaded), 'a program of a chain of layers');
      return inspectProgram(context, { facts: graph, lines: graphLines(graph) }, loaded, model, key);
    }
    const { system } = await plan(model, key, report.on);
    const budget = await budgetOf(system, model.plan.step);
    const memory = memoryEstimate(system, model, options.workers ?? defaultWorkers());
    const { slots } = model.plan.step;
    checkFinalSize(budget, slots);
    report.result('inspect', { graph, plan: model.plan, layers: model.layers, steps: model.steps, budget, memory }, [
      ...graphLines(graph),
      ...planLines(model.plan, model),
      ...budgetLines(budget, memory),
    ]);
    return 0;
  },
};

function graphFacts({ name, sha256, graph }: LoadedModel) {
  const operators: Record<string, number> = {};
  for (const { op } of graph.nodes) operators[op] = (operators[op] ?? 0) + 1;
  const parameters = [...graph.constants.values()].reduce((n, { data }) => n + data.length, 0);
  return { name, sha256, opset: graph.opset, operators, parameters, inputs: graph.inputs, outputs: graph.outputs };
}

function graphLines(graph: ReturnType<typeof graphFacts>): string[] {
  const values = (list: LoadedModel['graph']['inputs']): string =>
    list.map(({ name, shape }) => `"${name}" [${shape.join(', ')}]`).join(', ');
  const operators = Object.entries(graph.operators).map(([op, n]) => `${n} ${op}`);
  return [
    `network: ${graph.name}, sha256 ${graph.sha256}`,
    `  operators    ${operators.join(', ')} (opset ${graph.opset})`,
    `  parameters   ${count(graph.parameters)}`,
    `  input        ${values(graph.inputs)}`,
    `  output       ${values(graph.outputs)}`,
  ];
}

function budgetLines(budget: Budget, memory: number): string[] {
  const parts = [...budget.parts]
    .sort((a, b) => b.rows + b.bits - a.rows - a.bits)
    .map(({ name, rows, bits }) => [`  ${name}`, count(rows), count(bits)]);
  return [
    `a step: ${count(budget.rows)} rows (${count(budget.boxes)} of them S-boxes), ${count(budget.bits)} bits, ${count(budget.fields)} field variables, ${count(budget.products)} products, ${count(budget.forms)} linear forms`,
    `  folding itself   ${count(budget.chain)} rows and bits`,
    `  commitment key   ${count(budget.keyPoints)} points`,
    `  memory           about ${bytes(memory)}`,
    `  final proof      ${count(budget.wrapConstraints)} constraints (limit ${count(WRAP_LIMIT)})`,
    ...table([['  part', 'rows', 'bits'], ...parts]),
  ];
}
