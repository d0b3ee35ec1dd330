/** The report of a run: its facts, what it leaves out, hostile words, and how it looks in a real browser. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { gatherReport, type RunReport } from '../../src/api/gather-report.ts';
import { loadModel } from '../../src/api/load.ts';
import { runPage } from '../../src/report/run-page.ts';
import { fold, useFolder } from '../cli/harness.ts';
import { browser, domOf, expectInert, paint } from '../helpers/browser.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { smallRun } from '../helpers/small-run.ts';

const folder = useFolder();
const made = { version: '0.0.0', time: '2026-01-01 00:00' };
let report: RunReport;
let html = '';

beforeAll(async () => {
  const run = folder.path('run');
  expect(
    (await fold(['--layers', '20', '--layers-per-step', '8', '--no-wrap', '--workers', '1', '--out', run])).code,
  ).toBe(0);
  expect((await fold(['report', run, '--quiet'])).code).toBe(0);
  report = await gatherReport(run);
  html = readFileSync(folder.path('run', 'report.html'), 'utf8');
});

describe('report of a run', () => {
  it('has every section, the digests, and the command that verifies', () => {
    const titles = [...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      'What is proven',
      'The network',
      'The output',
      'Where the time went',
      'Constraints of a step',
      'Accuracy against floating point',
      'Files',
    ]);
    const { statement } = report.record;
    for (const digest of [statement!.modelDigest, statement!.inputDigest, statement!.outputDigest])
      expect(html).toContain(digest);
    expect(html).toContain(`fold verify ${folder.path('run')} --model-digest ${statement!.modelDigest}`);
    expect(html).toContain('transparent');
    expectInert(html);
  });

  it('draws every layer once, in its step', () => {
    const cells = [...html.matchAll(/<title>layer (\d+) &quot;.*?&quot;, step (\d+): (\d+) of 14 bits/g)];
    expect(cells.map(([, layer]) => Number(layer))).toEqual(Array.from({ length: 19 }, (_, k) => k + 1));
    expect(cells.every(([, layer, step]) => Number(step) === Math.floor((Number(layer) - 1) / 8) + 1)).toBe(true);
    expect(html.match(/slot not used<\/title>/g)).toHaveLength(5);
    expect(report.run!.layers.every(({ peakBits }) => peakBits > 0 && peakBits <= 14)).toBe(true);
  });

  it('counts all rows and bits of a step', () => {
    const { budget, timeline } = report;
    expect(budget!.parts.reduce((n, { rows }) => n + rows, 0)).toBe(budget!.rows);
    expect(html).toContain(budget!.bits.toLocaleString('en-US'));
    expect(timeline!.steps.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(timeline!.totals!.workers).toBe(1);
  });

  it('leaves out what is absent, and says what is not proven', () => {
    const bare = {
      ...report,
      plan: undefined,
      output: undefined,
      timeline: undefined,
      budget: undefined,
      run: undefined,
    };
    const { statement: _, ...rest } = report.record;
    const page = runPage({ ...bare, record: { ...rest, state: 'interrupted', files: [] } }, 'x', made);
    expect(page).toContain('nothing is proven yet');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expectInert(page);
  });

  it('tells the gas where there is a final proof', () => {
    const page = runPage({ ...report, final: { calldataBytes: 996, calldataGas: 14_000, gas: 492_800 } }, 'x', made);
    expect(page).toContain('<h2>On a chain</h2>');
    expect(page).toContain('457,800');
    expect(html).not.toContain('On a chain');
  });

  it('keeps hostile names as words', () => {
    const name = '<script>alert("1")</script>&\'';
    const record = { ...report.record, model: { ...report.record.model, name }, key: { name, insecure: true } };
    const timeline = { ...report.timeline!, stages: [{ stage: name, seconds: 1 }] };
    const page = runPage({ ...report, record, timeline }, name, made);
    expect(page.includes(name)).toBe(false);
    expectInert(page);
  });

  it('draws networks of any depth and step in a bounded page', () => {
    for (const [layers, slots] of [
      [100_000, 2],
      [700, 512],
      [3, 1],
    ] as const) {
      const plan = { ...report.plan!, step: { ...report.plan!.step, slots } };
      const record = { ...report.record, model: { ...report.record.model, layers, layersPerStep: slots } };
      const page = runPage({ ...report, plan, record, run: undefined }, 'x', made);
      expect(page.length).toBeLessThan(1e6);
      expect(page).not.toMatch(/NaN|undefined|Infinity|="-/);
    }
  });

  it('is only for the owner of a run that is not public', async () => {
    const path = folder.path('run', 'run.json');
    const before = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      before.replace(
        '"share": "yes"\n    },\n    {\n      "path": "private',
        '"share": "no"\n    },\n    {\n      "path": "private',
      ),
    );
    const { out } = await fold(['report', folder.path('run'), '--out', folder.path('own.html')]);
    writeFileSync(path, before);
    expect(out).toContain('keep:');
    expect(statSync(folder.path('own.html')).mode & 0o777).toBe(0o600);
    expect(statSync(folder.path('run', 'report.html')).mode & 0o777).toBe(0o644);
  });

  it('was verified, and its model committed to again; a folded proof of a ceremony is said to be unverified', () => {
    expect(report.checked).toEqual({ proof: 'folded', parameters: true, model: true });
    expect(html).toContain('The folded proof was verified when this page was made');
    const unverified = { ...report, checked: { proof: undefined, parameters: false, model: false } };
    const page = runPage(unverified, 'x', made);
    expect(page).toContain('NOT verified');
    expect(page).not.toContain(report.record.statement!.parameters);
  });

  it('shows no network that is not the one of the digest', async () => {
    // the run of another network, under the name and the file of the bundled one
    const own = folder.path('own-run');
    expect((await fold(['prove', ...smallRun(folder.path, 2).args, '--out', own])).code).toBe(0);
    const path = folder.path('own-run', 'run.json');
    const record = JSON.parse(readFileSync(path, 'utf8'));
    const { name, sha256 } = report.record.model;
    const lie = { ...record, model: { ...record.model, name, sha256, layers: 3 } };
    writeFileSync(path, JSON.stringify(lie));
    expect((await foldErrorOfAsync(() => gatherReport(own))).code).toBe('E_REJECTED');
    // a true plan and shape do not help: the digest of the weights is compared
    const twin = folder.path('twin');
    const synthetic = ['--network', 'synthetic', '--layers', '3', '--layers-per-step', '2', '--seed', '2'];
    expect((await fold(['prove', ...synthetic, '--no-wrap', '--workers', '1', '--out', twin])).code).toBe(0);
    const told = folder.path('twin', 'run.json');
    const honest = JSON.parse(readFileSync(told, 'utf8'));
    const other = await loadModel({ network: 'synthetic', layers: 3, seed: 1 });
    writeFileSync(told, JSON.stringify({ ...honest, model: { ...honest.model, seed: 1, sha256: other.sha256 } }));
    const error = await foldErrorOfAsync(() => gatherReport(twin));
    expect([error.code, error.message]).toEqual(['E_REJECTED', expect.stringContaining("check 'model' failed")]);
  });

  it('refuses another model and a folder without a run', async () => {
    const other = await fold(['report', folder.path('run'), '--network', 'synthetic', '--layers', '3']);
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining('E_REJECTED') });
    expect((await foldErrorOfAsync(() => gatherReport(folder.path('nothing')))).code).toBe('E_FILE');
  });
});

describe.skipIf(!browser)('in a browser', () => {
  it('is parsed as it was written and painted', () => {
    const page = folder.path('run', 'report.html');
    const dom = domOf(page);
    expect(dom.match(/<section>/g)).toHaveLength(7);
    expect(dom.match(/<svg/g)).toHaveLength(html.match(/<svg/g)!.length);
    writeFileSync(folder.path('blank.html'), '<!doctype html>');
    const painted = paint(page, folder.path('shot.png'), 900, 2700);
    const empty = paint(folder.path('blank.html'), folder.path('blank.png'), 900, 2700);
    expect(painted).toBeGreaterThan(10 * empty);
  });
});
