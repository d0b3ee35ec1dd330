/**
 * One key for every network: ten networks of different architecture on the tensor machine, each from its ONNX file to a final proof.
 * Their verification keys are the same bytes, and ONE deployed contract accepts all of their proofs, each under its own model digest only.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { encodeCalldata } from '../../src/wrap/contract/calldata.ts';
import { compileContract } from '../../src/wrap/contract/compile.ts';
import { createMachine } from '../../src/wrap/contract/evm.ts';
import { writeVerifier } from '../../src/wrap/contract/write-verifier.ts';
import type { FinalProof, FinalStatement } from '../../src/wrap/final-proof.ts';
import { proofFromJson, verificationKeyFromJson } from '../../src/wrap/proof-json.ts';

import { fold, lines, useFolder } from '../cli/harness.ts';
import { sharedMissing, sharedPath } from '../helpers/shared.ts';
import { verdict } from '../wrap/contract/deployment.ts';

/** Small ones, of many kinds. */
const NETWORKS = [
  'lenet_5',
  'jst-lenet',
  'jst-mini_resnet',
  'jst-cifar_cnn',
  'large_mlp',
  'self_attention',
  'lstm',
  'lightgbm',
  '1l_softmax',
  '2l_relu_sigmoid_conv',
] as const;

const folder = useFolder();

describe.skipIf(sharedMissing('conformance', 'networks'))('ten networks under one key', () => {
  it('have one verification key, and one contract that tells them apart', async () => {
    const proofs: { name: string; statement: FinalStatement; proof: FinalProof }[] = [];
    const keys = new Set<string>();
    for (const name of NETWORKS) {
      const own = (file: string): string => sharedPath('conformance', 'networks', name, file);
      const out = folder.path(name);
      const {
        code,
        err,
        out: told,
      } = await fold([
        ...['prove', own('model.onnx'), '--input', own('input.json'), '--circuit', 'machine', '--insecure-dev'],
        ...['--out', out, '--json'],
      ]);
      expect([name, code, code === 0 ? '' : err]).toEqual([name, 0, '']);
      const { gas, steps } = lines(told).at(-1)!;
      console.log(name, 'steps', steps, 'gas', gas);
      expect(gas).toBeLessThan(410_000);
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
  });
});
