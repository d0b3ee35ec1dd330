/** The example contract of batches in a real EVM: one proof recorded, items shown one by one, and what it refuses. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { plainSponge } from '../../../src/algebra/sponge.ts';
import { BatchTree } from '../../../src/folding/batch-tree.ts';
import { packageRoot } from '../../../src/ir/networks.ts';
import { encodeArguments, selector } from '../../../src/wrap/contract/calldata.ts';
import { compileContract } from '../../../src/wrap/contract/compile.ts';
import { createMachine, type Machine } from '../../../src/wrap/contract/evm.ts';
import { encodeIsProven } from '../../../src/wrap/contract/member-calldata.ts';
import { BATCH_CONTRACT, writeBatchContract } from '../../../src/wrap/contract/write-batch.ts';
import { writeVerifier } from '../../../src/wrap/contract/write-verifier.ts';
import { type FinalStatement, wordBytes } from '../../../src/wrap/final-proof.ts';
import { simulate, simulatedCase, stream } from '../simulated.ts';
import { deploy } from './deployment.ts';

const STEPS = 4n;
const STATEMENT = '(uint256,uint256,uint256,uint256,uint256,uint256)';
const { vk, secrets, statement: other } = simulatedCase(11n);
/** Two items are proven, the third only lies under the root. */
const items = [5n, 6n, 7n].map((k) => ({ hIn: k, o: k * k }));
const tree = new BatchTree(plainSponge, items);
const statement: FinalStatement = { ...other, steps: 2n * STEPS, root: tree.root, revealed: 0n };
const bytes = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

let machine: Machine;
let registry: Uint8Array;

async function send(data: Uint8Array): Promise<string> {
  const result = await machine.call(registry, data);
  if (result.done) return 'done';
  const names = ['NotProven', 'NotRecorded', 'NotInBatch'];
  return names.find((name) => Buffer.from(selector(`${name}()`)).equals(result.data)) ?? 'another revert';
}
const record = (s: FinalStatement, proof = simulate(secrets, s, stream(1n))) =>
  send(bytes(selector(`record(bytes,${STATEMENT})`), encodeArguments(s, proof)));
function show(s: FinalStatement, index: number, item = items[index]!, of = tree): Promise<string> {
  const call = encodeIsProven(s, { index, item, path: of.path(index) });
  const signature = `show(${STATEMENT},uint256,uint256,uint256,uint256[15][4])`;
  return send(bytes(selector(signature), call.subarray(4)));
}
async function isOutputOf(input: bigint, output: bigint): Promise<boolean> {
  const call = bytes(selector('isOutputOf(uint256,uint256)'), wordBytes([input, output]));
  return (await machine.call(registry, call)).data.at(-1) === 1;
}

beforeAll(async () => {
  machine = await createMachine();
  const verifier = await deploy(machine, await writeVerifier({ vk, network: 'a test' }));
  const pins = wordBytes([statement.modelDigest, STEPS]);
  const code = await compileContract({ 'Batch.sol': await writeBatchContract() }, BATCH_CONTRACT);
  const batch = (await machine.deploy(bytes(code, pins))).address;
  const files = ['examples/consumer/OutputRegistry.sol', 'contracts/IFoldBatch.sol', 'contracts/IFoldVerifier.sol'];
  const sources = Object.fromEntries(files.map((file) => [file, readFileSync(join(packageRoot(), file), 'utf8')]));
  const creation = await compileContract(sources, 'OutputRegistry');
  registry = (await machine.deploy(bytes(creation, new Uint8Array(12), verifier, new Uint8Array(12), batch))).address;
});

it('shows the proven items of a recorded batch', async () => {
  expect(await show(statement, 0), 'before any proof').toBe('NotRecorded');
  expect(await record({ ...statement, root: 5n }, simulate(secrets, statement, stream(1n)))).toBe('NotProven');
  expect(await record(statement)).toBe('done');
  for (const [index, { hIn, o }] of items.slice(0, 2).entries()) {
    expect(await isOutputOf(hIn, o)).toBe(false);
    expect(await show(statement, index)).toBe('done');
    expect(await isOutputOf(hIn, o)).toBe(true);
    expect(await isOutputOf(hIn, o + 1n)).toBe(false);
  }
  expect(await show(statement, 2), 'no step has reached it').toBe('NotInBatch');
  expect(await show(statement, 0, { ...items[0]!, o: 1n }), 'another output').toBe('NotInBatch');
  expect(await show({ ...statement, steps: 3n * STEPS }, 2), 'more steps than were proven').toBe('NotRecorded');
});

it('shows nothing of a single run or of another model, though their proofs are true', async () => {
  for (const change of [{ root: 0n }, { modelDigest: 9n }]) {
    const changed = { ...statement, ...change };
    expect(await record(changed)).toBe('done');
    expect(await show(changed, 0)).toBe('NotInBatch');
  }
});

it('lets a later proof of the same input, with another salt of its output, replace nothing', async () => {
  const [{ hIn, o }] = items as [(typeof items)[number]];
  const salted = { hIn, o: o + 1000n };
  const other = new BatchTree(plainSponge, [salted, items[1]!]);
  const later = { ...statement, root: other.root };
  expect(await show(statement, 0)).toBe('done');
  expect(await record(later)).toBe('done');
  expect(await show(later, 0, salted, other)).toBe('done');
  expect(await isOutputOf(hIn, o), 'what was shown first').toBe(true);
  expect(await isOutputOf(hIn, salted.o), 'is as true as what came later').toBe(true);
  expect(await show(statement, 0), 'showing it again').toBe('done');
  expect(await isOutputOf(hIn, salted.o)).toBe(true);
});
