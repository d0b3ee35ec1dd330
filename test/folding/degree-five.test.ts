/** Rows of degree five: the shares of t_1..t_4 against vectors and definition; what a fold keeps and what it refuses. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import { boxShare, crossTerms, quadraticShare } from '../../src/folding/shares.ts';
import { elements } from '../helpers/circuit.ts';
import {
  asTheyAre,
  atDegreeFive,
  type Challenges,
  type Claim,
  foldClaim,
  holds,
  interpolate,
  type PlainRow,
  type RowVector,
} from './degree-five.ts';

type Vectors = Record<'quadratic' | 'cubic' | 'box', Record<string, string> & { readonly t: readonly string[] }>;

const F = field(R);
const vectors = JSON.parse(
  readFileSync(new URL('../fixtures/degree-five.json', import.meta.url), 'utf8'),
) as unknown as Vectors;
const values = (kind: keyof Vectors, ...names: string[]): bigint[] => names.map((name) => BigInt(vectors[kind][name]!));
const expectedOf = (kind: keyof Vectors): bigint[] => vectors[kind].t.map(BigInt);
const powersOf = (l1: bigint, l2: bigint): bigint[] =>
  [1n, 2n, 3n, 4n].map((k) => F.mul(F.pow(l1, 5n - k), F.pow(l2, k)));
const element = elements(R);
const tuple = <N extends number>(n: N) => fc.array(element, { minLength: n, maxLength: n });

describe('the shares of t_1..t_4', () => {
  it('are those of the vectors', () => {
    const [u, A, B] = values('quadratic', 'u', 'A', 'B');
    expect(quadraticShare(u!, A!, B!)).toEqual(expectedOf('quadratic'));
    const [u3, C, D1, D2] = values('cubic', 'u', 'C', 'D1', 'D2');
    expect(crossTerms(u3!, 2, [C!, D1!, D2!])).toEqual(expectedOf('cubic'));
    const [u5, l1, l2, out1] = values('box', 'u', 'l1', 'l2', 'out1');
    const sums = { powers: powersOf(l1!, l2!), out1: out1!, out2: F.pow(l2!, 5n) };
    expect(boxShare(u5!, sums)).toEqual(expectedOf('box'));
  });

  it('are those that the values of the rows give, at any u, 0 included', () => {
    const at = (polynomial: (X: bigint) => bigint): bigint[] => {
      const coefficients = interpolate([0n, 1n, 2n, 3n, 4n, 5n].map((X) => F.create(polynomial(X))));
      return coefficients.slice(1, 5);
    };
    fc.assert(
      fc.property(element, tuple(4), (u, [a, b, c, d]) => {
        expect(quadraticShare(u, a!, b!)).toEqual(at((X) => (u + X) ** 3n * (a! + X * b!)));
        expect(crossTerms(u, 2, [a!, b!, c!])).toEqual(at((X) => (u + X) ** 2n * (a! + X * b! + X * X * c!)));
        const box = { powers: powersOf(a!, b!), out1: c!, out2: d! };
        expect(boxShare(u, box)).toEqual(at((X) => (a! + X * b!) ** 5n - (c! + X * d!) * (u + X) ** 4n));
      }),
    );
  });
});

/** Free entries of z = (u, free..., one output per row). */
const FREE = 4;

/** A row of degree d that defines output k: a sum of products of d forms minus the output times u^(d-1). */
function definingRow(
  degree: number,
  k: number,
  coefficients: readonly bigint[],
  forms: number,
): PlainRow & {
  defined(z: readonly bigint[]): bigint;
} {
  const at = 1 + FREE + k;
  const defined = (z: readonly bigint[]): bigint => {
    let [sum, next] = [0n, 0];
    for (let p = 0; p < forms; p++) {
      let product = 1n;
      for (let d = 0; d < degree; d++) {
        // a form over u, the free entries and the outputs before
        product = F.mul(
          product,
          z.slice(0, at).reduce((s, v) => s + v * coefficients[next++ % coefficients.length]!, 0n),
        );
      }
      sum += product;
    }
    return F.create(sum);
  };
  return { degree, defined, value: (z) => F.create(defined(z) - z[at]! * F.pow(z[0]!, BigInt(degree - 1))) };
}

