/** The check of a CycleFold instance on a small system: accepted, refused, attacked. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add } from '../../../src/algebra/curve.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { type Affine, GRUMPKIN_PARAMS, Q } from '../../../src/algebra/params.ts';
import { limbsOf } from '../../../src/circuit/gadgets/fq.ts';
import { atOnce } from '../../../src/turns.ts';
import { startingPoint } from '../../../src/wrap/cyclefold/commitment.ts';
import { DIGITS, oddRepresentative, signedDigits } from '../../../src/wrap/cyclefold/digits.ts';
import { additionSlopes } from '../../../src/wrap/cyclefold/slopes.ts';
import { windowsOf } from '../../../src/wrap/cyclefold/windows.ts';
import { elements, integers, replacing } from '../../helpers/circuit.ts';
import { foldErrorOf } from '../../helpers/errors.ts';
import { R1csUnderTest } from './r1cs-run.ts';
import { commit, F, TOY_GIVEN, TOY_SCALARS, type ToyRun, toy, toyCheck, toyRows, toyRun } from './toy.ts';

const engine = await createEngine();
const system = new R1csUnderTest(engine, toyCheck);
const honest = toyRun((3n << 161n) + 5n, [Q - 1n, 2n], [Q - 7n, 1n << 253n, 0n]);
const COMMITMENT = 'cyclefold-commitment';
const ROWS = 'cyclefold-rows';
const REDUCTIONS = 'cyclefold-rows/reductions';

const withOpening = (change: Partial<ToyRun['opening']>): ToyRun => ({
  ...honest,
  opening: { ...honest.opening, ...change },
});
const recommitted = (run: ToyRun): ToyRun => ({ ...run, instance: { ...run.instance, c: commit(run.opening) } });
const withInstance = (change: Partial<ToyRun['instance']>): ToyRun => ({
  ...honest,
  instance: { ...honest.instance, ...change },
});

describe('a satisfied instance', () => {
  it('is accepted for any u, x, w and challenges', () => {
    const q = elements(Q);
    fc.assert(
      fc.property(integers(163), q, q, q, q, q, fc.bigInt(0n, 1n << 252n), (u, x, y, a, b, c, squeezed) => {
        const run = { ...toyRun(u, [x, y], [a, b, c]), squeezed: [squeezed, squeezed / 3n] };
        expect(system.violated(run)).toBeUndefined();
      }),
      { numRuns: 12 },
    );
  });
  it('is accepted with x between q and 2^254, which stands for the same element', () => {
    const { x } = honest.instance;
    expect(system.violated(withInstance({ x: [x[0]!, limbsOf(2n + Q)] }))).toBeUndefined();
  });
  it('costs 685 constraints a scalar and three for the commitment', () => {
    expect(system.constraints(COMMITMENT)).toBe(685 * TOY_SCALARS + 3);
  });
  it('leaves no signal that can be changed alone', () => {
    expect(system.unnoticed(honest)).toEqual([]);
  });
});

describe('a false instance', () => {
  it('with another e, w or blinding than its commitment fails in the commitment', () => {
    const { w, e } = honest.opening;
    expect(system.violatedScopes(withOpening({ blinding: honest.opening.blinding + 1n }))).toEqual([COMMITMENT]);
    // consistent rows for another witness, under the honest commitment
    const other = [w[0]!, w[1]!, 1n] as const;
    const consistent = toyRows([honest.instance.u, Q - 1n, 2n, ...other]);
    expect(system.violatedScopes(withOpening({ w: other, e: consistent }))).toEqual([COMMITMENT]);
    expect(system.violated(withOpening({ e: e.with(3, F.create(e[3]! + 1n)) }))).toBe(COMMITMENT);
  });
  it('whose rows do not give the committed e fails in the reductions', () => {
    const { w, e } = honest.opening;
    for (let i = 0; i < e.length; i++) {
      const run = recommitted(withOpening({ e: e.with(i, F.create(e[i]! - 1n)) }));
      expect(system.violatedScopes(run)).toEqual([REDUCTIONS]);
    }
    for (let i = 0; i < w.length; i++) {
      const run = recommitted(withOpening({ w: w.with(i, F.create(w[i]! + 1n)) }));
      expect(system.violatedScopes(run)).toEqual([REDUCTIONS]);
    }
    const free = recommitted(withOpening({ e: e.map(() => 0n) }));
    expect(system.violatedScopes(free)).toEqual([REDUCTIONS]);
  });
  it('with another u or x fails in the reductions', () => {
    const { u, x } = honest.instance;
    expect(system.violatedScopes(withInstance({ u: u + 1n }))).toEqual([REDUCTIONS]);
    x.forEach(({ lo, hi }, k) => {
      expect(system.violatedScopes(withInstance({ x: x.with(k, { lo: lo + 1n, hi }) }))).toEqual([REDUCTIONS]);
      expect(system.violatedScopes(withInstance({ x: x.with(k, { lo, hi: hi ^ 1n }) }))).toEqual([REDUCTIONS]);
    });
  });
  it('has no witness with u or x out of range', () => {
    const { x } = honest.instance;
    expect(foldErrorOf(() => system.violated(withInstance({ u: 1n << 163n }))).code).toBe('E_BUG');
    for (const limbs of [
      { lo: 1n << 136n, hi: 0n },
      { lo: 0n, hi: 1n << 118n },
    ]) {
      expect(foldErrorOf(() => system.violated(withInstance({ x: x.with(1, limbs) }))).code).toBe('E_BUG');
    }
  });
  it('with another commitment, on the curve or not, or the starting point, fails in the commitment', () => {
    const { c } = honest.instance;
    const start = startingPoint(TOY_SCALARS);
    const others: Affine[] = [
      { x: c.x, y: GRUMPKIN_PARAMS.base - c.y },
      { x: c.x + 1n, y: c.y },
      { x: c.x, y: c.y + 1n },
      toy.generators[0]!,
      start,
      add(GRUMPKIN_PARAMS, c, start)!,
    ];
    for (const other of others) expect(system.violatedScopes(withInstance({ c: other }))).toEqual([COMMITMENT]);
  });
  it('with errors that only some challenges miss is refused by the others', () => {
    // e_0 and e_1 are changed so that low e_0 + high e_1 stays: those challenges miss it, which is why they come after C
    const low = BigInt.asUintN(127, honest.squeezed[0]!);
    const high = honest.squeezed[0]! >> 127n;
    const { e } = honest.opening;
    const cheating = recommitted(withOpening({ e: [F.create(e[0]! + high), F.create(e[1]! - low), e[2]!, e[3]!] }));
    expect(system.violated(cheating)).toBeUndefined();
    expect(system.violatedScopes({ ...cheating, squeezed: [honest.squeezed[0]! + 1n, 7n] })).toEqual([REDUCTIONS]);
  });
});

describe('chosen advice', () => {
  const PER_DIGIT = 8;
  const PER_SCALAR = PER_DIGIT * DIGITS + 5;
  const at = (scalar: number, digit: number, variable: number): string =>
    `field${TOY_GIVEN + PER_SCALAR * scalar + PER_DIGIT * digit + variable}`;

  /** A sum made with any digits whatever, with the slopes that fit and the commitment that comes out. */
  function withDigit(scalar: number, place: number, digit: bigint): { run: ToyRun; values: Record<string, bigint> } {
    const { w, e, blinding } = honest.opening;
    const digits = [...w, ...e, blinding].map((s) => signedDigits(oddRepresentative(s)));
    digits[scalar]![place] = digit;
    const windows = atOnce(windowsOf(toy.generators));
    const points = digits.flat().map((d, n): Affine => {
      const value = (coefs: readonly bigint[]): bigint => coefs.reduce((s, c, j) => s + c * d ** BigInt(2 * j), 0n);
      return { x: value(windows[n]!.x), y: d * value(windows[n]!.y) };
    });
    const start = startingPoint(TOY_SCALARS);
    const minus = { x: start.x, y: GRUMPKIN_PARAMS.base - start.y };
    const slopes = additionSlopes(start, [...points, minus]);
    let c = start;
    [...points, minus].forEach((p, n) => {
      const x = slopes[n]! ** 2n - c.x - p.x;
      c = { x, y: slopes[n]! * (c.x - x) - c.y };
      c = { x: modR(c.x), y: modR(c.y) };
    });
    const values = Object.fromEntries(
      slopes.slice(0, -1).map((s, n) => [at(Math.floor(n / DIGITS), n % DIGITS, 5), s]),
    );
    values[at(scalar, place, 0)] = digit;
    return { run: { ...honest, instance: { ...honest.instance, c } }, values };
  }
  const modR = (v: bigint): bigint => {
    const m = v % GRUMPKIN_PARAMS.base;
    return m < 0n ? m + GRUMPKIN_PARAMS.base : m;
  };

  it('of another digit opens another commitment: then the rows object', () => {
    const { w } = honest.opening;
    const digits = signedDigits(oddRepresentative(w[1]!));
    const { run, values } = withDigit(1, 84, -digits[84]!);
    expect(system.violatedScopes(run, replacing(values))).toEqual([REDUCTIONS]);
  });
  it('of a digit 0, 2, 9 or -9 is refused, though everything else follows it', () => {
    // the blinding scalar, which no row uses
    for (const digit of [0n, 2n, 9n, modR(-9n)]) {
      const { run, values } = withDigit(TOY_SCALARS - 1, 3, digit);
      expect(system.violatedScopes(run, replacing(values))).toEqual([COMMITMENT]);
    }
    // the same with a digit that is one: nothing objects, so it was the digit
    const { run, values } = withDigit(TOY_SCALARS - 1, 3, -1n);
    expect(system.violatedScopes(run, replacing(values))).toEqual([]);
  });
  it('changed anywhere, with all that is computed from it following, is refused', () => {
    let [bits, fields] = [0, 0];
    system.witness(honest, (kind, index, value) => {
      if (kind === 'bits') bits = index + 1;
      else fields = index + 1;
      return value();
    });
    const changes = fc.oneof(
      fc.integer({ min: 0, max: bits - 1 }).map((n) => ({ [`bits${n}`]: (v: bigint) => v ^ 1n })),
      fc.integer({ min: TOY_GIVEN, max: fields - 1 }).map((n) => ({ [`field${n}`]: (v: bigint) => v + 1n })),
      // past the commitment: limbs, quotients, carries, products
      fc
        .integer({ min: TOY_GIVEN + PER_SCALAR * TOY_SCALARS, max: fields - 1 })
        .map((n) => ({ [`field${n}`]: (v: bigint) => v - 1n })),
    );
    fc.assert(
      fc.property(changes, (change) => {
        let outcome: string | undefined;
        try {
          outcome = system.violated(honest, replacing(change));
        } catch {
          outcome = 'out of range';
        }
        expect(outcome).toBeDefined();
      }),
      { numRuns: 150 },
    );
  });
  it('of an auxiliary value is exact: another value modulo q is refused, the same plus q is not', () => {
    // bits: u, then lo and hi of x twice, then the first definition
    const first = 5;
    let value = 0n;
    system.witness(honest, (kind, index, v) => {
      if (kind === 'bits' && index === first) value = v();
      return v();
    });
    expect(value < Q).toBe(true);
    expect(system.violated(honest, replacing({ [`bits${first}`]: value + Q }))).toBeUndefined();
    expect(system.violated(honest, replacing({ [`bits${first}`]: value + 1n }))).toBe(`${ROWS}/definitions`);
  });
});

describe('a malformed call', () => {
  it('is our bug', () => {
    const { w } = honest.opening;
    expect(foldErrorOf(() => system.witness(withOpening({ w: w.slice(1) }))).code).toBe('E_BUG');
    expect(foldErrorOf(() => system.witness(withOpening({ blinding: Q }))).code).toBe('E_BUG');
  });
});
