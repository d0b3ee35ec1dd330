/** The digest of a program's files: another one for every change of a content or a name, the same for other kinds of files. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf, programDigest } from '../../src/store/program-digest.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerfold-program-'));
  await mkdir(join(folder, 'deep'));
  await writeFile(join(folder, 'a.js'), 'one');
  await writeFile(join(folder, 'deep', 'b.js'), 'two');
});
afterEach(() => rm(folder, { recursive: true }));

test('changes with every content and every name', async () => {
  const seen = [digestOf(folder, '.js')];
  await writeFile(join(folder, 'deep', 'b.js'), 'twO');
  seen.push(digestOf(folder, '.js'));
  await rename(join(folder, 'deep', 'b.js'), join(folder, 'b.js'));
  seen.push(digestOf(folder, '.js'));
  await writeFile(join(folder, 'c.js'), '');
  seen.push(digestOf(folder, '.js'));
  expect(new Set(seen).size).toBe(4);
});

test('stays with files of other kinds', async () => {
  const before = digestOf(folder, '.js');
  await writeFile(join(folder, 'a.js.map'), 'map');
  await writeFile(join(folder, 'a.ts'), 'source');
  expect(digestOf(folder, '.js')).toBe(before);
});

test('is that of the sources here', () => {
  expect(programDigest()).toBe(digestOf(join(import.meta.dirname, '../../src'), '.ts'));
});
