/** The report of a run on the tensor machine: steps against units, outputs against floats, and what is left out without the model. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { gatherReport, type RunReport } from '../../src/api/gather-report.ts';
import { loadModel } from '../../src/api/load.ts';
import { runPage } from '../../src/report/run-page.ts';
import { fold, useFolder } from '../cli/harness.ts';
import { expectInert } from '../helpers/browser.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { SMALL_NETWORKS } from '../helpers/small-networks.ts';

const folder = useFolder();
const made = { version: '0.0.0', time: '2026-01-01 00:00' };
const { onnx, input } = SMALL_NETWORKS.find(({ name }) => name === 'two inputs and two outputs')!;
let run = '';
let report: RunReport;

beforeAll(async () => {
  run = folder.path('run');
  const model = folder.path('model.onnx');
  writeFileSync(model, onnx);
  writeFileSync(folder.path('input.json'), JSON.stringify({ input_data: input }));
  const asked = ['prove', model, '--input', folder.path('input.json'), '--no-wrap', '--workers', '1', '--out', run];
  expect((await fold(asked)).code).toBe(0);
  expect((await fold(['report', run, '--model', model, '--quiet'])).code).toBe(0);
  report = await gatherReport(run, { model: await loadModel(model) });
}, 300_000);

describe('the report of a program', () => {
  it('draws every step against every unit', () => {
    const html = readFileSync(folder.path('run', 'report.html'), 'utf8');
    const { facts } = report.program!;
    const cells = html.match(/<title>step \d+: [\d,]+ of [\d,]+ /g)!;
    expect(cells).toHaveLength(facts!.steps.length * facts!.units.length);
    expect(html).toContain('Mul product');
    expect(html).toContain('<h2>Constraints of a step</h2>');
    expect(html).toContain('<h2>Where the time went</h2>');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
    expectInert(html);
  });

  it('has a line for every output, near its floats', () => {
    const { outputs, sameClass } = report.program!;
    expect(outputs!.map(({ name, values }) => [name, values.length])).toEqual([
      ['product', 6],
      ['sum', 2],
    ]);
    for (const { error, expected } of outputs!) {
      expect(error!.max).toBeLessThan(1e-2);
      expect(expected).toBeDefined();
    }
    expect(sameClass).toBe(true);
    expect(report.checked).toEqual({ proof: 'folded', parameters: true, model: true });
  });

  it('says what is missing without the model', async () => {
    const page = runPage(await gatherReport(run), 'x', made);
    expect(page).toContain('For its program the model is needed');
    expect(page).toContain('&quot;product&quot; [2, 3]');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('draws programs of any length in a bounded page', () => {
    const { facts } = report.program!;
    const steps = Array.from({ length: 100_000 }, (_, k) => facts!.steps[k % facts!.steps.length]!);
    const page = runPage({ ...report, program: { ...report.program!, facts: { ...facts!, steps } } }, 'x', made);
    expect(page.length).toBeLessThan(1e6);
    expect(page).toContain('steps 1 to 705');
  });

  it('shows no program that is not the one of the digest', async () => {
    const other = SMALL_NETWORKS.find(({ name }) => name === 'an MLP of odd widths')!;
    writeFileSync(folder.path('other.onnx'), other.onnx);
    const model = await loadModel(folder.path('other.onnx'));
    expect((await foldErrorOfAsync(() => gatherReport(run, { model }))).code).toBe('E_REJECTED');
  });
});
