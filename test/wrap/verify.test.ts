import { bn254 } from '@noble/curves/bn254.js';
import { describe, expect, it } from 'vitest';
import { field } from '../../src/algebra/field.ts';
import { Q, R } from '../../src/algebra/params.ts';
import { DEVELOPMENT_TAU } from '../../src/folding/commitment-key.ts';
import { type FinalProof, type FinalStatement, pointNames } from '../../src/wrap/final-proof.ts';
import { DEVELOPMENT_SECRETS } from '../../src/wrap/groth16/development.ts';
import { PUBLIC_INPUTS, publicInputs } from '../../src/wrap/signals.ts';
import { checkVerificationKey, isInsecure, type VerificationKey } from '../../src/wrap/verification-key.ts';
import { FINAL_CHECKS, type FinalCheck, verifyFinal } from '../../src/wrap/verify.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { integersOf, pointsOf, replaced } from '../helpers/mutate.ts';
import {
  forgeOpening,
  g1,
  g2,
  makeKey,
  outsideTheGroup,
  randomOpening,
  simulate,
  simulatedCase,
  simulateFor,
  stream,
} from './simulated.ts';

const Fr = field(R);
const { vk, statement, proof, secrets } = simulatedCase(1n);

/** Name of the check that refuses. */
function failing(s: FinalStatement, p: FinalProof, key: VerificationKey = vk): string {
  const error = foldErrorOf(() => verifyFinal(key, s, p));
  expect(error.code).toBe('E_REJECTED');
  return /"(\w+)"/.exec(error.got!)![1]!;
}

describe('an honest final proof', () => {
  it('passes every check', () => {
    const passed: FinalCheck[] = [];
    verifyFinal(vk, statement, proof, (name) => passed.push(name));
    expect(passed).toEqual(FINAL_CHECKS);
  });

  it('passes for other statements and keys, 0 and r - 1 included', () => {
    for (const seed of [2n, 3n]) {
      const other = simulatedCase(seed);
      const edge = { ...other.statement, revealed: 0n, root: R - 1n, outputDigest: 0n };
      verifyFinal(other.vk, edge, simulate(other.secrets, edge, stream(seed + 10n)));
    }
  });
});

describe('a changed final proof', () => {
  it('is refused for every number of the statement', () => {
    for (const { path, value } of integersOf(statement))
      expect(failing(replaced(statement, path, BigInt(value) + 1n), proof), path.join('.')).toBe('groth16');
  });

  it('is refused for every number of the proof', () => {
    const numbers = integersOf(proof);
    expect(numbers).toHaveLength(8 + 12 + 4 + 1);
    for (const { path, value } of numbers) {
      const expected = ['zeta', 'g', 'f1', 'f2', 'signalsDigest'].includes(`${path.at(-1)}`) ? 'groth16' : 'points';
      expect(failing(statement, replaced(proof, path, BigInt(value) + 1n)), path.join('.')).toBe(expected);
    }
  });

  it('is refused for another point of the curve in every place', () => {
    const points = pointsOf(proof).filter(({ value }) => typeof value.x === 'bigint');
    expect(points).toHaveLength(8);
    for (const { path } of points) {
      const expected = /w[12]/.test(`${path.at(-1)}`) ? 'opening' : 'groth16';
      expect(failing(statement, replaced(proof, path, g1(5n))), path.join('.')).toBe(expected);
    }
    expect(failing(statement, replaced(proof, ['groth16', 'b'], g2(5n)))).toBe('groth16');
    const { cms } = proof.opening;
    for (const other of [cms.slice(1), [...cms, cms[0]!]])
      expect(failing(statement, replaced(proof, ['opening', 'cms'], other)), `${other.length} blocks`).toBe('points');
  });

  it('is refused for encodings that are not canonical, for infinity and for points outside the group', () => {
    for (const { path, value } of integersOf(statement))
      for (const other of [BigInt(value) + R, BigInt(value) - R, R])
        expect(failing(replaced(statement, path, other), proof), path.join('.')).toBe('canonical');
    for (const name of ['zeta', 'g', 'f1', 'f2'] as const)
      for (const other of [proof.opening[name] + R, proof.opening[name] - R, R])
        expect(failing(statement, replaced(proof, ['opening', name], other)), name).toBe('canonical');
    for (const other of [proof.signalsDigest + R, -1n, R])
      expect(failing(statement, replaced(proof, ['signalsDigest'], other))).toBe('canonical');
    expect(failing(statement, replaced(proof, ['opening', 'zeta'], 0n))).toBe('canonical');
    expect(failing(statement, replaced(proof, ['opening', 'cms', 0, 'x'], proof.opening.cms[0]!.x + Q))).toBe('points');
    for (const k of proof.opening.cms.keys()) {
      const moved = replaced(proof, ['opening', 'cms', k], { x: 1n, y: 1n });
      expect(foldErrorOf(() => verifyFinal(vk, statement, moved)).message).toContain(
        `Point ${pointNames(vk.blocks)[k]} `,
      );
    }
    expect(failing(statement, replaced(proof, ['groth16', 'a'], { x: 0n, y: 0n }))).toBe('points');
    const zero = { c0: 0n, c1: 0n };
    expect(failing(statement, replaced(proof, ['groth16', 'b'], { x: zero, y: zero }))).toBe('points');
    expect(failing(statement, replaced(proof, ['groth16', 'b'], outsideTheGroup()))).toBe('points');
  });
});

