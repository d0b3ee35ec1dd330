/** The contract of the machine's batches in a real EVM, against the native tree: one contract for every model, every word of a call changed. */
import { beforeAll, describe, expect, it } from 'vitest';
import { R } from '../../../src/algebra/params.ts';
import { plainSponge } from '../../../src/algebra/sponge.ts';
import { ARITY, BatchTree, type Item, isItem, LEVELS, MAX_ITEMS } from '../../../src/folding/batch-tree.ts';
import { hashProgram } from '../../../src/folding/hashes.ts';
import type { ModelOpening } from '../../../src/folding/member.ts';
import { compileContract } from '../../../src/wrap/contract/compile.ts';
import { createMachine, type Machine } from '../../../src/wrap/contract/evm.ts';
import { encodeIsItem, encodeIsProven, type ItemInTree } from '../../../src/wrap/contract/member-calldata.ts';
import { MACHINE_BATCH_CONTRACT, writeMachineBatchContract } from '../../../src/wrap/contract/write-batch.ts';
import { type FinalStatement, wordBytes } from '../../../src/wrap/final-proof.ts';
import { stream } from '../simulated.ts';
import { verdict } from './deployment.ts';

const SIBLINGS = LEVELS * (ARITY - 1);
/** A contract's code and its creation code (EIP-170, EIP-3860). */
const MAX_CODE = 24_576;
const MAX_CREATION = 49_152;
const next = stream(7n);

let machine: Machine;
let source: string;
let code: Uint8Array;
let contract: Awaited<ReturnType<Machine['deploy']>>;

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
    this.items = Array.from({ length: size }, (_, k) => ({ hIn: next(), o: next(), k: BigInt(k % 11) }));
    this.tree = new BatchTree(plainSponge, this.items);
  }
  at(index: number): ItemInTree {
    return { index, item: this.items[index]!, path: this.tree.path(index) };
  }
}

const opening = (stepsPerNetwork: bigint): ModelOpening & { readonly interfaceDigest: bigint } => ({
  ...{ parameters: next(), stepsPerNetwork, chain: next(), interfaceDigest: next() },
});
const digestOf = (m: ReturnType<typeof opening>): bigint =>
  hashProgram(plainSponge, m.parameters, m.stepsPerNetwork, m.chain, m.interfaceDigest);

beforeAll(async () => {
  machine = await createMachine();
  source = await writeMachineBatchContract();
  code = await compileContract({ 'Batch.sol': source }, MACHINE_BATCH_CONTRACT);
  contract = await machine.deploy(code);
});

