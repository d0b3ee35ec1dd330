/**
 * Networks of different architecture on the tensor machine, each from its ONNX file to a final proof: their verification keys are the same
 * bytes, and ONE deployed contract accepts all of their proofs, each under its own model digest only.
 */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { encodeCalldata } from '../../src/wrap/contract/calldata.ts';
import { compileContract } from '../../src/wrap/contract/compile.ts';
import { createMachine } from '../../src/wrap/contract/evm.ts';
import { writeVerifier } from '../../src/wrap/contract/write-verifier.ts';
import type { FinalProof, FinalStatement } from '../../src/wrap/final-proof.ts';
import { proofFromJson, verificationKeyFromJson } from '../../src/wrap/proof-json.ts';
import { fold, lines } from '../cli/harness.ts';
import { verdict } from '../wrap/contract/deployment.ts';

/** Most that a call of the contract may take. */
const GAS = 410_000;

export interface NetworkFiles {
  readonly name: string;
  readonly model: string;
  readonly input: string;
}

/** @param path where a run's folder is put */
export async function expectOneKey(networks: readonly NetworkFiles[], path: (name: string) => string): Promise<void> {
  const proofs: { name: string; statement: FinalStatement; proof: FinalProof }[] = [];
  const keys = new Set<string>();
  for (const { name, model, input } of networks) {
    const out = path(name);
    const {
      code,
      err,
      out: told,
    } = await fold([
      ...['prove', model, '--input', input, '--circuit', 'machine', '--insecure-dev'],
      ...['--out', out, '--json'],
    ]);
    expect([name, code, code === 0 ? '' : err]).toEqual([name, 0, '']);
    const { gas, steps } = lines(told).at(-1)!;
    console.log(name, 'steps', steps, 'gas', gas);
    expect(gas).toBeLessThan(GAS);
    keys.add(await readFile(`${out}/verification_key.json`, 'utf8'));
    proofs.push({ name, ...proofFromJson(JSON.parse(await readFile(`${out}/proof.json`, 'utf8'))) });
  }
  const [text, ...others] = keys;
  expect(others).toEqual([]);

  const evm = await createMachine();
  const { name: contract, source } = await writeVerifier({
    vk: verificationKeyFromJson(JSON.parse(text!)),
    network: 'the tensor machine',
  });
  const { address } = await evm.deploy(await compileContract({ [`${contract}.sol`]: source }, contract));
  const ask = async (statement: FinalStatement, proof: FinalProof): Promise<string> =>
    verdict(await evm.call(address, encodeCalldata(statement, proof)));
  for (const [k, { name, statement, proof }] of proofs.entries()) {
    expect([name, await ask(statement, proof)]).toEqual([name, 'true']);
    const { modelDigest } = proofs[(k + 1) % proofs.length]!.statement;
    expect([name, await ask({ ...statement, modelDigest }, proof)]).toEqual([name, 'false']);
  }
}
