/** The example contract in a real EVM: what it accepts once, and everything that it must refuse. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { R } from '../../../src/algebra/params.ts';
import { packageRoot } from '../../../src/ir/networks.ts';
import { encodeArguments, selector } from '../../../src/wrap/contract/calldata.ts';
import { compileContract } from '../../../src/wrap/contract/compile.ts';
import { createMachine, type Machine } from '../../../src/wrap/contract/evm.ts';
import { writeVerifier } from '../../../src/wrap/contract/write-verifier.ts';
import { type FinalProof, type FinalStatement, wordBytes } from '../../../src/wrap/final-proof.ts';
import { simulate, simulatedCase, stream } from '../simulated.ts';

const { vk, secrets, statement, proof } = simulatedCase(1n);
const STATEMENT = '(uint256,uint256,uint256,uint256,uint256,uint256)';
const read = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8');
const bytes = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const account = (i: number): Uint8Array => new Uint8Array(20).fill(i);
const [owner, thief] = [account(0xaa), account(0xbb)];

let machine: Machine;
let registry: Uint8Array;

async function send(from: Uint8Array, signature: string, args: Uint8Array): Promise<string> {
  const { done, data } = await machine.call(registry, bytes(selector(signature), args), { from });
  if (done) return data.length === 0 ? 'done' : `${BigInt(`0x${Buffer.from(data).toString('hex')}`)}`;
  const errors = [
    'AlreadyCommitted',
    'OtherModel',
    'NotYourInput',
    'NoClassRevealed',
    'AlreadyClassified',
    'NotProven',
  ];
  return errors.find((name) => Buffer.from(selector(`${name}()`)).equals(data)) ?? 'another revert';
}
const commit = (from: Uint8Array, digest: bigint) => send(from, 'commit(uint256)', wordBytes([digest]));
const classify = (from: Uint8Array, s: FinalStatement, p: FinalProof) =>
  send(from, `classify(bytes,${STATEMENT})`, encodeArguments(s, p));
const classOf = (digest: bigint) => send(owner, 'classOf(uint256)', wordBytes([digest]));

beforeEach(async () => {
  machine = await createMachine();
  const { name, source } = await writeVerifier({ vk, network: 'a test' });
  const verifier = await machine.deploy(await compileContract({ 'Verifier.sol': source }, name));
  const code = await compileContract(
    {
      'examples/consumer/ClassRegistry.sol': read('examples/consumer/ClassRegistry.sol'),
      'contracts/IFoldVerifier.sol': read('contracts/IFoldVerifier.sol'),
    },
    'ClassRegistry',
  );
  const args = bytes(new Uint8Array(12), verifier.address, wordBytes([statement.modelDigest]));
  registry = (await machine.deploy(bytes(code, args))).address;
});

it('records a proven class once, for the owner of the committed input', async () => {
  expect(await classify(owner, statement, proof)).toBe('NotYourInput');
  expect(await commit(owner, statement.inputDigest)).toBe('done');
  expect(await commit(thief, statement.inputDigest)).toBe('AlreadyCommitted');
  expect(await classify(thief, statement, proof), 'a proof taken from another').toBe('NotYourInput');
  expect(await classOf(statement.inputDigest)).toBe('0');

  expect(await classify(owner, statement, proof)).toBe('done');
  expect(await classOf(statement.inputDigest)).toBe(`${statement.revealed}`);

  expect(await classify(owner, statement, proof), 'the same proof again').toBe('AlreadyClassified');
  const fresh = simulate(secrets, statement, stream(2n));
  expect(await classify(owner, statement, fresh), 'the same statement, other bytes').toBe('AlreadyClassified');
});

it('refuses valid proofs about something else', async () => {
  await commit(owner, statement.inputDigest);
  const refused: [string, Partial<FinalStatement>][] = [
    ['OtherModel', { modelDigest: 5n }],
    ['NotYourInput', { inputDigest: 5n }],
    ['NoClassRevealed', { revealed: 0n }],
    ['NoClassRevealed', { root: 5n }],
  ];
  for (const [error, change] of refused) {
    const other = { ...statement, ...change };
    expect(await classify(owner, other, simulate(secrets, other, stream(3n)))).toBe(error);
  }
  expect(await classOf(statement.inputDigest)).toBe('0');
});

it('refuses what is not proven', async () => {
  await commit(owner, statement.inputDigest);
  expect(await classify(owner, { ...statement, revealed: 9n }, proof), 'another class').toBe('NotProven');
  const f1 = field(R).add(proof.opening.f1, 1n);
  expect(await classify(owner, statement, { ...proof, opening: { ...proof.opening, f1 } })).toBe('NotProven');
  expect(await classOf(statement.inputDigest)).toBe('0');
});
