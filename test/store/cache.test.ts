import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FoldError } from '../../src/errors.ts';
import { type CacheKind, cached, cacheFolder, cachePath, OTHER_CACHE, onCacheFailure } from '../../src/store/cache.ts';
import { encodeFile } from '../../src/store/files.ts';
import { temporaryPath } from '../../src/store/temporary.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { deadPid } from '../helpers/processes.ts';

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
  rmSync(join(folder, 'plan'), { recursive: true, force: true });
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
    expect(foldErrorOf(() => cachePath('../up' as CacheKind, digest)).code).toBe('E_BUG');
    expect(foldErrorOf(() => cachePath('plan', '../../etc/passwd')).code).toBe('E_BUG');
  });
});

describe('cached', () => {
  test('is made once and then read', async () => {
    expect(await cached('plan', digest, make)).toEqual({ content, hit: false, kept: true });
    expect(await cached('plan', digest, never)).toEqual({ content, hit: true, kept: true });
  });

  test('another digest is another entry', async () => {
    await cached('plan', digest, make);
    expect((await cached('plan', 'cd'.repeat(32), async () => Uint8Array.of(9))).content).toEqual(Uint8Array.of(9));
  });

  test.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['cut', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['empty', () => new Uint8Array(0)],
    ['with a flipped byte', (bytes) => bytes.fill(bytes[20]! ^ 1, 20, 21)],
    ['of another digest', () => encodeFile('cache-entry', 1, { name: 'plan', digest: 'cd'.repeat(32), content })],
    ['of another format', () => encodeFile('plan', 1, { name: 'plan', digest, content })],
    ['of an unknown shape', () => encodeFile('cache-entry', 1, { content })],
  ])('an entry that is %s is made again', async (_, damage) => {
    await cached('plan', digest, make);
    const path = cachePath('plan', digest);
    writeFileSync(path, damage(readFileSync(path)));
    expect(await cached('plan', digest, make)).toEqual({ content, hit: false, kept: true });
    expect((await cached('plan', digest, never)).hit).toBe(true);
  });

  test('a failing maker stores nothing', async () => {
    await expect(cached('plan', digest, never)).rejects.toThrow('made although');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('writers at the same time agree', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => cached('plan', digest, make)));
    for (const result of results) expect(result.content).toEqual(content);
    expect(readdirSync(join(folder, 'plan'))).toEqual([`${digest}.cbor`]);
  });

  test('where nothing can be kept the content is made each time, and the listener is told', async () => {
    writeFileSync(join(folder, 'file'), '');
    vi.stubEnv('LAYERFOLD_CACHE_DIR', join(folder, 'file'));
    const told: FoldError[] = [];
    onCacheFailure((error) => told.push(error));
    for (let k = 0; k < 2; k++)
      expect(await cached('plan', digest, make)).toEqual({ content, hit: false, kept: false });
    onCacheFailure(undefined);
    expect(await cached('plan', digest, make)).toEqual({ content, hit: false, kept: false });
    expect(told.map(({ code, hint }) => [code, hint])).toEqual(Array(2).fill(['E_DISK', OTHER_CACHE]));
    expect(told[0]!.got).toBe(`"${join(folder, 'file')}" is a file`);
    rmSync(join(folder, 'file'));
  });

  test('what a killed process left half-written goes when the next entry is kept', async () => {
    await cached('wrap-key', digest, make);
    const half = temporaryPath(join(folder, 'wrap-key', `${digest}.zkey`));
    const owner = half.split('.').at(-3)!;
    const name = (other: string): string => half.replace(owner, other);
    const dead = name(`${owner.split('-')[0]}-${await deadPid()}-00000000`);
    // the number of this process belonged to another one before
    const reused = name(owner.replace(/[0-9a-f]{8}$/, '00000000'));
    const [otherHost, old] = [name('00000000-1-00000000'), name('00000000-2-00000000')];
    for (const path of [half, dead, reused, otherHost, old]) writeFileSync(path, '0123');
    const longAgo = Date.now() / 1000 - 25 * 3600;
    utimesSync(old, longAgo, longAgo);
    await cached('plan', digest, make);
    // this process writes the first; of another host's only its age can tell
    expect([half, dead, reused, otherHost, old].map((path) => existsSync(path))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
    rmSync(join(folder, 'wrap-key'), { recursive: true });
  });
});
