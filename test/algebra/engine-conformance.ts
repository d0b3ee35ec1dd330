/**
 * What every engine must do, written once: `engineConformance(name, make)` declares the suite for one engine.
 * Twins: bigints (field.ts, curve.ts), the plain Poseidon permutation, @noble/curves for curves and fields.
 */
import { Field as NobleField } from '@noble/curves/abstract/modular.js';
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { bn254 } from '@noble/curves/bn254.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import * as curve from '../../src/algebra/curve.ts';
import type { CurveKernels, Engine, FieldKernels, RowMatrix, Scalars } from '../../src/algebra/engine.ts';
import { type Field, field } from '../../src/algebra/field.ts';
import { ladderRounds } from '../../src/algebra/ladder.ts';
import { type Affine, type CurveParams, G1_PARAMS, GRUMPKIN_PARAMS, Q, R } from '../../src/algebra/params.ts';
import { partialRounds } from '../../src/algebra/poseidon/constants.ts';
import { permuteTraced } from '../../src/algebra/poseidon/permutation.ts';
import { FoldError } from '../../src/errors.ts';
import { Random } from './random.ts';
import { rowConformance } from './row-conformance.ts';

const SIZES = [0, 1, 2, 3, 100, 4096];

export function engineConformance(name: string, make: () => Promise<Engine>): void {
  describe(`engine ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await make();
    });
    for (const which of ['fr', 'fq'] as const) {
      const modulus = which === 'fr' ? R : Q;
      describe(which, () => {
        fieldConformance(() => engine[which], field(modulus));
        rowConformance(() => engine[which], field(modulus));
      });
    }
    describe('g1', () => curveConformance(() => [engine.g1, engine.fr, engine.fq], G1_PARAMS));
    describe('grumpkin', () => curveConformance(() => [engine.grumpkin, engine.fq, engine.fr], GRUMPKIN_PARAMS));
    describe('poseidon', () => poseidonConformance(() => engine));
  });
}

function fieldConformance(kernels: () => FieldKernels, F: Field): void {
  const p = F.modulus;
  const Noble = NobleField(p);
  const random = new Random(`field ${p}`);
  const vector = (n: number) => random.elements(p, n);

  it('states its modulus', () => expect(kernels().modulus).toBe(p));

  it.each(SIZES)('converts %i elements both ways', (n) => {
    const k = kernels();
    const values = vector(n);
    const v = k.encode(values);
    expect(v.length).toBe(32 * n);
    expect(k.decode(v)).toEqual(values);
    const canonical = k.toCanonical(v);
    expect(Buffer.from(canonical)).toEqual(Buffer.concat(values.map((x) => F.toBytes(x))));
    expect(k.fromCanonical(canonical)).toEqual(v);
  });

  it('takes integers modulo the modulus, but refuses bytes that are not canonical', () => {
    const k = kernels();
    expect(k.decode(k.encode([p, p + 5n, -1n]))).toEqual([0n, 5n, p - 1n]);
    for (const bad of [p, p + 1n, 2n ** 256n - 1n]) {
      const bytes = Buffer.concat([F.toBytes(1n), F.toBytes(bad)]);
      expect(() => k.fromCanonical(bytes)).toThrow(expect.objectContaining({ code: 'E_FORMAT' }));
    }
    expect(() => k.fromCanonical(new Uint8Array(33))).toThrow(expect.objectContaining({ code: 'E_FORMAT' }));
  });

  it('converts small integers and bits', () => {
    const k = kernels();
    const borders = Array.from({ length: 52 }, (_, k) => 2 ** (k + 1)).flatMap((v) => [v - 1, v, -v, -v - 1]);
    const small = [0, -0, 1, -1, 2 ** 53, -(2 ** 53), 2 ** 53 - 1, 12345.0, ...borders];
    expect(k.decode(k.fromSmall(Float64Array.from(small)))).toEqual(small.map((v) => F.create(BigInt(v))));
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { maxLength: 40 }), (values) => {
        expect(k.decode(k.fromSmall(Float64Array.from(values)))).toEqual(values.map((v) => F.create(BigInt(v))));
      }),
    );
    for (const bad of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 54]) {
      expect(() => k.fromSmall(Float64Array.of(bad))).toThrow(FoldError);
    }
    expect(k.decode(k.fromBits(Uint8Array.of(0, 1, 1, 0)))).toEqual([0n, 1n, 1n, 0n]);
    const into = k.encode([7n, 7n, 7n, 7n]);
    expect(k.fromBits(Uint8Array.of(1, 0), into.subarray(32, 96)).buffer).toBe(into.buffer);
    expect(k.decode(into)).toEqual([7n, 1n, 0n, 7n]);
    expect(() => k.fromBits(Uint8Array.of(1), into)).toThrow('a result of 32 bytes for 128');
  });

  it.each(SIZES)('adds, subtracts, multiplies and inverts %i elements', (n) => {
    const k = kernels();
    const [a, b] = [vector(n), vector(n).reverse()];
    const [va, vb] = [k.encode(a), k.encode(b)];
    expect(k.decode(k.add(va, vb))).toEqual(a.map((x, i) => Noble.add(x, b[i]!)));
    expect(k.decode(k.sub(va, vb))).toEqual(a.map((x, i) => Noble.sub(x, b[i]!)));
    expect(k.decode(k.mul(va, vb))).toEqual(a.map((x, i) => Noble.mul(x, b[i]!)));
    expect(k.decode(k.mul(va, k.inverse(va)))).toEqual(a.map((x) => (x === 0n ? 0n : 1n)));
    expect(k.decode(va)).toEqual(a);
    if (n > 0) expect(() => k.add(va, vb.subarray(32))).toThrow(FoldError);
  });

  it('multiplies boundary values as @noble/curves does', () => {
    const k = kernels();
    const edges = [0n, 1n, 2n, p - 1n, p - 2n, (p - 1n) / 2n, (p + 1n) / 2n, 2n ** 128n, 2n ** 253n];
    const a = edges.flatMap((x) => edges.map(() => x));
    const b = edges.flatMap(() => edges);
    expect(k.decode(k.mul(k.encode(a), k.encode(b)))).toEqual(a.map((x, i) => Noble.mul(x, b[i]!)));
  });

  it.each(SIZES)('runs axpy, axpyBits, dot and the bit rows over %i elements', (n) => {
    const k = kernels();
    const bits = random.bits(n);
    const [a, b] = [vector(n), vector(n).map((x, i) => (i % 3 === 0 ? BigInt(bits[i]!) : x))];
    for (const s of [0n, 1n, p - 1n, random.element(p)]) {
      const scalar = k.encode([s]);
      const y = k.encode(a);
      k.axpy(y, scalar, k.encode(b));
      expect(k.decode(y)).toEqual(a.map((x, i) => F.add(x, F.mul(s, b[i]!))));
      const z = k.encode(a);
      k.axpyBits(z, scalar, bits);
      expect(k.decode(z)).toEqual(a.map((x, i) => (bits[i] ? F.add(x, s) : x)));
      expect(k.decode(k.bitRows(k.encode(a), scalar))).toEqual(a.map((x) => F.mul(x, F.sub(x, s))));
    }
    expect(k.decode(k.dot(k.encode(a), k.encode(b)))).toEqual([a.reduce((sum, x, i) => sum + x * b[i]!, 0n) % p]);
  });

  it('makes the cross term of the bit rows: rows(b1 + X b2) = rows(b1) + X T for fresh bits b2 and any X', () => {
    const k = kernels();
    const bits = random.bits(50);
    const [b1, u1, X] = [vector(50), random.element(p), random.element(p)];
    const cross = k.decode(k.bitCross(k.encode(b1), k.encode([u1]), bits));
    const folded = k.encode(b1.map((x, i) => F.add(x, F.mul(X, BigInt(bits[i]!)))));
    const expected = b1.map((x, i) => F.add(F.mul(x, F.sub(x, u1)), F.mul(X, cross[i]!)));
    expect(k.decode(k.bitRows(folded, k.encode([F.add(u1, X)])))).toEqual(expected);
  });

  it.each([0, 1, 2, 5, 11])('tabulates eq over %i coordinates, the first weighing bit 0', (n) => {
    const k = kernels();
    const point = vector(n);
    expect(k.decode(k.eqTable(k.encode(point)))).toEqual(eqTable(F, point));
  });

  it.each([1, 2, 3, 6, 11])('finds the polynomial of a line over %i coordinates', (n) => {
    const k = kernels();
    const [values, rho, delta] = [random.elements(p, 2 ** n), random.elements(p, n), random.elements(p, n)];
    const h = k.decode(k.linePolynomial(k.encode(values), k.encode(rho), k.encode(delta)));
    expect(h.length).toBe(n + 1);
    for (const X of [0n, 1n, p - 1n, ...random.elements(p, 3)]) {
      const table = eqTable(
        F,
        rho.map((r, j) => F.add(r, F.mul(X, delta[j]!))),
      );
      const expected = values.reduce((sum, v, i) => sum + v * table[i]!, 0n) % p;
      expect(h.reduceRight((sum, c) => F.add(F.mul(sum, X), c), 0n)).toBe(expected);
    }
  });

  it('stays right at large sizes: h(0) and h(1) are dot products with eq tables', () => {
    const k = kernels();
    const n = 18;
    const system = k.rows(unitMatrix(F));
    const z = k.encode(random.elements(p, 3));
    const before = system.forms(z);
    // No boundary values here: they would make most of the table zero.
    const point = () => k.encode(Array.from({ length: n }, () => random.element(p)));
    const [rho, delta] = [point(), point()];
    const values = k.mul(k.eqTable(rho), k.eqTable(delta));
    const h = k.decode(k.linePolynomial(values, rho, delta));
    expect(k.decode(k.dot(values, k.eqTable(rho)))).toEqual([h[0]]);
    expect(k.decode(k.dot(values, k.eqTable(k.add(rho, delta))))).toEqual([h.reduce((a, b) => F.add(a, b))]);
    const ones = k.fromBits(new Uint8Array(2 ** n).fill(1));
    expect(k.decode(k.dot(k.eqTable(rho), ones))).toEqual([1n]);
    expect(Buffer.compare(k.mul(values, k.inverse(values)), ones)).toBe(0);
    // What stays in the engine's memory is still there after it had to grow.
    expect(system.forms(z)).toEqual(before);
  });

  it('refuses a line without coordinates or with a wrong number of values', () => {
    const k = kernels();
    const [one, three] = [k.encode([1n]), k.encode([1n, 2n, 3n])];
    expect(() => k.linePolynomial(one, k.encode([]), k.encode([]))).toThrow(FoldError);
    expect(() => k.linePolynomial(three, one, one)).toThrow(FoldError);
  });
}

/** One form, z0 - z1 + z2, and no row. */
function unitMatrix(F: Field): RowMatrix {
  return {
    variables: 3,
    formStart: Uint32Array.of(0, 3),
    formVar: Uint32Array.of(0, 1, 2),
    formCoef: Uint32Array.of(0, 1, 0),
    rowStart: Uint32Array.of(0),
    prodA: new Uint32Array(0),
    prodB: new Uint32Array(0),
    prodCoef: new Uint32Array(0),
    boxIn: new Uint32Array(0),
    boxOut: new Uint32Array(0),
    coefficients: Buffer.concat([F.toBytes(1n), F.toBytes(F.modulus - 1n)]),
  };
}

/** eq(point, i) by its definition. */
function eqTable(F: Field, point: readonly bigint[]): bigint[] {
  return Array.from({ length: 2 ** point.length }, (_, i) =>
    point.reduce((product, r, j) => F.mul(product, (i >> j) & 1 ? r : F.sub(1n, r)), 1n),
  );
}

function curveConformance(kernels: () => [CurveKernels, FieldKernels, FieldKernels], params: CurveParams): void {
  const random = new Random(params.name);
  const NoblePoint =
    params.name === 'g1'
      ? bn254.G1.Point
      : weierstrass({
          p: params.base,
          n: params.order,
          h: 1n,
          a: 0n,
          b: params.b,
          Gx: params.generator.x,
          Gy: params.generator.y,
        });
  const sum = (bases: (Affine | null)[], scalars: bigint[]): Affine | null => {
    let total = NoblePoint.ZERO;
    bases.forEach((base, i) => {
      const s = field(params.order).create(scalars[i]!);
      if (base && s !== 0n) total = total.add(NoblePoint.fromAffine(base).multiplyUnsafe(s));
    });
    return total.is0() ? null : total.toAffine();
  };
  /** i -> (i + 1) G by repeated addition. */
  const multiples = (n: number): Affine[] => {
    const points: Affine[] = [params.generator];
    while (points.length < n) points.push(curve.add(params, points[points.length - 1]!, params.generator)!);
    return points.slice(0, n);
  };
  const full = (k: FieldKernels, values: bigint[]): Scalars => ({ kind: 'full', values: k.encode(values) });

  it('converts points both ways and knows the curve', () => {
    const [k] = kernels();
    const points = [params.generator, null, ...multiples(3)];
    const encoded = k.encodePoints(points);
    expect(k.decodePoints(encoded)).toEqual(points);
    const canonical = k.toCanonicalPoints(encoded);
    const F = field(params.base);
    expect(Buffer.from(canonical)).toEqual(
      Buffer.concat(points.flatMap((p) => [F.toBytes(p?.x ?? 0n), F.toBytes(p?.y ?? 0n)])),
    );
    expect(k.fromCanonicalPoints(canonical)).toEqual(encoded);
    expect(k.onCurve(encoded)).toBe(true);
    expect(k.onCurve(k.encodePoints([]))).toBe(true);
    expect(k.onCurve(k.encodePoints([...points, { x: 1n, y: 3n }]))).toBe(false);
    expect(k.onCurve(k.encodePoints([{ x: 0n, y: 1n }]))).toBe(false);
    canonical.set(F.toBytes(params.base), 64);
    expect(() => k.fromCanonicalPoints(canonical)).toThrow(expect.objectContaining({ code: 'E_FORMAT' }));
    expect(() => k.fromCanonicalPoints(canonical.subarray(32))).toThrow(expect.objectContaining({ code: 'E_FORMAT' }));
    expect(() => k.encodePoints([{ x: 0n, y: 0n }])).toThrow(FoldError);
  });

  it.each([0, 1, 2, 3, 40, 300])('sums %i points by full scalars', (n) => {
    const [k, f] = kernels();
    const bases = multiples(n);
    const scalars = random.elements(params.order, n);
    expect(k.msm(k.encodePoints(bases), full(f, scalars))).toEqual(sum(bases, scalars));
  });

  it('sums 4096 points: scalars of known total', () => {
    const [k, f] = kernels();
    const scalars = random.elements(params.order, 4096);
    // sum s_i (i + 1) G by the kernel, against one multiplication.
    const total = scalars.reduce((acc, s, i) => acc + s * BigInt(i + 1), 0n);
    const bases = k.encodePoints(multiples(4096));
    expect(k.msm(bases, full(f, scalars))).toEqual(curve.mul(params, params.generator, total));
    const bits = random.bits(4096);
    const bitTotal = bits.reduce((acc, b, i) => acc + b * (i + 1), 0);
    expect(k.msm(bases, { kind: 'bits', bits })).toEqual(curve.mul(params, params.generator, BigInt(bitTotal)));
    const values = Float64Array.from({ length: 4096 }, (_, i) => (i % 2 ? -1 : 1) * Number(random.element(2n ** 20n)));
    const smallTotal = values.reduce((acc, v, i) => acc + BigInt(v) * BigInt(i + 1), 0n);
    expect(k.msm(bases, { kind: 'small', values })).toEqual(curve.mul(params, params.generator, smallTotal));
  });

  it('sums points of scalars that repeat, thrice on the same points', () => {
    const [k, f] = kernels();
    const few = random.elements(params.order, 8);
    const pick = (n: number): bigint[] => Array.from({ length: n }, () => few[random.index(few.length)]!);
    const bases = k.encodePoints(multiples(1024));
    const cases = [
      [...pick(600), ...random.elements(params.order, 200), ...new Array(224).fill(0n)],
      pick(1024),
      new Array(1024).fill(params.order - 1n),
      // stored multiples by now
      [...random.elements(params.order, 500), ...pick(524)],
    ];
    for (const scalars of cases) {
      const total = scalars.reduce((acc, s, i) => acc + s * BigInt(i + 1), 0n);
      expect(k.msm(bases, full(f, scalars))).toEqual(curve.mul(params, params.generator, total));
    }
    // sums of points that are infinity, and parts that cancel
    const G = params.generator;
    const minus = curve.neg(params, G);
    const signs = k.encodePoints(Array.from({ length: 512 }, (_, i) => (i % 2 ? minus : G)));
    expect(k.msm(signs, full(f, new Array(512).fill(few[4]!)))).toBe(null);
    const opposite = Array.from({ length: 512 }, (_, i) => (i % 4 < 2 ? few[4]! : few[5]!));
    expect(k.msm(signs, full(f, opposite))).toBe(null);
    const halves = k.encodePoints(new Array<Affine>(512).fill(G));
    const cancel = Array.from({ length: 512 }, (_, i) => (i < 256 ? few[4]! : params.order - few[4]!));
    expect(k.msm(halves, full(f, cancel))).toBe(null);
  });

  it('is right for zero scalars, equal, opposite and infinite points', () => {
    const [k, f] = kernels();
    const G = params.generator;
    const minus = curve.neg(params, G);
    const top = params.order - 1n;
    const cases: [(Affine | null)[], bigint[]][] = [
      [[G], [0n]],
      [[G], [1n]],
      [[G], [top]],
      [[null], [5n]],
      [
        [G, G, G],
        [1n, 1n, 1n],
      ],
      [
        [G, minus],
        [7n, 7n],
      ],
      [
        [G, G],
        [top, 1n],
      ],
      [
        [G, null, minus, G],
        [top, top, top, 3n],
      ],
      [new Array(64).fill(G), new Array(64).fill(top)],
      [[...new Array(33).fill(G), ...new Array(33).fill(minus)], new Array(66).fill(2n ** 200n + 1n)],
    ];
    for (const [bases, scalars] of cases) {
      expect(k.msm(k.encodePoints(bases), full(f, scalars))).toEqual(sum(bases, scalars));
    }
    const points = k.encodePoints([G, G, minus, null, minus]);
    const bits = (...b: number[]) => k.msm(points, { kind: 'bits', bits: Uint8Array.from(b) });
    expect(bits(0, 0, 0, 0, 0)).toBe(null);
    expect(bits(1, 0, 1, 1, 0)).toBe(null);
    expect(bits(1, 1, 0, 1, 0)).toEqual(curve.double(params, G));
    expect(bits(1, 1, 1, 1, 1)).toBe(null);
  });

  it('sums by small integers of either sign up to 2^53', () => {
    const [k] = kernels();
    const bases = [...multiples(8), null];
    const points = k.encodePoints(bases);
    const small = (values: number[]) => k.msm(points, { kind: 'small', values: Float64Array.from(values) });
    for (const values of [
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
      [1, -1, 2, -2, 3, 0, -7, 255, 9],
      [2 ** 53, -(2 ** 53), 2 ** 32, -(2 ** 32), 2 ** 32 - 1, 1, 0, -0, 5],
      [0, 0, 0, 0, 0, 0, 0, -(2 ** 53), 2 ** 53],
    ]) {
      expect(small(values)).toEqual(sum(bases, values.map(BigInt)));
    }
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { minLength: 9, maxLength: 9 }), (values) => {
        expect(small(values)).toEqual(sum(bases, values.map(BigInt)));
      }),
      { numRuns: 20 },
    );
    expect(() => small([1])).toThrow(FoldError);
    expect(() => small([0.5, 0, 0, 0, 0, 0, 0, 0, 0])).toThrow(FoldError);
  });

  it('sums a few points, equal, opposite and infinite ones too', () => {
    const [k] = kernels();
    const [g, g2, g3] = multiples(3) as [Affine, Affine, Affine];
    const cases: (Affine | null)[][] = [
      [],
      [null],
      [g],
      [null, g2],
      [g, g],
      [g, curve.neg(params, g)],
      [g, g2, g3, null],
    ];
    cases.push(
      [g, curve.neg(params, g), g2, g2, null, curve.neg(params, g3)],
      random.elements(7n, 9).map((m) => curve.mul(params, g, m)),
    );
    for (const points of cases) {
      const expected = points.reduce<Affine | null>((sum, p) => curve.add(params, sum, p), null);
      expect(k.sum(points)).toEqual(expected);
    }
  });

  it('runs the rounds of a ladder through any coordinates, points of the curve or not', () => {
    const [k, , coordinates] = kernels();
    const p = params.base;
    const coordinate = fc.oneof(fc.bigInt(0n, p - 1n), fc.constantFrom(0n, 1n, p - 1n, p - 2n, p >> 1n));
    const pair = fc.record({ x: coordinate, y: fc.oneof(fc.bigInt(1n, p - 1n), fc.constantFrom(1n, p - 1n)) });
    fc.assert(
      fc.property(pair, fc.array(pair, { maxLength: 9 }), (start, points) => {
        const encoded = k.encodePoints(points);
        let expected: bigint[] | undefined;
        try {
          expected = ladderRounds(p, start, points);
        } catch {
          expect(() => k.ladder(start, encoded)).toThrow(expect.objectContaining({ code: 'E_BUG' }));
          return;
        }
        expect(coordinates.decode(k.ladder(start, encoded))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
    const points = multiples(128).reverse();
    const far = NoblePoint.fromAffine(params.generator).multiply(12345678901234567890n).toAffine();
    expect(coordinates.decode(k.ladder(far, k.encodePoints(points)))).toEqual(ladderRounds(p, far, points));
    expect(() => k.ladder(points[3]!, k.encodePoints(points.slice(3)))).toThrow(
      expect.objectContaining({ code: 'E_BUG' }),
    );
  });

  it('raises a fixed base', () => {
    const [k, f] = kernels();
    const base = curve.mul(params, params.generator, 12345n)!;
    expect(k.fixedBase(base, f.encode([])).length).toBe(0);
    const scalars = [0n, 1n, 2n, 255n, 256n, params.order - 1n, ...random.elements(params.order, 30)];
    for (const list of [scalars, [params.order - 2n], [...scalars, ...scalars].reverse()]) {
      const expected = list.map((s) => curve.mul(params, base, s));
      expect(k.decodePoints(k.fixedBase(base, f.encode(list)))).toEqual(expected);
    }
    const consecutive = Array.from({ length: 3000 }, (_, i) => BigInt(i + 1));
    expect(k.decodePoints(k.fixedBase(params.generator, f.encode(consecutive)))).toEqual(multiples(3000));
  });
}

function poseidonConformance(engine: () => Engine): void {
  const random = new Random('poseidon');
  it.each(Array.from({ length: 16 }, (_, i) => i + 2))('width %i: state and trace are those of the plain form', (t) => {
    const { poseidon, fr } = engine();
    for (const state of [new Array(t).fill(0n), new Array(t).fill(R - 1n), random.elements(R, t)]) {
      const plain = permuteTraced(t, state);
      expect(fr.decode(poseidon.permute(t, fr.encode(state)))).toEqual(plain.state);
      const length = 8 * t + partialRounds(t);
      const trace = fr.encode(new Array(length + 2).fill(9n));
      expect(fr.decode(poseidon.permuteTraced(t, fr.encode(state), trace, 1))).toEqual(plain.state);
      expect(fr.decode(trace)).toEqual([9n, ...plain.powers[2], 9n]);
      const powers = fr.encode(new Array(3 * length).fill(9n));
      expect(fr.decode(poseidon.permutePowers(t, fr.encode(state), powers))).toEqual(plain.state);
      expect(fr.decode(powers)).toEqual(plain.powers.flat());
    }
  });

  it('refuses a wrong width, state or trace', () => {
    const { poseidon, fr } = engine();
    expect(() => poseidon.permute(18, fr.encode(new Array(18).fill(0n)))).toThrow(FoldError);
    expect(() => poseidon.permute(3, fr.encode([1n, 2n]))).toThrow(FoldError);
    const [state, trace] = [fr.encode([1n, 2n]), fr.encode(new Array(72).fill(0n))];
    expect(() => poseidon.permuteTraced(2, state, trace, 1)).toThrow(FoldError);
    expect(() => poseidon.permutePowers(2, state, trace)).toThrow(FoldError);
  });
}
