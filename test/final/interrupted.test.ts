/**
 * A run that is stopped while its final proof is made. The folded proof stands, nothing is half-written, and `fold resume`
 * makes the rest. The development key comes from the cache of this machine, or is made there first.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { loadModel } from '../../src/api/load.ts';
import { parseCsv } from '../../src/store/csv.ts';
import { fold } from '../cli/harness.ts';
import { leftovers } from '../helpers/crashes.ts';

const folder = mkdtempSync(join(tmpdir(), 'layerfold-interrupted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const statementIn = (run: string) => JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')).statement;

/** Runs a command and stops it, as Ctrl-C does, when a stage begins. */
async function stoppedIn(stage: string, args: readonly string[]) {
  const controller = new AbortController();
  const socket = join(folder, 'events.sock');
  const ended = fold([...args, '--stream', `unix:${socket}`], { signal: controller.signal });
  while (!existsSync(socket)) await setTimeout(5);
  let seen = '';
  for await (const chunk of connect(socket).setEncoding('utf8')) {
    seen += chunk;
    if (seen.includes(`"type":"stage-start","stage":"${stage}"`)) controller.abort();
  }
  return ended;
}

it('a run that stops in its final proof is a complete folded run, and is gone on with', async () => {
  const run = join(folder, 'run');
  const statement = () => statementIn(run);
  const first = await stoppedIn('wrap-witness', ['--layers', '9', '--out', run]);
  expect([first.code, first.err.includes(`hint: fold resume ${run}`)]).toEqual([130, true]);
  const before = statement();
  expect(existsSync(join(run, 'proof.json'))).toBe(false);
  expect((await fold(['verify', run, '--no-wrap'])).code).toBe(0);

  const second = await stoppedIn('groth16', ['resume', run]);
  expect([second.code, second.err.includes('hint: the same command again')]).toEqual([130, true]);
  expect(statement()).toEqual(before);
  expect(leftovers(run)).toEqual(['private/resume.json']);

  expect((await fold(['resume', run])).code).toBe(0);
  expect(leftovers(run)).toEqual([]);
  expect(statement()).toMatchObject({ modelDigest: before.modelDigest, outputDigest: before.outputDigest });
  expect((await fold(['verify', run, '--model-digest', before.modelDigest])).out).toContain('VERIFIED');
  expect((await fold(['resume', run])).out).toContain('nothing to resume');
});

it('so is a batch in one proof, with its bad input and what it hides', async () => {
  const run = join(folder, 'batch');
  const { sample } = await loadModel({ network: 'digits512', layers: 9 });
  const lines = [1, 0.5].map((by, k) =>
    JSON.stringify({ id: `item${k}`, input_data: [[...sample!.data].map((v) => v * by)] }),
  );
  const inputs = join(folder, 'inputs.jsonl');
  writeFileSync(inputs, `${lines.join('\n')}\n{"id": "bad", "input_data": [[1]]}\n`);
  const args = ['batch', '--network', 'digits512', '--layers', '9', inputs, '--one-proof', '--private', 'input,output'];
  const listed = () => parseCsv(readFileSync(join(run, 'results.csv'), 'utf8')).map(([id, , status]) => [id, status]);
  const first = await stoppedIn('wrap-prepare', [...args, '--out', run]);
  expect([first.code, first.err.includes(`hint: fold resume ${run}`)]).toEqual([130, true]);
  const before = statementIn(run);
  const folded = await fold(['verify', run, '--no-wrap']);
  expect([folded.code, folded.out.includes('2 of 2 members are here and checked')]).toEqual([0, true]);

  const second = await stoppedIn('groth16', ['resume', run]);
  expect([second.code, second.err.includes('hint: the same command again')]).toEqual([130, true]);
  expect([statementIn(run), leftovers(run)]).toEqual([before, ['private/resume.json']]);

  // by the command itself this time, which finds the folded batch and knows its salts
  expect((await fold([...args, '--out', run])).code).toBe(5);
  expect([statementIn(run), leftovers(run)]).toEqual([before, []]);
  expect(listed().slice(1)).toEqual([
    ['item0', 'proven'],
    ['item1', 'proven'],
    ['bad', 'failed'],
  ]);
  const final = await fold(['verify', run, '--model-digest', before.modelDigest]);
  expect([final.code, final.out.includes('2 items proven')]).toEqual([0, true]);
  expect((await fold(['resume', run])).out).toContain('nothing to resume');
});
