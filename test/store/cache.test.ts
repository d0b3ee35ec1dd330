import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cached, cacheFolder, cachePath } from '../../src/store/cache.ts';
import { encodeFile } from '../../src/store/files.ts';
import { foldErrorOf, foldErrorOfAsync } from '../helpers/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'layerfold-cache-'));
const digest = 'ab'.repeat(32);
const content = Uint8Array.of(1, 2, 3, 4);
const make = async (): Promise<Uint8Array> => content;
const never = async (): Promise<Uint8Array> => {
  throw new Error('made although it was cached');
};

beforeEach(() => vi.stubEnv('LAYERFOLD_CACHE_DIR', folder));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(join(folder, 'key'), { recursive: true, force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the cache folder', () => {
  test.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['linux', { LAYERFOLD_CACHE_DIR: '/x/y', XDG_CACHE_HOME: '/z' }, /^\/x\/y$/],
    ['linux', { XDG_CACHE_HOME: '/z' }, /^\/z\/layerfold$/],
    ['linux', {}, /\.cache\/layerfold$/],
    ['darwin', {}, /Library\/Caches\/layerfold$/],
    ['win32', { LOCALAPPDATA: '/local' }, /^\/local\/layerfold$/],
  ])('%s %j', (platform, env, expected) => {
    expect(cacheFolder(env, platform)).toMatch(expected);
  });

  test('names and digests cannot leave it', () => {
    expect(foldErrorOf(() => cachePath('../up', digest)).code).toBe('E_BUG');
    expect(foldErrorOf(() => cachePath('key', '../../etc/passwd')).code).toBe('E_BUG');
  });
});

describe('cached', () => {
  test('is made once and then read', async () => {
    expect(await cached('key', digest, make)).toEqual({ content, hit: false });
    expect(await cached('key', digest, never)).toEqual({ content, hit: true });
  });

  test('another digest is another entry', async () => {
    await cached('key', digest, make);
    expect((await cached('key', 'cd'.repeat(32), async () => Uint8Array.of(9))).content).toEqual(Uint8Array.of(9));
  });

  test.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['cut', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['empty', () => new Uint8Array(0)],
    ['with a flipped byte', (bytes) => bytes.fill(bytes[20]! ^ 1, 20, 21)],
    ['of another digest', () => encodeFile('cache-entry', 1, { name: 'key', digest: 'cd'.repeat(32), content })],
    ['of another format', () => encodeFile('plan', 1, { name: 'key', digest, content })],
    ['of an unknown shape', () => encodeFile('cache-entry', 1, { content })],
  ])('an entry that is %s is made again', async (_, damage) => {
    await cached('key', digest, make);
    const path = cachePath('key', digest);
    writeFileSync(path, damage(readFileSync(path)));
    expect(await cached('key', digest, make)).toEqual({ content, hit: false });
    expect((await cached('key', digest, never)).hit).toBe(true);
  });

  test('a failing maker stores nothing', async () => {
    await expect(cached('key', digest, never)).rejects.toThrow('made although');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('writers at the same time agree', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => cached('key', digest, make)));
    for (const result of results) expect(result.content).toEqual(content);
    expect(readdirSync(join(folder, 'key'))).toEqual([`${digest}.cbor`]);
  });

  test('a cache folder that is a file is E_DISK', async () => {
    writeFileSync(join(folder, 'file'), '');
    vi.stubEnv('LAYERFOLD_CACHE_DIR', join(folder, 'file'));
    expect((await foldErrorOfAsync(() => cached('key', digest, make))).code).toBe('E_DISK');
    rmSync(join(folder, 'file'));
  });
});
