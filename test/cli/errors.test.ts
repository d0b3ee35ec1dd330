/** Every error that a user meets before any proving, word for word; bad and hostile input among them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder, randomChain } from '../helpers/chains.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();

beforeAll(() => {
  const { graph, input } = randomChain(7, { kind: 'dense', layers: 3 });
  const onnx = writeOnnx(graph);
  writeFileSync(folder.path('model.onnx'), onnx);
  writeFileSync(folder.path('truncated.onnx'), onnx.subarray(0, onnx.length - 40));
  writeFileSync(
    folder.path('noise.onnx'),
    Uint8Array.from({ length: 200 }, (_, k) => (k * 37 + 11) % 256),
  );
  writeFileSync(folder.path('input.json'), JSON.stringify([[...input.data]]));
  writeFileSync(folder.path('nan.json'), '{"input_data": [[NaN, 1, 2]]}');
  writeFileSync(folder.path('null.json'), JSON.stringify({ input_data: [[...input.data].map(() => null)] }));
  writeFileSync(folder.path('short.json'), JSON.stringify({ input_data: [[1]] }));
  writeFileSync(
    folder.path('infinite.json'),
    JSON.stringify({ input_data: [[...input.data].map(() => 0)] }).replace('0', '1e999'),
  );
  writeFileSync(folder.path('huge.json'), JSON.stringify({ input_data: [[...input.data].map(() => 1e300)] }));
  writeFileSync(
    folder.path('pointer.onnx'),
    `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 4096\n`,
  );
  writeFileSync(folder.path('plan.json'), '{"format": "layerfold/plan", "version": 1}');
  const build = new GraphBuilder([1, 4]);
  writeFileSync(folder.path('strings.onnx'), writeOnnx(build.graph(build.node('StringConcat', ['input']), [1, 4])));
  mkdirSync(folder.path('busy'));
  writeFileSync(folder.path('busy', 'notes.txt'), 'not a run');
});

const mine = ['prove', '<>/model.onnx', '--input', '<>/input.json', '--insecure-dev'];

const CASES: readonly (readonly [name: string, args: readonly string[], code: number])[] = [
  ['unknown verb', ['prov'], 2],
  ['unknown option', ['prove', '--laiers', '3'], 2],
  ['option of another verb', ['run', '--strict'], 2],
  ['too many arguments', ['prove', 'a.onnx', 'b.onnx'], 2],
  ['no argument', ['verify'], 2],
  ['layers that are no number', ['--layers', 'many'], 2],
  ['layers below three', ['--layers', '2'], 2],
  ['more layers than there are', ['--layers', '513'], 2],
  ['workers', ['--layers', '3', '--workers', '0'], 2],
  ['size', ['--layers', '3', '--max-memory', 'lots'], 2],
  ['digest', ['verify', '<>/busy', '--model-digest', '0x12'], 2],
  ['unknown network', ['inspect', '--network', 'resnet'], 2],
  ['no network', ['inspect'], 2],
  ['two networks', ['inspect', '<>/model.onnx', '--network', 'digits512'], 2],
  ['no input', ['run', '<>/model.onnx'], 2],
  ['no such model', ['inspect', '<>/absent.onnx'], 2],
  ['no such input', ['run', '<>/model.onnx', '--input', '<>/absent.json'], 2],
  ['truncated model', ['inspect', '<>/truncated.onnx'], 2],
  ['model of noise', ['inspect', '<>/noise.onnx'], 2],
  ['model that is a Git LFS pointer', ['inspect', '<>/pointer.onnx'], 2],
  ['unsupported operator', ['inspect', '<>/strings.onnx'], 3],
  ['NaN in the input', ['run', '<>/model.onnx', '--input', '<>/nan.json'], 2],
  ['null in the input', ['run', '<>/model.onnx', '--input', '<>/null.json'], 2],
  ['number beyond all numbers', ['run', '<>/model.onnx', '--input', '<>/infinite.json'], 2],
  ['wrong input length', ['run', '<>/model.onnx', '--input', '<>/short.json'], 2],
  ['input beyond all ranges', ['run', '<>/model.onnx', '--input', '<>/huge.json', '--activation-bits', '12'], 3],
  ['input beyond all plans', ['run', '<>/model.onnx', '--input', '<>/huge.json'], 3],
  ['bad plan', ['run', '<>/model.onnx', '--input', '<>/input.json', '--plan', '<>/plan.json'], 3],
  ['no key', ['prove', '<>/model.onnx', '--input', '<>/input.json'], 4],
  ['two keys', [...mine, '--ptau', '<>/x.ptau'], 2],
  ['no such key', ['prove', '<>/model.onnx', '--input', '<>/input.json', '--ptau', '<>/x.ptau'], 2],
  ['too little memory', [...mine, '--workers', '2', '--max-memory', '64M'], 4],
  ['folder of something else', [...mine, '--out', '<>/busy'], 2],
  ['no run to verify', ['verify', '<>/nowhere'], 2],
  ['no sample', ['calibrate', '<>/model.onnx'], 2],
  ['no test file', ['run', '--network', 'digits512', '--test', '<>/input.json'], 2],
];

describe('errors', () => {
  it.each(CASES)('%s', async (_name, args, code) => {
    const here = folder.path();
    const result = await fold(args.map((arg) => arg.replace('<>', here)));
    expect(result.code).toBe(code);
    const told = result.err.replace(/^warning .*\n( {2}.*\n)*/gm, '').replace(/^(?!error| {2}| {4}).*\n/gm, '');
    // an estimate of memory is no promise
    const steady = told.replaceAll(here, '<folder>').replace(/about [\d.]+ [kMG]B/g, 'about <memory>');
    expect(steady).toMatchSnapshot();
    expect(result.err).not.toMatch(/^\s+at /m);
  });

  it('comes as one JSON line with --json', async () => {
    const { out, err, code } = await fold(['--layers', '2', '--json']);
    expect({ err, code }).toEqual({ err: '', code: 2 });
    expect(JSON.parse(out)).toMatchObject({ type: 'error', code: 'E_USAGE', exitCode: 2, got: '2' });
  });

  it('has a stack with --debug only', async () => {
    expect((await fold(['inspect', '<>/absent.onnx', '--debug'])).err).toMatch(/^\s+at /m);
  });
});
