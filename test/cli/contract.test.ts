/** `fold contract --batch` and `fold calldata --member` on a folder with a simulated proof of a batch, into a real EVM. */
import { copyFileSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { plainSponge } from '../../src/algebra/sponge.ts';
import { keyToJson } from '../../src/api/final-json.ts';
import { BatchTree, type Item } from '../../src/folding/batch-tree.ts';
import { hashModel, hashModelOf } from '../../src/folding/hashes.ts';
import type { ModelOpening } from '../../src/folding/member.ts';
import { packageRoot } from '../../src/ir/networks.ts';
import { parsePlan } from '../../src/ir/plan.ts';
import { TOY } from '../../src/machine/shape.ts';
import type { StepSpec } from '../../src/machine/spec.ts';
import { jsonBytes } from '../../src/store/json.ts';
import { memberPath, writeMember } from '../../src/store/member-file.ts';
import { writeComplete } from '../../src/store/run-folder.ts';
import { FINAL_FILE, KEY_FILE } from '../../src/store/run-record.ts';
import { hex } from '../../src/units.ts';
import { compileContract } from '../../src/wrap/contract/compile.ts';
import { createMachine, type Machine } from '../../src/wrap/contract/evm.ts';
import { writeBatchContract, writeMachineBatchContract } from '../../src/wrap/contract/write-batch.ts';
import { wordBytes } from '../../src/wrap/final-proof.ts';
import { proofToJson } from '../../src/wrap/proof-json.ts';
import { verdict } from '../wrap/contract/deployment.ts';
import { simulate, simulatedCase, stream } from '../wrap/simulated.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();
const STEPS = 2n;
const model = { parameters: 3n, stepsPerNetwork: STEPS, chain: 4n };
const modelDigest = hashModel(plainSponge, model.parameters, STEPS, model.chain);
/** Two of the three are proven. */
const items = [5n, 6n, 7n].map((k) => ({ hIn: k, o: k * k }));
let run: string;

/** A folder with a simulated final proof of a batch, of which the first two items are proven. */
async function writeRun(
  name: string,
  { items, model }: { readonly items: readonly Item<bigint>[]; readonly model: ModelOpening },
  step: StepSpec,
): Promise<string> {
  const made = folder.path(name);
  const of = new BatchTree(plainSponge, items);
  const blocks = 'machine' in step ? (['M', 'T', 'P'] as const) : (['M', 'P'] as const);
  const { secrets, vk, statement: other } = simulatedCase(3n, blocks);
  const digest = hashModelOf(plainSponge, model.parameters, STEPS, model.chain, model.interfaceDigest);
  const statement = { ...other, modelDigest: digest, steps: 2n * STEPS, root: of.root, revealed: items[1]!.k ?? 0n };
  const said = {
    ...{ sentence: 'a batch', parameters: hex(model.parameters), modelDigest: hex(digest) },
    ...{ inputDigest: hex(statement.inputDigest), outputDigest: hex(statement.outputDigest) },
    ...{ steps: Number(statement.steps), root: hex(of.root) },
  };
  const head = { model: { name: 'a test', layers: 3, layersPerStep: 2 }, key: { name: 'a key', insecure: false } };
  await writeComplete(made, { ...head, private: [] }, said, [
    {
      path: FINAL_FILE,
      bytes: jsonBytes(proofToJson(statement, simulate(secrets, statement, stream(9n), blocks))),
      share: 'yes',
    },
    { path: KEY_FILE, bytes: jsonBytes(keyToJson({ vk, step })), share: 'yes' },
  ]);
  await mkdir(folder.path(name, 'members'));
  for (const [index, item] of items.entries())
    await writeMember(memberPath(made, `id${index}`), { root: of.root, index, item, path: of.path(index), model });
  return made;
}

/** Asks a contract with the calldata of an item. */
async function asker(machine: Machine, address: Uint8Array, of: string) {
  return async (flag: '--member' | '--item', member: string): Promise<string> => {
    const { code, out } = await fold(['calldata', of, flag, member, '--quiet']);
    expect(code).toBe(0);
    return verdict(await machine.call(address, Uint8Array.from(Buffer.from(out.trim().slice(2), 'hex'))));
  };
}

beforeAll(async () => {
  const { step } = parsePlan(JSON.parse(readFileSync(join(packageRoot(), 'examples/digits512/plan.json'), 'utf8')));
  run = await writeRun('batch', { items, model }, step);
});

it('writes both contracts, and calls that find the proven items and no other', async () => {
  const { code, out } = await fold(['contract', run, '--batch']);
  expect(code).toBe(0);
  expect(out).toMatch(/contract FoldBatch in .*Batch\.sol/);
  expect(out).toContain('The key in it is the one that came with the proof');
  const own = await fold(['contract', run, '--vk', join(run, KEY_FILE)]);
  expect(own.out).toContain('came with the proof');
  copyFileSync(join(run, KEY_FILE), folder.path(KEY_FILE));
  const pinned = await fold(['contract', run, '--vk', folder.path(KEY_FILE)]);
  expect(pinned.out).not.toContain('came with the proof');
  const source = readFileSync(folder.path('batch', 'Batch.sol'), 'utf8');
  expect(source).toBe(await writeBatchContract());
  expect(readFileSync(folder.path('batch', 'Verifier.sol'), 'utf8')).toContain('contract FoldVerifier');

  const machine = await createMachine();
  const creation = await compileContract({ 'Batch.sol': source }, 'FoldBatch');
  const { address } = await machine.deploy(Uint8Array.from([...creation, ...wordBytes([modelDigest, STEPS])]));
  const ask = await asker(machine, address, run);
  expect(await ask('--member', 'id0')).toBe('true');
  expect(await ask('--member', memberPath(run, 'id1'))).toBe('true');
  expect(await ask('--member', 'id2'), 'in the tree, but not proven').toBe('false');
  expect(await ask('--item', 'id2'), 'in the tree').toBe('true');
});

it('writes those of the machine, one for every model, whose items reveal a number', async () => {
  const opening = { ...model, interfaceDigest: 5n };
  const revealing = items.map((item, index) => ({ ...item, k: BigInt(index) }));
  const own = await writeRun('machine', { items: revealing, model: opening }, { machine: TOY });
  const { code, out } = await fold(['contract', own, '--batch']);
  expect([code, out]).toEqual([0, expect.stringMatching(/contract FoldMachineBatch in .*Batch\.sol/)]);
  const source = readFileSync(folder.path('machine', 'Batch.sol'), 'utf8');
  expect(source).toBe(await writeMachineBatchContract());
  const machine = await createMachine();
  const { address } = await machine.deploy(await compileContract({ 'Batch.sol': source }, 'FoldMachineBatch'));
  const ask = await asker(machine, address, own);
  expect(await ask('--member', 'id0')).toBe('true');
  expect(await ask('--member', 'id1')).toBe('true');
  expect(await ask('--member', 'id2'), 'in the tree, but not proven').toBe('false');
  expect(await ask('--item', 'id2'), 'in the tree').toBe('true');
});

it('says when there is no such item', async () => {
  const { code, err } = await fold(['calldata', run, '--member', 'id9']);
  expect(code).toBe(2);
  expect(err).toMatch(/E_FILE[\s\S]*members/);
});
