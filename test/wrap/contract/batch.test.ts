/** The batch contract in a real EVM, against the native tree: trees of many sizes, and every word of a call changed. */
import { beforeAll, describe, expect, it } from 'vitest';
import { R } from '../../../src/algebra/params.ts';
import { plainSponge } from '../../../src/algebra/sponge.ts';
import { ARITY, BatchTree, type Item, isItem, LEVELS, MAX_ITEMS } from '../../../src/folding/batch-tree.ts';
import { selector } from '../../../src/wrap/contract/calldata.ts';
import { compileContract } from '../../../src/wrap/contract/compile.ts';
import { createMachine, type Machine } from '../../../src/wrap/contract/evm.ts';
import { encodeIsItem, encodeIsProven, type ItemInTree } from '../../../src/wrap/contract/member-calldata.ts';
import { BATCH_CONTRACT, writeBatchContract } from '../../../src/wrap/contract/write-batch.ts';
import { type FinalStatement, wordBytes } from '../../../src/wrap/final-proof.ts';
import { foldErrorOfAsync } from '../../helpers/errors.ts';
import { stream } from '../simulated.ts';
import { verdict } from './deployment.ts';

const SIBLINGS = LEVELS * (ARITY - 1);
/** A contract's code and its creation code (EIP-170, EIP-3860). */
const MAX_CODE = 24_576;
const MAX_CREATION = 49_152;
const pins = { modelDigest: 77n, steps: 3n };
const next = stream(5n);

let machine: Machine;
let source: string;
let code: Uint8Array;
let contract: Awaited<ReturnType<Machine['deploy']>>;

const create = (creation: Uint8Array, { modelDigest, steps } = pins) =>
  machine.deploy(Uint8Array.from([...creation, ...wordBytes([modelDigest, steps])]));
const ask = async (data: Uint8Array, to = contract.address): Promise<string> => verdict(await machine.call(to, data));
/** Word i of the arguments replaced. */
function withWord(data: Uint8Array, i: number, change: (word: bigint) => bigint): Uint8Array {
  const at = 4 + 32 * i;
  const word = BigInt(`0x${Buffer.from(data.subarray(at, at + 32)).toString('hex')}`);
  const changed = data.slice();
  changed.set(wordBytes([BigInt.asUintN(256, change(word))]), at);
  return changed;
}

class Batch {
  readonly items: readonly Item<bigint>[];
  readonly tree: BatchTree;
  constructor(size: number) {
    this.items = Array.from({ length: size }, () => ({ hIn: next(), o: next() }));
    this.tree = new BatchTree(plainSponge, this.items);
  }
  at(index: number): ItemInTree {
    return { index, item: this.items[index]!, path: this.tree.path(index) };
  }
}

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
  const made = async (text: string) => create(await compileContract({ 'Batch.sol': text }, BATCH_CONTRACT));
  expect((await made(believing)).address).toHaveLength(20);
  expect((await foldErrorOfAsync(() => made(empty))).message).toBe('The contract cannot be deployed.');
});

describe('isItem', () => {
  it.each([1, 16, 17, 300])('says of a tree of %i items what the native tree says', async (size) => {
    const batch = new Batch(size);
    const { root } = batch.tree;
    const some = new Set([0, size - 1, Number(next() % BigInt(size))]);
    for (const index of some) {
      const own = batch.at(index);
      for (const claim of [own, { ...own, index: (index + 1) % MAX_ITEMS }, { ...own, index: index ^ ARITY }]) {
        const expected = isItem(plainSponge, root, claim.index, claim.item, claim.path);
        expect(expected).toBe(claim.index === index);
        expect(await ask(encodeIsItem(root, claim)), `${claim.index}`).toBe(`${expected}`);
      }
    }
  });

  it('refuses every word of the call changed by one', async () => {
    const batch = new Batch(300);
    const honest = encodeIsItem(batch.tree.root, batch.at(273));
    expect(await ask(honest)).toBe('true');
    for (let i = 0; i < 4 + SIBLINGS; i++)
      expect(await ask(withWord(honest, i, (w) => w + 1n)), `word ${i}`).toBe('false');
  });

  it('refuses second encodings, which a contract without the checks takes', async () => {
    const batch = new Batch(20);
    const honest = encodeIsItem(batch.tree.root, batch.at(18));
    const index = 1;
    for (const i of [0, 2, 3, 4, 4 + 14, 4 + 15, 4 + SIBLINGS - 1])
      expect(await ask(withWord(honest, i, (w) => w + R)), `word ${i}`).toBe('false');
    for (const more of [BigInt(MAX_ITEMS), 2n ** 255n])
      expect(await ask(withWord(honest, index, (w) => w + more))).toBe('false');

    const weaker = source
      .replace('lt(calldataload(at), r)', '1')
      .replace('if (root >= R || index >= ITEMS || inputDigest >= R || outputDigest >= R) return false;', '');
    const { address } = await create(await compileContract({ 'Batch.sol': weaker }, BATCH_CONTRACT));
    for (const i of [2, 3, 4, 4 + SIBLINGS - 1])
      expect(
        await ask(
          withWord(honest, i, (w) => w + R),
          address,
        ),
      ).toBe('true');
    expect(
      await ask(
        withWord(honest, index, (w) => w + BigInt(MAX_ITEMS)),
        address,
      ),
    ).toBe('true');
  });

  it('refuses calls that are too short', async () => {
    const batch = new Batch(1);
    const honest = encodeIsItem(batch.tree.root, batch.at(0));
    for (const length of [0, 4, 36, honest.length - 32, honest.length - 1])
      expect(await ask(honest.subarray(0, length))).toMatch(/revert/);
  });
});

describe('isProven', () => {
  const batch = new Batch(5);
  /** A chain of three networks: the tree's other two leaves are not proven. */
  const statement: FinalStatement = {
    ...{ modelDigest: pins.modelDigest, inputDigest: 1n, outputDigest: 2n, revealed: 0n },
    ...{ steps: 3n * pins.steps, root: batch.tree.root },
  };
  const proven = (index: number, change: Partial<FinalStatement> = {}) =>
    ask(encodeIsProven({ ...statement, ...change }, batch.at(index)));

  it('accepts the items that the steps have reached, and none beyond', async () => {
    for (const index of [0, 1, 2]) expect(await proven(index)).toBe('true');
    for (const index of [3, 4]) {
      expect(await ask(encodeIsItem(batch.tree.root, batch.at(index))), 'in the tree').toBe('true');
      expect(await proven(index), 'but not proven').toBe('false');
    }
    expect(await proven(2, { steps: 3n * pins.steps - 1n })).toBe('false');
    expect(await proven(4, { steps: 5n * pins.steps })).toBe('true');
  });

  it('refuses another model, another root and a single run', async () => {
    expect(await proven(0, { modelDigest: 78n })).toBe('false');
    expect(await proven(0, { root: batch.tree.root + 1n })).toBe('false');
    expect(await proven(0, { root: 0n })).toBe('false');
  });
});

describe('the file of the contract', () => {
  it('needs no other file and fits the limits of a chain', () => {
    expect(source).not.toMatch(/\{\{|\}\}|import /);
    expect(source.match(/pragma solidity/g)).toHaveLength(1);
    expect(contract.codeBytes).toBeLessThan(MAX_CODE);
    expect(code.length + 64).toBeLessThanOrEqual(MAX_CREATION);
    for (const [, data] of source.matchAll(/hex"(\w{1000,})"/g)) expect(data!.length / 2).toBeLessThan(MAX_CODE);
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
