/** The class revealed from a hidden readout: every winner with every k, equal logits, and a witness that lies in one row only. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { hash, nativeSponge } from '../../src/algebra/sponge.ts';
import { packForms } from '../../src/layers/pack.ts';
import { firstArgmax, type ReadoutOpening, revealClass } from '../../src/wrap/reveal.ts';
import { CheckingSystem } from '../helpers/checking.ts';
import { Gadget } from '../helpers/circuit.ts';

const engine = await createEngine();
const OUTPUTS = 4;
const BITS = 6;
const SALT = 77n;

let opening: ReadoutOpening;
const gadget = new Gadget(engine, 'fr', 2, (cs, [o, k]) => {
  revealClass(cs, { outputs: OUTPUTS, bits: BITS }, o!, k!, () => opening);
  return [];
});

const digestOf = ({ salt, shifted }: ReadoutOpening): bigint =>
  hash(nativeSponge(engine), 'out', [salt, ...packForms(new CheckingSystem(engine), shifted, BITS, 0n)]);
/** o and k, and the logits behind o. */
function inputs(shifted: readonly bigint[], k: bigint): bigint[] {
  opening = { salt: SALT, shifted };
  return [digestOf(opening), k];
}
const violations = (shifted: readonly bigint[], k: bigint, values: Parameters<Gadget['violated']>[1] = {}): number[] =>
  gadget.violated(inputs(shifted, k), values);

/** Rows by what they assert, counted from the end: all before them are the hash of the opening. */
const { rows } = gadget.cost;
const ROW = {
  digest: rows - 4 - OUTPUTS,
  oneWinner: rows - 3 - OUTPUTS,
  largest: rows - 2 - OUTPUTS,
  notExceeded: (j: number) => rows - 1 - OUTPUTS + j,
  revealed: rows - 1,
};
/** Allocations of bits: the logits, the winners, the differences. */
const winner = (j: number): string => `bits${OUTPUTS + j}`;
const difference = (j: number): string => `bits${2 * OUTPUTS + j}`;

/** Logits whose largest is the one at j, the others in every order of sizes. */
const withWinner = (j: number): bigint[][] => {
  const others = [0n, 13n, 62n].map((v, k, all) => [v, all[(k + 1) % 3]!, all[(k + 2) % 3]!]);
  return [...others, [5n, 5n, 5n], [0n, 0n, 0n]].map((rest) => rest.toSpliced(j, 0, 63n));
};

beforeEach(() => {
  opening = { salt: SALT, shifted: [1n, 2n, 3n, 4n] };
});

describe('revealClass', () => {
  it.each([0, 1, 2, 3])('takes k = 0 and k = %i + 1 where that is the class, and no other k', (j) => {
    for (const shifted of withWinner(j)) {
      expect(firstArgmax(shifted)).toBe(j);
      for (let k = 0n; k <= BigInt(OUTPUTS) + 2n; k++) {
        const expected = k === 0n || k === BigInt(j) + 1n ? [] : [ROW.revealed];
        expect(violations(shifted, k), `${shifted} ${k}`).toEqual(expected);
      }
      expect(violations(shifted, R - 1n)).toEqual([ROW.revealed]);
    }
  });

  it('takes the first of equal logits', () => {
    for (const [shifted, first] of [
      [[9n, 9n, 9n, 9n], 0],
      [[0n, 0n, 0n, 0n], 0],
      [[63n, 63n, 63n, 63n], 0],
      [[3n, 9n, 9n, 1n], 1],
      [[3n, 1n, 9n, 9n], 2],
      [[3n, 9n, 1n, 9n], 1],
    ] as const) {
      expect(violations(shifted, BigInt(first) + 1n)).toEqual([]);
      for (const [j, logit] of shifted.entries()) {
        if (j === first || logit !== shifted[first]) continue;
        // another of the largest named as the winner: those before it are not smaller
        const lie = { [winner(first)]: 0n, [winner(j)]: 1n };
        const equal = shifted.flatMap((l, at) => (at < j && l === logit ? [at] : []));
        const differences = Object.fromEntries(equal.map((at) => [difference(at), 0n]));
        expect(violations(shifted, BigInt(j) + 1n, { ...lie, ...differences })).toEqual(equal.map(ROW.notExceeded));
      }
    }
  });

  it('refuses a winner that another logit exceeds', () => {
    // only 20 at place 2 exceeds; every other difference fits
    const lie = { [winner(2)]: 0n, [winner(1)]: 1n, [difference(2)]: 0n };
    expect(violations([3n, 9n, 20n, 1n], 2n, lie)).toEqual([ROW.notExceeded(2)]);
    const before = { [winner(2)]: 0n, [winner(3)]: 1n, [difference(2)]: 0n };
    expect(violations([3n, 9n, 20n, 10n], 4n, before)).toEqual([ROW.notExceeded(2)]);
  });

  it('refuses two winners, whose sum would name a third class, and none', () => {
    // 9 + 5 exceeds everything, and classes 0 and 1 would sum to 1
    expect(violations([9n, 5n, 3n, 1n], 2n, { [winner(1)]: 1n })).toEqual([ROW.oneWinner]);
    expect(violations([5n, 9n, 3n, 1n], 4n, { [winner(2)]: 1n })).toEqual([ROW.oneWinner]);
    const none = {
      [winner(0)]: 0n,
      [difference(0)]: 0n,
      [difference(1)]: 0n,
      [difference(2)]: 0n,
      [difference(3)]: 0n,
    };
    expect(violations([9n, 5n, 3n, 1n], 1n, none)).toContain(ROW.oneWinner);
  });

  it('refuses another largest value than the winner has', () => {
    // allocations of field variables: the salt, the sum over the winners. 10 exceeds everything, but the winner has 5
    const lie = { [winner(0)]: 0n, [winner(1)]: 1n, field1: 10n };
    expect(violations([9n, 5n, 3n, 1n], 2n, lie)).toEqual([ROW.largest]);
  });

  it('refuses logits and a salt that do not open o, and leaves no variable free', () => {
    const honest = inputs([9n, 5n, 3n, 1n], 1n);
    for (const change of [{ salt: SALT + 1n }, { shifted: [9n, 5n, 3n, 2n] }]) {
      opening = { salt: SALT, shifted: [9n, 5n, 3n, 1n], ...change };
      expect(gadget.violated(honest, {})).toEqual([ROW.digest]);
    }
    for (const j of [0, 1, 2, 3]) expect(gadget.loose(inputs(withWinner(j)[0]!, BigInt(j) + 1n))).toEqual([]);
    expect(gadget.loose(inputs([9n, 9n, 9n, 9n], 0n))).toEqual([]);
  });
});
