/** Places where nothing can be written: what goes on without them, and what names them before any work. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultWorkers } from '../../src/api/workers.ts';
import { memoryLimit } from '../../src/runs/limits.ts';
import { lockFolder } from '../../src/store/lock.ts';
import { writeKeyDigest } from '../../src/wrap/groth16/key-digest.ts';
import { leftovers } from '../helpers/crashes.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { foldProcess } from '../helpers/processes.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, lines, type Outcome, useFolder } from './harness.ts';

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
    ['calibrate', () => [args[0]!, '--data', folder.path('input.json')]],
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

it('a file system without hard links locks all the same', async () => {
  const place = folder.path('nolinks');
  const run = () =>
    foldProcess(['prove', ...args, '--out', place], { cache: folder.path('cache'), fault: 'nolinks -' });
  expect((await run()).code).toBe(0);
  expect(leftovers(place)).toEqual([]);
  const lock = await lockFolder(place);
  const { code, err } = await run();
  expect([code, err]).toEqual([4, expect.stringContaining('E_LOCKED')]);
  await lock.release();
});

it('what the system refuses at any other moment is no bug of ours', async () => {
  mkdirSync(folder.path('old', 'checkpoints'), { recursive: true });
  const ended = await foldProcess(['prove', ...args, '--force', '--out', folder.path('old')], {
    cache: folder.path('cache'),
    fault: `readonly ${folder.path('old', 'checkpoints')}`,
  });
  expect([ended.code, ended.err]).toEqual([4, expect.stringContaining('the file system is read-only')]);
});

it.each([
  ['LAYERFOLD_WORKERS', 'many', '1 to 64'],
  ['LAYERFOLD_MAX_MEMORY', 'lots', 'such as 512M or 4G'],
])('a wrong %s is named as what the environment says', (name, value, expected) => {
  const env = { [name]: value };
  const error = foldErrorOf(() => (name === 'LAYERFOLD_WORKERS' ? defaultWorkers(env) : memoryLimit(undefined, env)));
  expect([error.code, error.expected, error.got, error.hint]).toEqual(['E_USAGE', expected, value, `unset ${name}`]);
  expect(error.message).toContain(`The environment's ${name}: `);
});

it('a folder that is named as a file is told as a folder', async () => {
  const { code, err } = await fold(['inspect', folder.path('readonly')]);
  expect([code, err]).toEqual([2, expect.stringMatching(/is not a regular file[\s\S]*got: a folder/)]);
});

describe('a proving key that is damaged', () => {
  const words = (): string[] => args.filter((word) => word !== '--no-wrap');
  const told = ({ out }: Outcome) => lines(out).find(({ name }) => name === 'budget');

  it('is refused before any work where somebody named it', async () => {
    writeFileSync(folder.path('key.zkey'), 'a key');
    await writeKeyDigest(folder.path('key.zkey'));
    writeFileSync(folder.path('key.zkey'), 'a kez');
    const { code, err } = await fold(['prove', ...words(), '--key', folder.path('key.zkey'), '--dry-run']);
    expect([code, err]).toEqual([
      4,
      expect.stringContaining(`The proving key "${folder.path('key.zkey')}" is damaged`),
    ]);
    const absent = await fold(['prove', ...words(), '--key', folder.path('absent.zkey'), '--dry-run']);
    expect([absent.code, absent.err]).toEqual([2, expect.stringContaining('got: no such file')]);
  });

  it('is one to be made where it is the development key: the budget counts it', async () => {
    const budget = async () => told(await fold(['prove', ...words(), '--dry-run', '--json']))!;
    const absent = await budget();
    expect(absent.wrapKeyCached).toBe(false);
    const { out } = await fold(['prove', ...words(), '--dry-run']);
    const path = /^ {2}proving key to be made.*, (\S+)$/m.exec(out)![1]!;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'a key');
    expect((await budget()).wrapKeyCached).toBe(false);
    await writeKeyDigest(path);
    expect((await budget()).wrapKeyCached).toBe(true);
    writeFileSync(path, 'a kez');
    expect((await budget()).wrapKeyCached).toBe(false);
    expect((await fold(['cache', 'clear'])).code).toBe(0);
    expect(readdirSync(dirname(path))).toEqual([]);
  });
});
