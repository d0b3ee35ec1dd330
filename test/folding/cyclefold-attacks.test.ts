/**
 * Attacks on the CycleFold circuit. A cheating run lets everything follow the forged value, the claimed C, the digits
 * and r too, so that exactly one row stands in its way: that shows of each of the 391 rows that it is needed.
 */
import { describe, expect, it } from 'vitest';
import { mul } from '../../src/algebra/curve.ts';
import { field } from '../../src/algebra/field.ts';
import { type Affine, BETA, G1_PARAMS, Q } from '../../src/algebra/params.ts';
import { scalarOfChallenge } from '../../src/folding/fold-verifier.ts';
import { type Cheat, replacing } from '../helpers/circuit.ts';
import {
  at,
  DIGITS,
  inputOf,
  ROW,
  roundAt,
  run,
  SLOPE,
  SQUARE,
  sumOf,
  system,
  VARIABLES,
  violated,
  W,
} from './cyclefold-run.ts';

const F = field(Q);
const r = 0xfedcba98765432100123456789abcdefn;
const [A, B] = [at(11n), at(13n)];
const C = sumOf(r, A, B);
const honest = run(inputOf(r, A, B, C));

type Name = (typeof VARIABLES)[number];
type Values = Parameters<typeof replacing>[0];
/** Replaces variables of round j. */
const inRound = (j: number, values: Partial<Record<Name, Values[string]>>): Cheat =>
  replacing(
    Object.fromEntries(
      Object.entries(values).map(([name, v]) => [`field${6 * j + VARIABLES.indexOf(name as Name)}`, v]),
    ),
  );

/** The sum that a cheating run's own last accumulator and slope lead to. */
const claimOf = (z: readonly bigint[]): Affine => {
  const [dx, slope] = [z[roundAt(63) + 5]!, z[SLOPE]!];
  const x = F.create(slope * slope - dx - A.x);
  return { x, y: F.create(slope * (A.x - x) - A.y) };
};

/** C, the digits and r as the rounds of z demand them. */
function settled(z: readonly bigint[]): bigint[] {
  const [xB, yB] = [z[4]!, z[5]!];
  let [sx, sy] = [0n, 0n];
  for (let j = 0; j < 64; j++) {
    sx = 4n * sx + z[roundAt(j)]! - xB;
    sy = 4n * sy + z[roundAt(j) + 1]! + yB;
  }
  const digits = F.mul(F.create(sx), F.inv(F.create((BETA - 1n) * xB)));
  const target = F.create(F.mul(F.create(sy), F.inv(2n * yB)) + 2n * digits);
  const sum = claimOf(z);
  return z.with(DIGITS, digits).with(1, target).with(6, sum.x).with(7, sum.y);
}

describe('every row is needed: a forged value that only this row refuses', () => {
  it('settling an honest run changes nothing', () => {
    expect(settled(honest)).toEqual(honest);
    expect(system.violatedRows(honest)).toEqual([]);
  });

  it('in each of the 64 rounds', () => {
    for (let j = 0; j < 64; j++) {
      const [xQ, yQ, l1, l2, xR] = honest.slice(roundAt(j)) as [bigint, bigint, bigint, bigint, bigint];
      const xA = j === 0 ? F.mul(F.mul(BETA, BETA), B.x) : honest[roundAt(j - 1) + 5]!;
      const y2 = F.create((l1 + l2) * (xA - xR));
      // the second slope that makes the tangent product `p` with other values
      const second = (p: bigint, l: bigint, x: bigint): bigint => F.create(p * F.inv(F.create(xA - x)) - l);
      const bent = l1 + 1n;
      const bentR = F.create(bent * bent - xA - xQ);
      const forged = [
        inRound(j, { l1: bent }),
        inRound(j, { xR: xR + 1n, l2: second(y2, l1, xR + 1n) }),
        inRound(j, { x: (v) => v + 1n }),
        // a line through Q that is not the accumulator's: its own rows agree, the accumulator's 2y does not
        inRound(j, { l1: bent, l2: second(2n * yQ - 2n * bent * (xQ - xA), bent, bentR) }),
        inRound(j, { xQ: xQ + 1n }),
        inRound(j, { yQ: yQ + 1n }),
      ];
      forged.forEach((cheat, k) => {
        expect(system.violatedRows(settled(run(inputOf(r, A, B, C), cheat)))).toEqual([6 * j + k]);
      });
    }
  });

  it('in the final addition', () => {
    const slope = settled(run(inputOf(r, A, B, C), replacing({ [`field${SLOPE - W}`]: (v) => v + 1n })));
    expect(system.violatedRows(slope)).toEqual([ROW.slope]);
    const x = C.x + 1n;
    const y = F.create(honest[SLOPE]! * (A.x - x) - A.y);
    expect(system.violatedRows(honest.with(6, x).with(7, y))).toEqual([ROW.sumX]);
    expect(system.violatedRows(honest.with(7, F.neg(C.y)))).toEqual([ROW.sumY]);
  });

  it('in the digits', () => {
    const digits = honest[DIGITS]! + 1n;
    expect(system.violatedRows(honest.with(DIGITS, digits).with(1, r + 2n))).toEqual([ROW.digitsX]);
    for (const other of [r + 1n, r ^ (1n << 127n), r + (1n << 128n), 0n]) {
      expect(system.violatedRows(honest.with(1, other))).toEqual([ROW.digitsY]);
    }
  });

  it('for B off the curve, and for a square bent to hide it', () => {
    const off = { x: B.x, y: F.add(B.y, 1n) };
    const z = settled(run(inputOf(r, A, off, C)));
    expect(system.violatedRows(z)).toEqual([ROW.curve]);
    const square = F.mul(F.create(off.y * off.y - G1_PARAMS.b), F.inv(off.x));
    expect(system.violatedRows(z.with(SQUARE, square))).toEqual([ROW.square]);
  });
});

