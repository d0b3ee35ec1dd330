/**
 * A private network on the machine: two of different architecture that have equally many steps and ports of the same shapes differ in
 * nothing that is shared but digests, and the scales and places of their interfaces.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../src/api/load.ts';
import { isTensorModel, machineModel, planMachine } from '../../src/api/machine-model.ts';
import { encodeModel, tensorProto, valueInfo } from '../helpers/onnx.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();
const INPUT = Array.from({ length: 16 }, (_, i) => Math.cos(i));
const NAMES = ['one', 'other'] as const;

const weights = (name: string, rows: number, columns: number) =>
  tensorProto(name, {
    shape: [rows, columns],
    data: Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(3 * i + rows) / rows),
  });
const node = (opType: string, input: string[], output: string) => ({
  ...{ name: `hidden ${opType}`, opType, input, output: [output], attribute: [] },
});

interface Architecture {
  readonly initializer: ReturnType<typeof weights>[];
  readonly node: ReturnType<typeof node>[];
}
/** From x [1, 16] to y [1, 4]. */
const ARCHITECTURES: readonly Architecture[] = [
  {
    initializer: [weights('a', 16, 40), weights('b', 40, 4)],
    node: [node('MatMul', ['x', 'a'], 'p'), node('Relu', ['p'], 'q'), node('MatMul', ['q', 'b'], 'y')],
  },
  {
    initializer: [weights('a', 16, 16), weights('b', 16, 4), weights('c', 16, 4)],
    node: [
      node('MatMul', ['x', 'a'], 'p'),
      node('Mul', ['p', 'x'], 'q'),
      node('MatMul', ['q', 'b'], 'r'),
      node('MatMul', ['x', 'c'], 's'),
      node('Max', ['r', 's'], 'y'),
    ],
  },
  {
    initializer: [weights('a', 16, 4)],
    node: [node('Relu', ['x'], 'p'), node('MatMul', ['p', 'a'], 'q'), node('Mul', ['q', 'q'], 'y')],
  },
];

async function stepsOf(path: string): Promise<number> {
  const loaded = await loadModel({ path, circuit: 'machine' });
  if (!isTensorModel(loaded)) throw new Error('a chain');
  return machineModel(loaded, planMachine(loaded, [{ shape: [16], data: Float64Array.from(INPUT) }])).steps;
}

beforeAll(async () => {
  const steps: number[] = [];
  for (const [k, { initializer, node: nodes }] of ARCHITECTURES.entries()) {
    mkdirSync(folder.path(`${k}`));
    const graph = { name: 'g', input: [valueInfo('x', [1, 16])], output: [valueInfo('y', [1, 4])] };
    const onnx = encodeModel({
      ...{ irVersion: 7, opsetImport: [{ domain: '', version: 13 }] },
      graph: { ...graph, initializer, node: nodes },
    });
    writeFileSync(folder.path(`${k}`, 'model.onnx'), onnx);
    steps.push(await stepsOf(folder.path(`${k}`, 'model.onnx')));
  }
  writeFileSync(folder.path('input.json'), JSON.stringify({ input_data: [INPUT] }));
  const second = steps.findIndex((n, k) => k > 0 && n === steps[0]);
  expect(second, `equally many steps among ${steps}`).toBeGreaterThan(0);
  for (const [k, name] of NAMES.entries()) {
    const asked = ['--circuit', 'machine', '--input', folder.path('input.json'), '--private', 'input,output,model'];
    const path = folder.path(`${k === 0 ? 0 : second}`, 'model.onnx');
    const ran = await fold(['prove', path, ...asked, '--no-wrap', '--workers', '1', '--out', folder.path(name)]);
    expect(ran.code).toBe(0);
  }
}, 600_000);

/** What may be handed on: all that is listed to be shared, run.json, and what nobody lists. */
function shared(name: string): string[] {
  const { files } = JSON.parse(readFileSync(folder.path(name, 'run.json'), 'utf8')) as {
    files: { path: string; share: string }[];
  };
  const kept = files.filter(({ share }) => share === 'no').map(({ path }) => path);
  return (readdirSync(folder.path(name), { recursive: true }) as string[])
    .filter((path) => statSync(join(folder.path(name), path)).isFile() && !kept.includes(path))
    .sort();
}
const text = (name: string, file: string): string => readFileSync(folder.path(name, file), 'utf8');

/** Paths at which two values are not the same. */
function differences(a: unknown, b: unknown, at = ''): string[] {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b ? [] : [at];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => differences((a as never)[key], (b as never)[key], `${at}/${key}`));
}

describe('what is shared of two private networks', () => {
  it('is the same files, none of which names a node or an operator', () => {
    expect(shared('one')).toEqual(shared('other'));
    expect(shared('one')).toEqual(['events.ndjson', 'plan.json', 'run.json']);
    for (const name of NAMES)
      for (const file of shared(name)) expect(text(name, file)).not.toMatch(/hidden|MatMul|Relu|linear|maximum/);
  });

  it('differs in digests, and in scales and places of the interface', () => {
    const [run, plan] = ['run.json', 'plan.json'].map((file) =>
      differences(JSON.parse(text('one', file)), JSON.parse(text('other', file))),
    );
    for (const at of run!)
      expect(at).toMatch(/^\/statement\/(modelDigest|inputDigest|outputDigest)$|^\/files\/\d\/(sha256|bytes)$/);
    for (const at of plan!)
      expect(at).toMatch(/^\/program\/chain$|^\/program\/interface\/(inputs|outputs)\/0\/(scale|places\/\d+)$/);
  });

  it('has files of the same sizes, whatever digits a scale has', () => {
    const sizes = (name: string) =>
      JSON.parse(text(name, 'run.json')).files.map(({ bytes }: { bytes?: number }) => bytes);
    const plan = (name: string): string => text(name, 'plan.json').replace(/"scale": [\d.e+-]+/g, '"scale": 1');
    expect(plan('one')).toHaveLength(plan('other').length);
    // plan.json alone has scales in it
    expect(sizes('one').slice(1)).toEqual(sizes('other').slice(1));
  });

  it('tells of the work in as many lines, without what a step computes', () => {
    const lines = NAMES.map((name) =>
      text(name, 'events.ndjson')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    const shape = (line: object): string => JSON.stringify(line, (_, v) => (typeof v === 'number' ? 0 : v));
    const timeless = (line: Record<string, unknown>) => shape({ ...line, time: '' });
    expect(lines[0]!.map(timeless)).toEqual(lines[1]!.map(timeless));
    const told = (k: number) =>
      lines[k]!.filter(({ type }) => type === 'step').map(({ step, layers }) => [step, layers]);
    expect(told(0)).toEqual(told(1));
  });
});
