/** What every verb says of a plan and of a run without being asked, in words and in lines of JSON; how a plan is replaced. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { publicLine } from '../../src/cli/stream/public-lines.ts';
import { Line } from '../../src/show/ndjson.ts';
import { GraphBuilder } from '../helpers/chains.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { fold, lines, useFolder } from './harness.ts';

const folder = useFolder();
const at = (name: string): string => folder.path(name);

beforeAll(() => {
  const network = (name: string, readout: number[], floor = false): void => {
    const b = new GraphBuilder([1, 2]);
    let x = b.node('Relu', [b.node('Gemm', ['input', b.constant([2, 2], [1, 0.5, -0.5, 1])])]);
    if (floor) x = b.node('Floor', [x]);
    const y = b.node('Gemm', [x, b.constant([2, 3], readout)]);
    writeFileSync(at(name), writeOnnx(b.graph(y, [1, 3])));
  };
  network('model.onnx', [1, 0, 0.5, 0, 1, 0.5]);
  network('other.onnx', [1, 0, 0.5, 0, 1, 0.25]);
  network('tiny.onnx', [1e-4, 0, 2e-4, 0, 4e-4, 0]);
  network('floor.onnx', [1, 0, 0.5, 0, 1, 0.5], true);
  mkdirSync(at('inputs'));
  for (const [name, data] of [
    ['input', [0.5, 0.25]],
    ['negative', [-0.5, 0.75]],
    ['large', [900, 20]],
    ['inputs/a', [0.5, 0.25]],
    ['inputs/b', [-0.75, 1.5]],
    ['inputs/c', [0.4, 0.3]],
  ] as const)
    writeFileSync(at(`${name}.json`), JSON.stringify([[...data]]));
});

/** Codes of the warnings of a command, each line of which has the form that is documented. */
async function warned(...args: string[]): Promise<string[]> {
  const { out, code } = await fold([...args, '--json']);
  expect(code).toBe(0);
  return lines(out)
    .map((line) => Line.parse(line))
    .flatMap((line) => (line.type === 'warning' ? [line.code] : []));
}

describe('a plan that rests on one sample', () => {
  const dev = ['--insecure-dev', '--no-wrap', '--workers', '1'];

  it('is said so by every verb that uses it, each time, with the command that replaces it', async () => {
    const model = [at('model.onnx'), '--input', at('input.json')];
    for (const args of [
      ['run', ...model],
      ['check', ...model],
      ['inspect', ...model],
      ['commit', ...model, '--insecure-dev'],
      ['prove', ...model, ...dev, '--dry-run'],
      ['run', ...model],
    ])
      expect([args[0], await warned(...args)]).toEqual([args[0], ['W_ONE_SAMPLE']]);
    const { err, out } = await fold(['run', ...model]);
    expect(err).toContain('warning W_ONE_SAMPLE: The plan rests on one sample.\n');
    expect(err).toContain(`  hint: fold calibrate ${at('model.onnx')} --data FILES\n`);
    expect(out).toContain('plan: the one kept for this model, from 1 sample\n');
    expect((await fold(['run', ...model, '--quiet'])).err).toBe('');
    // whether it was made here or is given as a file
    expect(await warned('calibrate', at('model.onnx'), '--data', at('input.json'), '--out', at('one.json'))).toEqual([
      'W_ONE_SAMPLE',
    ]);
    expect(await warned('run', ...model, '--plan', at('one.json'))).toEqual(['W_ONE_SAMPLE']);
  });

  it('holds a later input below zero', async () => {
    expect(await warned('run', at('other.onnx'), '--input', at('input.json'))).toEqual(['W_ONE_SAMPLE']);
    expect(await warned('run', at('other.onnx'), '--input', at('negative.json'))).toEqual(['W_ONE_SAMPLE']);
  });

  it('is replaced by fold calibrate --data, of files, folders and lines', async () => {
    const [model, plan] = [at('model.onnx'), at('plan.json')];
    expect(await warned('calibrate', model, '--data', at('inputs'), '--out', plan)).toEqual([]);
    const made = JSON.parse(readFileSync(plan, 'utf8'));
    expect(made.calibration.samples).toBe(3);
    const { out } = await fold(['inspect', model, '--input', at('input.json'), '--json']);
    expect(lines(out).at(-1)!.plan).toEqual(made);
    expect(await warned('run', model, '--input', at('input.json'))).toEqual([]);
    expect((await fold(['run', model, '--input', at('input.json')])).out).toContain(
      'plan: the one kept for this model, from 3 samples\n',
    );
    writeFileSync(at('all.jsonl'), '[[0.5, 0.25]]\n[[1, 2]]\n');
    const again = await fold(['calibrate', model, '--data', at('all.jsonl'), at('negative.json'), '--out', plan]);
    expect(again.out).toContain('and kept for this model: every verb takes it from now on');
    expect((await fold(['run', model, '--input', at('input.json')])).out).toContain('from 3 samples');
  });

  it('that a later input leaves says by which command a plan with room for it is made', async () => {
    await fold(['calibrate', at('other.onnx'), '--data', at('input.json'), at('inputs/c.json'), '--out', at('o.json')]);
    for (const input of ['negative', 'large']) {
      const { code, err } = await fold(['run', at('other.onnx'), '--input', at(`${input}.json`)]);
      expect(code).toBe(3);
      expect(err).toMatch(/hint: fold calibrate MODEL\.onnx --data FILES, with inputs like this one among them/);
    }
  });

  it('is said in a batch, with the inputs of which something is said', async () => {
    const batch = ['batch', at('floor.onnx'), at('inputs'), ...dev, '--out', at('batch')];
    // refused for its memory: what is said comes before any proof
    const made = await fold([...batch, '--max-memory', '1M', '--json']);
    expect(lines(made.out).filter(({ type }) => type === 'warning')).toMatchObject([
      { code: 'W_ONE_SAMPLE' },
      {
        code: 'W_ROUNDED_INPUT',
        message: expect.stringMatching(/^Of 3 of 3 inputs \(a, b, c\): The input is rounded/),
      },
    ]);
  });
});

