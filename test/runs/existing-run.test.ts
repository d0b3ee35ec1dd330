/** What a folder is taken for, above all one in which a run was killed at a bad moment. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { existingRun } from '../../src/runs/existing-run.ts';
import { useFolder } from '../cli/harness.ts';

const folder = useFolder();

/** A folder with these files; names that end in / are folders. */
function folderOf(names: readonly string[]): string {
  const made = mkdtempSync(folder.path('run-'));
  for (const name of names) {
    const path = join(made, name);
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(path, '{}');
  }
  return made;
}

it.each([
  ['nothing', [], 'free'],
  ['a lock', ['.lock'], 'free'],
  ['a run that was killed before its record was whole', ['.lock', 'private/'], 'free'],
  ['the same, within the writing', ['.lock', 'private/.resume.json.12.ab.tmp', '.lock.12.ab.tmp'], 'free'],
  ['a run that was killed before its first step', ['.lock', 'private/resume.json'], 'free'],
  ['before its first checkpoint', ['private/resume.json', '.checkpoints.1.a.tmp/000002.cbor'], 'free'],
  [
    'a run that was killed while it wrote its result',
    ['plan.json', '.folded.cbor.1.a.tmp', 'private/resume.json', 'checkpoints/000002.cbor'],
    'unfinished',
  ],
  ['a file of somebody', ['notes.txt'], 'foreign'],
  ['a folder of somebody', ['photos/'], 'foreign'],
  ['a secret of somebody', ['private/key.json'], 'foreign'],
  ['checkpoints that belong to no run', ['checkpoints/000002.cbor'], 'foreign'],
  ['a damaged record', ['run.json'], 'foreign'],
])('%s', async (_what, names, kind) => {
  expect((await existingRun(folderOf(names))).kind).toBe(kind);
});
