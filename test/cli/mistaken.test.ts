/** A JSON file that is given for another one is named for what it is, with the command that was meant. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { FINAL_FILE, KEY_FILE, PUBLIC_FILE } from '../../src/store/run-record.ts';
import { proofFromJson, publicToJson } from '../../src/wrap/proof-json.ts';
import { addFinal } from '../helpers/final-beside.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();

beforeAll(async () => {
  await fold(['prove', ...smallRun(folder.path, 1).args, '--out', folder.path('folded')]);
  addFinal(folder.path, 'run', 'folded');
  const { statement, proof } = proofFromJson(JSON.parse(readFileSync(folder.path('run', FINAL_FILE), 'utf8')));
  writeFileSync(folder.path('run', PUBLIC_FILE), JSON.stringify(publicToJson(statement, proof)));
  writeFileSync(folder.path('groth16.json'), JSON.stringify({ pi_a: [], protocol: 'groth16' }));
  writeFileSync(folder.path('cut.json'), '{"pi_a": ["1", "2"');
});

const FILES = [
  ['run/public.json', 'the public inputs of a proof, as in public.json'],
  ['run/run.json', 'a file of format "layerfold/run"'],
  ['run/plan.json', 'a file of format "layerfold/plan"'],
  ['run/output.json', 'a file of format "layerfold/output"'],
  [`run/${KEY_FILE}`, 'a verification key'],
  ['run/private/input.json', 'an input'],
  ['groth16.json', 'a proof of another program'],
] as const;

it.each(FILES)('%s is no proof', async (file, what) => {
  const { code, err } = await fold(['verify', folder.path(file)]);
  expect([code, err]).toEqual([
    2,
    expect.stringContaining(`error E_FORMAT: "${folder.path(file)}" is not a final proof.`),
  ]);
  expect(err).toContain(`got: ${what}\n`);
  expect(err.includes(`hint: fold verify ${folder.path('run', 'proof.json')}`)).toBe(/^run\/[a-z_]+\.json$/.test(file));
});

it('a proof is no verification key', async () => {
  for (const verb of ['verify', 'gas']) {
    const { code, err } = await fold([verb, folder.path('run'), '--vk', folder.path('run', 'proof.json')]);
    expect([code, err]).toEqual([2, expect.stringMatching(/is not a verification key[\s\S]*got: a final proof/)]);
  }
});

it('what is damaged is named by its own path and field', async () => {
  const { code, err } = await fold(['verify', folder.path('cut.json')]);
  expect([code, err]).toEqual([2, expect.stringContaining(`${folder.path('cut.json')} is not JSON`)]);
});
