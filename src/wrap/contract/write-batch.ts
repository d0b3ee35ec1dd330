/**
 * Writes the contracts of batches: self-contained Solidity files made from the templates in contracts/, with the constants of
 * Poseidon. Of slots it is one file for every key and every model, which its constructor takes; of the tensor machine one
 * contract for all models.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../ir/networks.ts';
import { type BatchConstants, batchConstants, type SmallPermutation, STATE, WORD } from './batch-constants.ts';
import * as yul from './poseidon-yul.ts';
import { fillTemplate, withoutPreamble } from './template.ts';

export const BATCH_CONTRACT = 'FoldBatch';
export const MACHINE_BATCH_CONTRACT = 'FoldMachineBatch';

const hex = (n: number): string => `0x${n.toString(16)}`;
const body = (lines: readonly string[]): string => lines.map((line) => ' '.repeat(16) + line).join('\n');

const read = (file: string): Promise<string> => readFile(join(packageRoot(), 'contracts', file), 'utf8');

/** Source of the contract FoldBatch. */
export async function writeBatchContract(): Promise<string> {
  const constants = batchConstants([3]);
  return fillTemplate(await read('FoldBatch.sol.template'), {
    ...(await interfaces('IFoldBatch.sol')),
    tree: await tree(constants, {
      widths: 'widths 3 and 17',
      leafWords: 'inputDigest, outputDigest',
      itemParameters: 'uint256 inputDigest,\n        uint256 outputDigest',
      itemBeyond: 'inputDigest >= R || outputDigest >= R',
      leafNames: 'a, b',
      leafArguments: 'inputDigest, outputDigest',
      row: '',
      mix: body(yul.mix(constants)),
      permute: body(yul.permute(constants)),
    }),
  });
}

/** Source of the contract FoldMachineBatch. Its permutation is shorter and slower: constants of three widths fill a creation. */
export async function writeMachineBatchContract(): Promise<string> {
  const constants = batchConstants([4, 3]);
  const [, open] = constants.small as [SmallPermutation, SmallPermutation];
  return fillTemplate(await read('FoldMachineBatch.sol.template'), {
    ...(await interfaces('IFoldMachineBatch.sol')),
    open: body(yul.smallHash(open, 'model', ['a', 'b'])),
    openConstants: hex(open.full),
    openOffset: `${1 + open.full - constants.at.full}`,
    openBytes: `${open.matrix + open.width ** 2 * WORD - open.full}`,
    tree: await tree(constants, {
      widths: 'widths 3, 4 and 17',
      leafWords: 'inputDigest, outputDigest, revealed',
      itemParameters: 'IFoldMachineBatch.Item calldata item',
      itemBeyond: 'item.inputDigest >= R || item.outputDigest >= R || item.revealed >= R',
      leafNames: 'a, b, c',
      leafArguments: 'calldataload(item), calldataload(add(item, 0x20)), calldataload(add(item, 0x40))',
      row: yul.rowFunction().join('\n'),
      mix: body(yul.mixByRows(constants)),
      permute: body(yul.permute(constants, yul.rowCall(constants, 1))),
    }),
  });
}

async function interfaces(batch: string): Promise<Record<'verifierInterface' | 'batchInterface', string>> {
  const [verifierInterface, batchInterface] = await Promise.all(['IFoldVerifier.sol', batch].map(read));
  return {
    verifierInterface: withoutPreamble(verifierInterface!),
    batchInterface: withoutPreamble(batchInterface!),
  };
}

/** The part of both that finds items; `own` is what differs. */
async function tree(constants: BatchConstants, own: Readonly<Record<string, string>>): Promise<string> {
  const data = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const [leaf] = constants.small as [SmallPermutation];
  const filled = fillTemplate(await read('FoldTree.sol.template'), {
    rounds: data(constants.rounds),
    bases: data(constants.bases),
    constants: hex(constants.at.full),
    roundsBytes: `${constants.rounds.length}`,
    state: hex(STATE),
    children: hex(STATE + WORD),
    afterFirst: hex(STATE + 2 * WORD),
    nodeTag: yul.nodeTag(),
    power: body(yul.power()),
    recur: body(yul.recur(constants)),
    leafWidth: `${leaf.width}`,
    leaf: body(yul.smallHash(leaf, 'batch-leaf', own.leafNames!.split(', '))),
    ...own,
  });
  return filled.trim();
}