describe('attacks', () => {
  it('a wrong C is refused by the final addition', () => {
    for (const wrong of [{ ...C, x: F.add(C.x, 1n) }, { ...C, y: F.neg(C.y) }, at(1n), A]) {
      const rows = violated(inputOf(r, A, B, wrong));
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.every((row) => row >= ROW.slope && row <= ROW.sumY)).toBe(true);
    }
  });

  it('a digit flipped, all the rest and C following it, is refused by the digit rows', () => {
    const otherX = (x: bigint): bigint => (x === B.x ? F.mul(BETA, B.x) : B.x);
    for (const j of [0, 31, 63]) {
      const bit = BigInt(2 * (63 - j));
      const claim = (flipped: bigint): bigint[] => inputOf(r, A, B, sumOf(flipped, A, B));
      expect(violated(claim(r ^ (1n << bit)), inRound(j, { yQ: (y) => F.neg(y) }))).toEqual([ROW.digitsY]);
      expect(violated(claim(r ^ (2n << bit)), inRound(j, { xQ: otherX }))).toEqual([ROW.digitsY]);
    }
  });

  it('beta of the other root is refused in its round', () => {
    // round 1: in round 0 the other root is the accumulator's own x
    const other = F.mul(F.mul(BETA, BETA), B.x);
    expect(system.violatedRows(settled(run(inputOf(r, A, B, C), inRound(1, { xQ: other }))))).toEqual([6 + 4]);
  });

  it('B = (x, 0): only the curve row stands between it and any r at all', () => {
    const flat = { x: 12345n, y: 0n };
    const level: Cheat = (_kind, index, value) => (index < 384 && index % 6 === 2 ? 0n : value());
    const claim = claimOf(run(inputOf(r, A, flat, C), level));
    const z = run(inputOf(r, A, flat, claim), level);
    for (const target of [r, 0n, 999n, Q - 1n]) expect(system.violatedRows(z.with(1, target))).toEqual([ROW.curve]);
  });

  it('B = (0, y): only the curve row stands between it and any r at all', () => {
    const flat = { x: 0n, y: 777n };
    const start = inRound(0, { yQ: F.neg(flat.y), l1: 5n });
    const claim = claimOf(run(inputOf(r, A, flat, C), start));
    const z = run(inputOf(r, A, flat, claim), start);
    // the signs that the rounds used; round 0 was forced to minus
    const signs = r & (((1n << 128n) - 1n) / 3n) & ~(1n << 126n);
    for (const target of [0n, 999n, Q - 1n]) {
      const digits = F.mul(F.create(target - signs), F.inv(2n));
      expect(system.violatedRows(z.with(1, target).with(DIGITS, digits))).toEqual([ROW.curve]);
    }
    // and no such point is on the curve: 3 is not a square modulo q
    expect(F.pow(G1_PARAMS.b, (Q - 1n) / 2n)).toBe(Q - 1n);
  });

  it('has no witness where the final addition is exceptional', () => {
    const product = mul(G1_PARAMS, B, scalarOfChallenge(r))!;
    expect(() => run(inputOf(r, product, B, C))).toThrow('inverse of zero');
  });
});
