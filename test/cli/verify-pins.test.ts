/**
 * What counts as pinned. The attack: whoever makes a key keeps its secrets, simulates a proof of any digest, and sends key and proof
 * in one folder. A key that came with the proof is therefore never one that the verifier trusts, however it is named.
 */
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyFinalRun } from '../../src/api/final-run.ts';
import { developmentKeySource } from '../../src/api/keys.ts';
import { buildPlan } from '../../src/api/plan.ts';
import { verify } from '../../src/api/verify.ts';
import { parsePlan } from '../../src/ir/plan.ts';
import { decodeProof } from '../../src/store/proof-file.ts';
import { FINAL_FILE, KEY_FILE } from '../../src/store/run-record.ts';
import { addFinal } from '../helpers/final-beside.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, lines, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
let digest = '';

beforeAll(async () => {
  await fold(['prove', ...smallRun(folder.path, 1).args, '--out', folder.path('folded')]);
  // the attacker's own key, and a simulated proof of a digest that is no network's
  addFinal(folder.path, 'run', 'folded', 1n);
  digest = JSON.parse(readFileSync(folder.path('run', 'run.json'), 'utf8')).statement.modelDigest;
  mkdirSync(folder.path('trusted'));
  cpSync(folder.path('run', KEY_FILE), folder.path('trusted', KEY_FILE));
  // links as an archive may bring them, and as a user may make them
  symlinkSync(folder.path('run'), folder.path('link-to-run'));
  symlinkSync(folder.path('run', KEY_FILE), folder.path('link-to-key.json'));
  symlinkSync(folder.path('trusted', KEY_FILE), folder.path('run', 'link-out.json'));
  mkdirSync(folder.path('elsewhere'));
  symlinkSync(folder.path('run', FINAL_FILE), folder.path('elsewhere', FINAL_FILE));
  cpSync(folder.path('run', KEY_FILE), folder.path('elsewhere', KEY_FILE));
});

const verifyFolder = (path: string, vk: string, ...more: string[]): Promise<Outcome> =>
  fold(['verify', path, '--vk', vk, '--model-digest', digest, ...more]);

describe('a key from the folder of the proof is not pinned', () => {
  const CASES: readonly (readonly [name: string, path: string[], vk: string[]])[] = [
    ['by its name', ['run'], ['run', KEY_FILE]],
    ['by way of another folder', ['run'], ['trusted', '..', 'run', KEY_FILE]],
    ['by a link to the folder', ['run'], ['link-to-run', KEY_FILE]],
    ['where the folder is named by a link', ['link-to-run'], ['run', KEY_FILE]],
    ['by a link to the file', ['run'], ['link-to-key.json']],
    ['by a link in the folder that leads out of it', ['run'], ['run', 'link-out.json']],
    ['beside a proof.json alone', ['run', FINAL_FILE], ['run', KEY_FILE]],
    ['beside a link to a proof.json', ['elsewhere', FINAL_FILE], ['elsewhere', KEY_FILE]],
    ['beside the proof.json that a link leads to', ['elsewhere', FINAL_FILE], ['run', KEY_FILE]],
  ];
  it.each(CASES)('%s', async (_, path, vk) => {
    const [proof, key] = [folder.path(...path), folder.path(...vk)];
    const { code, out } = await verifyFolder(proof, key);
    expect(code).toBe(0);
    expect(out).toContain("NOT PINNED: the key (--vk names one in the proof's own folder)");
    const strict = await verifyFolder(proof, key, '--strict');
    expect([strict.code, strict.err]).toEqual([1, expect.stringContaining("check 'strict' failed")]);
    expect((await verifyFinalRun(proof, { vk: key })).pinned.key).toBe(false);
  });

  it('by a relative path', async () => {
    const [proof, key] = [folder.path('run'), relative('.', folder.path('run', KEY_FILE))];
    expect((await verifyFolder(proof, key, '--strict')).code).toBe(1);
  });
});

it('a key from elsewhere is pinned, of a folder and of a proof.json', async () => {
  for (const path of [folder.path('run'), folder.path('run', FINAL_FILE)]) {
    const { code, out } = await verifyFolder(path, folder.path('trusted', KEY_FILE), '--strict', '--json');
    expect([code, lines(out).at(-1)]).toEqual([0, expect.objectContaining({ keyPinned: true, pinned: true })]);
  }
});

it('a folder whose name begins as that of the proof is another one', async () => {
  cpSync(folder.path('trusted'), folder.path('run-keys'), { recursive: true });
  expect((await verifyFolder(folder.path('run'), folder.path('run-keys', KEY_FILE), '--strict')).code).toBe(0);
});

it('a proof without its run.json does not say whether anything is private', async () => {
  const bare = await verifyFolder(folder.path('run', FINAL_FILE), folder.path('trusted', KEY_FILE));
  expect(bare.out).toContain('a proof alone does not say');
  expect(bare.out).not.toMatch(/[Nn]othing (is )?private/);
  const whole = await verifyFolder(folder.path('run'), folder.path('trusted', KEY_FILE));
  expect(whole.out).toContain('run.json calls nothing private');
});

it('the library sees a development key by its points, whatever the key says of itself', async () => {
  const proof = decodeProof(readFileSync(folder.path('folded', 'folded.cbor')));
  const { step } = parsePlan(JSON.parse(readFileSync(folder.path('folded', 'plan.json'), 'utf8')));
  const key = { ...developmentKeySource(), name: 'ceremony.ptau', insecure: false };
  expect((await verify(proof, { step, key })).insecure).toBe(true);
  expect((await verify(proof, await buildPlan(step, key))).insecure).toBe(true);
});