interface System {
  readonly rows: readonly PlainRow[];
  readonly log: number;
  readonly Q: RowVector;
  /** A satisfied z with u = 1; the first row's output may be off. */
  fresh(free: readonly bigint[], off?: bigint): bigint[];
}

function systemOf(degrees: readonly number[], coefficients: readonly bigint[], build = atDegreeFive): System {
  const rows = degrees.map((degree, k) => definingRow(degree, k, coefficients, 2));
  const log = Math.max(1, Math.ceil(Math.log2(rows.length)));
  const fresh = (free: readonly bigint[], off = 0n): bigint[] => {
    const z = [1n, ...free];
    rows.forEach((row, k) => {
      z.push(F.create(row.defined(z) + (k === 0 ? off : 0n)));
    });
    return z;
  };
  return { rows, log, Q: build(rows, log), fresh };
}

const start = ({ rows, log }: System): Claim => ({
  z: new Array<bigint>(1 + FREE + rows.length).fill(0n),
  rho: new Array<bigint>(log).fill(0n),
  v: 0n,
});

const systems = fc.tuple(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }), tuple(7));
const challenge: fc.Arbitrary<Challenges> = fc.record({
  c: element,
  b: element,
  scalar: fc.bigInt(1n, R - 1n),
});

describe('a fold over random rows of degrees one to five', () => {
  it('keeps the claim from the default instance on, where u = 0; a fresh instance off in one entry breaks it', () => {
    fc.assert(
      fc.property(
        systems,
        fc.array(fc.tuple(tuple(FREE), challenge), { minLength: 2, maxLength: 4 }),
        fc.nat(),
        ([degrees, coefficients], steps, pick) => {
          const system = systemOf(degrees, coefficients);
          let claim = start(system);
          for (const [free, challenges] of steps) {
            claim = foldClaim(system.Q, claim, system.fresh(free), challenges);
            expect(holds(system.Q, claim)).toBe(true);
          }
          const [free, challenges] = steps[0]!;
          const wrong = system.fresh(free);
          const at = 1 + FREE + (pick % degrees.length);
          wrong[at] = F.create(wrong[at]! + 1n);
          // a row's weight may vanish for a special point, never for all of these
          const others = [challenges, { ...challenges, b: 3n }, { ...challenges, b: 5n, c: 7n, scalar: 11n }];
          const kept = others.filter((other) => holds(system.Q, foldClaim(system.Q, claim, wrong, other)));
          expect(kept.length).toBeLessThan(others.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('t_1, t_2, t_3 or t_4 off by one, or moved into another one, breaks it', () => {
    const system = systemOf([2, 5, 3, 4, 1], [3n, 5n, 7n, 11n, 13n]);
    const challenges = { c: 17n, b: 19n, scalar: 23n };
    const claim = foldClaim(system.Q, start(system), system.fresh([1n, 2n, 3n, 4n]), challenges);
    const z2 = system.fresh([4n, 3n, 2n, 1n]);
    const holdsWith = (change: (t: readonly bigint[]) => readonly bigint[]): boolean =>
      holds(
        system.Q,
        foldClaim(system.Q, claim, z2, challenges, (truth) => change(truth.slice(0, 4))),
      );
    expect(holdsWith((t) => t)).toBe(true);
    for (let k = 0; k < 4; k++) {
      expect(holdsWith((t) => t.with(k, F.add(t[k]!, 1n)))).toBe(false);
      for (let j = 0; j < 4; j++) {
        if (j === k) continue;
        expect(holdsWith((t) => t.with(k, 0n).with(j, F.add(t[j]!, t[k]!)))).toBe(false);
      }
    }
  });
});

describe('a fresh instance with a quadratic row that does not vanish', () => {
  const COEFFICIENTS = [3n, 5n, 7n];
  const scalars = Array.from({ length: 50 }, (_, k) => BigInt(3 * k + 2));
  const before = { c: 5n, b: 6n, scalar: 7n };
  const fold = (system: System, z2: readonly bigint[], scalar: bigint, choose?: Parameters<typeof foldClaim>[4]) => {
    const claim = foldClaim(system.Q, start(system), system.fresh([9n, 8n, 7n, 6n]), before);
    return holds(system.Q, foldClaim(system.Q, claim, z2, { c: 2n, b: 3n, scalar }, choose));
  };
  /** Satisfied but for the first row, whose output is off; all others follow that output. */
  const wrongIn = (system: System): bigint[] => system.fresh([1n, 2n, 3n, 4n], 1n);

  it('is absorbed by t_2 where quadratic rows keep their degree: every challenge accepts (the trap)', () => {
    const trap = systemOf([2, 5], COEFFICIENTS, asTheyAre);
    const z2 = wrongIn(trap);
    expect(trap.Q(z2).map((v) => v !== 0n)).toEqual([true, false]);
    // the true coefficient of X^2 holds q(z2): the prover just sends it
    expect(scalars.every((scalar) => fold(trap, z2, scalar))).toBe(true);
  });

  it('is refused at degree five whatever t_1..t_4: they buy at most four challenges', () => {
    const system = systemOf([2, 5], COEFFICIENTS);
    const z2 = wrongIn(system);
    expect(system.Q(z2).map((v) => v !== 0n)).toEqual([true, false]);
    expect(scalars.some((scalar) => fold(system, z2, scalar))).toBe(false);
    const bought = [2n, 5n, 8n, 11n];
    // claim minus truth is sum (t_k - truth_k) X^k - truth_5 X^5: as its roots beside 0, four challenges can be chosen
    const choose = (truth: readonly bigint[]): bigint[] => {
      let difference = [F.neg(truth[4]!)];
      for (const root of bought) {
        difference = [...difference, 0n].map((k, d) => F.create((difference[d - 1] ?? 0n) - root * k));
      }
      return difference.slice(0, 4).map((k, d) => F.create(truth[d]! + k));
    };
    expect(scalars.filter((scalar) => fold(system, z2, scalar, choose))).toEqual(bought);
  });
});

describe('an S-box row out u^4 at u = 0', () => {
  const box: PlainRow = { degree: 5, value: (z) => F.create(z[1]! ** 5n - z[2]! * z[0]! ** 4n) };
  const Q = atDegreeFive([box], 1);
  const challenges = { c: 5n, b: 6n, scalar: 7n };
  const claimOf = (z: readonly bigint[]): Claim => ({ z, rho: [0n], v: 0n });

  it('says nothing of its output: the default instance must be given, not chosen', () => {
    // any output satisfies it, and the fold of a satisfied claim is one: t_4 takes the output in
    const free = claimOf([0n, 0n, 77n]);
    expect(holds(Q, free)).toBe(true);
    const folded = foldClaim(Q, free, [1n, 2n, 32n], challenges);
    expect(holds(Q, folded)).toBe(true);
    // with the default's messages it does not
    const { t } = foldClaim(Q, claimOf([0n, 0n, 0n]), [1n, 2n, 32n], challenges);
    expect(
      holds(
        Q,
        foldClaim(Q, free, [1n, 2n, 32n], challenges, () => t),
      ),
    ).toBe(false);
  });

  it('is not reached by a fresh instance: that its u is 1 the verifier says', () => {
    const one = foldClaim(Q, claimOf([0n, 0n, 0n]), [1n, 2n, 32n], challenges);
    // l = 0 and u = 0 would let the output be anything
    const z2 = [0n, 0n, 99n];
    expect(Q(z2)).toEqual([0n, 0n]);
    const folded = foldClaim(Q, one, z2, challenges);
    const u = F.add(one.z[0]!, challenges.scalar);
    expect(holds(Q, folded)).toBe(true);
    expect(holds(Q, { ...folded, z: folded.z.with(0, u) })).toBe(false);
  });
});
