/** `fold inspect` of a network on the tensor machine: its operations, its program, and what proving it costs here. */
import { budgetOf, memoryEstimate } from '../../api/budget.ts';
import { type LoadedTensorModel, saturates } from '../../api/machine-model.ts';
import { type MachineModel, stepSpecOf } from '../../api/model.ts';
import { plan } from '../../api/plan.ts';
import { type ProgramFacts, programFacts } from '../../api/program-facts.ts';
import { estimateStep } from '../../api/step-time.ts';
import { defaultWorkers } from '../../api/workers.ts';
import type { KeySource } from '../../folding/step-system.ts';
import type { StepUsage } from '../../machine/usage.ts';
import { UNIT_WORDS } from '../../report/words.ts';
import type { CommandContext } from '../../runs/context.ts';
import { bytes, count, counted, number, seconds, table } from '../../show/format.ts';

/** @param graph what is told of the network in any case, as data and in words */
export async function inspectProgram(
  { options, report }: CommandContext,
  graph: { readonly facts: object; readonly lines: readonly string[] },
  loaded: LoadedTensorModel,
  model: MachineModel,
  key: KeySource,
): Promise<number> {
  const { ports, steps, layers, plan: own } = model;
  const facts = programFacts(loaded, model);
  const isClamped = saturates(loaded, own);
  const workers = options.workers ?? defaultWorkers();
  const planned = await plan(model, key, report.on);
  const budget = await budgetOf(planned.system, stepSpecOf(own));
  const memory = memoryEstimate(planned.system, model, workers);
  const stepSeconds = estimateStep(planned, workers);
  const bits = planned.system.matrix.sizes.traceBits + budget.bits;
  const { operations, macs, room, units } = facts;
  report.result(
    'inspect',
    {
      ...{ graph: graph.facts, steps, layers, machine: own.machine, operations, macs, room, units, budget, memory },
      ...{ workers, stepSeconds, foldSeconds: steps * stepSeconds },
      saturates: isClamped,
      ...(options.program && { program: facts.steps }),
    },
    [
      ...graph.lines,
      `program: ${counted(layers, 'operation')} in ${counted(steps, 'step')} of the tensor machine, ${count(macs)} multiplications`,
      `  operations   ${kinds(operations)}`,
      `  inputs       ${portLine(ports.inputs)}`,
      `  outputs      ${portLine(ports.outputs)}`,
      `  reveals      ${ports.reveals}`,
      ...(isClamped ? ['  saturates    what leaves the ranges of the plan is clamped'] : []),
      `a step: ${count(budget.rows)} rows, ${count(bits)} bits; all steps: ${count(steps * budget.rows)} rows`,
      `  fold         about ${seconds(steps * stepSeconds)} with ${counted(workers, 'worker')}, memory about ${bytes(memory)}`,
      `  final proof  ${count(budget.wrapConstraints)} constraints`,
      ...unitLines(facts),
      ...(options.program ? programLines(facts.steps) : []),
    ],
  );
  return 0;
}

const kinds = (operations: ProgramFacts['operations']): string =>
  Object.entries(operations)
    .map(([op, n]) => `${count(n)} ${op}`)
    .join(', ') || 'none';

const portLine = (list: MachineModel['ports']['inputs']): string =>
  list.map(({ name, shape, scale }) => `"${name}" [${shape.join(', ')}], integers / ${number(scale)}`).join(', ');

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

function unitLines({ units, macs, room }: ProgramFacts): string[] {
  const rows = units.map(({ unit, used, of }) => [`  ${UNIT_WORDS[unit]}`, count(used), count(of), percent(used, of)]);
  return table([
    ['  unit', 'used', 'of', ''],
    ...rows,
    ['  multiplications of the sums', count(macs), count(room), percent(macs, room)],
  ]);
}

/** The program step by step: what each absorbs and reveals, its lanes by node, and what it uses of the units. */
function programLines(steps: readonly StepUsage[]): string[] {
  return steps.flatMap(({ used, absorbs, reveals, joins, nodes }, j) => [
    `step ${count(j + 1)}${absorbs ? `, absorbs ${absorbs}` : ''}${reveals ? ', reveals the class' : ''}${joins ? ', matrices joined' : ''}: ${count(used.lanes)} lane vectors, ${count(used.bank)} reads, ${count(used.weights)} blocks of weights, ${count(used.lookups)} look-ups, ${count(used.constants)} constants`,
    ...nodes.map(({ node, rows }) => `  ${node || '(moved numbers)'}: ${count(rows)}`),
  ]);
}
