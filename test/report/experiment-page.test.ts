/** The report of an experiment: medians, what was swept, curves in their places, and how it looks in a real browser. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { runExperiment } from '../../src/api/experiment.ts';
import { type ExperimentSpec, parseExperiment } from '../../src/api/experiment-spec.ts';
import { type ExperimentRow, parameterSets, readExperimentTable, spreadOf } from '../../src/api/experiment-table.ts';
import type { Asked, Measured } from '../../src/api/repetition.ts';
import { FoldError } from '../../src/errors.ts';
import { experimentPage } from '../../src/report/experiment-page.ts';
import { seriesAlong, sweptParameters } from '../../src/report/sweep.ts';
import { fold, useFolder } from '../cli/harness.ts';
import { browser, domOf, expectInert, paint } from '../helpers/browser.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { measured } from '../helpers/experiments.ts';

const folder = useFolder();
const made = { version: '0.0.0', time: '2026-01-01 00:00' };
const spec = (name: string, sweep: ExperimentSpec['sweep'], more: Partial<ExperimentSpec> = {}): ExperimentSpec =>
  parseExperiment(
    {
      ...{ format: 'layerfold/experiment', version: 1, name, about: 'a test', repeats: 4, cache: 'shared' },
      ...{ networks: [{ network: 'synthetic', seed: 1 }], sweep, ...more },
    },
    'spec.json',
  );

/** Seconds grow with depth and width; each repetition is a second longer than the one before; one set always fails. */
async function measure(asked: Asked): Promise<Measured> {
  if (asked.channels === 4 && asked.side === 28) throw new FoldError('E_MEMORY', 'no');
  const figures = await measured(asked);
  const proveSeconds = (asked.layers ?? 0) / 10 + (asked.channels ?? 2) * 10 + times++ / 100;
  return { ...figures, proveSeconds, foldSeconds: proveSeconds - 5, commitSeconds: 4, peakMemory: 5e8 };
}
let times = 0;

const width = spec('width', { layers: [64, 128], channels: [2, 4], side: [14, 28], workers: [1] });
let rows: readonly ExperimentRow[] = [];
let html = '';

beforeAll(async () => {
  const path = folder.path('width.csv');
  await runExperiment(width, { path, measure });
  expect((await fold(['report', path])).code).toBe(0);
  rows = await readExperimentTable(path);
  html = readFileSync(folder.path('width.html'), 'utf8');
});

/** Rows of a sweep; `change` may alter what a set of parameters gives. */
async function rowsOf(name: string, sweep: ExperimentSpec['sweep'], change: (asked: Asked) => Partial<Measured>) {
  const path = folder.path(`${name}.csv`);
  const changed = async (asked: Asked) => ({ ...(await measured(asked)), ...change(asked) });
  await runExperiment(spec(name, { workers: [1], ...sweep }), { path, measure: changed });
  return readExperimentTable(path);
}

describe('what was swept', () => {
  it('is what differs between the sets', () => {
    const sets = parameterSets(rows);
    expect(sets).toHaveLength(6);
    const swept = sweptParameters(sets);
    expect(swept).toEqual(['layers', 'channels', 'side']);
    const along = seriesAlong('layers', swept, sets).map(({ name, sets: points }) => [
      name,
      points.map(({ common }) => common.layers),
    ]);
    expect(along).toEqual([
      ['channels 2, side 14', ['64', '128']],
      ['channels 2, side 28', ['64', '128']],
      ['channels 4, side 14', ['64', '128']],
    ]);
    // of four channels there is one side only
    expect(seriesAlong('side', swept, sets).map(({ name }) => name)).toEqual([
      'layers 64, channels 2',
      'layers 128, channels 2',
    ]);
  });

  it('is not what the plan chose because of it', async () => {
    const chosen = await rowsOf('fractions', { activationFraction: [5, 7, 9] }, ({ activationFraction }) => ({
      activationBits: 6 + activationFraction!,
      layersPerStep: activationFraction! > 6 ? 4 : 8,
    }));
    expect(sweptParameters(parameterSets(chosen))).toEqual(['activationFraction']);
    const asked = await rowsOf('bits', { activationBits: [9, 10], activationFraction: [5, 7] }, () => ({}));
    expect(sweptParameters(parameterSets(asked))).toEqual(['activationBits', 'activationFraction']);
  });

  it('has medians between the repetitions', () => {
    const [set] = parameterSets(rows);
    const { low, median, high } = spreadOf(set!, 'proveSeconds');
    const values = set!.rows.map(({ proveSeconds }) => Number(proveSeconds)).sort((a, b) => a - b);
    expect([low, high]).toEqual([values[0], values[3]]);
    expect(median).toBeCloseTo((values[1]! + values[2]!) / 2, 9);
  });
});

