/**
 * The way of a real proof to the contract: a circuit that publishes the wrap's signals as the wrap does, a development key, a
 * Groth16 proof, the files, the contract made from them. Only what the signals are computed from is left out.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curves, groth16 } from 'snarkjs';
import { afterAll, expect, it } from 'vitest';
import { createEngine } from '../../../src/algebra/index.ts';
import { plainSponge } from '../../../src/algebra/sponge.ts';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import { DEVELOPMENT_TAU } from '../../../src/folding/commitment-key.ts';
import { encodeCalldata } from '../../../src/wrap/contract/calldata.ts';
import { compileContract } from '../../../src/wrap/contract/compile.ts';
import { createMachine } from '../../../src/wrap/contract/evm.ts';
import { writeVerifier } from '../../../src/wrap/contract/write-verifier.ts';
import type { FinalProof, FinalStatement } from '../../../src/wrap/final-proof.ts';
import { writeDevelopmentKey } from '../../../src/wrap/groth16/development-key.ts';
import { groth16Prove } from '../../../src/wrap/groth16/prove.ts';
import { exportVerificationKey, readZkey } from '../../../src/wrap/groth16/zkey.ts';
import {
  checkPublicJson,
  groth16FromJson,
  proofFromJson,
  proofToJson,
  publicToJson,
  verificationKeyFromJson,
  verificationKeyOf,
  verificationKeyToJson,
} from '../../../src/wrap/proof-json.ts';
import { encodeWtns } from '../../../src/wrap/r1cs/files.ts';
import { digestSignals, publicInputsOf, publishSignals, signalsOf } from '../../../src/wrap/signals.ts';
import { verifyFinal } from '../../../src/wrap/verify.ts';
import { foldErrorOf } from '../../helpers/errors.ts';
import { build } from '../random-circuit.ts';
import { g2, randomOpening, stream } from '../simulated.ts';

let folder: string | undefined;
afterAll(async () => {
  await (await curves.getCurveFromName('bn128')).terminate();
  if (folder) await rm(folder, { recursive: true });
});

/** The last part of the wrap, over signals that are advice. */
const circuit =
  (signals: readonly bigint[]) =>
  <E>(cs: ConstraintSystem<E>): void =>
    publishSignals(
      cs,
      signals.map((value) => cs.field(() => value)),
    );

it('a proof under a development key is accepted natively, by snarkjs and by the insecure contract', async () => {
  const next = stream(50n);
  const statement: FinalStatement = {
    ...{ modelDigest: next(), inputDigest: next(), outputDigest: next(), revealed: 3n, steps: 64n, root: 0n },
  };
  const opening = randomOpening(DEVELOPMENT_TAU, next);
  const engine = await createEngine();
  const list = signalsOf(statement, opening);
  const { r1cs, witness } = build(engine, circuit(list));
  folder = await mkdtemp(join(tmpdir(), 'layerfold-contract-'));
  const zkey = join(folder, 'dev.zkey');
  await writeDevelopmentKey(zkey, r1cs, { engine, workers: 1 });
  const proven = await groth16Prove(zkey, encodeWtns(r1cs.modulus, witness()), r1cs);
  const signalsDigest = digestSignals(plainSponge, list);
  expect(proven.publicSignals).toEqual(publicInputsOf(signalsDigest, list).map(String));

  const vk = verificationKeyOf(await exportVerificationKey(zkey, await readZkey(zkey)), {
    tau: g2(DEVELOPMENT_TAU),
    blocks: ['M', 'P'],
  });
  const proof: FinalProof = { groth16: groth16FromJson(proven.proof), opening, signalsDigest };
  const files = JSON.parse(
    JSON.stringify({
      key: verificationKeyToJson(vk),
      proof: proofToJson(statement, proof),
      public: publicToJson(statement, proof),
    }),
  );
  expect(await groth16.verify(files.key, files.public, files.proof)).toBe(true);
  const read = proofFromJson(files.proof);
  const key = verificationKeyFromJson(files.key);
  expect(key.insecure).toBe(true);
  verifyFinal(key, read.statement, read.proof);
  const other = { ...read.statement, steps: 65n };
  expect(foldErrorOf(() => verifyFinal(key, other, read.proof)).got).toMatch(/groth16/);
  // beside that statement the public inputs that came with the proof are still true of it: they are rebuilt, never taken
  expect(foldErrorOf(() => checkPublicJson(files.public, other, read.proof)).code).toBe('E_REJECTED');
  expect(await groth16.verify(files.key, publicToJson(other, read.proof), files.proof)).toBe(false);

  const { name, source } = await writeVerifier({ vk: key, network: 'a test' });
  expect(name).toBe('InsecureFoldVerifier');
  const machine = await createMachine();
  const { address } = await machine.deploy(await compileContract({ 'Verifier.sol': source }, name));
  const ask = async (s: FinalStatement) => (await machine.call(address, encodeCalldata(s, read.proof))).data.at(-1);
  expect(await ask(read.statement)).toBe(1);
  expect(await ask(other)).toBe(0);

  // what snarkjs does not see: values that the committed polynomials do not take, in a Groth16 proof that is true of them
  const made = { ...opening, f1: opening.f1 + 1n };
  const lie = build(engine, circuit(signalsOf(statement, made)));
  const lying = await groth16Prove(zkey, encodeWtns(r1cs.modulus, lie.witness()), r1cs);
  const lied = digestSignals(plainSponge, signalsOf(statement, made));
  const forged: FinalProof = { groth16: groth16FromJson(lying.proof), opening: made, signalsDigest: lied };
  expect(await groth16.verify(files.key, publicToJson(statement, forged), proofToJson(statement, forged))).toBe(true);
  expect(foldErrorOf(() => verifyFinal(key, statement, forged)).got).toMatch(/opening/);
  expect((await machine.call(address, encodeCalldata(statement, forged))).data.at(-1)).toBe(0);
});
