/** `fold compress` of runs and checkpoints, and `fold verify` of what it writes. */
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallRun } from '../helpers/small-run.ts';
import { fold, type Json, lines, useFolder } from './harness.ts';

const folder = useFolder();
const STEPS = 5;

describe.each([
  { key: 'transparent', more: [], insecure: false },
  { key: 'development', more: ['--insecure-dev'], insecure: true },
])('under the $key key', ({ key, more, insecure }) => {
  let digest = '';
  const result = (out: string): Json => lines(out).at(-1)!;
  beforeAll(async () => {
    const args = smallRun(folder.path, STEPS).args.filter((arg) => arg !== '--insecure-dev');
    const run = await fold([
      'prove',
      ...args,
      ...more,
      '--compressed',
      '--checkpoint-every',
      '2',
      '--json',
      '--out',
      folder.path(key),
    ]);
    expect(run.code, run.err).toBe(0);
    digest = result(run.out).modelDigest;
  });

  it('makes a small proof of the run, the same one each time, that verifies alone beside its plan', async () => {
    // the one that `prove --compressed` wrote
    const proved = readFileSync(folder.path(key, 'compressed.cbor'));
    const made = await fold(['compress', folder.path(key), '--json']);
    expect(made.code, made.err).toBe(0);
    expect(readFileSync(folder.path(key, 'compressed.cbor')).equals(proved)).toBe(true);
    const { out, bytes, steps } = result(made.out);
    expect([out, steps]).toEqual([folder.path(key, 'compressed.cbor'), STEPS]);
    expect(bytes).toBeLessThan(80_000);
    const first = readFileSync(out);
    expect((await fold(['compress', folder.path(key)])).code).toBe(0);
    expect(readFileSync(out).equals(first)).toBe(true);
    expect(statSync(out).mode & 0o777).toBe(0o600);

    copyFileSync(out, folder.path(`${key}-sent.cbor`));
    const plan = ['--plan', folder.path(key, 'plan.json')];
    const sent = await fold(['verify', folder.path(`${key}-sent.cbor`), ...plan, '--model-digest', digest, '--json']);
    expect(sent.code, sent.err).toBe(0);
    expect(result(sent.out)).toMatchObject({ compressed: true, pinned: true, insecure, steps: STEPS, complete: true });
    const strict = await fold(['verify', out, '--model-digest', digest, '--strict']);
    expect(strict.code).toBe(insecure ? 1 : 0);
    expect((await fold(['verify', out])).out).toContain('not zero-knowledge');
  });

  it('makes one of a checkpoint', async () => {
    const made = await fold(['compress', folder.path(key, 'checkpoints', '000004.cbor'), '--json']);
    expect(made.code, made.err).toBe(0);
    const { out } = result(made.out);
    expect(out).toBe(folder.path(key, 'checkpoints', '000004.compressed.cbor'));
    const verified = await fold(['verify', out, '--json']);
    expect(result(verified.out)).toMatchObject({ compressed: true, complete: false, steps: 4, stepsPerNetwork: STEPS });
    const again = await fold(['compress', out]);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('compressed already')]);
  });

  it('rejects another model and any damage', async () => {
    const file = folder.path(key, 'compressed.cbor');
    const other = await fold(['verify', file, '--model-digest', `0x${'1'.padStart(64, '0')}`]);
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('another model')]);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(folder.path(key, 'damaged.cbor'), bytes);
    expect((await fold(['verify', folder.path(key, 'damaged.cbor')])).code).toBe(2);
  });
});