describe('report of an experiment', () => {
  it('has its sections, a line of the table per set, and what failed', () => {
    const titles = [...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      'Medians',
      'What the parameters do',
      'Where the time went',
      'Sizes',
      'What failed',
      'Where it was measured',
    ]);
    expect(html.match(/<td class="n">/g)!.length).toBe(6 * (10 + 10));
    expect(html.match(/E_MEMORY/g)).toHaveLength(8);
    expect(html).not.toMatch(/NaN|undefined|Infinity|="-/);
    expectInert(html);
  });

  it('draws a point and a range for each set of each curve', () => {
    const chart = /aria-label="seconds to prove against layers">(.*?)<\/svg>/.exec(html)![1]!;
    expect(chart.match(/<polyline/g)).toHaveLength(3);
    expect(chart.match(/<rect/g)).toHaveLength(6);
    // a range is a line with two ends
    expect(chart.match(/<line [^>]*class="curve/g)).toHaveLength(18);
    expect([...chart.matchAll(/text-anchor="middle">(\d+)</g)].map(([, x]) => x)).toEqual(['64', '128']);
  });

  it('places more seconds higher, in proportion from zero', async () => {
    const seconds: Readonly<Record<number, number>> = { 10: 5, 20: 10, 40: 20 };
    const table = await rowsOf('depth', { layers: [10, 20, 40] }, ({ layers }) => ({
      proveSeconds: seconds[layers!]!,
    }));
    const page = experimentPage(table, 'depth.csv', made);
    const chart = /aria-label="seconds to prove against layers">(.*?)<\/svg>/.exec(page)![1]!;
    const [, points] = /<polyline points="(.*?)"/.exec(chart)!;
    const [[x0, y0], [x1, y1], [x2, y2]] = points!.split(' ').map((at) => at.split(',').map(Number)) as number[][] as [
      number[],
      number[],
      number[],
    ];
    expect((x2! - x1!) / (x1! - x0!)).toBeCloseTo(2, 1);
    expect((y1! - y2!) / (y0! - y1!)).toBeCloseTo(2, 1);
    // nothing is spread: no ranges
    expect(chart).not.toMatch(/<line [^>]*class="curve/);
  });

  it('sets published figures beside ours, and hostile words as words', () => {
    const source = '<script>alert("1")</script>';
    const told = rows.map((row) => ({ ...row, publishedProveSeconds: '26966.845', publishedSource: source }));
    const page = experimentPage([...told, { ...rows[0]!, experiment: 'other', cpu: source }], source, made);
    expect(page).toContain('<h2>width: Published figures</h2>');
    expect(page).toContain('26,966.845 s');
    expect(page).toContain('The rows differ in cpu');
    expect(page.includes(source)).toBe(false);
    expectInert(page);
  });

  it('stands without rows, with failures only, and with more series than colours', async () => {
    for (const some of [[], rows.filter(({ error }) => error !== '')])
      expect(experimentPage(some, 'x.csv', made)).not.toMatch(/NaN|undefined|Infinity/);
    const workers = [1, 2, 3, 4, 5, 6, 7];
    const many = await rowsOf('many', { layers: [10, 20], workers }, () => ({}));
    expect(experimentPage(many, 'x.csv', made)).toContain('2 more series are in the table only.');
  });

  it('refuses what is no table, a table that is absent, and a model beside one', async () => {
    writeFileSync(folder.path('other.csv'), 'a,b\n1,2\n');
    expect((await foldErrorOfAsync(() => readExperimentTable(folder.path('other.csv')))).code).toBe('E_FORMAT');
    expect((await fold(['report', folder.path('absent.csv')])).err).toContain('E_FILE');
    const both = await fold(['report', folder.path('width.csv'), '--network', 'digits512']);
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining('E_USAGE') });
  });

  it('reads a table that is being written without its last, unfinished row', async () => {
    const text = readFileSync(folder.path('width.csv'), 'utf8');
    writeFileSync(folder.path('growing.csv'), text.slice(0, -20));
    expect(await readExperimentTable(folder.path('growing.csv'))).toHaveLength(rows.length - 1);
    expect(readFileSync(folder.path('growing.csv'), 'utf8')).toBe(text.slice(0, -20));
  });
});

describe.skipIf(!browser)('in a browser', () => {
  it('is parsed as it was written and painted', () => {
    const path = folder.path('width.html');
    const dom = domOf(path);
    expect(dom.match(/<section>/g)).toHaveLength(6);
    expect(dom.match(/<svg/g)).toHaveLength(html.match(/<svg/g)!.length);
    expect(paint(path, folder.path('shot.png'), 900, 2700)).toBeGreaterThan(50_000);
  });
});
