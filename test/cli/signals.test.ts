/** What interrupts a process: each signal, twice, and a disk that is full. The folder can be gone on with every time. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { newestCheckpoint } from '../../src/store/checkpoints.ts';
import { randomChain } from '../helpers/chains.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { type Ended, startFold } from '../helpers/process.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();
const STEPS = 12;
let args: readonly string[] = [];
let statement: unknown;

const record = (name: string) => JSON.parse(readFileSync(folder.path(name, 'run.json'), 'utf8'));

beforeAll(async () => {
  const { graph, input } = randomChain(3, { kind: 'dense', layers: STEPS });
  writeFileSync(folder.path('model.onnx'), writeOnnx(graph));
  writeFileSync(folder.path('input.json'), JSON.stringify({ input_data: [[...input.data]] }));
  args = [folder.path('model.onnx'), '--input', folder.path('input.json'), '--insecure-dev', '--layers-per-step', '1'];
  args = [...args, '--workers', '1', '--no-wrap'];
  expect((await fold(['prove', ...args, '--out', folder.path('whole')])).code).toBe(0);
  ({ statement } = record('whole'));
});

/** A run that gets signals as soon as it has announced its second checkpoint. */
function interrupted(name: string, ...signals: readonly NodeJS.Signals[]): Promise<Ended> {
  return startFold(['prove', ...args, '--checkpoint-every', '1', '--out', folder.path(name)], {
    onLine: (line, child) => {
      if (line.type === 'checkpoint' && line.seq === 2) for (const signal of signals) child.kill(signal);
    },
  }).ended;
}

/** The folder has whole checkpoints up to `step`, nothing half-written, and ends in the statement of the whole run. */
async function resumes(name: string, step: number): Promise<void> {
  const newest = await newestCheckpoint(folder.path(name));
  expect([newest?.proof.statement.steps, newest?.damaged]).toEqual([step, []]);
  expect((await fold(['resume', folder.path(name), '--workers', '1'])).code).toBe(0);
  expect(record(name)).toMatchObject({ state: 'complete', statement });
  const names = readdirSync(folder.path(name), { recursive: true }).map(String);
  expect(names.filter((entry) => /\.tmp$|\.lock|resume/.test(entry))).toEqual([]);
}

const lastStep = ({ lines }: Ended): number =>
  Math.max(...lines.flatMap((line) => (line.type === 'step' ? [line.step] : [])));

describe('a signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const)('%s lets the step end, writes its checkpoint, and tells how to go on', async (signal, exitCode) => {
    const ended = await interrupted(signal, signal);
    expect(ended.code).toBe(exitCode);
    expect(ended.lines.at(-1)).toMatchObject({
      type: 'error',
      code: 'E_ABORTED',
      hint: `fold resume ${folder.path(signal)}`,
      exitCode,
    });
    expect(record(signal)).toMatchObject({ state: 'interrupted', files: [] });
    expect(existsSync(folder.path(signal, '.lock'))).toBe(false);
    expect(lastStep(ended)).toBeLessThan(STEPS);
    await resumes(signal, lastStep(ended));
  });

  it('that comes twice ends the process at once, and the last checkpoint counts', async () => {
    const ended = await interrupted('twice', 'SIGINT', 'SIGTERM');
    // the second one's code, and which of the two comes first is the system's choice
    expect([130, 143]).toContain(ended.code);
    expect(record('twice').state).toBe('running');
    expect(ended.lines.at(-1)!.type).not.toBe('error');
    await resumes('twice', (await newestCheckpoint(folder.path('twice')))!.proof.statement.steps);
  });
});

describe('a full disk', () => {
  it('is E_DISK, with the checkpoints before it as they were', async () => {
    const size = readFileSync(folder.path('whole', 'folded.cbor')).length;
    const command = ['prove', ...args, '--checkpoint-every', '2', '--out', folder.path('full')];
    const ended = await startFold(command, { fault: `disk ${Math.round(2.5 * size)}` }).ended;
    expect(ended.code).toBe(4);
    expect(ended.lines.at(-1)).toMatchObject({ code: 'E_DISK', got: 'no space left on the device' });
    expect(record('full').state).toBe('failed');
    expect(ended.lines.filter(({ type }) => type === 'checkpoint')).toHaveLength(2);
    await resumes('full', 4);
  });
});
