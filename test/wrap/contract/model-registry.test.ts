/** The example registry in a real EVM: one verifier of the tensor machine, models of several owners. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { packageRoot } from '../../../src/ir/networks.ts';
import { encodeArguments, selector } from '../../../src/wrap/contract/calldata.ts';
import { compileContract } from '../../../src/wrap/contract/compile.ts';
import { createMachine, type Machine } from '../../../src/wrap/contract/evm.ts';
import { writeVerifier } from '../../../src/wrap/contract/write-verifier.ts';
import { type FinalStatement, wordBytes } from '../../../src/wrap/final-proof.ts';
import { simulate, simulatedCase, stream } from '../simulated.ts';
import { deploy, verdict } from './deployment.ts';

const BLOCKS = ['M', 'T', 'P'] as const;
const { vk, secrets, statement } = simulatedCase(2n, BLOCKS);
const STATEMENT = '(uint256,uint256,uint256,uint256,uint256,uint256)';
const bytes = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const account = (i: number): Uint8Array => new Uint8Array(20).fill(i);
const padded = (address: Uint8Array): Uint8Array => bytes(new Uint8Array(12), address);
const [alice, bob] = [account(0xaa), account(0xbb)];
const first = statement.modelDigest;
const second = first + 1n;

let machine: Machine;
let registry: Uint8Array;

const send = async (from: Uint8Array, data: Uint8Array): Promise<boolean> =>
  (await machine.call(registry, data, { from })).done;
/** The interface's digest and the place "ipfs://x". */
const register = (from: Uint8Array, modelDigest: bigint, interfaceDigest = 7n): Promise<boolean> =>
  send(
    from,
    bytes(
      selector('register(uint256,uint256,string)'),
      wordBytes([modelDigest, interfaceDigest, 96n, 8n]),
      Uint8Array.from({ length: 32 }, (_, k) => Buffer.from('ipfs://x')[k] ?? 0),
    ),
  );
const remove = (from: Uint8Array, modelDigest: bigint): Promise<boolean> =>
  send(from, bytes(selector('remove(uint256)'), wordBytes([modelDigest])));
/** Does a proof of this statement count for the owner? */
async function holds(owner: Uint8Array, told: Partial<FinalStatement>, shown = told): Promise<string> {
  const proof = simulate(secrets, { ...statement, ...told }, stream(3n), BLOCKS);
  const given = encodeArguments({ ...statement, ...shown }, proof);
  // (address, bytes, Statement): one more word stands before the proof
  const args = bytes(padded(owner), wordBytes([8n * 32n]), given.subarray(32));
  return verdict(await machine.call(registry, bytes(selector(`verifyFor(address,bytes,${STATEMENT})`), args)));
}

beforeEach(async () => {
  machine = await createMachine();
  const verifier = await deploy(machine, await writeVerifier({ vk, network: 'every network' }));
  const files = ['examples/registry/ModelRegistry.sol', 'contracts/IFoldVerifier.sol'];
  const sources = Object.fromEntries(files.map((file) => [file, readFileSync(join(packageRoot(), file), 'utf8')]));
  const code = await compileContract(sources, 'ModelRegistry');
  registry = (await machine.deploy(bytes(code, padded(verifier)))).address;
});

it('takes proofs of several models under one verifier, each for the owner who vouches for it', async () => {
  expect(await holds(alice, {}), 'before it is registered').toBe('false');
  expect([await register(alice, first), await register(bob, second)]).toEqual([true, true]);
  expect(await holds(alice, {})).toBe('true');
  expect(await holds(bob, { modelDigest: second })).toBe('true');
  expect(await holds(alice, { modelDigest: second })).toBe('false');
  expect(await holds(bob, {})).toBe('false');
});

it('shows where an interface is, and lets nobody occupy a digest', async () => {
  expect(await register(bob, first, 9n)).toBe(true);
  expect(await register(alice, first)).toBe(true);
  const asked = bytes(selector('models(address,uint256)'), padded(alice), wordBytes([first]));
  const { data } = await machine.call(registry, asked);
  expect(Buffer.from(data.subarray(0, 32)).at(-1)).toBe(7);
  expect(Buffer.from(data).toString('latin1')).toContain('ipfs://x');
  expect(await holds(alice, {})).toBe('true');
  expect(await register(alice, first, 0n), 'no interface').toBe(false);
});

it('takes no false proof, and none of a model that is removed', async () => {
  await register(alice, first);
  await register(alice, second);
  expect(await holds(alice, {}, { modelDigest: second }), 'of another model').toBe('false');
  expect(await holds(alice, {}, { outputDigest: 1n }), 'of another output').toBe('false');
  expect(await remove(bob, first), "another's entry stays").toBe(true);
  expect(await holds(alice, {})).toBe('true');
  expect(await remove(alice, first)).toBe(true);
  expect(await holds(alice, {})).toBe('false');
});