it('bits that do not hold the inputs make no plan', async () => {
  const plan = at('narrow.json');
  const { code, err } = await fold([
    ...['calibrate', at('model.onnx'), '--data', at('large.json'), at('input.json')],
    ...['--activation-bits', '6', '--out', plan],
  ]);
  expect(code).toBe(3);
  expect(err).toContain('error E_RANGE: input: a value is out of range at index 0.');
  expect(existsSync(plan)).toBe(false);
});

describe('numbers that are lost', () => {
  it('a layer whose weights become 0, and the class that follows from it', async () => {
    const run = ['run', at('tiny.onnx'), '--input', at('input.json')];
    expect(await warned(...run)).toEqual(['W_ONE_SAMPLE', 'W_ZERO_WEIGHTS', 'W_OTHER_CLASS']);
    const { err } = await fold(run);
    const [, hint] = /W_ZERO_WEIGHTS[\s\S]*?hint: fold (.*)\n/.exec(err)!;
    const pasted = hint!.replace('FILES', `${at('input.json')} ${at('negative.json')}`).split(' ');
    expect(await warned(...pasted, '--out', at('tiny.json'))).toEqual([]);
    expect(await warned(...run)).toEqual([]);
  });

  it('an input that a Floor network rounds', async () => {
    expect(await warned('check', at('floor.onnx'), '--input', at('input.json'))).toContain('W_ROUNDED_INPUT');
    writeFileSync(
      at('test.json'),
      JSON.stringify({
        image: [
          [3, 1],
          [0.5, 2],
        ],
        label: [0, 1],
      }),
    );
    const { out } = await fold([
      'run',
      at('floor.onnx'),
      '--test',
      at('test.json'),
      '--input',
      at('input.json'),
      '--json',
    ]);
    expect(lines(out).filter(({ type }) => type === 'warning')[1]).toMatchObject({
      code: 'W_ROUNDED_INPUT',
      message: expect.stringMatching(/^Of 1 of 2 inputs \(1\)/),
    });
  });

  it('other programs see the code of a warning, not its words', () => {
    const event = { type: 'warning', code: 'W_OTHER_CLASS', message: 'class 3', got: 'class 3', itemId: 'a' };
    expect(publicLine(event)).toEqual({ type: 'warning', code: 'W_OTHER_CLASS', itemId: 'a' });
  });
});
