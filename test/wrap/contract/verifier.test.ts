/** The contract in a real EVM, against simulated proofs (every equation real): what it accepts and how it refuses. */
import { beforeAll, describe, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import { calldataBytes, encodeCalldata, selector } from '../../../src/wrap/contract/calldata.ts';
import { estimateGas, measureGas } from '../../../src/wrap/contract/gas.ts';
import { proofWords, wordBytes } from '../../../src/wrap/final-proof.ts';
import { verifyFinal } from '../../../src/wrap/verify.ts';
import { outsideTheGroup, simulate, stream } from '../simulated.ts';
import { Deployment, PROOF_AT, verdict } from './deployment.ts';

const PRECOMPILE_FAILED = `revert ${Buffer.from(selector('PrecompileFailed()')).toString('hex')}`;

describe.each([
  { circuit: 'the slot circuit', blocks: ['M', 'P'], bytes: 1092 },
  { circuit: 'the machine', blocks: ['M', 'T', 'P'], bytes: 1156 },
] as const)('the verifier contract of $circuit', ({ blocks, bytes }) => {
  let on: Deployment;
  beforeAll(async () => {
    on = await Deployment.make(blocks);
  });
  /** Words of the proof that are coordinates; six scalars follow. */
  const coordinates = 16 + 2 * blocks.length;

  /** The honest calldata with one word of the proof or, below 0, of what stands before it replaced. */
  function withWord(index: number, change: (word: bigint) => bigint): Uint8Array {
    const data = on.honest.slice();
    const at = PROOF_AT + 32 * index;
    const word = BigInt(`0x${Buffer.from(data.subarray(at, at + 32)).toString('hex')}`);
    data.set(wordBytes([BigInt.asUintN(256, change(word))]), at);
    return data;
  }

  it('accepts honest proofs, as the native verifier does', async () => {
    expect(await on.ask(on.honest)).toBe('true');
    for (const seed of [20n, 21n]) {
      const other = { ...on.test.statement, revealed: 0n, root: seed };
      const again = simulate(on.test.secrets, other, stream(seed), blocks);
      verifyFinal(on.test.vk, other, again);
      expect(await on.ask(encodeCalldata(other, again))).toBe('true');
    }
  });

  it(`costs at most 400,000 gas and ${bytes} bytes of calldata`, async () => {
    const report = await measureGas(on.verifier, on.test.statement, on.test.proof);
    expect(report).toMatchObject({ pairing: 249_000, multiplications: (10 + blocks.length) * 6000 });
    expect(report.additions).toBe((10 + blocks.length) * 150);
    expect(report.total).toBeLessThanOrEqual(400_000);
    expect(report.code).toBeLessThanOrEqual(21_000 + 2_000 * blocks.length);
    expect(report.calldataBytes).toBe(bytes);
    expect(calldataBytes(blocks)).toBe(bytes);
    expect(report.codeBytes).toBeLessThan(24_576);
    expect(Math.abs(estimateGas(on.test.statement, on.test.proof) - report.total)).toBeLessThan(1000);
  });

  it('refuses every word of the calldata changed by one, and in its highest bit', async () => {
    for (const change of [(w: bigint) => w + 1n, (w: bigint) => w ^ (1n << 255n)]) {
      for (let i = -8; i < proofWords(on.test.proof).length; i++)
        expect(await on.ask(withWord(i, change)), `word ${i}`).toMatch(i === -8 || i === -1 ? /false|revert/ : /false/);
    }
    expect(await on.ask(on.honest.map((byte, i) => (i === 0 ? byte ^ 1 : byte)))).toMatch(/revert/);
  });

  it('refuses calldata of a wrong length', async () => {
    for (const length of [0, 3, 4, 5, 36, PROOF_AT, bytes - 32, bytes - 1])
      expect(await on.ask(on.honest.subarray(0, length)), `${length} bytes`).toMatch(/revert/);
    for (const length of [
      0n,
      ...[-32, -1, 1, 32].map((more) => BigInt(32 * (coordinates + 6) + more)),
      2n ** 64n,
      2n ** 256n - 1n,
    ]) {
      const longer = new Uint8Array(bytes + 64);
      longer.set(withWord(-1, () => length));
      expect(await on.ask(longer), `length ${length}`).toMatch(/false|revert/);
    }
  });

  it('refuses second encodings: scalars plus r, coordinates plus q', async () => {
    for (const i of [-7, -6, -5, -4, -3, -2, ...[0, 1, 2, 3, 4, 5].map((k) => coordinates + k)])
      expect(await on.ask(withWord(i, (w) => w + R)), `word ${i}`).toBe('false');
    for (let i = 0; i < coordinates; i++) expect(await on.ask(withWord(i, (w) => w + Q)), `word ${i}`).toBe('false');
  });

  it('refuses points at infinity and off the curve for less than 40,000 gas', async () => {
    const others = Array.from({ length: coordinates / 2 - 3 }, (_, k) => [6 + 2 * k, 2] as const);
    for (const [first, words] of [[0, 2], [2, 4], ...others] as const) {
      const infinity = on.honest.slice();
      infinity.fill(0, PROOF_AT + 32 * first, PROOF_AT + 32 * (first + words));
      for (const data of [infinity, withWord(first, (w) => w + 1n), withWord(first + words - 1, (w) => Q - w)]) {
        const result = await on.machine.call(on.address, data);
        // -y is on the curve: only that one reaches the pairing.
        expect(verdict(result)).toBe('false');
        if (!result.precompiles.has(8)) expect(result.gas).toBeLessThan(40_000);
      }
    }
  });

  it('refuses a point B of which one half of the equation holds: the real part of y^2, or the imaginary one', async () => {
    const { proof, statement } = on.test;
    const { x, y } = proof.groth16.b;
    const Fq = field(Q);
    for (const other of [
      { c0: y.c0, c1: Q - y.c1 },
      { c0: Fq.add(y.c0, y.c0), c1: Fq.mul(y.c1, Fq.inv(2n)) },
    ]) {
      const half = { ...proof, groth16: { ...proof.groth16, b: { x, y: other } } };
      expect(await on.ask(encodeCalldata(statement, half))).toBe('false');
    }
  });

  it('reverts for a point B outside the group, which only the pairing precompile sees', async () => {
    const { proof, statement } = on.test;
    const outside = { ...proof, groth16: { ...proof.groth16, b: outsideTheGroup() } };
    expect(await on.ask(encodeCalldata(statement, outside))).toBe(PRECOMPILE_FAILED);
  });

  it('reverts without enough gas and never calls that false', async () => {
    const { gas } = await on.machine.call(on.address, on.honest);
    for (let limit = 5000; limit < gas; limit += 46_000)
      expect(await on.ask(on.honest, limit), `${limit}`).toMatch(/revert/);
    expect(await on.ask(on.honest, gas + 10_000)).toBe('true');
  });
});
