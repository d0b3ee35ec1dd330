import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { makeFolder, writeFileAtomic } from '../../src/store/atomic.ts';
import { checkPlace, diskError } from '../../src/store/disk-error.ts';
import { readFileBounded } from '../../src/store/read.ts';
import { foldErrorOf, foldErrorOfAsync } from '../helpers/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'layerfold-atomic-'));
afterAll(() => rmSync(folder, { recursive: true }));
const bytes = (value: number, length = 1000): Uint8Array => new Uint8Array(length).fill(value);

describe('writeFileAtomic', () => {
  test('writes, replaces, leaves no temporary file', async () => {
    const path = join(folder, 'a.bin');
    await writeFileAtomic(path, bytes(1));
    await writeFileAtomic(path, bytes(2));
    expect(await readFileBounded(path, 1000)).toEqual(bytes(2));
    expect(readdirSync(folder)).toEqual(['a.bin']);
  });

  test.skipIf(process.platform === 'win32')('the mode is exact whatever the umask', async () => {
    const old = process.umask(0o077);
    try {
      await writeFileAtomic(join(folder, 'open'), bytes(1), { mode: 0o644 });
      await writeFileAtomic(join(folder, 'closed'), bytes(1), { mode: 0o600 });
    } finally {
      process.umask(old);
    }
    expect(statSync(join(folder, 'open')).mode & 0o777).toBe(0o644);
    expect(statSync(join(folder, 'closed')).mode & 0o777).toBe(0o600);
  });

  test('a failed rename leaves the target as it was and nothing beside it', async () => {
    const busy = join(folder, 'busy');
    mkdirSync(busy);
    writeFileSync(join(busy, 'inside'), 'x');
    const before = readdirSync(folder).sort();
    expect((await foldErrorOfAsync(() => writeFileAtomic(busy, bytes(1)))).code).toBe('E_DISK');
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(readFileSync(join(busy, 'inside'), 'utf8')).toBe('x');
  });

  test('a missing folder is E_DISK with the reason', async () => {
    const error = await foldErrorOfAsync(() => writeFileAtomic(join(folder, 'no', 'b.bin'), bytes(1)));
    expect([error.code, error.got, error.hint]).toEqual([
      'E_DISK',
      `the folder "${join(folder, 'no')}" does not exist`,
      `mkdir -p ${join(folder, 'no')}`,
    ]);
  });

  test.each([
    ['ENOSPC', 'no space left on the device'],
    ['EACCES', 'permission denied'],
    ['EROFS', 'the file system is read-only'],
    ['EIO', 'the disk fails'],
    ['E2BIG', 'E2BIG'],
  ])('%s becomes E_DISK', (code, reason) => {
    const error = diskError(Object.assign(new Error('x'), { code }), '/a/b');
    expect([error.code, error.got]).toEqual(['E_DISK', reason]);
  });

  test('a place that is a file, or has one above it, is named', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const made = await foldErrorOfAsync(() => makeFolder(file));
    const inside = await foldErrorOfAsync(() => makeFolder(join(file, 'a', 'b')));
    const written = await foldErrorOfAsync(() => writeFileAtomic(join(file, 'c.bin'), bytes(1)));
    for (const error of [made, inside, written]) {
      expect([error.code, error.expected, error.got]).toEqual(['E_DISK', 'a folder', `"${file}" is a file`]);
      expect(error.hint).toBe('--out PATH writes elsewhere');
    }
    expect((await foldErrorOfAsync(() => writeFileAtomic(join(folder, 'busy'), bytes(1)))).got).toBe(
      `"${join(folder, 'busy')}" is a folder`,
    );
    for (const place of [file, join(file, 'x')])
      expect(foldErrorOf(() => checkPlace(place, 'elsewhere')).hint).toBe('elsewhere');
    expect(checkPlace(join(folder, 'not', 'yet'))).toBeUndefined();
  });

  test('a full disk is asked where the file was to be, or would be', () => {
    const full = Object.assign(new Error('x'), { code: 'ENOSPC' });
    expect(diskError(full, join(folder, 'no', 'b.bin')).hint).toBe(`df -h ${folder}`);
  });

  test('many writers of one name: one of them wins whole', async () => {
    const path = join(folder, 'race.bin');
    await Promise.all(Array.from({ length: 16 }, (_, i) => writeFileAtomic(path, bytes(i, 100_000))));
    const content = await readFileBounded(path, 1e6);
    expect(content).toEqual(bytes(content[0]!, 100_000));
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('a process killed while it writes leaves the old file, or the new one, whole', async () => {
    const path = join(folder, 'killed.bin');
    const size = 32 * 2 ** 20;
    await writeFileAtomic(path, bytes(7, size));
    const script = join(folder, 'writer.mts');
    const source = JSON.stringify(resolve(import.meta.dirname, '../../src/store/atomic.ts'));
    writeFileSync(
      script,
      `import { makeFolder, writeFileAtomic } from ${source};
       console.log('ready');
       for (let i = 8; ; i++) await writeFileAtomic(${JSON.stringify(path)}, new Uint8Array(${size}).fill(i));`,
    );
    for (const delay of [5, 23]) {
      const tsx = resolve(import.meta.dirname, '../../node_modules/tsx/dist/loader.mjs');
      const child = spawn(process.execPath, ['--import', tsx, script], { stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise((ready) => child.stdout.once('data', ready));
      await setTimeout(delay);
      child.kill('SIGKILL');
      await new Promise((gone) => child.once('close', gone));
      const content = await readFileBounded(path, size);
      expect(content.length).toBe(size);
      expect(content.every((byte) => byte === content[0])).toBe(true);
    }
  });
});

describe('readFileBounded', () => {
  test('absent, a folder, too large', async () => {
    expect((await foldErrorOfAsync(() => readFileBounded(join(folder, 'none'), 10))).code).toBe('E_FILE');
    expect((await foldErrorOfAsync(() => readFileBounded(folder, 10))).code).toBe('E_FILE');
    expect((await foldErrorOfAsync(() => readFileBounded(join(folder, 'a.bin'), 999))).code).toBe('E_TOO_LARGE');
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
