/** Gas of one membership in the contract of batches, in a real EVM. It does not depend on the size of the batch. */
import { hash, plainSponge } from '../src/algebra/sponge.ts';
import { BatchTree } from '../src/folding/batch-tree.ts';
import { compileContract } from '../src/wrap/contract/compile.ts';
import { createMachine } from '../src/wrap/contract/evm.ts';
import { calldataGas } from '../src/wrap/contract/gas.ts';
import { encodeIsItem } from '../src/wrap/contract/member-calldata.ts';
import { BATCH_CONTRACT, writeBatchContract } from '../src/wrap/contract/write-batch.ts';
import { wordBytes } from '../src/wrap/final-proof.ts';
import type { BenchOptions } from './measure.ts';

const ITEMS = 300;
const INDEX = 273;

export async function membership({ report }: BenchOptions): Promise<void> {
  const digest = (seed: number): bigint => hash(plainSponge, 'bench', [BigInt(seed)]);
  const items = Array.from({ length: ITEMS }, (_, k) => ({ hIn: digest(2 * k), o: digest(2 * k + 1) }));
  const tree = new BatchTree(plainSponge, items);
  const data = encodeIsItem(tree.root, { index: INDEX, item: items[INDEX]!, path: tree.path(INDEX) });
  const machine = await createMachine();
  const code = await compileContract({ 'Batch.sol': await writeBatchContract() }, BATCH_CONTRACT);
  const contract = await machine.deploy(Uint8Array.from([...code, ...wordBytes([1n, 1n])]));
  const result = await machine.call(contract.address, data);
  if (!result.done || result.data.at(-1) !== 1) throw new Error('the contract does not find the item');
  report([
    { name: 'membership.execution', value: result.gas, unit: 'gas' },
    { name: 'membership.calldata', value: calldataGas(data), unit: 'gas' },
    { name: 'membership.calldata.bytes', value: data.length, unit: 'bytes' },
    { name: 'membership.deployment', value: contract.gas, unit: 'gas' },
    { name: 'membership.code', value: contract.codeBytes, unit: 'bytes' },
    { name: 'membership.creation', value: code.length, unit: 'bytes' },
  ]);
}