describe('isItem', () => {
  it.each([1, 17, 300])('says of a tree of %i items what the native tree says', async (size) => {
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
    for (let i = 0; i < 5 + SIBLINGS; i++)
      expect(await ask(withWord(honest, i, (w) => w + 1n)), `word ${i}`).toBe('false');
  });

  it('refuses second encodings, which a contract without the checks takes', async () => {
    const batch = new Batch(20);
    const honest = encodeIsItem(batch.tree.root, batch.at(18));
    const index = 1;
    for (const i of [0, 2, 3, 4, 5, 5 + 14, 5 + 15, 5 + SIBLINGS - 1])
      expect(await ask(withWord(honest, i, (w) => w + R)), `word ${i}`).toBe('false');
    for (const more of [BigInt(MAX_ITEMS), 2n ** 255n])
      expect(await ask(withWord(honest, index, (w) => w + more))).toBe('false');
    const weaker = source
      .replace('lt(calldataload(at), r)', '1')
      .replace(/if \(root >= R \|\| index >= ITEMS \|\| item.*return false;/, '');
    const { address } = await machine.deploy(await compileContract({ 'Batch.sol': weaker }, MACHINE_BATCH_CONTRACT));
    for (const i of [2, 3, 4, 5, 5 + SIBLINGS - 1])
      expect(
        await ask(
          withWord(honest, i, (w) => w + R),
          address,
        ),
        `word ${i}`,
      ).toBe('true');
  });

  it('refuses calls that are too short', async () => {
    const honest = encodeIsItem(
      ...(((b) => [b.tree.root, b.at(0)]) as (b: Batch) => [bigint, ItemInTree])(new Batch(1)),
    );
    for (const length of [0, 4, 36, honest.length - 32, honest.length - 1])
      expect(await ask(honest.subarray(0, length))).toMatch(/revert/);
  });
});

describe('isProven', () => {
  const batch = new Batch(5);
  const model = opening(3n);
  /** A chain of three networks: the tree's other two leaves are not proven. */
  const statement: FinalStatement = {
    ...{ modelDigest: digestOf(model), inputDigest: 1n, outputDigest: 2n, revealed: 3n },
    ...{ steps: 9n, root: batch.tree.root },
  };
  const proven = (index: number, change: Partial<FinalStatement> = {}, of = model) =>
    ask(encodeIsProven({ ...statement, ...change }, { ...batch.at(index), model: of }));
  /** Of the struct Model in the call: digest, steps, body. */
  const MODEL_AT = 6;

  it('accepts the items that the steps have reached, and none beyond', async () => {
    for (const index of [0, 1, 2]) expect(await proven(index)).toBe('true');
    for (const index of [3, 4]) {
      expect(await ask(encodeIsItem(batch.tree.root, batch.at(index))), 'in the tree').toBe('true');
      expect(await proven(index), 'but not proven').toBe('false');
    }
    expect(await proven(2, { steps: 8n })).toBe('false');
    expect(await proven(4, { steps: 15n })).toBe('true');
  });

  it('serves another model as well, under its own digest and steps', async () => {
    const other = opening(9n);
    const modelDigest = digestOf(other);
    expect(await proven(0, { modelDigest }, other)).toBe('true');
    expect(await proven(1, { modelDigest }, other), 'one network has nine steps').toBe('false');
    expect(await proven(0, { modelDigest }), 'opened as the first').toBe('false');
    expect(await proven(0, {}, other)).toBe('false');
  });

  it('takes no other opening of a digest, above all none with fewer steps', async () => {
    const honest = encodeIsProven(statement, { ...batch.at(2), model });
    expect(await ask(honest)).toBe('true');
    for (const i of [0, 1, 2])
      expect(await ask(withWord(honest, MODEL_AT + i, (w) => w + 1n)), `word ${i}`).toBe('false');
    for (const steps of [0n, 1n, 2n])
      expect(await ask(withWord(honest, MODEL_AT + 1, () => steps)), `${steps} steps`).toBe('false');
    for (const i of [1, 2]) expect(await ask(withWord(honest, MODEL_AT + i, (w) => w + R))).toBe('false');
    const believing = source.replace('&& _opens(model)', '');
    const { address } = await machine.deploy(await compileContract({ 'Batch.sol': believing }, MACHINE_BATCH_CONTRACT));
    const unproven = encodeIsProven(statement, { ...batch.at(4), model });
    expect(await ask(withWord(unproven, MODEL_AT + 1, () => 1n))).toBe('false');
    expect(
      await ask(
        withWord(unproven, MODEL_AT + 1, () => 1n),
        address,
      ),
      'which the opening refuses',
    ).toBe('true');
  });

  it('refuses another model, another root and a single run', async () => {
    const honest = encodeIsProven(statement, { ...batch.at(0), model });
    expect(await ask(withWord(honest, 0, (w) => w + 1n)), 'the digest of the statement').toBe('false');
    expect(await proven(0, { root: batch.tree.root + 1n })).toBe('false');
    expect(await proven(0, { root: 0n })).toBe('false');
  });
});

it('needs no other file and fits the limits of a chain', () => {
  expect(source).not.toMatch(/\{\{|\}\}|import /);
  expect(source.match(/pragma solidity/g)).toHaveLength(1);
  expect(contract.codeBytes).toBeLessThan(MAX_CODE);
  expect(code.length).toBeLessThanOrEqual(MAX_CREATION);
  for (const [, data] of source.matchAll(/hex"(\w{1000,})"/g)) expect(data!.length / 2).toBeLessThan(MAX_CODE);
});
