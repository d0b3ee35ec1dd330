/** The batch contract of slots: what both are asked (batch-contract.ts), and its pins. */
import { beforeAll, describe, expect, it } from 'vitest';
import { R } from '../../../src/algebra/params.ts';
import { selector } from '../../../src/wrap/contract/calldata.ts';
import { compileContract } from '../../../src/wrap/contract/compile.ts';
import { createMachine, type Machine } from '../../../src/wrap/contract/evm.ts';
import { encodeIsProven } from '../../../src/wrap/contract/member-calldata.ts';
import { BATCH_CONTRACT, writeBatchContract } from '../../../src/wrap/contract/write-batch.ts';
import { type FinalStatement, wordBytes } from '../../../src/wrap/final-proof.ts';
import { foldErrorOfAsync } from '../../helpers/errors.ts';
import { stream } from '../simulated.ts';
import { type Asked, Batch, describeIsItem, expectFits, itIsProven, PROVEN } from './batch-contract.ts';
import { verdict } from './deployment.ts';

const pins = { modelDigest: 77n, steps: PROVEN.stepsPerNetwork };
const next = stream(5n);

let machine: Machine;
let source: string;
let code: Uint8Array;
let contract: Awaited<ReturnType<Machine['deploy']>>;

const create = (creation: Uint8Array, { modelDigest, steps } = pins) =>
  machine.deploy(Uint8Array.from([...creation, ...wordBytes([modelDigest, steps])]));
const deploy = async (text: string) =>
  (await create(await compileContract({ 'Batch.sol': text }, BATCH_CONTRACT))).address;

const asked: Asked = {
  source: () => source,
  deploy,
  ask: async (data, to = contract.address) => verdict(await machine.call(to, data)),
  batchOf: (size) => new Batch(size, () => ({ hIn: next(), o: next() })),
};

beforeAll(async () => {
  machine = await createMachine();
  source = await writeBatchContract();
  code = await compileContract({ 'Batch.sol': source }, BATCH_CONTRACT);
  contract = await create(code);
});

it('is not created where the contracts of its constants come out without their code', async () => {
  // creation code that begins with STOP gives an account without code: its constants would be read as zeros
  const empty = source.replace('hex"61", uint16', 'hex"0061", uint16');
  const believing = empty.replace(' && made.code.length == data.length + 1', '');
  expect(new Set([source, empty, believing]).size).toBe(3);
  expect(await deploy(believing)).toHaveLength(20);
  expect((await foldErrorOfAsync(() => deploy(empty))).message).toBe('The contract cannot be deployed.');
});

describeIsItem(asked, 4, /if \(root >= R \|\| index >= ITEMS \|\| inputDigest.*return false;/);

describe('isProven', () => {
  const batch = asked.batchOf(PROVEN.items);
  const statement: FinalStatement = {
    ...{ modelDigest: pins.modelDigest, inputDigest: 1n, outputDigest: 2n, revealed: 0n },
    ...{ steps: PROVEN.steps, root: batch.tree.root },
  };
  itIsProven(asked, batch, (index, change) => encodeIsProven({ ...statement, ...change }, batch.at(index)));
});

describe('the file of the contract', () => {
  it('needs no other file and fits the limits of a chain', () => {
    expectFits(source, contract.codeBytes, code.length + 64);
  });

  it('shows its pins and refuses ones that cannot be', async () => {
    const word = async (signature: string) =>
      BigInt(`0x${Buffer.from((await machine.call(contract.address, selector(signature))).data).toString('hex')}`);
    expect(await word('MODEL_DIGEST()')).toBe(pins.modelDigest);
    expect(await word('STEPS_PER_NETWORK()')).toBe(pins.steps);
    for (const bad of [{ modelDigest: 0n }, { modelDigest: R }, { steps: 0n }, { steps: 2n ** 32n }])
      expect((await foldErrorOfAsync(() => create(code, { ...pins, ...bad }))).code).toBe('E_INPUT');
  });
});
