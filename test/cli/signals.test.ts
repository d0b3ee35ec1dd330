/** What interrupts a process: each signal, twice, and a disk that is full. The folder can be gone on with every time. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { Line } from '../../src/show/ndjson.ts';
import { newestCheckpoint } from '../../src/store/checkpoints.ts';
import { leftovers, statementIn } from '../helpers/crashes.ts';
import { type Ended, FAULTS, foldProcess, LAUNCHER } from '../helpers/processes.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();
const STEPS = 6;
let args: readonly string[] = [];
let statement: unknown;

const record = (name: string) => JSON.parse(readFileSync(folder.path(name, 'run.json'), 'utf8'));

beforeAll(async () => {
  ({ args } = smallRun(folder.path, STEPS));
  expect((await fold(['prove', ...args, '--out', folder.path('whole')])).code).toBe(0);
  statement = statementIn(folder.path('whole'));
});

/** The third checkpoint, without which no further step is begun. */
const NEXT = '000003.cbor';

/**
 * A run that gets signals as soon as it has announced its second checkpoint. It does not write the next one before the first
 * signal, or never: so none comes too late, however slow the machine.
 */
function interrupted(name: string, fault: 'hold' | 'jam', ...signals: readonly NodeJS.Signals[]): Promise<Ended> {
  let sent = false;
  return foldProcess(['prove', ...args, '--checkpoint-every', '1', '--json', '--out', folder.path(name)], {
    cache: folder.path('cache'),
    fault: `${fault} ${NEXT}`,
    watch: (out, kill) => {
      if (sent || !out.includes('"seq":2')) return;
      sent = true;
      for (const signal of signals) kill(signal);
    },
  });
}

/** Steps of the newest checkpoint; all that are there are whole. */
async function stepsKept(name: string): Promise<number> {
  const newest = await newestCheckpoint(folder.path(name));
  expect(newest?.damaged).toEqual([]);
  return newest!.proof.statement.steps;
}

/** The folder ends in the statement of the whole run, with nothing half-written. */
async function resumes(name: string): Promise<void> {
  expect((await fold(['resume', folder.path(name), '--workers', '1'])).code).toBe(0);
  expect(statementIn(folder.path(name))).toEqual(statement);
  expect(leftovers(folder.path(name))).toEqual([]);
}

const linesOf = ({ out }: Ended) =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => Line.parse(JSON.parse(line)));
const lastStep = (ended: Ended): number =>
  Math.max(...linesOf(ended).flatMap((line) => (line.type === 'step' ? [line.step] : [])));

describe('a signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const)('%s lets the step end, writes its checkpoint, and tells how to go on', async (signal, exitCode) => {
    const ended = await interrupted(signal, 'hold', signal);
    expect(ended.code).toBe(exitCode);
    expect(linesOf(ended).at(-1)).toMatchObject({
      type: 'error',
      code: 'E_ABORTED',
      hint: `node ${LAUNCHER} resume ${folder.path(signal)}`,
      exitCode,
    });
    expect(record(signal)).toMatchObject({ state: 'interrupted', files: [] });
    expect(existsSync(folder.path(signal, '.lock'))).toBe(false);
    expect(lastStep(ended)).toBeLessThan(STEPS);
    expect(await stepsKept(signal)).toBe(lastStep(ended));
  });

  it('that comes twice ends the process at once, and the last checkpoint counts', async () => {
    const ended = await interrupted('twice', 'jam', 'SIGINT', 'SIGTERM');
    // the second one's code, and which of the two comes first is the system's choice
    expect([130, 143]).toContain(ended.code);
    expect(record('twice').state).toBe('running');
    expect(linesOf(ended).at(-1)!.type).not.toBe('error');
    expect(await stepsKept('twice')).toBe(2);
  });
});

const script = spawnSync('script', ['--version']).error === undefined && process.platform === 'linux';
if (!script) console.warn('skipped: no script(1) here, which gives a terminal');

describe.skipIf(!script)('a terminal that is closed', () => {
  it('ends the run as SIGHUP does, though nothing can be written to it any more', async () => {
    const words = ['prove', ...args, '--checkpoint-every', '1', '--out', folder.path('closed')];
    const command = [process.execPath, '--import', FAULTS, LAUNCHER, ...words].map((word) => `'${word}'`).join(' ');
    const terminal = spawn('script', ['-qec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, LAYERFOLD_FAULT: `hold ${NEXT}` },
    });
    await new Promise<void>((resolve) => {
      let seen = '';
      terminal.stdout.on('data', (chunk: Buffer) => {
        seen += chunk.toString();
        if (seen.includes('000002.cbor')) resolve();
      });
    });
    expect(existsSync(folder.path('closed', '.lock'))).toBe(true);
    terminal.kill('SIGKILL');
    while (existsSync(folder.path('closed', '.lock'))) await setTimeout(20);
    expect(record('closed').state).toBe('interrupted');
    expect(await stepsKept('closed')).toBeLessThan(STEPS);
    expect(leftovers(folder.path('closed'))).toEqual(['private/resume.json']);
  });
});

describe.skipIf(!script)('a terminal', () => {
  const shown = async (TERM: string): Promise<string> => {
    const words = [process.execPath, LAUNCHER, 'check', ...args.slice(0, 3)].map((word) => `'${word}'`).join(' ');
    const { CI: _, ...env } = process.env;
    const terminal = spawn('script', ['-qec', words, '/dev/null'], {
      env: { ...env, TERM, LAYERFOLD_CACHE_DIR: folder.path('cache') },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let seen = '';
    for await (const chunk of terminal.stdout) seen += chunk;
    expect(seen).toContain('predicted class');
    return seen;
  };

  it('gets a view that renews itself, unless it is a dumb one', async () => {
    expect(await shown('xterm')).toContain('\u001b[2K');
    expect(await shown('dumb')).not.toContain('\u001b');
  });
});

describe('a full disk', () => {
  it('is E_DISK, with the checkpoints before it as they were', async () => {
    const size = readFileSync(folder.path('whole', 'folded.cbor')).length;
    const command = ['prove', ...args, '--checkpoint-every', '2', '--json', '--out', folder.path('full')];
    const ended = await foldProcess(command, {
      cache: folder.path('cache'),
      fault: `disk ${Math.round(2.5 * size)}`,
    });
    expect(ended.code).toBe(4);
    expect(linesOf(ended).at(-1)).toMatchObject({ code: 'E_DISK', got: 'no space left on the device' });
    // not even that it failed can be written
    expect(record('full').state).toBe('running');
    expect(linesOf(ended).filter(({ type }) => type === 'checkpoint')).toHaveLength(2);
    expect(await stepsKept('full')).toBe(4);
    await resumes('full');
  });
});
