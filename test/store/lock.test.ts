/** One run per folder: live holders are respected, dead ones are not, and nobody takes what is not theirs. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../../src/store/lock.ts';
import { startOf } from '../../src/store/process.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { deadPid } from '../helpers/processes.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerfold-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lockPath = (): string => join(folder, '.lock');
const holder = (change: object = {}): string =>
  JSON.stringify({
    format: 'layerfold/lock',
    host: hostname(),
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    since: '2026-01-01T00:00:00.000Z',
    ...change,
  });

describe('lockFolder', () => {
  it('makes the folder, refuses a second run, and is free again after release', async () => {
    folder = join(folder, 'new', 'run');
    const lock = await lockFolder(folder);
    expect(readdirSync(folder)).toEqual(['.lock']);
    const error = await foldErrorOfAsync(() => lockFolder(folder));
    expect([error.code, error.exitCode]).toEqual(['E_LOCKED', 4]);
    expect(error.got).toContain(`process ${process.pid}`);
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
    await (await lockFolder(folder)).release();
  });

  it('takes over the lock of a process that ended', async () => {
    writeFileSync(lockPath(), holder({ pid: await deadPid(), started: 'earlier' }));
    const lock = await lockFolder(folder);
    expect(JSON.parse(readFileSync(lockPath(), 'utf8')).pid).toBe(process.pid);
    expect(readdirSync(folder)).toEqual(['.lock']);
    await lock.release();
  });

  it('takes over where the process number belongs to another process by now', async () => {
    writeFileSync(lockPath(), holder({ started: 'another start' }));
    await (await lockFolder(folder)).release();
  });

  it('respects a lock of another host, and a file that is no lock', async () => {
    for (const text of [holder({ host: 'elsewhere', pid: 1 }), '{"pid":', holder({ pid: -1 }), '']) {
      writeFileSync(lockPath(), text);
      const error = await foldErrorOfAsync(() => lockFolder(folder));
      expect(error.code).toBe('E_LOCKED');
      expect(error.hint).toContain(`rm ${lockPath()}`);
      expect(readFileSync(lockPath(), 'utf8')).toBe(text);
    }
  });

  it('lets exactly one of many through, also over a stale lock', async () => {
    for (const stale of [false, true]) {
      if (stale) writeFileSync(lockPath(), holder({ started: 'another start' }));
      const tries = await Promise.allSettled(Array.from({ length: 12 }, () => lockFolder(folder)));
      const won = tries.filter((t) => t.status === 'fulfilled');
      expect(won).toHaveLength(1);
      await won[0]!.value.release();
      expect(existsSync(lockPath())).toBe(false);
    }
  });

  it('does not release what another run took over', async () => {
    const lock = await lockFolder(folder);
    writeFileSync(lockPath(), holder({ pid: 1 }));
    await lock.release();
    expect(existsSync(lockPath())).toBe(true);
  });

  it('is E_DISK where nothing can be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect((await foldErrorOfAsync(() => lockFolder(join(folder, 'file')))).code).toBe('E_DISK');
  });

  it('knows a start that is the same while the process runs', () => {
    expect(startOf(process.pid)).toBe(startOf(process.pid));
    if (process.platform !== 'win32') expect(startOf(process.pid)).not.toBe(startOf(1));
  });
});
