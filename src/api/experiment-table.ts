/**
 * The table of experiments as it is read again: its rows, and the repetitions of one set of parameters put together. What
 * stands for a set is the median with the lowest and the highest value: a mean would move with one disturbed repetition.
 */
import { readCsvTable } from '../store/csv.ts';

/** Columns of the table (docs/experiments.md). */
export const EXPERIMENT_COLUMNS = [
  'id',
  'experiment',
  'repetition',
  'time',
  'commit',
  'cpu',
  'cores',
  'memory',
  'node',
  'platform',
  'cache',
  'network',
  'seed',
  'layers',
  'channels',
  'side',
  'circuit',
  'layersPerStep',
  'workers',
  'activationBits',
  'activationFraction',
  'weightFraction',
  'headroom',
  'activations',
  'weights',
  'steps',
  'rows',
  'bits',
  'products',
  'wrapConstraints',
  'circuitSeconds',
  'integersSeconds',
  'commitSeconds',
  'foldSeconds',
  'proveSeconds',
  'processorSeconds',
  'verifySeconds',
  'stepSeconds',
  'stepWitnessSeconds',
  'stepCommitSeconds',
  'stepCycleFoldSeconds',
  'stepFoldSeconds',
  'peakMemory',
  'proofBytes',
  'class',
  'logitError',
  'error',
  'publishedProveSeconds',
  'publishedVerifySeconds',
  'publishedSource',
] as const;

export type ExperimentColumn = (typeof EXPERIMENT_COLUMNS)[number];
export type ExperimentRow = Readonly<Record<ExperimentColumn, string>>;

/** All rows; of several experiments, where they share a table. @throws E_FILE, E_FORMAT for a table of something else */
export async function readExperimentTable(path: string): Promise<readonly ExperimentRow[]> {
  return readCsvTable(path, EXPERIMENT_COLUMNS);
}

/** The repetitions of one set of parameters. */
export interface ParameterSet {
  /** Those that ended well; at least one. */
  readonly rows: readonly ExperimentRow[];
  /** A row for what all of them have in common. */
  readonly common: ExperimentRow;
}

/** Sets of which at least one repetition ended well, in the order of the table. */
export function parameterSets(rows: readonly ExperimentRow[]): ParameterSet[] {
  const groups = new Map<string, ExperimentRow[]>();
  for (const row of rows.filter(({ error }) => error === '')) {
    const parameters = row.id.replace(/-\d+$/, '');
    groups.set(parameters, [...(groups.get(parameters) ?? []), row]);
  }
  return [...groups.values()].map((group) => ({ rows: group, common: group[0]! }));
}

interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Of a column of numbers; the median of an even number of values is the mean of the middle two. */
export function spreadOf({ rows }: ParameterSet, column: ExperimentColumn): Spread {
  const sorted = rows.map((row) => Number(row[column])).sort((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2;
  return { low: sorted[0]!, median, high: sorted.at(-1)! };
}

/** Columns in which rows differ that should be of one machine and one program. */
export function mixedColumns(rows: readonly ExperimentRow[]): ExperimentColumn[] {
  return (['commit', 'cpu', 'cores', 'node'] as const).filter((name) => new Set(rows.map((row) => row[name])).size > 1);
}
