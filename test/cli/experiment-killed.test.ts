/** An experiment that is killed with kill -9 in the middle of a repetition, and run again into the same table. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lockFolder } from '../../src/store/lock.ts';
import { foldProcess } from '../helpers/processes.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();
const spec = {
  ...{ format: 'layerfold/experiment', version: 1, name: 'killed', about: 'a test', repeats: 2, cache: 'fresh' },
  networks: [{ network: 'synthetic', seed: 5 }],
  sweep: { layers: [3], channels: [2], side: [6], workers: [1] },
};

it('keeps its rows, does what is missing, and leaves nothing behind', async () => {
  const [path, table] = [folder.path('killed.json'), folder.path('killed.csv')];
  writeFileSync(path, JSON.stringify(spec));
  const args = ['experiment', path, '--out', table, '--json'];
  const cache = folder.path('cache');
  // in the second repetition, when its process is at work
  const killed = await foldProcess(args, {
    cache,
    watch: (out, kill) => {
      if (/"name":"row".*"stage":"circuit"/s.test(out)) kill();
    },
  });
  expect(killed.code).toBeNull();
  const before = readFileSync(table, 'utf8');
  expect(before.trimEnd().split('\n')).toHaveLength(2);
  // what the killed one left, and half a row as a kill within the writing would leave it
  expect(existsSync(`${table}.work`)).toBe(true);
  writeFileSync(table, `${before}0123,kil`);
  mkdirSync(`${table}.work/cache/old`, { recursive: true });

  const again = await fold(args);
  expect(again.code).toBe(0);
  const [result] = again.out.trimEnd().split('\n').slice(-1);
  expect(JSON.parse(result!)).toMatchObject({ type: 'result', rows: 2, found: 1, failed: 0 });
  const after = readFileSync(table, 'utf8');
  expect(after.startsWith(before)).toBe(true);
  expect(after.trimEnd().split('\n')).toHaveLength(3);
  expect(existsSync(`${table}.work`)).toBe(false);
});

it('refuses a second process on the same table', async () => {
  const table = folder.path('locked.csv');
  writeFileSync(folder.path('locked.json'), JSON.stringify({ ...spec, name: 'locked' }));
  const lock = await lockFolder(`${table}.work`);
  const refused = await fold(['experiment', folder.path('locked.json'), '--out', table]);
  await lock.release();
  expect(refused).toMatchObject({ code: 4, err: expect.stringContaining('E_LOCKED') });
  expect(existsSync(table)).toBe(false);
});
