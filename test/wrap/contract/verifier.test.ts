/** The contract in a real EVM, against simulated proofs (every equation real) and against the native verifier. */
import { beforeAll, describe, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import { DEVELOPMENT_TAU } from '../../../src/folding/commitment-key.ts';
import { CALLDATA_BYTES, encodeCalldata, selector } from '../../../src/wrap/contract/calldata.ts';
import { compileContract } from '../../../src/wrap/contract/compile.ts';
import { type CallResult, createMachine, type Machine } from '../../../src/wrap/contract/evm.ts';
import { measureGas } from '../../../src/wrap/contract/gas.ts';
import { type VerifierSource, writeVerifier } from '../../../src/wrap/contract/write-verifier.ts';
import { mergeChallenge, proofWords, publicSignals, wordBytes } from '../../../src/wrap/final-proof.ts';
import { verifyFinal } from '../../../src/wrap/final-verify.ts';
import { foldErrorOf, foldErrorOfAsync } from '../../helpers/errors.ts';
import { forgeOpening, g2, outsideTheGroup, simulate, simulatedCase, simulateGroth16, stream } from '../simulated.ts';

const Fr = field(R);
const test = simulatedCase(1n);
const { vk, statement, proof, secrets } = test;
const honest = encodeCalldata(statement, proof);

let machine: Machine;
let verifier: VerifierSource;
let address: Uint8Array;

async function deploy({ name, source }: VerifierSource): Promise<Uint8Array> {
  return (await machine.deploy(await compileContract({ 'Verifier.sol': source }, name))).address;
}

/** 'true', 'false', or the first four bytes of what the call reverted with. */
function verdict({ done, data }: CallResult): string {
  if (!done) return `revert ${Buffer.from(data.subarray(0, 4)).toString('hex')}`;
  return data.length === 32 && data[31]! <= 1 ? `${data[31] === 1}` : 'no bool';
}
const ask = async (data: Uint8Array, gasLimit?: number): Promise<string> =>
  verdict(await machine.call(address, data, gasLimit === undefined ? {} : { gasLimit }));

const PRECOMPILE_FAILED = `revert ${Buffer.from(selector('PrecompileFailed()')).toString('hex')}`;
/** Calldata: selector, offset, six words of statement, length, then the words of the proof. */
const PROOF_AT = 4 + 8 * 32;

/** The honest calldata with one word of the proof or, below 0, of what stands before it replaced. */
function withWord(index: number, change: (word: bigint) => bigint): Uint8Array {
  const data = honest.slice();
  const at = PROOF_AT + 32 * index;
  const word = BigInt(`0x${Buffer.from(data.subarray(at, at + 32)).toString('hex')}`);
  data.set(wordBytes([BigInt.asUintN(256, change(word))]), at);
  return data;
}

beforeAll(async () => {
  machine = await createMachine();
  verifier = await writeVerifier({ vk, network: 'a test' });
  address = await deploy(verifier);
});

describe('the verifier contract', () => {
  it('accepts honest proofs, as the native verifier does', async () => {
    expect(await ask(honest)).toBe('true');
    for (const seed of [20n, 21n]) {
      const other = { ...statement, revealed: 0n, root: seed };
      const again = simulate(secrets, other, stream(seed));
      verifyFinal(vk, other, again);
      expect(await ask(encodeCalldata(other, again))).toBe('true');
    }
  });

  it('costs at most 500,000 gas and 1,600 bytes of calldata', async () => {
    const report = await measureGas(verifier, statement, proof);
    expect(report).toMatchObject({ pairing: 249_000, multiplications: 30 * 6000, additions: 30 * 150 });
    expect(report.total).toBeLessThanOrEqual(500_000);
    expect(report.code).toBeLessThanOrEqual(25_000);
    expect(report.calldataBytes).toBe(CALLDATA_BYTES);
    expect(CALLDATA_BYTES).toBeLessThanOrEqual(1600);
    expect(report.codeBytes).toBeLessThan(24_576);
  });

  it('refuses every word of the calldata changed by one, and in its highest bit', async () => {
    for (const change of [(w: bigint) => w + 1n, (w: bigint) => w - 1n, (w: bigint) => w ^ (1n << 255n)]) {
      for (let i = -8; i < proofWords(proof).length; i++)
        expect(await ask(withWord(i, change)), `word ${i}`).toMatch(i === -8 || i === -1 ? /false|revert/ : /false/);
    }
    expect(await ask(honest.map((byte, i) => (i === 0 ? byte ^ 1 : byte)))).toMatch(/revert/);
  });

  it('refuses calldata of a wrong length', async () => {
    for (const length of [0, 3, 4, 5, 36, PROOF_AT, CALLDATA_BYTES - 32, CALLDATA_BYTES - 1])
      expect(await ask(honest.subarray(0, length)), `${length} bytes`).toMatch(/revert/);
    for (const length of [0n, 735n, 737n, 768n, 2n ** 64n, 2n ** 256n - 1n]) {
      const longer = new Uint8Array(CALLDATA_BYTES + 64);
      longer.set(withWord(-1, () => length));
      expect(await ask(longer), `length ${length}`).toMatch(/false|revert/);
    }
  });

  it('refuses second encodings: scalars plus r, coordinates plus q', async () => {
    for (const i of [-7, -6, -5, -4, -3, -2, 18, 19, 20, 21, 22])
      expect(await ask(withWord(i, (w) => w + R)), `word ${i}`).toBe('false');
    for (let i = 0; i < 18; i++) expect(await ask(withWord(i, (w) => w + Q)), `word ${i}`).toBe('false');
  });

  it('refuses points at infinity and off the curve for less than 40,000 gas', async () => {
    for (const [first, words] of [
      [0, 2],
      [2, 4],
      [6, 2],
      [8, 2],
      [10, 2],
      [12, 2],
      [14, 2],
      [16, 2],
    ] as const) {
      const infinity = honest.slice();
      infinity.fill(0, PROOF_AT + 32 * first, PROOF_AT + 32 * (first + words));
      for (const data of [infinity, withWord(first, (w) => w + 1n), withWord(first + words - 1, (w) => Q - w)]) {
        const result = await machine.call(address, data);
        // -y is on the curve: only that one reaches the pairing.
        expect(verdict(result)).toBe('false');
        if (!result.precompiles.has(8)) expect(result.gas).toBeLessThan(40_000);
      }
    }
  });

  it('reverts for a point B outside the group, which only the pairing precompile sees', async () => {
    const outside = { ...proof, groth16: { ...proof.groth16, b: outsideTheGroup() } };
    expect(await ask(encodeCalldata(statement, outside))).toBe(PRECOMPILE_FAILED);
  });

  it('reverts without enough gas and never calls that false', async () => {
    const { gas } = await machine.call(address, honest);
    for (let limit = 5000; limit < gas; limit += 23_000) expect(await ask(honest, limit), `${limit}`).toMatch(/revert/);
    expect(await ask(honest, gas + 10_000)).toBe('true');
  });
});

describe('forgeries by whoever knows all secrets but must beat delta', () => {
  it('a wrong value with a Groth16 proof of it is refused by the opening', async () => {
    const opening = { ...proof.opening, f2: Fr.add(proof.opening.f2, 1n) };
    const groth16 = simulateGroth16(secrets, publicSignals(statement, opening), stream(4n));
    expect(await ask(encodeCalldata(statement, { groth16, opening }))).toBe('false');
  });

  it('quotients adapted to an older delta are refused', async () => {
    const { after } = forgeOpening(test);
    expect(await ask(encodeCalldata(statement, after))).toBe('false');
  });

  it('errors of both halves that cancel under an older delta are refused', async () => {
    // f1 + 1 moves the opening by -delta; a Groth16 proof wrong by +delta would pay for it if delta did not move too.
    const delta = mergeChallenge(statement, proof);
    const opening = { ...proof.opening, f1: Fr.add(proof.opening.f1, 1n) };
    const signals = publicSignals(statement, opening);
    const shifted = [...signals];
    shifted[0] = Fr.sub(signals[0]!, Fr.mul(delta, Fr.inv(Fr.mul(secrets.gamma, secrets.ic[1]!))));
    const groth16 = simulateGroth16(secrets, shifted, stream(6n));
    expect(foldErrorOf(() => verifyFinal(vk, statement, { groth16, opening })).got).toMatch(/groth16/);
    expect(await ask(encodeCalldata(statement, { groth16, opening }))).toBe('false');
  });
});

describe('the file of the contract', () => {
  it('pins a model digest when it is given one', async () => {
    const pinned = await writeVerifier({ vk, network: 'a test', modelDigest: statement.modelDigest });
    expect(pinned.source).toMatch('only proofs about MODEL_DIGEST are accepted');
    const at = await deploy(pinned);
    expect(verdict(await machine.call(at, honest))).toBe('true');
    const other = { ...statement, modelDigest: 5n };
    const valid = encodeCalldata(other, simulate(secrets, other, stream(7n)));
    expect(await ask(valid), 'the contract that is not pinned').toBe('true');
    expect(verdict(await machine.call(at, valid))).toBe('false');
    for (const modelDigest of [0n, R, -1n]) {
      const error = await foldErrorOfAsync(() => writeVerifier({ vk, network: 'a test', modelDigest }));
      expect(error.code).toBe('E_INPUT');
    }
  });

  it('says insecure in its name and its NatSpec for an insecure key, whoever asks', async () => {
    expect(verifier.name).toBe('FoldVerifier');
    expect(verifier.source).not.toMatch(/INSECURE (verifier|development)|InsecureFold/);
    const insecure = simulatedCase(8n);
    for (const key of [
      { ...insecure.vk, insecure: true },
      { ...insecure.vk, tau: g2(DEVELOPMENT_TAU) },
    ]) {
      const { name, source } = await writeVerifier({ vk: key, network: 'a test' });
      expect(name).toBe('InsecureFoldVerifier');
      expect(source).toMatch(/contract InsecureFoldVerifier is IFoldVerifier/);
      expect(source).toMatch(/@title INSECURE verifier/);
      expect(source).toMatch(/@notice INSECURE development key: .*anyone can forge/);
      expect(source).toMatch(/bool public constant INSECURE = true/);
    }
    const at = await deploy(await writeVerifier({ vk: { ...vk, insecure: true }, network: 'a test' }));
    expect(verdict(await machine.call(at, selector('INSECURE()')))).toBe('true');
  });

  it('cannot be changed by the name of a network', async () => {
    const hostile = 'x */ contract Evil { } /* @dev \n } \u202e $& $`';
    const { source } = await writeVerifier({ vk, network: hostile });
    expect(source.split('\n').filter((line) => line.includes('Evil'))).toEqual([
      '/// @dev Network: x ?? contract Evil ? ? ?? ?dev ? ? ? ?? ??.',
    ]);
    expect(await deploy({ name: 'FoldVerifier', source })).toHaveLength(20);
  });

  it('leaves no place of its template open and needs no other file', () => {
    expect(verifier.source).not.toMatch(/\{\{|\}\}|import /);
    expect(verifier.source.match(/pragma solidity/g)).toHaveLength(1);
    expect(verifier.source.match(/_addMul\(acc, 0x/g)).toHaveLength(22);
  });
});
