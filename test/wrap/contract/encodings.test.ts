/**
 * Second encodings of one statement, with Groth16 proofs of the numbers that follow from them: refused, because what is a field element
 * must be written as one, and a contract without the check takes them.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { R } from '../../../src/algebra/params.ts';
import { encodeCalldata } from '../../../src/wrap/contract/calldata.ts';
import { type FinalProof, type FinalStatement, wordBytes, wordChallenge } from '../../../src/wrap/final-proof.ts';
import { KAPPA, signalsOf } from '../../../src/wrap/signals.ts';
import { verifyFinal } from '../../../src/wrap/verify.ts';
import { foldErrorOf } from '../../helpers/errors.ts';
import { reopened, simulateGroth16, stream } from '../simulated.ts';
import { combined, Deployment, digestOf, PROOF_AT } from './deployment.ts';

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

/** The honest opening with a Groth16 proof of these three numbers, shown with this h'. */
const proofOf = (signalsDigest: bigint, inputs: readonly bigint[]): FinalProof => ({
  opening: proof.opening,
  signalsDigest,
  groth16: simulateGroth16(on.test.secrets, inputs, stream(4n)),
});

describe('second encodings', () => {
  it("of h' are refused, though a proof of h' plus r is as true", async () => {
    const digest = proof.signalsDigest + R;
    const kappa = wordChallenge(KAPPA, [digest, ...list]);
    const forged = proofOf(digest, [digest, kappa, combined(kappa, list)]);
    expect(foldErrorOf(() => verifyFinal(on.test.vk, statement, forged)).got).toMatch(/canonical/);
    const data = encodeCalldata(statement, forged);
    expect(await on.ask(data)).toBe('false');
    expect(await on.weakened(' && p.signalsDigest < R', '', data)).toBe('true');
  });

  /** Name in the contract, place in the list and in the calldata. */
  const FIELDS: readonly [name: string, at: number, place: number][] = [
    ...['modelDigest', 'inputDigest', 'outputDigest', 'revealed', 'steps', 'root'].map(
      (name, k): [string, number, number] => [`t.${name}`, k, 4 + 32 * (k + 1)],
    ),
    ...[0, 2, 3, 4].map((k, i): [string, number, number] => [
      ['p.zeta', 'p.g', 'p.f1', 'p.f2'][i]!,
      22 + i,
      PROOF_AT + 32 * (20 + k),
    ]),
  ];

  /** With `word` in the place of an element that it is congruent to: h' and y are those of the canonical list, kappa is of the words. */
  function shownAs(
    word: bigint,
    at: number,
    place: number,
    of: FinalStatement,
    opening: FinalProof['opening'],
  ): Uint8Array {
    const canonical = signalsOf(of, opening);
    expect(Fr.create(word)).toBe(canonical[at]);
    const digest = digestOf(canonical);
    const kappa = wordChallenge(KAPPA, [digest, ...canonical.with(at, word)]);
    const inputs = [digest, kappa, combined(kappa, canonical)];
    const groth16 = simulateGroth16(on.test.secrets, inputs, stream(4n));
    const data = encodeCalldata(of, { opening, signalsDigest: digest, groth16 });
    data.set(wordBytes([word]), place);
    return data;
  }

  it('of an element of the list are refused, as a value plus r', async () => {
    for (const [name, at, place] of FIELDS) {
      const ask = (word: bigint) => on.ask(shownAs(word, at, place, statement, proof.opening));
      expect([await ask(list[at]!), await ask(list[at]! + R)], name).toEqual(['true', 'false']);
    }
    for (const [name, at, place] of FIELDS.filter(([name]) => ['t.modelDigest', 't.root', 'p.g'].includes(name))) {
      const data = shownAs(list[at]! + R, at, place, statement, proof.opening);
      expect(await on.weakened(` ${name} < R`, ' true', data), name).toBe('true');
    }
    const wide = { ...statement, root: statement.root + R };
    expect(foldErrorOf(() => verifyFinal(on.test.vk, wide, proof)).got).toMatch(/canonical/);
  });

  it("of a zero are refused, as r, in the list and for h'", async () => {
    for (const [name, at, place] of FIELDS) {
      // zeta has an inverse
      if (name === 'p.zeta') continue;
      const zero = { [name.slice(2)]: 0n };
      const of = name.startsWith('t.') ? { ...statement, ...zero } : statement;
      const opening = name.startsWith('p.') ? reopened(on.test.secrets.tau, proof.opening, zero) : proof.opening;
      const ask = (word: bigint) => on.ask(shownAs(word, at, place, of, opening));
      expect([await ask(0n), await ask(R)], name).toEqual(['true', 'false']);
    }
    for (const [digest, expected] of [
      [0n, 'true'],
      [R, 'false'],
    ] as const) {
      const kappa = wordChallenge(KAPPA, [digest, ...list]);
      const zero = proofOf(digest, [0n, kappa, combined(kappa, list)]);
      expect(await on.ask(encodeCalldata(statement, zero))).toBe(expected);
    }
  });
});
