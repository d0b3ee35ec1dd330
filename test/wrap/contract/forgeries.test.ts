/** Forgeries that the contract must refuse, each shown to be real against a weakened contract; and the file itself. */
import { beforeAll, describe, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { R } from '../../../src/algebra/params.ts';
import { DEVELOPMENT_TAU } from '../../../src/folding/commitment-key.ts';
import { encodeCalldata, selector } from '../../../src/wrap/contract/calldata.ts';
import { writeVerifier } from '../../../src/wrap/contract/write-verifier.ts';
import { type FinalProof, type FinalStatement, mergeChallenge, wordBytes } from '../../../src/wrap/final-proof.ts';
import { DEVELOPMENT_SECRETS } from '../../../src/wrap/groth16/development.ts';
import { publicInputs } from '../../../src/wrap/signals.ts';
import { verifyFinal } from '../../../src/wrap/verify.ts';
import { foldErrorOf, foldErrorOfAsync } from '../../helpers/errors.ts';
import { integersOf, replaced } from '../../helpers/mutate.ts';
import {
  forgeOpening,
  g2,
  randomOpening,
  simulate,
  simulatedCase,
  simulateFor,
  simulateGroth16,
  stream,
} from '../simulated.ts';
import { Deployment, deploy, PROOF_AT, verdict } from './deployment.ts';

const Fr = field(R);
const test = simulatedCase(1n);
const { vk, statement, proof, secrets } = test;
let on: Deployment;
beforeAll(async () => {
  on = await Deployment.make();
});

describe('forgeries by whoever knows all secrets but must beat the checks', () => {
  const withDelta = (delta: bigint, data: Uint8Array) =>
    on.weakened(/uint256 delta = .*;/, `uint256 delta = proof.length == 0 ? 0 : ${delta};`, data);

  it('delta is the one of the native verifier, and of every number', async () => {
    // the condition is always true; without one what follows would be unreachable, which the compiler warns of
    const tell = 'assembly { if calldatasize() { mstore(0, delta) return(0, 0x20) } }';
    const told = on.verifier.source.replace(/(?=return _pairing)/, `${tell}\n        `);
    const at = await deploy(on.machine, { ...on.verifier, source: told });
    const deltaOf = async (s: FinalStatement, p: FinalProof): Promise<bigint> =>
      BigInt(`0x${Buffer.from((await on.machine.call(at, encodeCalldata(s, p))).data).toString('hex')}`);
    const others: [FinalStatement, FinalProof][] = [
      [statement, proof],
      [{ ...statement, root: 1n }, proof],
      [statement, { ...proof, signalsDigest: 1n }],
      [statement, replaced(proof, ['opening', 'w2'], proof.opening.w1)],
    ];
    for (const [s, p] of others) expect(await deltaOf(s, p)).toBe(mergeChallenge(s, p));
    const plus = <T>(root: T): T[] =>
      integersOf(root).map(({ path, value }) => replaced(root, path, BigInt(value) + 1n));
    const deltas = [
      mergeChallenge(statement, proof),
      ...plus(statement).map((s) => mergeChallenge(s, proof)),
      ...plus(proof).map((p) => mergeChallenge(statement, p)),
    ];
    expect(new Set(deltas).size).toBe(1 + 6 + 25);
  });

  it('a wrong value with a Groth16 proof of it is refused by the opening', async () => {
    const opening = { ...proof.opening, f2: Fr.add(proof.opening.f2, 1n) };
    expect(await on.ask(encodeCalldata(statement, simulateFor(secrets, statement, opening, stream(4n))))).toBe('false');
  });

  it('quotients adapted to an older delta are refused', async () => {
    const data = encodeCalldata(statement, forgeOpening(test).after);
    expect(await on.ask(data)).toBe('false');
    expect(await withDelta(mergeChallenge(statement, proof), data)).toBe('true');
  });

  it('errors of both halves that cancel under an older delta are refused', async () => {
    // f1 + 1 moves the opening by -1, times delta; a Groth16 proof of inputs that are wrong by as much pays for it.
    const delta = mergeChallenge(statement, proof);
    const opening = { ...proof.opening, f1: Fr.add(proof.opening.f1, 1n) };
    const { signalsDigest } = proof;
    const inputs = publicInputs(statement, { opening, signalsDigest });
    inputs[0] = Fr.sub(inputs[0]!, Fr.mul(delta, Fr.inv(Fr.mul(secrets.gamma, secrets.ic[1]!))));
    const forged = { opening, signalsDigest, groth16: simulateGroth16(secrets, inputs, stream(6n)) };
    expect(foldErrorOf(() => verifyFinal(vk, statement, forged)).got).toMatch(/groth16/);
    const data = encodeCalldata(statement, forged);
    expect(await on.ask(data)).toBe('false');
    expect(await withDelta(delta, data)).toBe('true');
  });

  it('an opening at a point that is not 1/zeta is refused', async () => {
    const elsewhere = 12345n;
    const opening = randomOpening(secrets.tau, stream(7n), elsewhere);
    const data = encodeCalldata(statement, simulateFor(secrets, statement, opening, stream(8n)));
    data.set(wordBytes([elsewhere]), PROOF_AT + 32 * 21);
    expect(await on.ask(data)).toBe('false');
    expect(await on.weakened('mulmod(p.zeta, p.zetaInverse, R) == 1', 'true', data)).toBe('true');
  });
});

describe('the file of the contract', () => {
  it('pins a model digest when it is given one', async () => {
    const pinned = await writeVerifier({ vk, network: 'a test', modelDigest: statement.modelDigest });
    expect(pinned.source).toMatch('only proofs about MODEL_DIGEST are accepted');
    const at = await deploy(on.machine, pinned);
    expect(verdict(await on.machine.call(at, on.honest))).toBe('true');
    const other = { ...statement, modelDigest: 5n };
    const valid = encodeCalldata(other, simulate(secrets, other, stream(7n)));
    expect(await on.ask(valid), 'the contract that is not pinned').toBe('true');
    expect(verdict(await on.machine.call(at, valid))).toBe('false');
    for (const modelDigest of [0n, R, -1n]) {
      const error = await foldErrorOfAsync(() => writeVerifier({ vk, network: 'a test', modelDigest }));
      expect(error.code).toBe('E_INPUT');
    }
  });

  it('says insecure in its name and its NatSpec for an insecure key, whoever asks', async () => {
    expect(on.verifier.name).toBe('FoldVerifier');
    expect(on.verifier.source).not.toMatch(/INSECURE (verifier|development)|InsecureFold/);
    const insecure = simulatedCase(8n);
    for (const key of [
      { ...insecure.vk, insecure: true },
      { ...insecure.vk, tau: g2(DEVELOPMENT_TAU) },
      { ...insecure.vk, beta: g2(DEVELOPMENT_SECRETS.beta) },
    ]) {
      const { name, source } = await writeVerifier({ vk: key, network: 'a test' });
      expect(name).toBe('InsecureFoldVerifier');
      expect(source).toMatch(/contract InsecureFoldVerifier is IFoldVerifier/);
      expect(source).toMatch(/@title INSECURE verifier/);
      expect(source).toMatch(/@notice INSECURE development key: .*anyone can forge/);
      expect(source).toMatch(/bool public constant INSECURE = true/);
    }
    const at = await deploy(on.machine, await writeVerifier({ vk: { ...vk, insecure: true }, network: 'a test' }));
    expect(verdict(await on.machine.call(at, selector('INSECURE()')))).toBe('true');
  });

  it('cannot be changed by the name of a network', async () => {
    const hostile = 'x */ contract Evil { } /* @dev \n } \u202e $& $`';
    const { source } = await writeVerifier({ vk, network: hostile });
    expect(source.split('\n').filter((line) => line.includes('Evil'))).toEqual([
      '/// @dev Network: x ?? contract Evil ? ? ?? ?dev ? ? ? ?? ??.',
    ]);
    expect(await deploy(on.machine, { name: 'FoldVerifier', source })).toHaveLength(20);
  });

  it('leaves no place of its template open and needs no other file', () => {
    expect(on.verifier.source).not.toMatch(/\{\{|\}\}|import /);
    expect(on.verifier.source.match(/pragma solidity/g)).toHaveLength(1);
    expect(on.verifier.source.match(/_addMul\(acc, 0x/g)).toHaveLength(3);
  });
});
