/** The verbs that make no proof: run, check, inspect, calibrate, commit. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundledNetwork } from '../../src/ir/networks.ts';
import { randomChain } from '../helpers/chains.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();
const digits = ['--network', 'digits512'];

beforeAll(() => {
  const { graph, input } = randomChain(9, { kind: 'dense', layers: 3, signed: true });
  writeFileSync(folder.path('model.onnx'), writeOnnx(graph));
  const scaled = (by: number): string => JSON.stringify({ input_data: [[...input.data].map((x) => by * x)] });
  writeFileSync(folder.path('a.json'), scaled(1));
  writeFileSync(folder.path('b.json'), scaled(4));
});

const result = async (args: readonly string[]): Promise<Record<string, never>> => {
  const { code, out } = await fold([...args, '--json']);
  expect(code).toBe(0);
  return JSON.parse(out.trimEnd().split('\n').at(-1)!);
};

describe('run', () => {
  it('prints class and logits of the bundled image, a six', async () => {
    const { out } = await fold(['run', ...digits]);
    expect(out).toMatch(/^predicted class: 6\n/);
    expect(out).toMatch(/^ {2}6 .*<$/m);
  });

  it('compares with the float network', async () => {
    const { float } = await result(['run', ...digits, '--compare-float']);
    expect(float).toMatchObject({ inputs: 1, sameClass: 1 });
  });

  it('measures accuracy over labelled inputs', async () => {
    const all = JSON.parse(readFileSync(bundledNetwork('digits512').test, 'utf8'));
    const some = { image: all.image.slice(0, 12), label: all.label.slice(0, 12) };
    writeFileSync(folder.path('test.json'), JSON.stringify(some));
    const tested = await result(['run', ...digits, '--test', folder.path('test.json')]);
    expect(tested).toMatchObject({ inputs: 12, sameClass: 12 });
    expect(tested.accuracy).toBe((tested.correct as number) / 12);
  });
});

describe('check', () => {
  it('evaluates all rows and bits', async () => {
    const checked = await result(['check', ...digits, '--layers', '20', '--layers-per-step', '4']);
    expect(checked).toMatchObject({ holds: true, steps: 5 });
  });
});

describe('inspect', () => {
  it('shows the network alone where there is no input', async () => {
    const { out } = await fold(['inspect', folder.path('model.onnx')]);
    expect(out).toContain('For its plan and its cost give an input');
  });

  it('shows plan and cost by part', async () => {
    const { budget, plan, graph } = await result([
      'inspect',
      folder.path('model.onnx'),
      '--input',
      folder.path('a.json'),
    ]);
    expect(graph).toMatchObject({ name: 'model', opset: 13 });
    expect(plan).toMatchObject({ format: 'layerfold/plan' });
    const sum = (key: 'rows' | 'bits'): number =>
      (budget as { parts: { rows: number; bits: number }[] }).parts.reduce((n, part) => n + part[key], 0);
    expect({ rows: sum('rows'), bits: sum('bits') }).toEqual({
      rows: (budget as { rows: number }).rows,
      bits: (budget as { bits: number }).bits,
    });
  });
});

describe('calibrate', () => {
  it('writes a plan that holds every sample, and that the other verbs take', async () => {
    const [model, a, b, plan] = ['model.onnx', 'a.json', 'b.json', 'plan.json'].map((name) => folder.path(name));
    const narrow = await result(['calibrate', model!, '--data', a!, '--out', plan!]);
    const wide = await result(['calibrate', model!, '--data', a!, b!, '--out', plan!]);
    const bits = ({ plan: made }: Record<string, never>): number =>
      (made as { step: { activationBits: number } }).step.activationBits;
    expect(bits(wide)).toBeGreaterThan(bits(narrow));
    expect(wide.plan).toEqual(JSON.parse(readFileSync(plan!, 'utf8')));
    await result(['run', model!, '--input', b!, '--plan', plan!]);
  });
});

describe('commit', () => {
  it('gives the same digest every time, another for another plan, and the ranges of all layers', async () => {
    const args = ['commit', folder.path('model.onnx'), '-D', folder.path('a.json'), '--insecure-dev', '--workers', '1'];
    const [first, again] = [await result(args), await result(args)];
    expect(first.modelDigest).toMatch(/^0x[0-9a-f]{64}$/);
    expect(again.modelDigest).toBe(first.modelDigest);
    expect(first.ranges).toHaveLength(4);
    expect((await result([...args, '--weight-fraction', '12'])).modelDigest).not.toBe(first.modelDigest);
    const { out } = await fold(args);
    expect(out).toContain(`model digest ${first.modelDigest}`);
    expect(out).toContain('key INSECURE DEV');
  });
});
