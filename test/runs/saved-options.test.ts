/** What is kept of a run's options for `fold resume` means the same when it is read. */
import { describe, expect, it } from 'vitest';
import type { OptionValues } from '../../src/runs/options.ts';
import { parseSavedOptions, savedOptions } from '../../src/runs/saved-options.ts';

const kept = (options: OptionValues): OptionValues => parseSavedOptions(savedOptions({ options, argument: undefined }));

describe('options of an unfinished run', () => {
  it.each<[string, OptionValues]>([
    ['the circuit', { circuit: 'machine' }],
    ['one dimension', { dim: [['batch', 1]] }],
    [
      'several dimensions',
      {
        dim: [
          ['batch', 1],
          ['sequence', 64],
        ],
      },
    ],
    ['switches', { insecureDev: true, wrap: false }],
    ['lists and intervals', { private: ['input', 'model'], checkpointEvery: { seconds: 30 }, layers: 17 }],
  ])('keep %s', (_, options) => {
    expect(kept(options)).toEqual(options);
  });

  it('keep files with their whole path, and leave out what is of one machine', () => {
    expect(kept({ model: '/models/a.onnx', workers: 2 })).toEqual({ model: '/models/a.onnx' });
  });
});
