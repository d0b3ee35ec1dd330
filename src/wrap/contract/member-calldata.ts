/**
 * The calls of the batch contract (contracts/IFoldBatch.sol) that ask for one item, in Ethereum's ABI. All arguments have
 * fixed sizes and stand one after the other, the path as 4 times 15 siblings: the node itself the contract computes.
 */
import { ARITY, type Item, type ItemPath } from '../../folding/batch-tree.ts';
import { type FinalStatement, statementWords, wordBytes } from '../final-proof.ts';
import { selector } from './calldata.ts';

const ITEM_ARGUMENTS = 'uint256,uint256,uint256,uint256[15][4]';
const IS_ITEM_SIGNATURE = `isItem(uint256,${ITEM_ARGUMENTS})`;
const IS_PROVEN_SIGNATURE = `isProven((uint256,uint256,uint256,uint256,uint256,uint256),${ITEM_ARGUMENTS})`;

/** An item with its place in a tree. */
export interface ItemInTree {
  /** Counted from 0. */
  readonly index: number;
  readonly item: Item<bigint>;
  readonly path: ItemPath<bigint>;
}

/** isItem(root, ...): is it in the tree? 2,052 bytes. Nothing is checked: that is the contract's work. */
export function encodeIsItem(root: bigint, item: ItemInTree): Uint8Array {
  return Uint8Array.from([...selector(IS_ITEM_SIGNATURE), ...wordBytes([root, ...itemWords(item)])]);
}

/** isProven(statement, ...): does a proof of that statement speak of it? 2,212 bytes. */
export function encodeIsProven(statement: FinalStatement, item: ItemInTree): Uint8Array {
  return Uint8Array.from([
    ...selector(IS_PROVEN_SIGNATURE),
    ...wordBytes([...statementWords(statement), ...itemWords(item)]),
  ]);
}

function itemWords({ index, item, path }: ItemInTree): bigint[] {
  const siblings = path.flatMap((children, level) => {
    const place = Math.floor(index / ARITY ** level) % ARITY;
    return children.filter((_, k) => k !== place);
  });
  return [BigInt(index), item.hIn, item.o, ...siblings];
}
