/** A network that is no chain of layers on the command line: its steps are those of the tensor machine. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/store/digest.ts';
import { SMALL_NETWORKS } from '../helpers/small-networks.ts';
import { fold, type Json, lines, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
const { onnx, input } = SMALL_NETWORKS.find(({ name }) => name === 'two inputs and two outputs')!;
let model: readonly string[] = [];
let proved: Outcome;

const json = (...path: string[]): Json => JSON.parse(readFileSync(folder.path(...path), 'utf8'));
const prove = (out: string, ...more: string[]): Promise<Outcome> =>
  fold(['prove', ...model, '--no-wrap', '--workers', '1', '--out', folder.path(out), ...more]);

beforeAll(async () => {
  writeFileSync(folder.path('model.onnx'), onnx);
  writeFileSync(folder.path('input.json'), JSON.stringify({ input_data: input }));
  model = [folder.path('model.onnx'), '--input', folder.path('input.json')];
  proved = await prove('run', '--json');
}, 300_000);

describe('a network on the tensor machine', () => {
  it('is run in integers, near its floats', async () => {
    const { code, out } = await fold(['run', ...model, '--compare-float', '--json']);
    expect(code).toBe(0);
    const told = lines(out).at(-1)! as unknown as {
      values: number[];
      float: { outputs: { max: number }[]; nodes: { name: string; max: number }[] };
    };
    expect(told.values).toHaveLength(8);
    expect(told.values[0]).toBeCloseTo(input[0]![0]! * input[1]![0]!, 2);
    expect(told.float.outputs[0]!.max).toBeLessThan(1e-2);
    expect(told.float.nodes.length).toBeGreaterThan(1);
  });

  it('is compared with its floats node by node', async () => {
    const { code, out } = await fold(['run', ...model, '--compare-float']);
    expect(code).toBe(0);
    expect(out).toContain('float network: the same class');
    expect(out).toMatch(/output +largest error +of the range +mean error +median error/);
    expect(out).toMatch(/node +largest error +of the range +mean error\n/);
  });

  it('refuses an input far outside of the samples, or clamps it where the plan says so', async () => {
    const [outlier, data] = [folder.path('outlier.json'), folder.path('usual.json')];
    writeFileSync(data, JSON.stringify({ input_data: input }));
    writeFileSync(outlier, JSON.stringify({ input_data: input.map((x) => x.map((value) => 4 * value)) }));
    const planned = async (name: string, ...more: string[]): Promise<string> => {
      const out = folder.path(name);
      const { code } = await fold(['calibrate', model[0]!, '--data', data, '--out', out, ...more]);
      expect(code).toBe(0);
      return out;
    };
    const run = (plan: string): Promise<Outcome> =>
      fold(['run', model[0]!, '--input', outlier, '--plan', plan, '--json']);
    const refusing = await planned('refusing.plan.json');
    expect((await run(refusing)).code).toBe(3);
    const clamping = await planned('clamping.plan.json', '--saturate');
    expect((await run(clamping)).code).toBe(0);
    expect((await fold(['inspect', model[0]!, '--plan', clamping])).out).toContain('what leaves the ranges');
    const { code, err } = await fold(['run', ...model, '--plan', refusing, '--saturate']);
    expect(code).toBe(2);
    expect(err).toContain('fold calibrate MODEL.onnx --data FILES --saturate');
    // the plan that is kept is again the one that the other tests know
    await planned('refusing.plan.json');
  });

  it.each([['run'], ['calibrate']])('fold %s --saturate means nothing in slots', async (verb) => {
    const { code, err } = await fold([verb, '--network', 'digits512', '--saturate']);
    expect(code).toBe(2);
    expect(err).toContain('--saturate is an option of the tensor machine');
  });

  it('is calibrated, and the plan is judged', async () => {
    const data = folder.path('judged.json');
    writeFileSync(data, JSON.stringify({ input_data: input }));
    const { code, out } = await fold([
      'calibrate',
      model[0]!,
      '--data',
      data,
      '--out',
      folder.path('judged.plan.json'),
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/worst nodes +largest error/);
    expect(out).toMatch(/output +largest error +of the range +mean error +median error/);
  });

  it('is checked, row by row, without a commitment', async () => {
    const { code, out } = await fold(['check', ...model]);
    expect(code).toBe(0);
    expect(out).toMatch(/all constraints hold: \d+ steps?, [\d,]+ rows, [\d,]+ bits/);
  });

  it('is inspected', async () => {
    const { code, out } = await fold(['inspect', ...model]);
    expect(code).toBe(0);
    expect(out).toMatch(/program: .* of the tensor machine/);
    expect(out).toContain('"x" [2, 3]');
    expect(out).toContain('"sum" [2]');
    expect(out).toMatch(/fold {9}about .* with \d+ worker/);
  });

  it('is listed step by step', async () => {
    const { code, out } = await fold(['inspect', ...model, '--program', '--json']);
    expect(code).toBe(0);
    const told = lines(out).at(-1)! as unknown as {
      steps: number;
      macs: number;
      units: { unit: string; used: number; of: number }[];
      program: { used: Record<string, number>; absorbs?: string; nodes: { node: string; rows: number }[] }[];
      memory: number;
      foldSeconds: number;
    };
    expect(told.program).toHaveLength(told.steps);
    expect([told.program[0]!.absorbs, told.program.at(-1)!.absorbs]).toEqual(['input', 'output']);
    expect(told.program.flatMap(({ nodes }) => nodes.map(({ node }) => node))).toContain('Mul product');
    for (const { unit, used, of } of told.units) {
      expect(told.program.reduce((n, step) => n + step.used[unit]!, 0)).toBe(used);
      expect(used).toBeLessThanOrEqual(of);
    }
    expect(told.foldSeconds).toBeGreaterThan(0);
  });

  it('is proven and verified', async () => {
    expect([proved.code, proved.err]).toEqual([0, '']);
    const digest: string = lines(proved.out).at(-1)!.modelDigest!;
    const { code, out } = await fold(['verify', folder.path('run'), '--model-digest', digest]);
    expect(code).toBe(0);
    expect(out).toMatch(/VERIFIED: \d+\/\d+ steps of the tensor machine/);
  });

  it('goes on where it was interrupted, while its input is being read', async () => {
    const stop = new AbortController();
    const args = ['prove', ...model, '--no-wrap', '--workers', '1', '--out', folder.path('stopped')];
    const heard = (text: string): void => {
      if (text.includes('step 1/')) stop.abort();
    };
    const stopped = await fold([...args, '--private', 'input'], { signal: stop.signal, heard });
    expect(stopped.code).toBe(130);
    const { code, out } = await fold(['resume', folder.path('stopped')]);
    expect(code).toBe(0);
    expect(out).toContain('PROVEN AND VERIFIED');
    expect((await fold(['verify', folder.path('stopped')])).code).toBe(0);
  }, 300_000);

  it('says each time that its plan rests on one sample', async () => {
    for (const { out } of [proved, await fold(['run', ...model, '--json'])])
      expect(lines(out).flatMap((line) => (line.type === 'warning' ? [line.code] : []))).toContain('W_ONE_SAMPLE');
  });

  it.each<[string, (program: Json) => object]>([
    ['another scale of an input', (p) => scaled(p, 'inputs')],
    ['another scale of an output', (p) => scaled(p, 'outputs')],
    ['another chain of commitments', () => ({ chain: `0x${'0'.repeat(63)}1` })],
    ['another number of steps', (p) => ({ steps: Number(p.steps) + 1 })],
  ])('is refused where its plan tells %s', async (what, change) => {
    const name = what.replaceAll(' ', '-');
    cpSync(folder.path('run'), folder.path(name), { recursive: true });
    const plan = json(name, 'plan.json');
    Object.assign(plan.program as object, change(plan.program as Json));
    const content = Buffer.from(JSON.stringify(plan));
    writeFileSync(folder.path(name, 'plan.json'), content);
    const run = json(name, 'run.json') as unknown as { files: { path: string; sha256: string; bytes?: number }[] };
    const listed = run.files.find(({ path }) => path === 'plan.json')!;
    Object.assign(listed, { sha256: sha256Hex(content), ...(listed.bytes && { bytes: content.length }) });
    writeFileSync(folder.path(name, 'run.json'), JSON.stringify(run));
    const { code, err } = await fold(['verify', folder.path(name)]);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("check 'interface' failed") });
  });

  it('has no slots, and is told which of its nodes are why', async () => {
    const { code, err } = await fold(['run', ...model, '--circuit', 'slots']);
    expect(code).not.toBe(0);
    expect(err).toContain('E_UNSUPPORTED');
    expect(err).toMatch(/Mul|ReduceSum/);
  });

  it('tells no range of a private input', async () => {
    expect((await prove('hidden', '--private', 'input')).code).toBe(0);
    const { quantization } = json('hidden', 'plan.json') as { quantization?: unknown };
    expect(quantization).toBeUndefined();
    expect((await fold(['verify', folder.path('hidden')])).code).toBe(0);
  });
});

function scaled(program: Json, kind: 'inputs' | 'outputs'): object {
  const ports = program.interface as unknown as Record<typeof kind, { scale: number }[]>;
  ports[kind][0]!.scale *= 2;
  return { interface: ports };
}
