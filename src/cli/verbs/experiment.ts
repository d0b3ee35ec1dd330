/** `fold experiment`: a sweep of parameters with repeats, measured into a CSV table that a killed run goes on with. */

import { join } from 'node:path';
import { runExperiment } from '../../api/experiment.ts';
import { readExperiment } from '../../api/experiment-spec.ts';
import {
  type ExperimentColumn,
  type ExperimentRow,
  mixedColumns,
  parameterSets,
  spreadOf,
} from '../../api/experiment-table.ts';
import { command } from '../../command.ts';
import { bytes, seconds, table } from '../../show/format.ts';
import type { Verb } from '../verb.ts';

export const experimentVerb: Verb = {
  name: 'experiment',
  about: 'Prove over a sweep of parameters; one CSV row per repetition. Run again, it does only what has no row yet.',
  argument: { name: '<spec>', about: 'a JSON file, or the name of one of examples/experiments' },
  options: ['out'],
  examples: ['fold experiment smoke', 'fold experiment reference-table --out table.csv', 'fold experiment SPEC.json'],
  run: async ({ argument, options, report, signal }) => {
    const spec = await readExperiment(argument!);
    const path = options.out ?? join('runs', 'experiments', `${spec.name}.csv`);
    report.note([`${spec.name}: ${spec.about}`]);
    const { rows, found, failed } = await runExperiment(spec, {
      path,
      signal,
      on: report.on,
      onStart: ({ asked: { network, ...numbers }, number }, at, of) => {
        const named = 'network' in network ? network.network : network.model;
        const said = [
          ...(network.circuit ? [`circuit ${network.circuit}`] : []),
          ...Object.entries(numbers).map(([name, value]) => `${name} ${value}`),
        ];
        report.fact('repetition', { at, of, number, network, ...numbers }, [
          `${at}/${of}: ${[named, ...said].join(', ')}, repetition ${number}`,
        ]);
      },
      onRow: (row) => report.fact('row', { row }, rowLines(row)),
    });
    report.result('experiment', { experiment: spec.name, path, rows: rows.length, found, failed }, [
      ...summary(rows),
      `${rows.length} rows, ${found} of them there before, ${failed} failed: ${path}`,
      ...mixed(rows),
      `next: ${command`fold report ${path}`}`,
    ]);
    return 0;
  },
};

function rowLines(row: ExperimentRow): string[] {
  if (row.error !== '') return [`  failed: ${row.error}`];
  return [
    `  proven in ${seconds(Number(row.proveSeconds))}, verified in ${seconds(Number(row.verifySeconds))}, peak ${bytes(Number(row.peakMemory))}`,
  ];
}

/** One line per set of parameters: the median over its repetitions. */
function summary(rows: readonly ExperimentRow[]): string[] {
  const sets = parameterSets(rows);
  if (sets.length === 0) return [];
  const lines = sets.map((set) => {
    const { common } = set;
    const median = (name: ExperimentColumn): number => spreadOf(set, name).median;
    const published = Number(common.publishedProveSeconds);
    return [
      `  ${common.network}${common.circuit === 'machine' ? ', machine,' : ''} ${common.layers}`,
      common.layersPerStep,
      common.workers,
      seconds(median('proveSeconds')),
      seconds(median('verifySeconds')),
      bytes(median('peakMemory')),
      published > 0 ? seconds(published) : '',
    ];
  });
  const head = ['  network, layers', 'per step', 'workers', 'prove', 'verify', 'peak', 'published'];
  const shown = lines.every((line) => line.at(-1) === '')
    ? [head, ...lines].map((l) => l.slice(0, -1))
    : [head, ...lines];
  return table(shown);
}

function mixed(rows: readonly ExperimentRow[]): string[] {
  const several = mixedColumns(rows);
  return several.length === 0 ? [] : [`The rows differ in ${several.join(', ')}: compare within one of them only.`];
}
