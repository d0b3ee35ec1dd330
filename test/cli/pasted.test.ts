/** What a run prints as the next command is pasted into a shell as it stands, with names that no shell takes as they are. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { foldProcess } from '../helpers/processes.ts';
import { smallRun } from '../helpers/small-run.ts';
import { useFolder } from './harness.ts';

const folder = useFolder();
const MODEL = "-it's a $model `ß`.onnx";
let args: readonly string[] = [];

beforeAll(() => {
  mkdirSync(folder.path('work'));
  const { args: made } = smallRun(folder.path, 1);
  renameSync(folder.path('model.onnx'), folder.path('work', MODEL));
  args = [`--model=${MODEL}`, ...made.slice(1)];
});

const run = (words: readonly string[], fault?: string) =>
  foldProcess(words, { cache: folder.path('cache'), cwd: folder.path('work'), ...(fault && { fault }) });

/** Pastes the command behind a word of what was printed. */
function paste(printed: string, word: string): string {
  const line = printed.split('\n').find((text) => text.trim().startsWith(`${word}: `));
  if (!line) throw new Error(`no ${word} in ${printed}`);
  return execFileSync('sh', ['-c', line.slice(line.indexOf(': ') + 2)], {
    cwd: folder.path('work'),
    env: { ...process.env, LAYERFOLD_CACHE_DIR: folder.path('cache') },
    encoding: 'utf8',
  });
}

it('the verification of a run', async () => {
  const { out } = await run(['prove', ...args, '--out', '-runs (1)/a & b']);
  expect(out).toContain('PROVEN AND VERIFIED');
  expect(paste(out, 'next')).toMatch(/^VERIFIED:/m);
});

it('the way on with a run that was killed', async () => {
  const out = 'runs\' "2"/ü*';
  expect((await run(['prove', ...args, '--out', out], 'before folded.cbor')).code).toBeNull();
  const again = await run(['prove', ...args, '--out', out]);
  expect(again.code).toBe(2);
  // warnings have hints too
  paste(again.err.slice(again.err.indexOf('error E_')), 'hint');
  expect(existsSync(folder.path('work', out, 'folded.cbor'))).toBe(true);
});

it('the help of a verb that was misused', async () => {
  expect(paste((await run(['prove', '--laiers', '3'])).err, 'hint')).toContain('Usage: fold prove');
});
