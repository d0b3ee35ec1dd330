/** A private run that is interrupted: it is gone on with under the same salts, which no event tells. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallRun } from '../helpers/small-run.ts';
import { fold, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
const STEPS = 7;
let stopped: Outcome;
const text = (...path: string[]): string => readFileSync(folder.path(...path), 'utf8');
const resume = (...more: string[]): Promise<Outcome> => fold(['resume', folder.path('run'), '--workers', '1', ...more]);

beforeAll(async () => {
  const { args } = smallRun(folder.path, STEPS);
  const controller = new AbortController();
  const more = ['--private', 'input,output,model', '--checkpoint-every', '2', '--json'];
  const run = fold(['prove', ...args, ...more, '--out', folder.path('run')], {
    signal: controller.signal,
  });
  while (!existsSync(folder.path('run', 'checkpoints'))) await setTimeout(5);
  controller.abort();
  stopped = await run;
});

describe('an interrupted private run', () => {
  it('leaves its salts in files of its user alone', () => {
    expect(stopped.code).toBe(130);
    const [{ salts }] = JSON.parse(text('run', 'private', 'resume.json')).items;
    const model = JSON.parse(text('model.onnx.salt')).salt;
    expect(new Set([salts.input, salts.output, model]).size).toBe(3);
    for (const path of [folder.path('run', 'private', 'resume.json'), folder.path('model.onnx.salt')])
      expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder.path('run', 'private')).mode & 0o777).toBe(0o700);
    const events = stopped.out.split('\n').filter((line) => line.includes('"checkpoint"'));
    const checkpoints = readdirSync(folder.path('run', 'checkpoints')).map((name) =>
      readFileSync(folder.path('run', 'checkpoints', name)),
    );
    const holds = (salt: string): boolean[] =>
      checkpoints.map((bytes) => bytes.includes(Buffer.from(salt.slice(2), 'hex').reverse()));
    for (const salt of [salts.input, salts.output, model]) expect(events.join()).not.toContain(salt.slice(2));
    for (const salt of [salts.input, model]) expect(holds(salt)).not.toContain(true);
    // every step hashes the readout: its salt is in the last step's witness, which is why a checkpoint is 0600
    expect(holds(salts.output)).not.toContain(false);
    expect(text('run', 'private', 'resume.json')).not.toContain(model);
  });

  it('is not gone on with without the salt of its model, and makes no other', async () => {
    renameSync(folder.path('model.onnx.salt'), folder.path('kept.salt'));
    const { code, err } = await resume();
    expect([code, err.includes('The salt that the run was begun with is not here')]).toEqual([2, true]);
    expect(existsSync(folder.path('model.onnx.salt'))).toBe(false);
    const other = JSON.parse(text('kept.salt'));
    writeFileSync(folder.path('other.salt'), JSON.stringify({ ...other, salt: `0x${'1'.padStart(64, '0')}` }));
    const wrong = await resume('--model-salt', folder.path('other.salt'));
    expect([wrong.code, wrong.err.includes('is of another model')]).toEqual([1, true]);
  });

  it('ends under the digests that it was begun with', async () => {
    const { code } = await resume('--model-salt', folder.path('kept.salt'));
    expect(code).toBe(0);
    const announced = stopped.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .find(({ type }) => type === 'checkpoint');
    const { statement, private: hidden } = JSON.parse(text('run', 'run.json'));
    expect(hidden).toEqual(['input', 'output', 'model']);
    expect(statement).toMatchObject({ modelDigest: announced.modelDigest, inputDigest: announced.inputDigest });
    const verified = await fold(['verify', folder.path('run'), '--model-digest', statement.modelDigest]);
    expect([verified.code, verified.out.includes('VERIFIED')]).toEqual([0, true]);
    expect(readdirSync(folder.path('run', 'private')).sort()).toEqual(['input.json', 'output.json', 'salts.json']);
    rmSync(folder.path('run'), { recursive: true });
  });
});
