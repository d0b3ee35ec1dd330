/** Signed digits of a challenge's scalar: they are that scalar, none is followed by another one, and every residue has one. */
import { describe, expect, it } from 'vitest';
import { field } from '../../src/algebra/field.ts';
import { challengeDigits, DIGITS } from '../../src/algebra/module/challenge-digits.ts';
import { LAMBDA, R } from '../../src/algebra/params.ts';
import { scalarOfChallenge } from '../../src/folding/fold-verifier.ts';
import { Random } from './random.ts';

const F = field(R);
const challenges = [
  ...[0n, 1n, 2n, 3n, 2n ** 128n - 1n, 0x5555_5555_5555_5555_5555_5555_5555_5555n],
  ...new Random('challenge digits').elements(2n ** 128n, 200),
];

describe('digits of a challenge', () => {
  it('are its scalar', () => {
    for (const r of challenges) {
      const value = challengeDigits(r).reduceRight((sum, place) => {
        const { a, b } = place === undefined ? { a: 0n, b: 0n } : DIGITS[place]!;
        return F.create(2n * sum + a * LAMBDA + b);
      }, 0n);
      expect(value).toBe(scalarOfChallenge(r));
    }
  });

  it('end with a digit, are at most 67, and have a 0 between any two', () => {
    for (const r of challenges) {
      const digits = challengeDigits(r);
      expect(digits.at(-1)).toBeDefined();
      expect(digits.length).toBeLessThanOrEqual(67);
      expect(digits.some((digit, k) => digit !== undefined && digits[k + 1] !== undefined)).toBe(false);
    }
  });

  it('are one for each residue modulo 4 that 2 does not divide', () => {
    const residues = DIGITS.map(({ a, b }) => `${a & 3n} ${b & 3n}`);
    expect(new Set(residues).size).toBe(12);
    expect(DIGITS.every(({ a, b }) => ((a | b) & 1n) === 1n)).toBe(true);
  });
});
