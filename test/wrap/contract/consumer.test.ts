/** The example contract in a real EVM: what it accepts once, and everything that it must refuse. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keccak_256 } from '@noble/hashes/sha3.js';
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
const word = (value: bigint): Uint8Array => wordBytes([value]);
const account = (i: number): Uint8Array => new Uint8Array(20).fill(i);
const [owner, thief] = [account(0xaa), account(0xbb)];

/** Seconds: when the owner commits, when his proof is there, and from when on it is taken. */
const COMMITTED = 1_700_000_000;
const DELAY = 600;
const LATER = COMMITTED + DELAY;
const secret = word(12345n);

let machine: Machine;
let registry: Uint8Array;

async function send(from: Uint8Array, signature: string, args: Uint8Array, time = LATER): Promise<string> {
  const { done, data } = await machine.call(registry, bytes(selector(signature), args), { from, time });
  if (done) return data.length === 0 ? 'done' : `${BigInt(`0x${Buffer.from(data).toString('hex')}`)}`;
  const errors = [
    'OtherModel',
    'NotCommitted',
    'CommittedTooLate',
    'NoClassRevealed',
    'AlreadyClassified',
    'NotProven',
  ];
  return errors.find((name) => Buffer.from(selector(`${name}()`)).equals(data)) ?? 'another revert';
}
/** What an owner's own machine computes; the contract's `commitmentOf` says the same. */
const commitmentOf = (owner_: Uint8Array, digest: bigint, by = secret): Uint8Array =>
  keccak_256(bytes(new Uint8Array(12), owner_, word(digest), by));
const commit = (from: Uint8Array, commitment: Uint8Array, time = COMMITTED) =>
  send(from, 'commit(bytes32)', commitment, time);
const classify = (from: Uint8Array, s: FinalStatement, p: FinalProof, { time = LATER, by = secret } = {}) => {
  // (bytes, Statement, bytes32): one more word stands before the proof
  const given = encodeArguments(s, p);
  const args = bytes(word(8n * 32n), given.subarray(32, 7 * 32), by, given.subarray(7 * 32));
  return send(from, `classify(bytes,${STATEMENT},bytes32)`, args, time);
};
const asked = (name: 'classOf' | 'ownerOf', digest: bigint) => send(owner, `${name}(uint256)`, word(digest));
const classOf = (digest: bigint) => asked('classOf', digest);

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
  const { inputDigest, revealed } = statement;
  expect(await classify(owner, statement, proof)).toBe('NotCommitted');
  expect(
    await send(
      owner,
      'commitmentOf(address,uint256,bytes32)',
      bytes(new Uint8Array(12), owner, word(inputDigest), secret),
    ),
  ).toBe(`${BigInt(`0x${Buffer.from(commitmentOf(owner, inputDigest)).toString('hex')}`)}`);
  expect(await commit(owner, commitmentOf(owner, inputDigest))).toBe('done');
  expect(await classify(owner, statement, proof, { by: word(1n) }), 'another secret').toBe('NotCommitted');
  expect(await classify(owner, statement, proof, { time: LATER - 1 })).toBe('CommittedTooLate');
  expect(await classOf(inputDigest)).toBe('0');

  expect(await classify(owner, statement, proof)).toBe('done');
  expect(await classOf(inputDigest)).toBe(`${revealed}`);
  expect(await asked('ownerOf', inputDigest)).toBe(`${BigInt(`0x${Buffer.from(owner).toString('hex')}`)}`);

  expect(await classify(owner, statement, proof), 'the same proof again').toBe('AlreadyClassified');
  const fresh = simulate(secrets, statement, stream(2n));
  expect(await classify(owner, statement, fresh), 'the same statement, other bytes').toBe('AlreadyClassified');
});

it('gives nothing to a thief who sees every transaction and sends his own first', async () => {
  const { inputDigest, revealed } = statement;
  const seen = commitmentOf(owner, inputDigest);
  expect(Buffer.from(seen).includes(Buffer.from(word(inputDigest))), 'a commitment does not show the input').toBe(
    false,
  );
  expect(await commit(thief, seen), 'copied before the owner sends it').toBe('done');
  expect(await commit(owner, seen, COMMITTED + 1), 'which does not stop the owner').toBe('done');
  expect(await classify(thief, statement, proof), 'the owner has it all the same').toBe('NotCommitted');

  // the owner's `classify` waits in the pool: digest, proof and secret are public now
  const own = commitmentOf(thief, inputDigest);
  expect(await commit(thief, own, LATER)).toBe('done');
  expect(await classify(thief, statement, proof, { time: LATER }), 'a proof taken from another').toBe(
    'CommittedTooLate',
  );
  expect(await classify(owner, statement, proof, { time: LATER })).toBe('done');
  expect(await classify(thief, statement, proof, { time: LATER + DELAY })).toBe('AlreadyClassified');
  expect(await classOf(inputDigest)).toBe(`${revealed}`);
});

it('keeps the first time of a commitment, so that nobody can make it younger', async () => {
  const commitment = commitmentOf(owner, statement.inputDigest);
  await commit(owner, commitment);
  await commit(thief, commitment, LATER);
  expect(await classify(owner, statement, proof)).toBe('done');
});

it('refuses valid proofs about something else', async () => {
  await commit(owner, commitmentOf(owner, statement.inputDigest));
  const refused: [string, Partial<FinalStatement>][] = [
    ['OtherModel', { modelDigest: 5n }],
    ['NotCommitted', { inputDigest: 5n }],
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
  await commit(owner, commitmentOf(owner, statement.inputDigest));
  expect(await classify(owner, { ...statement, revealed: 9n }, proof), 'another class').toBe('NotProven');
  const f1 = field(R).add(proof.opening.f1, 1n);
  expect(await classify(owner, statement, { ...proof, opening: { ...proof.opening, f1 } })).toBe('NotProven');
  expect(await classOf(statement.inputDigest)).toBe('0');
});
