/** The native verifier on a proof of its own making: a key with known secrets proves anything, which is all that is needed. */
import { bn254 } from '@noble/curves/bn254.js';
import fc from 'fast-check';
import { curves, groth16 } from 'snarkjs';
import { afterAll, describe, expect, test } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import { g1Json, g2Json, groth16Verify } from '../../../src/wrap/groth16/verify.ts';
import { foldErrorOf } from '../../helpers/errors.ts';

const F = field(R);
const G1 = bn254.G1.Point;
const G2 = bn254.G2.Point;

afterAll(async () => {
  await (await curves.getCurveFromName('bn128')).terminate();
});

const g1 = (k: bigint) => {
  const { x, y } = G1.BASE.multiply(k).toAffine();
  return g1Json([x, y]);
};
const g2 = (k: bigint) => {
  const { x, y } = G2.BASE.multiply(k).toAffine();
  return g2Json([x.c0, x.c1, y.c0, y.c1]);
};

const [alpha, beta, gamma, delta, a, b] = [2n, 3n, 5n, 7n ** 41n, 1234n, R - 77n] as const;
const ic = [11n, 13n, R - 1n];
const key = {
  protocol: 'groth16',
  curve: 'bn128',
  nPublic: 2,
  vk_alpha_1: g1(alpha),
  vk_beta_2: g2(beta),
  vk_gamma_2: g2(gamma),
  vk_delta_2: g2(delta),
  IC: ic.map(g1),
};

/** The proof that whoever knows the secrets makes: C solves the equation. */
function forged(inputs: readonly bigint[]) {
  const statement = [1n, ...inputs].reduce((s, x, i) => F.add(s, F.mul(x, ic[i]!)), 0n);
  const c = F.mul(F.create(a * b - alpha * beta - gamma * statement), F.inv(delta));
  return { protocol: 'groth16', curve: 'bn128', pi_a: g1(a), pi_b: g2(b), pi_c: g1(c) };
}

test('agrees with snarkjs on right and on wrong inputs', async () => {
  const element = fc.bigInt(0n, R - 1n);
  await fc.assert(
    fc.asyncProperty(element, element, element, async (x, y, z) => {
      const proof = forged([x, y]);
      for (const inputs of [
        [x, y],
        [x, z],
      ]) {
        const json = inputs.map(String);
        const expected = inputs[1] === y;
        expect(groth16Verify(key, json, proof)).toBe(expected);
        expect(await groth16.verify(key, json, proof)).toBe(expected);
      }
    }),
    { numRuns: 4 },
  );
});

test('inputs that make the statement the point at infinity are verified', () => {
  const inputs = [0n, 11n];
  expect(groth16Verify(key, inputs.map(String), forged(inputs))).toBe(true);
  expect(groth16Verify(key, ['0', '12'], forged(inputs))).toBe(false);
});

describe('what no honest prover sends is refused', () => {
  const inputs = ['1', '2'];
  const proof = forged([1n, 2n]);
  const code = (k: unknown, i: unknown, p: unknown) => foldErrorOf(() => groth16Verify(k, i, p)).code;

  test('inputs that are not canonical, negative, or of another number', () => {
    for (const wide of [R, R + 1n]) expect(code(key, [`${wide}`, '2'], forged([wide - R, 2n]))).toBe('E_REJECTED');
    expect(code(key, ['1'], proof)).toBe('E_REJECTED');
    expect(code(key, ['1', '2', '0'], proof)).toBe('E_REJECTED');
    for (const bad of ['-1', '01', '0x1', ' 1', '1e3', '', 1]) expect(code(key, [bad, '2'], proof)).toBe('E_FORMAT');
  });

  test('points off the curve, at infinity, not canonical, not affine', () => {
    const [x, y] = proof.pi_a;
    const points = [
      ['1', '1', '1'],
      ['0', '0', '1'],
      ['0', '1', '0'],
      [x, y, '2'],
      [`${BigInt(x) + Q}`, y, '1'],
    ];
    for (const point of points) {
      expect(code(key, inputs, { ...proof, pi_a: point })).toBe('E_REJECTED');
      expect(code(key, inputs, { ...proof, pi_c: point })).toBe('E_REJECTED');
      expect(code({ ...key, vk_alpha_1: point }, inputs, proof)).toBe('E_KEY');
      for (const [s] of ic.entries())
        expect(code({ ...key, IC: key.IC.with(s, point as never) }, inputs, proof)).toBe('E_KEY');
    }
    const [bx, by, one] = proof.pi_b;
    const zero = ['0', '0'];
    const ofG2 = [
      [by, bx, one],
      [zero, zero, one],
      [bx, by, ['1', '1']],
      ...[0, 1].map((k) => [bx!.map((c, j) => (j === k ? `${BigInt(c) + Q}` : c)), by, one]),
      ...[0, 1].map((k) => [bx, by!.map((c, j) => (j === k ? `${BigInt(c) + Q}` : c)), one]),
    ];
    for (const point of ofG2) {
      expect(code(key, inputs, { ...proof, pi_b: point })).toBe('E_REJECTED');
      for (const name of ['vk_beta_2', 'vk_gamma_2', 'vk_delta_2'])
        expect(code({ ...key, [name]: point }, inputs, proof), name).toBe('E_KEY');
    }
  });

  test('a point of the twist outside the group', () => {
    const { Fp2 } = bn254.fields;
    const twist = G2.CURVE() as unknown as { readonly b: { readonly c0: bigint; readonly c1: bigint } };
    let outside: string[][] | undefined;
    for (let c0 = 1n; !outside; c0++) {
      const x = Fp2.create({ c0, c1: 0n });
      try {
        const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), Fp2.create(twist.b)));
        const point = G2.fromAffine({ x, y });
        if (!point.isTorsionFree()) outside = g2Json([x.c0, x.c1, y.c0, y.c1]) as string[][];
      } catch {
        // not a square: the next x
      }
    }
    expect(code(key, inputs, { ...proof, pi_b: outside })).toBe('E_REJECTED');
    expect(code({ ...key, vk_delta_2: outside }, inputs, proof)).toBe('E_KEY');
  });

  test('keys that are inconsistent or that nobody contributed to', () => {
    expect(code({ ...key, nPublic: 1 }, ['1'], proof)).toBe('E_KEY');
    for (const other of [gamma, R - gamma])
      expect(code({ ...key, vk_delta_2: g2(other) }, inputs, proof)).toBe('E_KEY');
    expect(code({ ...key, protocol: 'plonk' }, inputs, proof)).toBe('E_FORMAT');
    expect(code(undefined, inputs, proof)).toBe('E_FORMAT');
    expect(code(key, inputs, { ...proof, pi_b: proof.pi_a })).toBe('E_FORMAT');
  });
});
