/**
 * No option is ignored: of every verb's table every option either means something for whatever is given, or is refused where it
 * does not. A new option fails here until somebody has decided which.
 */
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkMeaning, unconditional } from '../../src/cli/meaning.ts';
import { parseArguments, VERBS } from '../../src/cli/program.ts';
import { writeResume } from '../../src/store/resume-file.ts';
import { FINAL_FILE, KEY_FILE } from '../../src/store/run-record.ts';
import { addFinal } from '../helpers/final-beside.ts';
import { Liar } from '../helpers/liar.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();
const ADDRESS = `0x${'12'.repeat(20)}`;

/**
 * Commands in which the option named first means nothing. Words in <> lie in the test's folder: "folded" and "ceremony" are runs
 * with a folded proof (the latter says that its key was a ceremony's), "final" has a final one, "own", "bundled" and "plain" are
 * unfinished.
 */
const IGNORED: readonly (readonly [verb: string, option: string, rest: string])[] = [
  ...['<folded>', '<folded>/checkpoints/000001.cbor', '<final> --no-wrap'].flatMap((path) => [
    ['verify', '--vk <nowhere>', path] as const,
    ['verify', '--public-json <nowhere>', path] as const,
    ['verify', '--rpc http://localhost:1', `${path} --address ${ADDRESS}`] as const,
    ['verify', `--address ${ADDRESS}`, path] as const,
  ]),
  ['verify', '--rpc http://localhost:1', '<final>'],
  ['verify', `--address ${ADDRESS}`, '<final>'],
  ['verify', '--input <input.json>', '<folded>/checkpoints/000001.cbor'],
  ['verify', '--member a', '<folded>/checkpoints/000001.cbor'],
  ['verify', '--no-wrap', '<folded>/checkpoints/000001.cbor'],
  ['verify', '--no-wrap', `<final>/${FINAL_FILE}`],
  ['verify', '--page <page.html>', '<folded>'],
  ['verify', '--page <page.html>', '<final>'],
  ['verify', '--layers 3', '<folded>'],
  ['verify', '--seed 3', '<folded>'],
  ['verify', '--seed 3', '<folded> --model <model.onnx>'],
  ['verify', '--private model', '<folded>'],
  ['verify', '--private input', '<folded> --model <model.onnx>'],
  ['verify', '--model-salt <s>', '<folded>'],
  ['verify', '--model-salt <s>', '<folded> --model <model.onnx>'],
  ['verify', '--plan <plan.json>', '<folded>'],
  ['verify', '--plan <plan.json>', '<final>'],
  ['verify', '--ptau <p.ptau>', '<final>'],
  ['verify', '--insecure-dev', `<final>/${FINAL_FILE}`],

  ['compress', '--plan <plan.json>', '<folded>'],
  ['compress', '--insecure-dev', '<folded>'],
  ['prove', '--reveal class', '--network digits512 --no-wrap'],
  ['commit', '--reveal class', '--network digits512'],
  ['prove', '--key <k.zkey>', '<model.onnx> --no-wrap'],
  ['prove', '--groth16 snarkjs', '<model.onnx> --no-wrap'],
  ['prove', '--seed 2', '<model.onnx>'],
  ['prove', '--seed 2', '--network digits512'],
  ['prove', '--model-salt <s>', '<model.onnx> --private input'],
  ['prove', '--activation-bits 9', '<model.onnx> --plan <plan.json>'],
  ['prove', '--activation-fraction 9', '<model.onnx> --plan <plan.json>'],
  ['prove', '--weight-fraction 9', '<model.onnx> --plan <plan.json>'],
  ['batch', '--reveal class', '<inputs> --network digits512 --no-wrap'],
  ['batch', '--key <k.zkey>', '<model.onnx> <inputs> --no-wrap'],
  ['batch', '--groth16 native', '<model.onnx> <inputs> --no-wrap'],
  ['batch', '--seed 2', '<model.onnx> <inputs>'],
  ['batch', '--model-salt <s>', '<model.onnx> <inputs>'],
  ['batch', '--activation-bits 9', '<model.onnx> <inputs> --plan <plan.json>'],
  ['batch', '--activation-fraction 9', '<model.onnx> <inputs> --plan <plan.json>'],
  ['batch', '--weight-fraction 9', '<model.onnx> <inputs> --plan <plan.json>'],

  ['batch', '--store <s>', '<model.onnx> <inputs>'],
  ['batch', '--batch-key <k>', '<model.onnx> <inputs>'],
  ['batch', '--keep 3', '<model.onnx> <inputs> --redis redis://localhost'],
  ['batch', '--verify-checkpoints', '<model.onnx> <inputs> --redis redis://localhost'],
  ['jobs', '--ui 0', 'follow --redis redis://localhost'],
  ['jobs', '--ui 0', 'cancel --redis redis://localhost'],

  ['run', '--compare-float', '--network digits512 --test <t.json>'],
  ['run', '--input <input.json>', '--network digits512 --test <t.json>'],
  ...['run', 'check', 'inspect', 'commit', 'setup'].flatMap((verb) => [
    [verb, '--seed 2', '<model.onnx>'] as const,
    [verb, '--activation-bits 9', '<model.onnx> --plan <plan.json>'] as const,
    [verb, '--activation-fraction 9', '<model.onnx> --plan <plan.json>'] as const,
    [verb, '--weight-fraction 9', '<model.onnx> --plan <plan.json>'] as const,
  ]),
  ...['inspect', 'commit', 'setup'].flatMap((verb) => [
    [verb, '--input <input.json>', '<model.onnx> --plan <plan.json>'] as const,
    [verb, '--input <input.json>', '--network digits512'] as const,
  ]),
  ['inspect', '--program', '--network digits512'],
  ['inspect', '--layers-per-step 2', '<model.onnx>'],
  ['inspect', '--activation-fraction 2', '<model.onnx>'],
  ['inspect', '--weight-fraction 2', '<model.onnx>'],
  ['inspect', '--ptau <p.ptau>', '<model.onnx>'],
  ['calibrate', '--seed 2', '<model.onnx> --data <input.json>'],
  ['commit', '--private input,output', '<model.onnx>'],
  ['commit', '--model-salt <s>', '<model.onnx>'],
  ['setup', '--force', '<model.onnx> --ptau <p.ptau>'],
  ['key verify', '--seed 2', '<k.zkey> --model <model.onnx>'],
  ['key verify', '--input <input.json>', '<k.zkey> --model <model.onnx> --plan <plan.json>'],
  ['key verify', '--activation-bits 9', '<k.zkey> --model <model.onnx> --plan <plan.json>'],
  ['key verify', '--activation-fraction 9', '<k.zkey> --model <model.onnx> --plan <plan.json>'],
  ['key verify', '--weight-fraction 9', '<k.zkey> --model <model.onnx> --plan <plan.json>'],

  ['calldata', '--item a', '<folded> --member b'],

  ['wrap', '--ptau <p.ptau>', '<folded>'],
  ['resume', '--model <model.onnx>', '<folded>'],
  ['resume', '--model-salt <s>', '<folded>'],
  ['resume', '--ptau <p.ptau>', '<folded>'],
  ['resume', '--key <k.zkey>', '<folded>'],
  ['resume', '--checkpoint-every 3', '<folded>'],
  ['resume', '--keep 3', '<folded>'],
  ['resume', '--verify-checkpoints', '<folded>'],
  ['resume', '--model <model.onnx>', '<bundled>'],
  ['resume', '--model-salt <s>', '<plain>'],
  ['resume', '--ptau <p.ptau>', '<plain>'],
  ['resume', '--key <k.zkey>', '<plain>'],

  ['report', '--model <model.onnx>', '<t.csv>'],
  ['report', '--network digits512', '<t.csv>'],
  ['report', '--layers 3', '<t.csv>'],
  ['report', '--seed 3', '<t.csv>'],
  ['report', '--ptau <p.ptau>', '<t.csv>'],
  ['report', '--layers 3', '<folded>'],
  ['report', '--seed 3', '<folded> --network digits512'],
  ['report', '--ptau <p.ptau>', '<folded>'],
  ['cache', '--force', 'list'],
  ['cache', '--force', ''],
  ['cache', '--quiet', '--json'],
];

