/**
 * Writes the batch contract: one self-contained Solidity file made from contracts/FoldBatch.sol.template, with the
 * constants of Poseidon. It is the same file for every key and every model: those are arguments of its constructor.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../ir/networks.ts';
import { batchConstants, STATE, WORD } from './batch-constants.ts';
import * as yul from './poseidon-yul.ts';
import { fillTemplate, withoutPreamble } from './template.ts';

export const BATCH_CONTRACT = 'FoldBatch';

/** Source of the contract FoldBatch. */
export async function writeBatchContract(): Promise<string> {
  const folder = join(packageRoot(), 'contracts');
  const [template, verifier, batch] = await Promise.all(
    ['FoldBatch.sol.template', 'IFoldVerifier.sol', 'IFoldBatch.sol'].map((file) =>
      readFile(join(folder, file), 'utf8'),
    ),
  );
  const constants = batchConstants();
  const body = (lines: readonly string[]): string => lines.map((line) => ' '.repeat(16) + line).join('\n');
  const data = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const hex = (n: number): string => `0x${n.toString(16)}`;
  return fillTemplate(template!, {
    verifierInterface: withoutPreamble(verifier!),
    batchInterface: withoutPreamble(batch!),
    rounds: data(constants.rounds),
    bases: data(constants.bases),
    constants: hex(constants.at.full),
    roundsBytes: `${constants.rounds.length}`,
    state: hex(STATE),
    children: hex(STATE + WORD),
    afterFirst: hex(STATE + 2 * WORD),
    nodeTag: yul.nodeTag(),
    power: body(yul.power()),
    mix: body(yul.mix(constants)),
    recur: body(yul.recur(constants)),
    permute: body(yul.permute(constants)),
    leaf: body(yul.leaf(constants)),
  });
}
