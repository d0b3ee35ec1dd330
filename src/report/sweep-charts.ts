/** Charts of an experiment: each figure along each swept parameter, and what the time of each set went to. */
import { type ParameterSet, spreadOf } from '../api/experiment-table.ts';
import { bytes, count, number, seconds } from '../units.ts';
import { type Axes, bars, curves } from './charts.ts';
import { legend, paragraph as p } from './page.ts';
import { nameOf, PARAMETER_WORDS, type Parameter, type Series, seriesAlong, severalNetworks } from './sweep.ts';
import { PART_WORDS, STAGE_WORDS } from './words.ts';

const COLOURS = ['a', 'c', 'd', 'e', 'b'] as const;
/** Sets with bars of their own. */
const MOST_BARS = 40;
const QUANTIZATION: readonly Parameter[] = ['activationBits', 'activationFraction', 'weightFraction', 'headroom'];

type Figure = Pick<Axes, 'y' | 'sayY'> & {
  readonly column: 'proveSeconds' | 'processorSeconds' | 'verifySeconds' | 'peakMemory' | 'logitError';
  readonly height?: number;
};
const FIGURES: readonly Figure[] = [
  { column: 'proveSeconds', y: 'seconds to prove', sayY: number },
  { column: 'processorSeconds', y: 'processor seconds to prove', sayY: number, height: 150 },
  { column: 'verifySeconds', y: 'seconds to verify', sayY: number, height: 150 },
  { column: 'peakMemory', y: 'peak memory', sayY: bytes, height: 150 },
];
const ERROR_FIGURE: Figure = { column: 'logitError', y: 'largest error of a logit', sayY: number, height: 150 };

/** For each swept parameter its curves, from the median of each set; HTML. */
export function alongAxes(sets: readonly ParameterSet[], swept: readonly Parameter[]): string {
  return swept
    .map((axis) => ({ axis, series: seriesAlong(axis, swept, sets) }))
    .filter(({ series }) => series.length > 0)
    .map(({ axis, series }) => alongAxis(axis, series))
    .join('\n');
}

function alongAxis(axis: Parameter, all: readonly Series[]): string {
  const series = all.slice(0, COLOURS.length);
  const at = [...new Set(series.flatMap(({ sets }) => sets.map(({ common }) => Number(common[axis]))))];
  const figures = QUANTIZATION.includes(axis) ? [...FIGURES, ERROR_FIGURE] : FIGURES;
  const charts = figures.map(({ column, y, sayY, height = 240 }) => {
    const lines = series.map(({ sets }, k) => {
      const measured = sets.map((set) => ({ x: Number(set.common[axis]), ...spreadOf(set, column) }));
      return {
        css: COLOURS[k]!,
        points: measured.map(({ x, median }) => [x, median] as const),
        ranges: measured.filter(({ low, high }) => low < high).map(({ x, low, high }) => [x, low, high] as const),
      };
    });
    const axes: Axes = { x: PARAMETER_WORDS[axis], y, sayX: count, sayY, at: at.sort((a, b) => a - b), marks: true };
    return curves(`${y} against ${PARAMETER_WORDS[axis]}`, lines, { ...axes, height });
  });
  return [
    `<h3>Against ${PARAMETER_WORDS[axis]}</h3>`,
    ...(series.length > 1 ? [legend(series.map(({ name }, k) => [COLOURS[k]!, name] as const))] : []),
    ...charts,
    ...(all.length > series.length
      ? [p(`${all.length - series.length} more series are in the table only.`, 'muted')]
      : []),
  ].join('\n');
}

/** Medians of the stages of proving, and of the parts of a step, as bars; HTML. */
export function whereTimeWent(sets: readonly ParameterSet[], swept: readonly Parameter[]): string {
  const shown = sets.slice(0, MOST_BARS);
  const named = severalNetworks(sets);
  const chart = (label: string, columns: readonly (readonly [Column, string])[], said: (total: number) => string) => {
    const rows = shown.map((set) => {
      const segments = columns.map(([column, words], k) => {
        const value = spreadOf(set, column).median;
        return { value, css: COLOURS[k]!, about: `${words}: ${said(value)}` };
      });
      const total = segments.reduce((n, { value }) => n + value, 0);
      return { name: nameOf(set, swept, named), segments, said: said(total) };
    });
    return `${bars(label, rows)}${legend(columns.map(([, words], k) => [COLOURS[k]!, words] as const))}`;
  };
  return [
    '<h3>Proving</h3>',
    chart('Seconds by stage', STAGES, seconds),
    '<h3>One step, mean: what the main thread does or waits for</h3>',
    chart('Milliseconds by part of a step', PARTS, (s) => `${(1000 * s).toFixed(0)} ms`),
    ...(sets.length > shown.length
      ? [p(`${sets.length - shown.length} more sets are in the table only.`, 'muted')]
      : []),
  ].join('\n');
}

type Column = Parameters<typeof spreadOf>[1];
const STAGES: readonly (readonly [Column, string])[] = [
  ['foldSeconds', STAGE_WORDS.fold!],
  ['commitSeconds', STAGE_WORDS.commit!],
  ['integersSeconds', STAGE_WORDS.integers!],
];
const PARTS: readonly (readonly [Column, string])[] = [
  ['stepCommitSeconds', PART_WORDS.commit!],
  ['stepCycleFoldSeconds', PART_WORDS.cycleFold!],
  ['stepFoldSeconds', PART_WORDS.fold!],
  ['stepWitnessSeconds', PART_WORDS.witness!],
];
