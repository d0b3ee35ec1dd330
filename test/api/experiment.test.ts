/** Experiments: the order of repetitions, rows that survive, failures as rows, and one real repetition in its process. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runExperiment } from '../../src/api/experiment.ts';
import { parseExperiment, readExperiment, repetitions } from '../../src/api/experiment-spec.ts';
import type { ExperimentRow } from '../../src/api/experiment-table.ts';
import { loadModel } from '../../src/api/load.ts';
import { quantize } from '../../src/api/plan.ts';
import { type Asked, type Measured, measure } from '../../src/api/repetition.ts';
import { measureInSubprocess } from '../../src/api/repetition-process.ts';
import { FoldError } from '../../src/errors.ts';
import { packageRoot } from '../../src/ir/networks.ts';
import { runInteger } from '../../src/ir/run.ts';
import { fold, useFolder } from '../cli/harness.ts';
import { foldErrorOf, foldErrorOfAsync } from '../helpers/errors.ts';
import { measured as fake } from '../helpers/experiments.ts';
import { SMALL_NETWORKS } from '../helpers/small-networks.ts';

const folder = useFolder();
const json = {
  format: 'layerfold/experiment',
  version: 1,
  name: 'test',
  about: 'a test',
  repeats: 2,
  cache: 'shared',
  networks: [{ network: 'synthetic', seed: 5 }],
  sweep: { layers: [3, 4], layersPerStep: [1, 2, 3], workers: [1] },
  published: [{ where: { layersPerStep: 2 }, proveSeconds: 100.5, source: 'somebody, "elsewhere"' }],
};
const spec = parseExperiment(json, 'spec.json');

describe('spec', () => {
  it('gives every combination once per repeat, the repeats outermost', () => {
    const all = repetitions(spec);
    const said = all.map(({ number, asked }) => `${number}: ${asked.layers}/${asked.layersPerStep}`);
    expect(said.slice(0, 7)).toEqual(['1: 3/1', '1: 3/2', '1: 3/3', '1: 4/1', '1: 4/2', '1: 4/3', '2: 3/1']);
    expect(new Set(all.map(({ id }) => id)).size).toBe(12);
    expect(repetitions(spec)).toEqual(all);
    expect(all.filter(({ published }) => published).map(({ asked }) => asked.layersPerStep)).toEqual([2, 2, 2, 2]);
  });

  it('refuses what it does not know, and sweeps without end', () => {
    const digits = { ...json, networks: [{ network: 'digits512' }], sweep: { side: [8] } };
    for (const wrong of [
      { ...json, sweep: { depth: [1] } },
      { ...json, repeats: 0 },
      { ...json, networks: [] },
      digits,
      [],
    ])
      expect(foldErrorOf(() => parseExperiment(wrong, 'spec.json')).code).toBe('E_FORMAT');
    const long = {
      ...spec,
      sweep: { layers: Array.from({ length: 1000 }, (_, k) => k + 3), workers: [1, 2, 3, 4, 5, 6] },
    };
    expect(foldErrorOf(() => repetitions(long)).code).toBe('E_TOO_LARGE');
  });

  it('takes models relative to its own folder', () => {
    const networks = [{ model: 'm.onnx', input: '../x.json' }];
    expect(parseExperiment({ ...json, networks }, '/a/b/spec.json').networks).toEqual([
      { model: '/a/b/m.onnx', input: '/a/x.json' },
    ]);
  });

  it('is what every bundled file is, each under its own name', async () => {
    const files = readdirSync(join(packageRoot(), 'examples', 'experiments'));
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      const name = file.replace('.json', '');
      const bundled = await readExperiment(name);
      expect(bundled.name).toBe(name);
      expect(repetitions(bundled).length).toBeGreaterThan(0);
    }
    const table = repetitions(await readExperiment('reference-table'));
    expect(table.slice(0, 3).map(({ published }) => published?.proveSeconds)).toEqual([
      26966.845, 29082.012, 30226.823,
    ]);
  });
});

describe('a spec for the tensor machine', () => {
  const networks = [{ network: 'digits512', circuit: 'machine' }];

  it('sweeps the headroom, and nothing that slots alone have', () => {
    const swept = parseExperiment({ ...json, networks, sweep: { headroom: [1, 2.5] }, published: [] }, 'spec.json');
    expect(repetitions(swept).map(({ asked }) => asked.headroom)).toEqual([1, 2.5, 1, 2.5]);
    for (const sweep of [{ layersPerStep: [1] }, { activationBits: [9] }, { layers: [3] }])
      expect(foldErrorOf(() => parseExperiment({ ...json, networks, sweep }, 'spec.json')).code).toBe('E_FORMAT');
    const slots = [{ network: 'digits512', circuit: 'slots' }];
    const wrong = { ...json, networks: slots, sweep: { headroom: [2] } };
    expect(foldErrorOf(() => parseExperiment(wrong, 'spec.json')).code).toBe('E_FORMAT');
  });

  it('measures a program, whose cells have no scales of slots', async () => {
    const small = SMALL_NETWORKS.find(({ name }) => name === 'two inputs and two outputs')!;
    writeFileSync(folder.path('program.onnx'), small.onnx);
    writeFileSync(folder.path('program.json'), JSON.stringify({ input_data: small.input }));
    const network = { model: folder.path('program.onnx'), input: folder.path('program.json') };
    const told = await measure({ network, headroom: 3, workers: 1 });
    expect(told).toMatchObject({ circuit: 'machine', headroom: 3 });
    expect(told.layersPerStep).toBeUndefined();
    expect(told.logitError).toBeLessThan(1e-2);
    for (const figure of [told.steps, told.rows, told.proveSeconds, told.verifySeconds, told.proofBytes])
      expect(figure).toBeGreaterThan(0);
    const wrong = await foldErrorOfAsync(() => measure({ network, layersPerStep: 2, workers: 1 }));
    expect(wrong.code).toBe('E_USAGE');

    const path = folder.path('program.csv');
    const ran = parseExperiment(
      { ...json, repeats: 1, networks: [network], sweep: { headroom: [3], workers: [1] }, published: [] },
      folder.path('spec.json'),
    );
    const { rows } = await runExperiment(ran, { path, measure: async () => told });
    expect(rows).toMatchObject([{ circuit: 'machine', headroom: '3', layersPerStep: '', activations: '', error: '' }]);
    expect((await fold(['report', path])).code).toBe(0);
    const html = readFileSync(folder.path('program.html'), 'utf8');
    expect(html).toContain('program.onnx, machine');
    expect(html).not.toMatch(/NaN|undefined/);
  }, 300_000);
});

describe('rows', () => {
  it('are written as they come; what has a row is not run again', async () => {
    const path = folder.path('resumed.csv');
    const stop = new AbortController();
    let calls = 0;
    const some = async (asked: Asked): Promise<Measured> => {
      if (++calls === 5) {
        stop.abort();
        throw new FoldError('E_ABORTED', 'stopped');
      }
      return fake(asked);
    };
    const stopped = await foldErrorOfAsync(() => runExperiment(spec, { path, measure: some, signal: stop.signal }));
    expect(stopped.code).toBe('E_ABORTED');
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(5);
    const seen: ExperimentRow[] = [];
    const resumed = await runExperiment(spec, { path, measure: fake, onRow: (row) => seen.push(row) });
    expect({ found: resumed.found, new: seen.length, all: resumed.rows.length }).toEqual({ found: 4, new: 8, all: 12 });
    const never = async (): Promise<Measured> => {
      throw new Error('run again');
    };
    const again = await runExperiment(spec, { path, measure: never });
    expect(again.rows).toEqual(resumed.rows);
    expect(again.rows[1]).toMatchObject({
      layersPerStep: '2',
      proveSeconds: '1.234568',
      node: process.versions.node,
      publishedProveSeconds: '100.5',
      publishedSource: 'somebody, "elsewhere"',
    });
  });

  it('tell a failure and go on; other parameters are other rows of the same table', async () => {
    const path = folder.path('failed.csv');
    const measure = async (asked: Asked): Promise<Measured> => {
      if (asked.layersPerStep === 3) throw new FoldError('E_TOO_LARGE', 'no');
      return fake(asked);
    };
    const { rows, failed } = await runExperiment(spec, { path, measure });
    expect({ rows: rows.length, failed }).toEqual({ rows: 12, failed: 4 });
    expect(rows[2]).toMatchObject({ error: 'E_TOO_LARGE', layersPerStep: '3', proveSeconds: '' });
    const wider = { ...spec, sweep: { ...spec.sweep, workers: [2] } };
    expect(await runExperiment(wider, { path, measure })).toMatchObject({ found: 0, failed: 4 });
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(25);
  });

  it('end with what is no error of a repetition', async () => {
    const measure = async (): Promise<Measured> => {
      throw new TypeError('a bug');
    };
    await expect(runExperiment(spec, { path: folder.path('bug.csv'), measure })).rejects.toThrow('a bug');
  });
});

describe('a process of its own', () => {
  it('measures what the library gives', async () => {
    const events: string[] = [];
    const asked: Asked = { network: { network: 'synthetic', seed: 5 }, layers: 3, layersPerStep: 2, workers: 1 };
    const measured = await measureInSubprocess(asked, { on: ({ type }) => events.push(type) });
    const loaded = await loadModel({ network: 'synthetic', seed: 5, layers: 3 });
    expect(measured).toMatchObject({ layers: 3, steps: 1, layersPerStep: 2, weightFraction: 20 });
    expect(measured.class).toBe(runInteger(quantize(loaded), loaded.sample!).class);
    expect(measured.proveSeconds).toBeGreaterThan(measured.foldSeconds);
    expect(measured.peakMemory).toBeGreaterThan(100e6);
    expect(events).toContain('step');
  });

  it('measures a network of the width that is asked for', async () => {
    const network = { network: 'synthetic', seed: 5 };
    const measured = await measureInSubprocess({
      network,
      layers: 4,
      channels: 4,
      side: 6,
      layersPerStep: 1,
      workers: 1,
    });
    expect(measured).toMatchObject({ activations: 144, weights: 144, steps: 3, activationBits: 10, logitError: 0 });
    const error = await foldErrorOfAsync(() => loadModel({ network: 'digits512', channels: 4 }));
    expect(error.code).toBe('E_USAGE');
  });

  it('gives its error, and ends when it is told to', async () => {
    const asked: Asked = { network: { network: 'synthetic', seed: 5 }, layers: 3, weightFraction: 30, workers: 1 };
    const error = await foldErrorOfAsync(() => measureInSubprocess({ ...asked, activationBits: 30 }));
    expect(error.code).toBe('E_PLAN');
    const stop = new AbortController();
    const stopped = measureInSubprocess(asked, { signal: stop.signal, on: () => stop.abort() });
    expect((await foldErrorOfAsync(() => stopped)).code).toBe('E_ABORTED');
  });
});

describe('fold experiment', () => {
  it('writes the table and sums it up', async () => {
    const one = { ...json, repeats: 1, sweep: { layers: [3], layersPerStep: [2], workers: [1] } };
    writeFileSync(folder.path('one.json'), JSON.stringify(one));
    const args = ['experiment', folder.path('one.json'), '--out', folder.path('one.csv')];
    const { code, out } = await fold(args);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}synthetic 3 +2 +1 .* 1 min 41 s$/m);
    const again = await fold([...args, '--json']);
    expect(JSON.parse(again.out)).toMatchObject({ type: 'result', rows: 1, found: 1, failed: 0 });
  });
});