/** Commands in which the same options mean something; they are not run. */
const MEANT: readonly string[] = [
  `verify <final> --vk <k.json> --rpc http://localhost:1 --address ${ADDRESS} --input <input.json> --member a`,
  `verify <final>/${FINAL_FILE} --vk <k.json> --strict`,
  'verify <folded> --no-wrap --ptau <p.ptau> --input <input.json>',
  'verify <folded> --model <model.onnx> --layers 3 --plan <plan.json> --private model --model-salt <s>',
  'verify <final> --network synthetic --seed 3 --layers 9 --insecure-dev --vk <k.json>',
  'verify <folded>/checkpoints/000001.cbor --plan <plan.json> --ptau <p.ptau> --model <model.onnx>',
  'verify <nowhere> --vk <k.json>',
  'verify --page <page.html> --workers 1',
  'prove <model.onnx> --reveal class --key <k.zkey> --groth16 native --private model --model-salt <s> --workers 1',
  'prove --network synthetic --seed 2 --activation-bits 9 --weight-fraction 9 --activation-fraction 2 --no-wrap --stream 0',
  'batch <model.onnx> <inputs> --reveal class --key <k.zkey> --groth16 native --private model --model-salt <s>',
  'batch <model.onnx> <inputs> --keep 3 --verify-checkpoints --checkpoint-every 3',
  'batch <model.onnx> <inputs> --redis redis://localhost --store <s> --batch-key <k> --checkpoint-every 3',
  'jobs --redis redis://localhost --ui 0',
  'jobs list --redis redis://localhost --ui 0',
  'run --network digits512 --test <t.json> --activation-bits 9 --input <input.json>',
  'run <model.onnx> --input <input.json> --compare-float',
  'inspect <model.onnx> --input <input.json> --layers-per-step 2 --weight-fraction 2 --ptau <p.ptau>',
  'inspect --network digits512 --layers-per-step 2 --workers 1',
  'calibrate <model.onnx> --data <input.json>',
  'commit <model.onnx> --input <input.json> --private model --model-salt <s>',
  'setup <model.onnx> --insecure-dev --force --input <input.json>',
  'key verify <k.zkey> --model <model.onnx> --input <input.json> --ptau <p.ptau>',
  'wrap <ceremony> --ptau <p.ptau>',
  'wrap <folded> --max-memory 4G',
  'resume <own> --model <model.onnx> --model-salt <s> --ptau <p.ptau> --key <k.zkey> --checkpoint-every 3 --keep 3 --verify-checkpoints',
  'resume <folded> --workers 1 --max-memory 9G',
  'report <folded> --network synthetic --layers 3 --seed 2',
  'report <ceremony> --ptau <p.ptau>',
  'report <t.csv> --out <t.html>',
  'cache clear --force',
];

