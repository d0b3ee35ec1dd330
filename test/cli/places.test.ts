/** Places where nothing can be written: what goes on without them, and what names them before any work. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { foldProcess } from '../helpers/processes.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, lines, useFolder } from './harness.ts';

const folder = useFolder();
let args: readonly string[] = [];

beforeAll(() => {
  ({ args } = smallRun(folder.path, 1));
  writeFileSync(folder.path('file'), 'no folder');
  mkdirSync(folder.path('readonly'));
});

describe('a cache that cannot be written', () => {
  const good = (): string => folder.path('cache');
  // below a file nothing can be made, whoever asks
  const spoil = (): void => {
    process.env.LAYERFOLD_CACHE_DIR = folder.path('file', 'cache');
  };
  afterEach(() => {
    process.env.LAYERFOLD_CACHE_DIR = good();
  });
  const warned = /^warning: nothing is kept in .*file\/cache \(".*\/file" is a file\).* LAYERFOLD_CACHE_DIR=FOLDER/gm;

  it('does not end run, commit, prove and verify, which say so once', async () => {
    spoil();
    const [model] = args as [string];
    const network = [model, '--input', folder.path('input.json')];
    const run = await fold(['run', ...network]);
    expect([run.code, run.err.match(warned)?.length]).toEqual([0, 1]);
    expect(run.out).toMatch(/^plan: .*could not be kept: another input gets another plan/m);
    const commit = await fold(['commit', ...network, '--insecure-dev', '--workers', '1']);
    expect([commit.code, commit.err.match(warned)?.length]).toEqual([0, 1]);
    const prove = await fold(['prove', ...args, '--out', folder.path('run'), '--json']);
    expect(prove.code).toBe(0);
    expect(lines(prove.out).filter(({ name }) => name === 'cache')).toMatchObject([
      { type: 'fact', folder: folder.path('file', 'cache'), error: { code: 'E_DISK' } },
    ]);
    const verify = await fold(['verify', folder.path('run')]);
    expect([verify.code, verify.err.match(warned)?.length]).toEqual([0, 1]);
  });

  it('is named before any work where the proving key has to lie there', async () => {
    spoil();
    const wanted = args.filter((word) => word !== '--no-wrap');
    const { code, out } = await fold(['prove', ...wanted, '--out', folder.path('final'), '--json']);
    const said = lines(out);
    expect(code).toBe(4);
    expect(said.at(-1)).toMatchObject({ code: 'E_DISK', hint: expect.stringContaining('LAYERFOLD_CACHE_DIR=FOLDER') });
    expect(said.filter(({ type }) => type === 'step')).toEqual([]);
  });
});

describe('--out', () => {
  it.each([
    ['prove', () => args],
    ['batch', () => [args[0]!, folder.path('input.json'), ...args.slice(3)]],
    ['calibrate', () => args.slice(0, 3)],
  ])('of fold %s is a file, or below one: named as that, without a word of free space', async (verb, words) => {
    const below = verb === 'calibrate' ? ['file/plan.json'] : ['file', 'file/run'];
    for (const place of below) {
      const { code, err } = await fold([verb, ...words(), '--out', folder.path(place)]);
      expect([code, err.includes('df -h')]).toEqual([4, false]);
      expect(err).toMatch(/got: ".*\/file" is a file$/m);
    }
  });

  it('in a read-only file system is named as that', async () => {
    const command = ['prove', ...args, '--out', folder.path('readonly', 'run')];
    const ended = await foldProcess(command, {
      cache: folder.path('cache'),
      fault: `readonly ${folder.path('readonly')}`,
    });
    expect([ended.code, ended.err]).toEqual([
      4,
      expect.stringContaining(`got: "${folder.path('readonly')}": the file system is read-only`),
    ]);
  });
});
