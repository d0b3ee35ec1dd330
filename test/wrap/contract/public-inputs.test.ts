/**
 * Forgeries of the three public inputs by whoever can make a Groth16 proof of any three numbers: native verifier and contract
 * refuse them, and a contract without the check takes them, where one check alone stands in the way.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { R } from '../../../src/algebra/params.ts';
import { encodeCalldata } from '../../../src/wrap/contract/calldata.ts';
import { type FinalProof, type FinalStatement, wordChallenge } from '../../../src/wrap/final-proof.ts';
import { KAPPA, publicInputs, publicInputsOf, signalsOf } from '../../../src/wrap/signals.ts';
import { verifyFinal } from '../../../src/wrap/verify.ts';
import { foldErrorOf } from '../../helpers/errors.ts';
import { simulate, simulateGroth16, stream } from '../simulated.ts';
import { combined, Deployment, digestOf } from './deployment.ts';

const Fr = field(R);
let on: Deployment;
let statement: FinalStatement;
let proof: FinalProof;
let list: readonly bigint[];
beforeAll(async () => {
  on = await Deployment.make();
  ({ statement, proof } = on.test);
  list = signalsOf(statement, proof.opening);
});

/** The honest opening with a Groth16 proof of these three numbers. */
const proofOf = (inputs: readonly bigint[], seed = 4n): FinalProof => ({
  opening: proof.opening,
  signalsDigest: inputs[0]!,
  groth16: simulateGroth16(on.test.secrets, inputs, stream(seed)),
});
async function refused(forged: FinalProof, of = statement): Promise<void> {
  expect(foldErrorOf(() => verifyFinal(on.test.vk, of, forged)).got).toMatch(/groth16/);
  expect(await on.ask(encodeCalldata(of, forged))).toBe('false');
}
const HASH = 'mod(keccak256(words, SIGNAL_BYTES), R)';

describe("h', kappa and y", () => {
  it('are those of the honest proof', async () => {
    const inputs = publicInputsOf(digestOf(list), list);
    expect(inputs).toEqual(publicInputs(statement, proof));
    const again = proofOf(inputs);
    verifyFinal(on.test.vk, statement, again);
    expect(await on.ask(encodeCalldata(statement, again))).toBe('true');
  });

  it("with h' of another list are refused: kappa is of it too", async () => {
    const other = list.with(2, 5n);
    await refused({ ...proof, signalsDigest: digestOf(other) });
    // a true proof of the other list, shown with this one
    await refused(proofOf(publicInputsOf(digestOf(other), other)));
  });

  it('of the honest list are refused for a list that differs in one element', async () => {
    for (const name of ['modelDigest', 'inputDigest', 'outputDigest', 'revealed', 'steps', 'root'] as const)
      await refused(proof, { ...statement, [name]: statement[name] + 1n });
  });

  it('are refused with a y that is wrong', async () => {
    const [digest, kappa, y] = publicInputs(statement, proof) as [bigint, bigint, bigint];
    for (const wrong of [Fr.add(y, 1n), 0n, list[0]!]) await refused(proofOf([digest, kappa, wrong]));
  });

  it("are refused with a kappa that is not keccak over tag, h' and the list", async () => {
    const digest = digestOf(list);
    const own = wordChallenge(KAPPA, [digest, ...list]);
    for (const [name, kappa] of [
      ['0', 0n],
      ['1', 1n],
      ['the next', Fr.add(own, 1n)],
      ['of another domain', wordChallenge('wrap-delta', [digest, ...list])],
      ['without h_', wordChallenge(KAPPA, list)],
      ['of h_ alone', wordChallenge(KAPPA, [digest])],
      ['of a shorter list', wordChallenge(KAPPA, [digest, ...list.slice(0, -1)])],
      ['of a longer list', wordChallenge(KAPPA, [digest, ...list, 0n])],
      ['of another order', wordChallenge(KAPPA, [...list, digest])],
    ] as const) {
      expect(kappa, name).not.toBe(own);
      await refused(proofOf([digest, kappa, combined(kappa, list)]));
    }
  });
});

describe('two lists with one y', () => {
  it('under one kappa are told apart, because kappa is of the list', async () => {
    const [digest, kappa, y] = publicInputs(statement, proof) as [bigint, bigint, bigint];
    // D + kappa, h_in - 1
    const { modelDigest, inputDigest } = statement;
    const other = { ...statement, modelDigest: Fr.add(modelDigest, kappa), inputDigest: Fr.sub(inputDigest, 1n) };
    const forged = proofOf([digest, kappa, y]);
    await refused(forged, other);
    expect(await on.weakened(HASH, `${kappa}`, encodeCalldata(other, forged))).toBe('true');
  });

  it("found by a prover who knows kappa before h' are told apart, because kappa is of h'", async () => {
    // the verifier's list first; the circuit's, which differs from it, is made to have its y
    const kappa = wordChallenge(KAPPA, list);
    const own = list.with(0, Fr.add(list[0]!, kappa)).with(1, Fr.sub(list[1]!, 1n));
    const forged = proofOf([digestOf(own), kappa, combined(kappa, list)]);
    expect(combined(kappa, own)).toBe(combined(kappa, list));
    await refused(forged);
    const without = [
      // the tag of one word less in the place of h', which is put back
      'let digest := mload(add(words, 0x20))',
      'mstore(add(words, 0x20), sub(KAPPA_TAG, 1))',
      'kappa := mod(keccak256(add(words, 0x20), sub(SIGNAL_BYTES, 0x20)), R)',
      'mstore(add(words, 0x20), digest)',
    ].join('\n');
    expect(await on.weakened(`kappa := ${HASH}`, without, encodeCalldata(statement, forged))).toBe('true');
  });

  it('of which one has other limbs of the same numbers are refused, with its digest and with that of the canonical one', async () => {
    for (const k of [6, 8, 10, 12, 14, 16, 18, 20]) {
      const other = list.with(k, list[k]! + (1n << 136n)).with(k + 1, Fr.sub(list[k + 1]!, 1n));
      for (const digest of [digestOf(other), digestOf(list)]) {
        const kappa = wordChallenge(KAPPA, [digest, ...list]);
        await refused(proofOf([digest, kappa, combined(kappa, other)]));
      }
    }
  });
});

it('a proof of one root of a batch shows nothing under another, with all that can be made of its numbers', async () => {
  const batch = { ...statement, root: 7n };
  const shown = simulate(on.test.secrets, batch, stream(9n));
  verifyFinal(on.test.vk, batch, shown);
  const other = { ...batch, root: 8n };
  await refused(shown, other);
  // the digest of the list that is shown, beside the proof of the list that was proven
  await refused({ ...shown, signalsDigest: digestOf(signalsOf(other, shown.opening)) }, other);
});