const words = (line: string): string[] =>
  line
    .split(' ')
    .filter(Boolean)
    .map((word) => word.replace(/<([^>]+)>/, (_, name: string) => folder.path(name)));

beforeAll(async () => {
  await fold(['prove', ...smallRun(folder.path, 2).args, '--checkpoint-every', '1', '--out', folder.path('folded')]);
  addFinal(folder.path, 'final', 'folded');
  const ceremony = new Liar(folder.path, 'folded').record((r) => Object.assign(r.key, { insecure: false }));
  cpSync(folder.path(ceremony.name), folder.path('ceremony'), { recursive: true });
  const input = { input_data: [[1]], input_shapes: [[1]] };
  const items = [{ id: '', source: '', input, salts: { input: 0n, output: 0n } }];
  const saved = {
    own: { model: 'model.onnx', private: 'model', ptau: 'p.ptau' },
    plain: { model: 'model.onnx', insecureDev: true, wrap: false },
    bundled: { network: 'digits512' },
  };
  for (const [name, options] of Object.entries(saved))
    await writeResume(folder.path(name), {
      ...{ runId: '8f14e45f-ceea-467f-a0e6-123456789abc', options, plan: {}, batch: false, items },
    });
}, 60_000);

describe('an option that means nothing', () => {
  const told: string[] = [];

  it.each(IGNORED)('%s %s %s', async (verb, option, rest) => {
    const { code, err, out } = await fold([...verb.split(' '), ...words(rest), ...words(option)]);
    const [name] = option.split(' ');
    const said = err || out;
    expect([code, said]).toEqual([2, expect.stringContaining(`Option ${name} means nothing here.`)]);
    expect(said).toContain('E_USAGE');
    told.push(`${verb}: ${said}`);
  });

  it('is refused for every reason in the table, and every option with a reason is tried', () => {
    for (const { name, meanings = [] } of VERBS)
      for (const { only, options } of meanings) {
        expect(
          told.some((said) => said.startsWith(`${name}: `) && said.includes(only)),
          `${name}: ${only}`,
        ).toBe(true);
        for (const option of options) {
          const flag = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
          const tried = IGNORED.some(
            ([verb, words]) => verb === name && words.split(' ')[0]!.replace(/^--(no-)?/, '') === flag,
          );
          expect(tried, `${name} ${option}`).toBe(true);
        }
      }
  });
});

