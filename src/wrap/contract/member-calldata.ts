/**
 * The calls of the batch contracts (contracts/IFoldBatch.sol, contracts/IFoldMachineBatch.sol) that ask for one item, in Ethereum's
 * ABI. All arguments have fixed sizes and stand one after the other, the path as 4 times 15 siblings: the node itself the contract
 * computes. An item of the tensor machine has a third word, and its model digest is opened by the call.
 */
import { plainSponge } from '../../algebra/sponge.ts';
import { invariant } from '../../errors.ts';
import { ARITY, type Item, type ItemPath } from '../../folding/batch-tree.ts';
import { hashBody } from '../../folding/hashes.ts';
import type { ModelOpening } from '../../folding/member.ts';
import { type FinalStatement, statementWords, wordBytes } from '../final-proof.ts';
import { selector } from './calldata.ts';

const STATEMENT = '(uint256,uint256,uint256,uint256,uint256,uint256)';
const PATH = 'uint256[15][4]';
const DIGESTS = 'uint256,uint256';
/** The structs Item and Model of the machine's contract. */
const TRIPLE = '(uint256,uint256,uint256)';

/** An item with its place in a tree. */
export interface ItemInTree {
  /** Counted from 0. */
  readonly index: number;
  readonly item: Item<bigint>;
  readonly path: ItemPath<bigint>;
}

/** An item, and for the machine what its model digest is the hash of. */
type ProvenItem = ItemInTree & { readonly model?: ModelOpening };

/** isItem(root, ...): is it in the tree? 2,052 bytes, of the machine 2,084. Nothing is checked: that is the contract's work. */
export function encodeIsItem(root: bigint, item: ItemInTree): Uint8Array {
  const kind = item.item.k === undefined ? DIGESTS : TRIPLE;
  return call(`isItem(uint256,uint256,${kind},${PATH})`, [root, ...itemWords(item)]);
}

/** isProven(statement, ...): does a proof of that statement speak of it? 2,212 bytes, of the machine 2,340. */
export function encodeIsProven(statement: FinalStatement, item: ProvenItem): Uint8Array {
  const words = statementWords(statement);
  if (item.item.k === undefined)
    return call(`isProven(${STATEMENT},uint256,${DIGESTS},${PATH})`, [...words, ...itemWords(item)]);
  const model = modelWords(statement.modelDigest, item.model);
  return call(`isProven(${STATEMENT},${TRIPLE},uint256,${TRIPLE},${PATH})`, [...words, ...model, ...itemWords(item)]);
}

function call(signature: string, words: readonly bigint[]): Uint8Array {
  return Uint8Array.from([...selector(signature), ...wordBytes(words)]);
}

/** The model digest, L, and what else it is the hash of. */
function modelWords(digest: bigint, model: ModelOpening | undefined): bigint[] {
  invariant(model?.interfaceDigest !== undefined, "an item of the machine without its model's opening");
  const { parameters, stepsPerNetwork, chain, interfaceDigest } = model;
  return [digest, stepsPerNetwork, hashBody(plainSponge, parameters, chain, interfaceDigest)];
}

function itemWords({ index, item, path }: ItemInTree): bigint[] {
  const siblings = path.flatMap((children, level) => {
    const place = Math.floor(index / ARITY ** level) % ARITY;
    return children.filter((_, k) => k !== place);
  });
  return [BigInt(index), item.hIn, item.o, ...(item.k === undefined ? [] : [item.k]), ...siblings];
}
