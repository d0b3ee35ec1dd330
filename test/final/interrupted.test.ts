/**
 * A run that is stopped while its final proof is made. The folded proof stands, nothing is half-written, and `fold resume`
 * makes the rest. The development key comes from the cache of this machine, or is made there first.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { fold } from '../cli/harness.ts';
import { leftovers } from '../helpers/crashes.ts';

const folder = mkdtempSync(join(tmpdir(), 'layerfold-interrupted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const run = join(folder, 'run');
const statement = () => JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')).statement;

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
