/**
 * The ceremony path at a small size: powers of tau with a contribution, a key with two contributions and a beacon, its verification, and a
 * proof under it that the contract accepts. The circuit publishes the wrap's signals, which are advice; the opening is real under the
 * file's own tau. At full size: test/long/ceremony.test.ts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { plainSponge } from '../../src/algebra/sponge.ts';
import { blockNames, SLOT_BLOCKS } from '../../src/folding/blocks.ts';
import { readPtau } from '../../src/store/ptau.ts';
import { encodeCalldata } from '../../src/wrap/contract/calldata.ts';
import { compileContract } from '../../src/wrap/contract/compile.ts';
import { createMachine } from '../../src/wrap/contract/evm.ts';
import { writeVerifier } from '../../src/wrap/contract/write-verifier.ts';
import type { FinalProof, FinalStatement } from '../../src/wrap/final-proof.ts';
import { applyBeacon, contribute, newKey, verifyCeremony } from '../../src/wrap/groth16/ceremony.ts';
import { groth16Prove } from '../../src/wrap/groth16/prove.ts';
import { domainPower } from '../../src/wrap/groth16/qap.ts';
import { exportVerificationKey, readZkey } from '../../src/wrap/groth16/zkey.ts';
import { groth16FromJson, verificationKeyOf } from '../../src/wrap/proof-json.ts';
import { encodeWtns, writeR1cs } from '../../src/wrap/r1cs/files.ts';
import { digestSignals, publishSignals, signalsOf } from '../../src/wrap/signals.ts';
import { checkVerificationKey } from '../../src/wrap/verification-key.ts';
import { verifyFinal } from '../../src/wrap/verify.ts';
import { trialPowers } from '../helpers/trial-powers.ts';
import { build } from '../wrap/random-circuit.ts';
import { randomOpening, stream } from '../wrap/simulated.ts';

let folder: string | undefined;
afterAll(async () => {
  if (folder) await rm(folder, { recursive: true });
});

it('ends in a proof that the contract accepts', async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerfold-ceremony-'));
  const at = (name: string): string => join(folder!, name);
  const engine = await createEngine();
  const next = stream(50n);
  const statement: FinalStatement = {
    ...{ modelDigest: next(), inputDigest: next(), outputDigest: next(), revealed: 3n, steps: 64n, root: 0n },
  };
  const circuitOf = (signals: readonly bigint[]) =>
    build(engine, (cs) =>
      publishSignals(
        cs,
        signals.map((value) => cs.field(() => value)),
      ),
    );
  const { r1cs } = circuitOf(signalsOf(statement, randomOpening(7n, next)));
  const { tau } = await trialPowers(at('trial.ptau'), domainPower(r1cs.constraints, r1cs.publicInputs));
  await writeR1cs(at('circuit.r1cs'), r1cs);
  await newKey(at('circuit.r1cs'), at('trial.ptau'), at('0.zkey'));
  await contribute(at('0.zkey'), at('1.zkey'), 'Alice');
  await contribute(at('1.zkey'), at('2.zkey'), 'Bob');
  await applyBeacon(at('2.zkey'), at('final.zkey'), 'a block', '0a0b0c0d', 10);
  const told = await verifyCeremony(at('circuit.r1cs'), at('trial.ptau'), at('final.zkey'));
  expect(told.key.map(({ name }) => name)).toEqual(['Alice', 'Bob', 'a block']);

  const opening = randomOpening(tau, next);
  const list = signalsOf(statement, opening);
  const proven = await groth16Prove(at('final.zkey'), encodeWtns(r1cs.modulus, circuitOf(list).witness()), r1cs);
  const header = await readZkey(at('final.zkey'));
  const { tau: twisted } = await readPtau(at('trial.ptau'), 2, engine);
  const vk = verificationKeyOf(await exportVerificationKey(at('final.zkey'), header), {
    tau: twisted,
    blocks: blockNames(SLOT_BLOCKS),
  });
  checkVerificationKey(vk);
  const proof: FinalProof = {
    ...{ groth16: groth16FromJson(proven.proof), opening, signalsDigest: digestSignals(plainSponge, list) },
  };
  verifyFinal(vk, statement, proof);
  const { name, source } = await writeVerifier({ vk, network: 'a test' });
  expect(name).toBe('FoldVerifier');
  const machine = await createMachine();
  const { address } = await machine.deploy(await compileContract({ 'Verifier.sol': source }, name));
  const ask = async (s: FinalStatement) => (await machine.call(address, encodeCalldata(s, proof))).data.at(-1);
  expect(await ask(statement)).toBe(1);
  expect(await ask({ ...statement, steps: 65n })).toBe(0);
});
