/** Files on which the reader once went wrong: their own numbers, or a refusal that names the place. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sharedMissing, sharedPath } from '../helpers/shared.ts';
import { fold, lines, useFolder } from './harness.ts';

const folder = useFolder();

describe.skipIf(sharedMissing('cases'))('the cases beside the project', () => {
  const paths = (name: string): [model: string, input: string] => [
    sharedPath('cases', name, 'model.onnx'),
    sharedPath('cases', name, 'input.json'),
  ];
  const run = (name: string, ...args: string[]) => {
    const [model, input] = paths(name);
    return fold(['run', model, '--input', input, ...args]);
  };

  it.each([
    ['add-broadcast-residual', 3, 'E_UNSUPPORTED: The node "c" (Add)', 'got: [1, 4] and [4, 1]'],
    ['add-broadcast-nan', 3, 'E_UNSUPPORTED: The node "c" (Add)', 'got: [1, 4] and [4, 1]'],
    ['bias-wrong-channel-after-reshape', 3, 'E_UNSUPPORTED: The node "d" (Add)', 'got: a constant [1, 2, 1, 1]'],
    ['declared-output-shape', 2, 'E_FORMAT: The tensor "y" is declared', 'expected: [1, 3]\n  got: [1, 10]'],
  ])('%s is refused as a chain of layers', async (name, exit, what, got) => {
    const { code, err } = await run(name, '--circuit', 'slots');
    expect(code).toBe(exit);
    expect(err).toContain(`error ${what}`);
    expect(err).toContain(got);
    expect(err).not.toMatch(/hint: .*bits/);
  });

  it('declared-output-shape is refused on the machine too', async () => {
    const { code, err } = await run('declared-output-shape', '--circuit', 'machine');
    expect(code).toBe(2);
    expect(err).toContain('error E_FORMAT: The tensor "y" is declared');
  });

  it.each(['add-broadcast-residual', 'add-broadcast-nan', 'bias-wrong-channel-after-reshape'])(
    '%s is right on the machine',
    async (name) => {
      const { code, out } = await run(name, '--compare-float', '--json');
      expect(code).toBe(0);
      const [result] = lines(out).filter((line) => line.type === 'result') as unknown as [
        {
          readonly values: readonly number[];
          readonly float: { readonly outputs: readonly [{ readonly max: number }] };
        },
      ];
      const range = Math.max(...result.values.map(Math.abs));
      expect(result.float.outputs[0].max).toBeLessThan(1e-2 * range);
    },
  );

  it.each([
    ['floor-real-input', ['W_ONE_SAMPLE', 'W_ROUNDED_INPUT', 'W_OTHER_CLASS']],
    ['tiny-readout', ['W_ONE_SAMPLE', 'W_ZERO_WEIGHTS', 'W_OTHER_CLASS']],
  ])('%s is run, with a warning', async (name, codes) => {
    const { code, out } = await run(name, '--json');
    expect(code).toBe(0);
    expect(lines(out).flatMap((line) => (line.type === 'warning' ? [line.code] : []))).toEqual(codes);
  });

  it('plan-from-first-input takes the second input too, and tells both times how to calibrate', async () => {
    const [model] = paths('plan-from-first-input');
    const second = folder.path('second.json');
    writeFileSync(second, '{"input_data": [[-0.5, 0.2, 0.1, 0.9]]}');
    for (const outcome of [await run('plan-from-first-input'), await fold(['run', model, '--input', second])]) {
      expect(outcome.code).toBe(0);
      expect(outcome.err).toContain(`fold calibrate ${model} --data FILES`);
    }
  });
});
