/** Small files whose nodes would need far more numbers than any machine holds: refused before room is made for them. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { importNetwork } from '../../src/ir/import.ts';
import { decodeNetwork } from '../../src/ir/onnx/network.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { modelBytes } from '../helpers/network.ts';
import { tensorProto, valueInfo } from '../helpers/onnx.ts';

const MANY = 2 ** 16;
const ints = (name: string, values: readonly number[]): object => ({ name, type: 7, ints: values });
const int = (name: string, i: number): object => ({ name, type: 2, i });
const kernel = tensorProto('w', { shape: [1, 1, 3, 3], data: new Float64Array(9).fill(1) });
const index = (name: string, value: number): object => ({ name, dims: [1], dataType: 7, int64Data: [value] });

const CASES = [
  { op: 'Conv', shape: [1, 1, 9, 9], inputs: ['w'], attribute: [ints('pads', [1, 1, 2 ** 31 - 1, 1])] },
  { op: 'ConvTranspose', shape: [1, 1, 9, 9], inputs: ['w'], attribute: [ints('output_padding', [2 ** 31 - 1, 0])] },
  {
    ...{ op: 'MaxPool', shape: [1, 1, 9, 9], inputs: [] },
    attribute: [ints('kernel_shape', [2 ** 30, 1]), ints('pads', [2 ** 30, 0, 2 ** 30, 0])],
  },
  { op: 'CumSum', shape: [1, MANY], inputs: ['axis'], attribute: [] },
  { op: 'TopK', shape: [1, MANY], inputs: ['k'], attribute: [int('axis', 1)] },
  { op: 'LRN', shape: [1, MANY, 1], inputs: [], attribute: [int('size', 2 ** 31 - 1)] },
];

describe('nodes of small files', () => {
  it.each(CASES)('$op of shape $shape: refused in little memory', ({ op, shape, inputs, attribute }) => {
    const initializer = [kernel, index('axis', 1), index('k', 3)].filter(({ name }: { name?: string }) =>
      inputs.includes(`${name}`),
    );
    const out = op === 'TopK' ? ['y', 'at'] : ['y'];
    const bytes = modelBytes([{ op, in: ['x', ...inputs], out, attribute }], {
      input: [valueInfo('x', shape)],
      initializer,
    });
    const before = process.memoryUsage().arrayBuffers;
    const { code } = foldErrorOf(() => importNetwork(decodeNetwork(bytes)));
    expect(['E_TOO_LARGE', 'E_UNSUPPORTED', 'E_FORMAT']).toContain(code);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 30);
  });
});

it('a sum over a million numbers is read without an object for each', () => {
  const node = modelBytes([{ op: 'LeakyRelu', in: ['x'], out: ['y'], attribute: [] }], {
    input: [valueInfo('x', [1, 2 ** 20])],
    initializer: [],
  });
  const script = `
    const { importNetwork } = await import('./src/ir/import.ts');
    const { decodeNetwork } = await import('./src/ir/onnx/network.ts');
    const { graph } = importNetwork(decodeNetwork(Buffer.from('${Buffer.from(node).toString('base64')}', 'base64')));
    console.log(graph.operations.length);`;
  // an object for each took 500 MB
  const limits = ['--max-old-space-size=128', '--import', 'tsx', '--input-type=module'];
  const { stdout, status } = spawnSync(process.execPath, [...limits, '-e', script], { encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '3\n', status: 0 });
});