describe('a forged final proof', () => {
  it('opens the commitments to values that the polynomials do not take: refused by the opening alone', () => {
    const opening = { ...proof.opening, f1: Fr.add(proof.opening.f1, 1n) };
    expect(failing(statement, simulateFor(secrets, statement, opening, stream(4n)))).toBe('opening');
  });

  it('carries the commitments of another run: refused by Groth16', () => {
    expect(failing(statement, { ...proof, opening: randomOpening(secrets.tau, stream(5n)) })).toBe('groth16');
  });

  it('has quotients adapted to a delta known before them: refused because delta covers them', () => {
    const { before, after } = forgeOpening({ secrets, statement, proof });
    expect(before, 'the forgery holds for the delta it was made for').toBe(true);
    expect(failing(statement, after)).toBe('opening');
  });
});

describe('verification keys', () => {
  it('without a contribution are refused, because delta = gamma lets anyone forge', () => {
    const open = makeKey({ ...secrets, delta: secrets.gamma });
    // A = alpha, B = beta, C = -inputs: accepted by the equation, for any statement.
    expect(foldErrorOf(() => verifyFinal(open, statement, proof)).code).toBe('E_KEY');
    // C = inputs, where delta = -gamma
    const minus = makeKey({ ...secrets, delta: R - secrets.gamma });
    // by itself, too: whoever writes a contract asks nothing else
    // C = -inputs times 5/7, where delta = 7/5 gamma
    const ratio = makeKey({ ...secrets, delta: (secrets.gamma * 7n * field(R).inv(5n)) % R });
    for (const [key, got] of [
      [open, '1/1'],
      [minus, '1/1'],
      [ratio, '7/5'],
    ] as const)
      expect(foldErrorOf(() => checkVerificationKey(key)).got).toBe(`a ratio of ${got} or -${got}`);
  });

  const KNOWN = [
    [1n, '1 or -1'],
    [R - 1n, '1 or -1'],
    [7n, '7 or -7'],
  ] as const;
  it.each((['alpha', 'beta', 'delta', 'tau'] as const).flatMap((name) => KNOWN.map((k) => [name, ...k] as const)))(
    'are refused where %s is %i',
    (name, value, told) => {
      const known = { ...secrets, [name]: value };
      // under such a key whoever computes it has a true proof of any statement
      const forged = simulate(known, statement, stream(5n));
      const error = foldErrorOf(() => verifyFinal(makeKey(known), statement, forged));
      expect([error.code, error.got]).toEqual(['E_KEY', `${name} = ${told}`]);
    },
  );

  it('of which alpha alone is known prove anything: no other secret is needed', () => {
    // what every zkey has: [beta]_1, [delta]_1 and the points IC
    const [beta, delta] = [g1(secrets.beta), g1(secrets.delta)].map((p) => bn254.G1.Point.fromAffine({ ...p }));
    const signals = [1n, ...publicInputs(statement, proof)];
    const inputs = vk.ic.reduce<typeof bn254.G1.Point.BASE>(
      (sum, p, i) => sum.add(bn254.G1.Point.fromAffine({ ...p }).multiplyUnsafe(signals[i]!)),
      bn254.G1.Point.ZERO,
    );
    // e(A, [1]) = alpha beta + inputs + delta C, with gamma = 1 as snarkjs has it
    const forge = (alpha: bigint) => {
      const { x, y } = inputs.add(beta!.multiply(alpha)).add(delta!).toAffine();
      return { ...proof, groth16: { a: { x, y }, b: g2(1n), c: g1(1n) } };
    };
    const key = (alpha: bigint) => makeKey({ ...secrets, gamma: 1n, alpha });
    verifyFinal(key(secrets.alpha), statement, forge(secrets.alpha));
    // so a key whose alpha everyone knows must not get as far
    expect(foldErrorOf(() => verifyFinal(key(1n), statement, forge(1n))).code).toBe('E_KEY');
  });

  it('of another circuit or with points off the curve are refused', () => {
    const [off, zero] = [
      { x: 1n, y: 3n },
      { c0: 0n, c1: 0n },
    ];
    const bad: VerificationKey[] = [
      { ...vk, ic: vk.ic.slice(1) },
      { ...vk, ic: [...vk.ic, vk.alpha] },
      { ...vk, alpha: off },
      ...vk.ic.flatMap((_, i) => [off, { x: 0n, y: 0n }].map((point) => ({ ...vk, ic: vk.ic.with(i, point) }))),
      ...(['beta', 'gamma', 'delta', 'tau'] as const).flatMap((name) =>
        [outsideTheGroup(), { x: zero, y: zero }].map((point) => ({ ...vk, [name]: point })),
      ),
    ];
    for (const key of bad) {
      const error = foldErrorOf(() => verifyFinal(key, statement, proof));
      expect([error.code, error.expected]).toEqual([
        'E_KEY',
        expect.stringMatching(`a point of G[12]|${PUBLIC_INPUTS} public inputs`),
      ]);
    }
  });

  it('of another tau or another circuit do not verify', () => {
    expect(failing(statement, proof, { ...vk, tau: g2(secrets.tau + 1n) })).toBe('opening');
    for (const name of ['alpha', 'beta', 'gamma', 'delta'] as const)
      expect(failing(statement, proof, makeKey({ ...secrets, [name]: secrets[name] + 1n })), name).toBe('groth16');
  });

  it('are insecure when they say so, and when one of their secrets is that of a development key though they do not', () => {
    expect(isInsecure(vk)).toBe(false);
    expect(isInsecure({ ...vk, insecure: true })).toBe(true);
    for (const secret of [DEVELOPMENT_TAU, ...Object.values(DEVELOPMENT_SECRETS)])
      for (const name of ['alpha', 'beta', 'delta', 'tau'] as const) {
        const key = makeKey({ ...secrets, [name]: secret });
        expect(isInsecure(key), name).toBe(true);
        // not refused: it serves to run the program
        checkVerificationKey(key);
      }
  });
});
