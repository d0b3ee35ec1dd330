/**
 * What both contracts of batches are asked in a real EVM, that of slots and that of the machine, against the native tree: trees of many
 * sizes, and every word of a call changed.
 */
import { describe, expect, it } from 'vitest';
import { R } from '../../../src/algebra/params.ts';
import { plainSponge } from '../../../src/algebra/sponge.ts';
import { ARITY, BatchTree, type Item, isItem, LEVELS, MAX_ITEMS } from '../../../src/folding/batch-tree.ts';
import { encodeIsItem, type ItemInTree } from '../../../src/wrap/contract/member-calldata.ts';
import { type FinalStatement, wordBytes } from '../../../src/wrap/final-proof.ts';

const SIBLINGS = LEVELS * (ARITY - 1);
/** A contract's code and its creation code (EIP-170, EIP-3860). */
const MAX_CODE = 24_576;
const MAX_CREATION = 49_152;

export class Batch {
  readonly items: readonly Item<bigint>[];
  readonly tree: BatchTree;
  constructor(size: number, item: (k: number) => Item<bigint>) {
    this.items = Array.from({ length: size }, (_, k) => item(k));
    this.tree = new BatchTree(plainSponge, this.items);
  }
  at(index: number): ItemInTree {
    return { index, item: this.items[index]!, path: this.tree.path(index) };
  }
}

/** Word i of the arguments replaced. */
export function withWord(data: Uint8Array, i: number, change: (word: bigint) => bigint): Uint8Array {
  const at = 4 + 32 * i;
  const word = BigInt(`0x${Buffer.from(data.subarray(at, at + 32)).toString('hex')}`);
  const changed = data.slice();
  changed.set(wordBytes([BigInt.asUintN(256, change(word))]), at);
  return changed;
}

/** A contract that is deployed when the tests run. */
export interface Asked {
  readonly source: () => string;
  /** Deploys another text of it. */
  readonly deploy: (text: string) => Promise<Uint8Array>;
  /** What a call gives, by default of the contract itself. */
  readonly ask: (data: Uint8Array, to?: Uint8Array) => Promise<string>;
  readonly batchOf: (size: number) => Batch;
}

/** @param words of a call before the path @param ranges the line of the source that refuses second encodings */
export function describeIsItem({ source, deploy, ask, batchOf }: Asked, words: number, ranges: RegExp): void {
  const digests = Array.from({ length: words - 2 }, (_, k) => 2 + k);

  describe('isItem', () => {
    it.each([1, 16, 17, 300])('says of a tree of %i items what the native tree says', async (size) => {
      const batch = batchOf(size);
      const { root } = batch.tree;
      for (const index of new Set([0, size - 1, Math.floor(0.618 * size)])) {
        const own = batch.at(index);
        for (const claim of [own, { ...own, index: (index + 1) % MAX_ITEMS }, { ...own, index: index ^ ARITY }]) {
          const expected = isItem(plainSponge, root, claim.index, claim.item, claim.path);
          expect(expected).toBe(claim.index === index);
          expect(await ask(encodeIsItem(root, claim)), `${claim.index}`).toBe(`${expected}`);
        }
      }
    });

    it('refuses every word of the call changed by one', async () => {
      const batch = batchOf(300);
      const honest = encodeIsItem(batch.tree.root, batch.at(273));
      expect(await ask(honest)).toBe('true');
      for (let i = 0; i < words + SIBLINGS; i++)
        expect(await ask(withWord(honest, i, (w) => w + 1n)), `word ${i}`).toBe('false');
    });

    it('refuses second encodings, which a contract without the checks takes', async () => {
      const batch = batchOf(20);
      const honest = encodeIsItem(batch.tree.root, batch.at(18));
      const index = 1;
      for (const i of [0, ...digests, words, words + 14, words + 15, words + SIBLINGS - 1])
        expect(await ask(withWord(honest, i, (w) => w + R)), `word ${i}`).toBe('false');
      for (const more of [BigInt(MAX_ITEMS), 2n ** 255n])
        expect(await ask(withWord(honest, index, (w) => w + more))).toBe('false');

      const weaker = await deploy(source().replace('lt(calldataload(at), r)', '1').replace(ranges, ''));
      const taken = (i: number, more: bigint): Promise<string> =>
        ask(
          withWord(honest, i, (w) => w + more),
          weaker,
        );
      for (const i of [...digests, words, words + SIBLINGS - 1]) expect(await taken(i, R), `word ${i}`).toBe('true');
      expect(await taken(index, BigInt(MAX_ITEMS))).toBe('true');
    });

    it('refuses calls that are too short', async () => {
      const batch = batchOf(1);
      const honest = encodeIsItem(batch.tree.root, batch.at(0));
      for (const length of [0, 4, 36, honest.length - 32, honest.length - 1])
        expect(await ask(honest.subarray(0, length))).toMatch(/revert/);
    });
  });
}

/** Of a chain of three networks of three steps each over a tree of five items: the tree's other two leaves are not proven. */
export const PROVEN: { readonly items: number; readonly stepsPerNetwork: bigint; readonly steps: bigint } = {
  ...{ items: 5, stepsPerNetwork: 3n, steps: 9n },
};

/** @param encode a call about an item, under the statement of `PROVEN` with this change */
export function itIsProven(
  { ask }: Asked,
  batch: Batch,
  encode: (index: number, change?: Partial<FinalStatement>) => Uint8Array,
): void {
  const proven = (index: number, change?: Partial<FinalStatement>) => ask(encode(index, change));

  it('accepts the items that the steps have reached, and none beyond', async () => {
    for (const index of [0, 1, 2]) expect(await proven(index)).toBe('true');
    for (const index of [3, 4]) {
      expect(await ask(encodeIsItem(batch.tree.root, batch.at(index))), 'in the tree').toBe('true');
      expect(await proven(index), 'but not proven').toBe('false');
    }
    expect(await proven(2, { steps: PROVEN.steps - 1n })).toBe('false');
    expect(await proven(4, { steps: 5n * PROVEN.stepsPerNetwork })).toBe('true');
  });

  it('refuses another model, another root and a single run', async () => {
    expect(await ask(withWord(encode(0), 0, (w) => w + 1n)), 'the digest of the statement').toBe('false');
    expect(await proven(0, { root: batch.tree.root + 1n })).toBe('false');
    expect(await proven(0, { root: 0n })).toBe('false');
  });
}

/** One file within the limits of a chain. @param created bytes of code that creates it, its arguments included */
export function expectFits(source: string, codeBytes: number, created: number): void {
  expect(source).not.toMatch(/\{\{|\}\}|import /);
  expect(source.match(/pragma solidity/g)).toHaveLength(1);
  expect(codeBytes).toBeLessThan(MAX_CODE);
  expect(created).toBeLessThanOrEqual(MAX_CREATION);
  for (const [, data] of source.matchAll(/hex"(\w{1000,})"/g)) expect(data!.length / 2).toBeLessThan(MAX_CODE);
}
