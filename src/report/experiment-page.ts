/** The report of a table of experiments: medians with their spread, curves along what was swept, and where time went. */
import {
  type ExperimentRow,
  mixedColumns,
  type ParameterSet,
  parameterSets,
  spreadOf,
} from '../api/experiment-table.ts';
import { bytes, count, number, seconds } from '../units.ts';
import { facts, htmlTable, paragraph as p, page, type Section, tiles } from './page.ts';
import { escaped } from './svg.ts';
import { networkOf, PARAMETER_WORDS, type Parameter, sweptParameters } from './sweep.ts';
import { alongAxes, whereTimeWent } from './sweep-charts.ts';

/** @param path of the table, as the reader would name it in a command */
export function experimentPage(
  rows: readonly ExperimentRow[],
  path: string,
  made: { readonly version: string; readonly time: string },
): string {
  const names = [...new Set(rows.map(({ experiment }) => experiment))];
  const failed = rows.filter(({ error }) => error !== '').length;
  const mixed = mixedColumns(rows);
  const about = [
    p(`${path} · ${names.length === 1 ? '' : `${names.length} experiments · `}all with the development key`, 'muted'),
    ...(mixed.length > 0
      ? [p(`The rows differ in ${mixed.join(', ')}: compare within one of them only.`, 'warn')]
      : []),
    ...(rows.length === 0 ? [p('The table has no rows yet.', 'warn')] : []),
    tiles([
      [count(rows.length), 'repetitions'],
      [count(parameterSets(rows).length), 'sets of parameters'],
      [count(failed), 'failed'],
      [seconds(rows.reduce((n, { proveSeconds }) => n + Number(proveSeconds), 0)), 'of proving'],
    ]),
  ].join('\n');
  const sections = names.flatMap((name) => {
    const own = rows.filter(({ experiment }) => experiment === name);
    return ofExperiment(own).map(({ title, body }) => ({
      title: names.length > 1 ? `${name}: ${title}` : title,
      body,
    }));
  });
  const foot = `${escaped(`layerfold ${made.version}, ${made.time}. `)}This page repeats what the table says. Points are medians over the repetitions, ranges the lowest and the highest of them.`;
  return page(
    `${names.join(', ') || 'experiment'}: report of an experiment`,
    about,
    [...sections, machines(rows)],
    foot,
  );
}

function ofExperiment(rows: readonly ExperimentRow[]): Section[] {
  const sets = parameterSets(rows);
  const swept = sweptParameters(sets);
  return [
    { title: 'Medians', body: sets.length === 0 ? '' : medians(sets, swept) },
    { title: 'Published figures', body: published(sets, swept) },
    { title: 'What the parameters do', body: alongAxes(sets, swept) },
    { title: 'Where the time went', body: sets.length === 0 ? '' : whereTimeWent(sets, swept) },
    { title: 'Sizes', body: sets.length === 0 ? '' : sizes(sets, swept) },
    { title: 'What failed', body: failures(rows) },
  ];
}

const parametersOf = ({ common }: ParameterSet, swept: readonly Parameter[]): string[] => [
  networkOf(common),
  ...swept.map((name) => common[name]),
];
const headsOf = (swept: readonly Parameter[]): string[] => ['network', ...swept.map((name) => PARAMETER_WORDS[name])];

/** 12.1 to 12.9; nothing where the set was measured once. */
function range(set: ParameterSet, column: Parameters<typeof spreadOf>[1]): string {
  const { low, high } = spreadOf(set, column);
  return set.rows.length === 1 ? '' : `${rounded(low)} to ${rounded(high)}`;
}

const rounded = (x: number): string => number(Number(x.toPrecision(3)));

