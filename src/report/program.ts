/** The program of a run on the tensor machine: its steps against the units that they use, and its outputs. HTML. */
import type { OutputFacts, ProgramReport } from '../api/gather-program.ts';
import type { ProgramFacts } from '../api/program-facts.ts';
import { type Unit, unitsOf } from '../machine/usage.ts';
import { count, counted, number } from '../units.ts';
import { bars, WIDTH } from './charts.ts';
import { facts, htmlTable, paragraph as p, swatch } from './page.ts';
import { rect, svg, text } from './svg.ts';
import { UNIT_WORDS } from './words.ts';

const LABEL = 190;
const ROW = 18;
/** Columns of the picture; a longer program has several steps in one. */
const MOST_COLUMNS = 142;
const SHADES = 5;
/** Nodes of a step, and nodes of a network, that are told. */
const MOST_NODES = 6;
const MOST_BARS = 30;
/** Outputs of the table. */
const MOST_OUTPUTS = 64;

export function programSection({ shape, ports, facts: own }: ProgramReport): string {
  const port = (list: ProgramReport['ports']['inputs']): string =>
    list.map(({ name, shape: dims }) => `"${name}" [${dims.join(', ')}]`).join(', ');
  const interfaceRows = facts([
    ['inputs', port(ports.inputs)],
    ['outputs', port(ports.outputs)],
    ['reveals', ports.reveals],
  ]);
  if (!own)
    return `${interfaceRows}${p('For its program the model is needed: fold report FOLDER --model MODEL.onnx', 'muted')}`;
  return [
    interfaceRows,
    `<h3>${counted(own.steps.length, 'step')} by what they use of the machine</h3>`,
    stepsByUnits(own, unitsOf(shape)),
    `<p class="legend">${Array.from({ length: SHADES }, (_, k) => swatch(`l${k}`)).join('')} little to all of a unit used &middot; ${swatch('unused')} not used</p>`,
    '<h3>Utilization over all steps</h3>',
    utilization(own),
    '<h3>Lane vectors by node</h3>',
    nodeBars(own),
  ].join('\n');
}

/** A row for each unit, a cell for each step, or for as many as fit in one column. */
function stepsByUnits({ steps, units }: ProgramFacts, has: Readonly<Record<Unit, number>>): string {
  const together = Math.ceil(steps.length / MOST_COLUMNS);
  const columns = Math.ceil(steps.length / together);
  const w = Math.min(22, (WIDTH - LABEL) / columns);
  const parts = units.flatMap(({ unit }, row) => [
    text(LABEL - 10, row * ROW + 13, UNIT_WORDS[unit], 'label', 'end'),
    ...Array.from({ length: columns }, (_, c) => {
      const own = steps.slice(c * together, (c + 1) * together);
      const used = own.reduce((n, step) => n + step.used[unit], 0);
      const of = has[unit] * own.length;
      const from = c * together + 1;
      const where =
        own.length === 1 ? `step ${count(from)}` : `steps ${count(from)} to ${count(from + own.length - 1)}`;
      const nodes = [...new Set(own.flatMap((step) => step.nodes.map(({ node }) => node)).filter(Boolean))];
      const names = nodes.slice(0, MOST_NODES).join(', ');
      const about = `${where}: ${count(used)} of ${count(of)} ${UNIT_WORDS[unit]}${names && `; ${names}`}`;
      return rect(LABEL + c * w, row * ROW + 2, w - (w > 3 ? 1 : 0), ROW - 4, shadeOf(used, of), about, 1);
    }),
  ]);
  return svg(WIDTH, units.length * ROW, `${counted(steps.length, 'step')} by the units of the machine`, parts);
}

const shadeOf = (used: number, of: number): string =>
  used === 0 ? 'unused' : `l${Math.min(SHADES - 1, Math.floor((SHADES * used) / of))}`;

function utilization({ units, macs, room }: ProgramFacts): string {
  const rows = [
    ...units.map(({ unit, used, of }) => ({ name: UNIT_WORDS[unit], used, of })),
    { name: 'multiplications of the sums', used: macs, of: room },
  ];
  return bars(
    'Used of each unit',
    rows.map(({ name, used, of }) => ({
      name,
      segments: [
        { value: used / of, css: 'a', about: `${name}: ${count(used)} of ${count(of)}` },
        { value: Math.max(0, 1 - used / of), css: 'unused', about: `${name}: ${count(of - used)} not used` },
      ],
      said: `${((100 * used) / of).toFixed(1)} %`,
    })),
  );
}

/** The nodes that take most of the lanes. */
function nodeBars({ steps }: ProgramFacts): string {
  const rows = new Map<string, number>();
  for (const { node, rows: n } of steps.flatMap(({ nodes }) => nodes)) rows.set(node, (rows.get(node) ?? 0) + n);
  const all = [...rows].sort(([, a], [, b]) => b - a);
  if (all.length === 0) return p('No step computes anything.', 'muted');
  const rest = all.slice(MOST_BARS).reduce((n, [, own]) => n + own, 0);
  const shown = [
    ...all.slice(0, MOST_BARS),
    ...(rest > 0 ? [[`${all.length - MOST_BARS} other nodes`, rest] as const] : []),
  ];
  return bars(
    'Lane vectors by node',
    shown.map(([node, n]) => ({
      name: short(node || '(moved numbers)'),
      segments: [{ value: n, css: 'd', about: `${node}: ${count(n)}` }],
      said: count(n),
    })),
  );
}

/** Names of nodes may be long. */
const short = (name: string): string => (name.length > 26 ? `${name.slice(0, 25)}…` : name);

/** One line an output; against floating point where that was computed. */
export function outputsTable({ outputs, sameClass }: ProgramReport): string {
  if (!outputs) return '';
  const told = outputs.some(({ error }) => error);
  const head = ['output', 'shape', 'one is', 'least', 'largest', 'largest error', 'mean error', 'expected'];
  const rows = outputs.slice(0, MOST_OUTPUTS).map(outputCells);
  return [
    htmlTable(
      [head, ...rows].map((cells) => (told ? cells : cells.slice(0, 5))),
      2,
    ),
    ...(outputs.length > MOST_OUTPUTS ? [p(`And ${count(outputs.length - MOST_OUTPUTS)} more.`, 'muted')] : []),
    ...(sameClass === undefined
      ? []
      : [p(`The float network names ${sameClass ? 'the same class' : 'ANOTHER CLASS'} on this input.`)]),
    ...(told ? [p('"expected": the largest error that calibration saw on its samples.', 'muted')] : []),
  ].join('\n');
}

function outputCells({ name, shape, scale, values, error, expected }: OutputFacts): string[] {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const said = (x: number | undefined): string => (x === undefined || !Number.isFinite(x) ? '' : number(x));
  return [
    ...[name, `[${shape.join(', ')}]`, said(scale), said(least), said(most)],
    ...[said(error?.max), said(error?.mean), said(expected)],
  ];
}
