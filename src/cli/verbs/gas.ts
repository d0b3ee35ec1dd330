/** `fold gas`: what checking a final proof costs on a chain, measured in a real EVM. */
import { readFinal } from '../../api/final-run.ts';
import { count, table } from '../../show/format.ts';
import { measureGas } from '../../wrap/contract/gas.ts';
import { writeVerifier } from '../../wrap/contract/write-verifier.ts';
import type { Verb } from '../verb.ts';

export const gasVerb: Verb = {
  name: 'gas',
  about: 'Deploy the contract in an EVM on this machine, let it check the proof, and print the gas by part.',
  argument: { name: '<path>', about: 'the folder of a run, or a proof.json' },
  options: ['vk', 'modelDigest'],
  examples: ['fold gas runs/digits512-512'],
  run: async ({ options, argument, report }) => {
    const { key, statement, proof } = await readFinal(argument!, options.vk);
    const { modelDigest } = options;
    const source = await writeVerifier({ vk: key.vk, network: 'measured', modelDigest });
    const gas = await measureGas(source, statement, proof);
    const rows: [string, number][] = [
      ['  pairing', gas.pairing],
      ['  multiplications in G1', gas.multiplications],
      ['  additions in G1', gas.additions],
      ['  the rest of the contract', gas.code],
      [`  calldata, ${count(gas.calldataBytes)} bytes`, gas.calldata],
      ['  transaction', gas.transaction],
    ];
    report.result('gas', { ...gas }, [
      ...table([['gas of a verification', count(gas.total)], ...rows.map(([name, n]) => [name, count(n)])]),
      `once: deployment ${count(gas.deployment)} gas, ${count(gas.codeBytes)} bytes of code`,
    ]);
    return 0;
  },
};