function medians(sets: readonly ParameterSet[], swept: readonly Parameter[]): string {
  const lines = sets.map((set) => [
    ...parametersOf(set, swept),
    count(set.rows.length),
    seconds(spreadOf(set, 'proveSeconds').median),
    range(set, 'proveSeconds'),
    seconds(spreadOf(set, 'processorSeconds').median),
    seconds(spreadOf(set, 'verifySeconds').median),
    bytes(spreadOf(set, 'peakMemory').median),
    bytes(spreadOf(set, 'proofBytes').median),
  ]);
  const head = ['times', 'prove', 'range, s', 'processor', 'verify', 'peak', 'folded proof'];
  const words =
    'The range is from the lowest to the highest of the repetitions; processor is the time of all threads while proving.';
  return `${htmlTable([[...headsOf(swept), ...head], ...lines], 1)}${p(words, 'muted')}`;
}

const SIZES = [
  ['activations', 'activations'],
  ['weights', 'weights'],
  ['steps', 'steps'],
  ['rows', 'rows'],
  ['bits', 'bits'],
  ['products', 'products'],
  ['wrapConstraints', 'final proof'],
] as const;

/** The same in every repetition. */
function sizes(sets: readonly ParameterSet[], swept: readonly Parameter[]): string {
  const lines = sets.map((set) => [
    ...parametersOf(set, swept),
    ...SIZES.map(([column]) => (set.common[column] === '' ? '' : count(Number(set.common[column])))),
  ]);
  const words =
    'Activations and weights of one layer in slots; rows, bits and products of one step; constraints of the final proof.';
  return `${htmlTable([[...headsOf(swept), ...SIZES.map(([, head]) => head)], ...lines], 1)}${p(words, 'muted')}`;
}

/** Figures of others beside ours; no ratio, because nothing but the network's shape is common. */
function published(sets: readonly ParameterSet[], swept: readonly Parameter[]): string {
  const told = sets.filter(({ common }) => common.publishedSource !== '');
  if (told.length === 0) return '';
  const cell = (text: string): string => (text === '' ? '' : `${count(Number(text))} s`);
  const lines = told.map((set) => [
    ...parametersOf(set, swept),
    seconds(spreadOf(set, 'proveSeconds').median),
    cell(set.common.publishedProveSeconds),
    seconds(spreadOf(set, 'verifySeconds').median),
    cell(set.common.publishedVerifySeconds),
  ]);
  const sources = [...new Set(told.map(({ common }) => common.publishedSource))];
  return [
    htmlTable([[...headsOf(swept), 'prove, here', 'published', 'verify, here', 'published'], ...lines], 1),
    ...sources.map((source) => p(`Published: ${source}.`, 'muted')),
    p('Another program on another machine: beside ours its figures show an order of magnitude, no ratio.', 'muted'),
  ].join('\n');
}

function failures(rows: readonly ExperimentRow[]): string {
  const bad = rows.filter(({ error }) => error !== '');
  if (bad.length === 0) return '';
  const asked = Object.keys(PARAMETER_WORDS) as Parameter[];
  const lines = bad.map((row) => [
    networkOf(row),
    asked
      .filter((name) => row[name] !== '')
      .map((name) => `${PARAMETER_WORDS[name]} ${row[name]}`)
      .join(', '),
    row.repetition,
    row.error,
  ]);
  return htmlTable([['network', 'asked for', 'repetition', 'error'], ...lines]);
}

function machines(rows: readonly ExperimentRow[]): Section {
  const all = (name: keyof ExperimentRow): string => [...new Set(rows.map((row) => row[name]))].join('; ');
  const times = rows.map(({ time }) => time).sort();
  const memory = [...new Set(rows.map((row) => bytes(Number(row.memory))))].join('; ');
  const body = facts([
    ['commit', all('commit')],
    ['processor', all('cpu')],
    ['cores', all('cores')],
    ['memory', memory],
    ['node', `${all('node')}, ${all('platform')}`],
    ['cache', all('cache')],
    ['from, to', [times[0], times.at(-1)].join('  to  ')],
  ]);
  return { title: 'Where it was measured', body: rows.length === 0 ? '' : body };
}
