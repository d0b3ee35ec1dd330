/** Readers against hostile files: how each must end, and the memory that it may take for them. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { SIZE } from './bytes.ts';
import type { Answer, Asked } from './child.ts';
import type { ReaderName } from './readers.ts';

/** Memory that a file may cost: so many times its length, beside what any call takes. */
const TIMES = 48;
const BASE = 96;
const MIB = 2 ** 20;
/** Of all objects, those of the program itself among them. */
const HEAP = BASE + (TIMES * SIZE) / MIB;
/** Characters of an error, however much of the file is wrong. */
const MOST_WORDS = 2000;

let child: Promise<ChildProcess> | undefined;
const folder = mkdtempSync(join(tmpdir(), 'layerfold-hostile-'));
afterAll(async () => {
  (await child)?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * A table of files by what is hostile in them.
 * @param code with which the reader refuses each; undefined where it passes over what is nothing
 */
export function hostile(
  reader: ReaderName,
  code: ErrorCode | undefined,
  files: Readonly<Record<string, () => Uint8Array>>,
): void {
  describe(reader, () => {
    for (const [name, make] of Object.entries(files))
      it(name, async () => {
        const bytes = make();
        const path = join(folder, 'file');
        writeFileSync(path, bytes);
        const answer = await ask({ reader, path });
        expect(answer.code).toBe(code);
        expect(answer.words).toBeLessThan(MOST_WORDS);
        expect(answer.grown / MIB, 'MiB of memory').toBeLessThan(BASE + (TIMES * bytes.length) / MIB);
      });
  });
}

/** One process reads one file after another; one that died is replaced. */
async function ask(asked: Asked): Promise<Answer> {
  child ??= start();
  const own = await child;
  return new Promise((resolve, reject) => {
    let errors = '';
    own.stderr!.on('data', (text) => {
      errors += text;
    });
    own.once('message', (answer) => resolve(answer as Answer));
    own.once('exit', () => {
      child = undefined;
      reject(
        new Error(`reading took more than ${HEAP} MiB: ${/FATAL ERROR.*/.exec(errors)?.[0] ?? errors.slice(-500)}`),
      );
    });
    own.send(asked);
  });
}

async function start(): Promise<ChildProcess> {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const started = fork(fileURLToPath(new URL('child.ts', import.meta.url)), [], {
    execArgv: ['--import', loader, `--max-old-space-size=${HEAP}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  await new Promise<void>((resolve, reject) => {
    started.once('message', () => resolve());
    started.once('exit', () => reject(new Error('the process of the readers did not start')));
  });
  started.removeAllListeners('exit');
  return started;
}