it.each(MEANT)('is taken: %s', async (line) => {
  const { verb, options, argument, more } = parseArguments(words(line), '0', () => {})!;
  const context = {
    options,
    argument,
    more,
    report: undefined as never,
    signal: new AbortController().signal,
    env: {},
  };
  await checkMeaning(verb, context);
});

it('a key file that does not exist is no pin of a checkpoint', async () => {
  writeFileSync(folder.path(KEY_FILE), '{}');
  for (const vk of [folder.path('absent.json'), folder.path(KEY_FILE)]) {
    const checkpoint = folder.path('folded', 'checkpoints', '000001.cbor');
    expect(existsSync(checkpoint)).toBe(true);
    expect((await fold(['verify', checkpoint, '--vk', vk])).code).toBe(2);
  }
});

it('lists the options that mean something for whatever is given', () => {
  expect(Object.fromEntries(VERBS.map((verb) => [verb.name, unconditional(verb).join(' ')]))).toMatchInlineSnapshot(`
    {
      "batch": "model network layers circuit dim plan layersPerStep headroom saturate private oneProof ptau insecureDev out onBad force checkpointEvery wrap redis",
      "cache": "",
      "calibrate": "model network layers circuit dim data layersPerStep activationBits activationFraction weightFraction headroom saturate out",
      "calldata": "member out",
      "check": "model network layers circuit dim input plan layersPerStep headroom saturate",
      "commit": "model network layers circuit dim plan layersPerStep headroom saturate ptau insecureDev wrap",
      "completion": "",
      "compress": "ptau out",
      "contract": "out vk modelDigest batch",
      "doctor": "",
      "experiment": "out",
      "gas": "vk modelDigest",
      "inspect": "model network layers circuit dim plan headroom saturate",
      "jobs": "redis",
      "key beacon": "beacon iterations name out",
      "key contribute": "name out",
      "key verify": "model network layers circuit dim plan layersPerStep headroom saturate ptau insecureDev out",
      "prove": "model network layers circuit dim input plan layersPerStep headroom saturate private ptau compressed insecureDev out checkpointEvery keep verifyCheckpoints force dryRun wrap",
      "report": "circuit dim out",
      "resume": "",
      "run": "model network layers circuit dim plan layersPerStep headroom saturate test",
      "setup": "model network layers circuit dim plan layersPerStep headroom saturate ptau insecureDev out",
      "verify": "modelDigest strict model network circuit dim",
      "worker": "redis store batchKey concurrency ptau key",
      "wrap": "reveal key groth16",
    }
  `);
});
