/** The parts of the multi-scalar multiplication: encoding, digits, the endomorphism, and inputs made to meet special cases. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as curve from '../../../src/algebra/curve.ts';
import { field } from '../../../src/algebra/field.ts';
import { assembleKernels } from '../../../src/algebra/kernels/assemble.ts';
import { signed, unsigned } from '../../../src/algebra/kernels/assembly/encoding.ts';
import { ENDOMORPHISMS } from '../../../src/algebra/kernels/curve/glv.ts';
import { createKernelEngine } from '../../../src/algebra/kernels/index.ts';
import { BitTables } from '../../../src/algebra/module/bit-tables.ts';
import { DigitSorter, type Magnitudes, type Sorted, sortByScalar } from '../../../src/algebra/module/digits.ts';
import { G1, GRUMPKIN } from '../../../src/algebra/module/engine.ts';
import { instantiate } from '../../../src/algebra/module/instance.ts';
import { MultipleTables } from '../../../src/algebra/module/multiple-tables.ts';
import { bitLength } from '../../../src/algebra/module/point-bytes.ts';
import { PointSums } from '../../../src/algebra/module/point-sums.ts';
import { type Affine, G1_PARAMS, GRUMPKIN_PARAMS } from '../../../src/algebra/params.ts';
import { Random } from '../random.ts';

const engine = await createKernelEngine();
const module = await instantiate(await assembleKernels());

it('writes the integers of the binary format', () => {
  // Examples of the DWARF standard, appendix C.
  expect(unsigned(624485)).toEqual([0xe5, 0x8e, 0x26]);
  expect([2n, -2n, 127n, -127n, 128n, -128n].map((v) => signed(v))).toEqual([
    [2],
    [0x7e],
    [0xff, 0],
    [0x81, 0x7f],
    [0x80, 1],
    [0x80, 0x7f],
  ]);
});

const magnitudes = (values: readonly bigint[], perScalar: number): Magnitudes => ({
  words: Uint32Array.from(
    values.flatMap((v) => Array.from({ length: perScalar }, (_, w) => Number((v >> BigInt(32 * w)) & 0xffffffffn))),
  ),
  perScalar,
  negative: Uint8Array.from(values, (_, i) => i % 2),
});

/** Buckets in the module's memory as lists of entries. */
function listed({ starts, buckets, entries }: Sorted): number[][] {
  const words = (at: number, n: number) =>
    module.arena.view(at, 4 * n, (view) => [...new Uint32Array(view.slice().buffer)]);
  const bounds = words(starts, buckets + 1);
  const all = words(entries, bounds[buckets]!);
  return bounds.slice(1).map((to, b) => all.slice(bounds[b], to));
}

it('cuts scalars into signed digits that sum up to them, sorted by digit and by scalar', () => {
  const { arena } = module;
  fc.assert(
    fc.property(
      fc.array(fc.bigInt(0n, 2n ** 128n - 1n), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 1, max: 200 }),
      (random, c, group) => {
        const values = [...random, 0n, 2n ** 128n - 1n, 2n ** 127n, 2n ** BigInt(c - 1)];
        const n = values.length;
        const scalars = magnitudes(values, 4);
        const windows = Math.floor(bitLength(scalars.words, scalars.perScalar) / c) + 1;
        const [perWindow, signs] = [2 ** (c - 1), [1n, -1n] as const];
        const total = (terms: readonly (readonly [i: number, size: bigint])[]): bigint[] =>
          values.map((_, i) => terms.reduce((sum, [at, size]) => (at === i ? sum + size : sum), 0n));
        const weight = (entry: number, index: number, window: number): bigint =>
          signs[entry & 1]! * BigInt(index + 1) * 2n ** BigInt(c * window);
        const given = values.map((value, i) => signs[scalars.negative[i]!]! * value);

        // by digit, some windows at once: a bucket tells digit and window, an entry the scalar
        const byDigit = arena.scratch(() => {
          const sorter = new DigitSorter(module, scalars, c);
          const parts: number[][][] = [];
          for (let w = 0; w < windows; w += group) parts.push(listed(sorter.next(Math.min(group, windows - w))));
          return parts.flat();
        });
        expect(byDigit.length).toBe(windows * perWindow);
        const terms = byDigit.flatMap((entries, b) =>
          entries.map((e) => [e >> 1, weight(e, b % perWindow, Math.floor(b / perWindow))] as const),
        );
        expect(total(terms)).toEqual(given);

        // with stored multiples an entry tells the window too, and all of them share the buckets
        const stored = arena.scratch(() => listed(new DigitSorter(module, scalars, c).next(windows, true)));
        expect(stored.length).toBe(perWindow);
        const shared = stored.flatMap((entries, b) =>
          entries.map((e) => [(e >> 1) % n, weight(e, b, Math.floor((e >> 1) / n))] as const),
        );
        expect(total(shared)).toEqual(given);

        const byScalar = arena.scratch(() => listed(sortByScalar(module, scalars, c, windows)));
        const own = byScalar.flatMap((entries, i) =>
          entries.map((e) => [i, weight(e, (e >> 1) % perWindow, Math.floor((e >> 1) / perWindow))] as const),
        );
        expect(total(own)).toEqual(values);
      },
    ),
    { numRuns: 60 },
  );
});

describe.each([
  ['g1', G1_PARAMS, G1, 'fr'],
  ['grumpkin', GRUMPKIN_PARAMS, GRUMPKIN, 'fq'],
] as const)('%s', (name, params, prefix, scalarField) => {
  const { A, B, beta, lambda } = ENDOMORPHISMS[name];
  const n = params.order;
  const random = new Random(`msm ${name}`);
  const k = engine[name];
  const full = (values: readonly bigint[]) => ({ kind: 'full', values: engine[scalarField].encode(values) }) as const;

  it('has the lattice of its endomorphism: phi is lambda', () => {
    expect(A * A + A * B + B * B).toBe(n);
    expect((A - B * lambda) % n).toBe(0n);
    expect((B + (A + B) * lambda) % n).toBe(0n);
    const { x, y } = params.generator;
    expect(curve.mul(params, params.generator, lambda)).toEqual({ x: field(params.base).mul(beta, x), y });
  });

  it('splits every scalar into halves below 2^127', () => {
    const scalars = [0n, 1n, n - 1n, A, B, A + B, n / 2n, lambda, n - lambda, 2n ** 253n, ...random.elements(n, 500)];
    const { arena } = module;
    const halves = arena.scratch(() => {
      const at = arena.put(Buffer.concat(scalars.map((s) => field(n).toBytes(s))));
      const [out, signs] = [arena.alloc(32 * scalars.length), arena.alloc(2 * scalars.length)];
      module.fn(`${prefix}_split`)(at, out, signs, scalars.length);
      const words = new BigUint64Array(arena.take(out, 32 * scalars.length).buffer);
      return Array.from(arena.take(signs, 2 * scalars.length), (sign, i) => {
        const magnitude = words[2 * i]! + (words[2 * i + 1]! << 64n);
        expect(magnitude < 2n ** 127n).toBe(true);
        return sign ? -magnitude : magnitude;
      });
    });
    scalars.forEach((s, i) => {
      expect(field(n).create(halves[i]! + halves[scalars.length + i]! * lambda)).toBe(s);
    });
  });

  /** The points (i + 1) G, by the engine's own fixed-base multiplication (conformance tests it). */
  const multiples = (count: number) =>
    k.fixedBase(params.generator, engine[scalarField].encode(Array.from({ length: count }, (_, i) => BigInt(i + 1))));

  it('sums more points than one block holds, by every kind of scalar', () => {
    const count = 40_000;
    const points = multiples(count);
    const bits = Uint8Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 0 : 1));
    const times = (total: bigint) => curve.mul(params, params.generator, total);
    expect(k.msm(points, { kind: 'bits', bits })).toEqual(
      times(bits.reduce((sum, bit, i) => sum + BigInt(bit * (i + 1)), 0n)),
    );
    const values = Float64Array.from(bits, (_, i) => (i % 2 ? -1 : 1) * ((i * 7919) % 2 ** 14));
    expect(k.msm(points, { kind: 'small', values })).toEqual(
      times(values.reduce((sum, v, i) => sum + BigInt(v) * BigInt(i + 1), 0n)),
    );
    const scalars = Array.from(bits, (_, i) => (BigInt(i) * lambda * lambda + BigInt(i)) % n);
    expect(k.msm(points, full(scalars))).toEqual(times(scalars.reduce((sum, s, i) => sum + s * BigInt(i + 1), 0n)));
  });

  it('sums by bits over bases that come again: by tables from the third time on, and anew when the bases change', () => {
    const count = 5000;
    const shared = new Uint8Array(new SharedArrayBuffer(count * 64));
    shared.set(multiples(count));
    // Equal points, opposite points and infinity within groups of four.
    const special = k.encodePoints([params.generator, params.generator, curve.neg(params, params.generator), null]);
    const weights = Array.from({ length: count }, (_, i) => BigInt(i + 1));
    for (const at of [0, 1024, 2052]) {
      shared.set(special, at * 64);
      [1n, 1n, -1n, 0n].forEach((weight, i) => {
        weights[at + i] = weight;
      });
    }
    const check = (from: number, to: number, seed: number) => {
      const bits = Uint8Array.from({ length: to - from }, (_, i) => ((i * seed) >> 3) & 1);
      const total = bits.reduce((sum, bit, i) => (bit ? sum + weights[from + i]! : sum), 0n);
      const sum = k.msm(shared.subarray(from * 64, to * 64), { kind: 'bits', bits });
      expect(sum).toEqual(curve.mul(params, params.generator, total));
    };
    for (let use = 1; use <= 5; use++) check(0, count, 4 + use);
    // Other ranges of the same buffer, with parts before and behind the blocks.
    for (const [from, to] of [
      [1, count],
      [1023, 2049],
      [1000, 4100],
      [5, 9],
    ] as const) {
      check(from, to, 5);
    }
    shared.set(shared.slice(0, 64), 1500 * 64);
    weights[1500] = weights[0]!;
    for (let use = 1; use <= 4; use++) check(0, count, 4 + use);
  });

  it('sums by full scalars over bases that come again: by stored multiples from the third time on, and anew when they change', () => {
    const count = 301;
    const shared = new Uint8Array(new SharedArrayBuffer(count * 64));
    shared.set(multiples(count));
    const weights = Array.from({ length: count }, (_, i) => BigInt(i + 1));
    const special = k.encodePoints([params.generator, params.generator, curve.neg(params, params.generator), null]);
    shared.set(special, 40 * 64);
    weights.splice(40, 4, 1n, 1n, n - 1n, 0n);
    const edges = [0n, 1n, n - 1n, lambda, n - lambda, A, B, A + B, 2n ** 127n - 1n, 2n ** 253n, (n - 1n) / 2n];
    const check = (from: number, to: number) => {
      const scalars = [...edges, ...random.elements(n, to - from - edges.length)];
      const total = scalars.reduce((sum, s, i) => (sum + s * weights[from + i]!) % n, 0n);
      const sum = k.msm(shared.subarray(from * 64, to * 64), full(scalars));
      expect(sum).toEqual(curve.mul(params, params.generator, total));
    };
    for (let use = 1; use <= 6; use++) check(0, count);
    for (let use = 1; use <= 5; use++) check(1, 257);
    shared.set(shared.slice(64, 128), 7 * 64);
    weights[7] = weights[1]!;
    for (let use = 1; use <= 5; use++) check(0, count);
    // Nothing but one point and its opposite: every bucket meets equal and opposite points.
    for (let i = 0; i < count; i++) shared.set(special.subarray(64 * (1 + (i % 3)), 64 * (2 + (i % 3))), 64 * i);
    weights.forEach((_, i) => {
      weights[i] = [1n, n - 1n, 0n][i % 3]!;
    });
    for (let use = 1; use <= 5; use++) check(0, count);
  });

  it('makes multiples 2^k P of any number of points, of infinity too', () => {
    const { arena } = module;
    for (const [count, times] of [
      [1, 1],
      [2, 3],
      [5, 13],
    ] as const) {
      const points = [...k.decodePoints(multiples(count - 1)), null];
      const made = arena.scratch(() => {
        const at = arena.put(k.encodePoints(points));
        const [out, z] = [arena.alloc(64 * count), arena.alloc(32 * count)];
        arena.reserve(32 * (count + 1));
        module.fn(`${prefix}_shift`)(at, out, z, count, times);
        module.fn(`${prefix}_normalize`)(out, z, count);
        return k.decodePoints(arena.take(out, 64 * count));
      });
      expect(made).toEqual(points.map((point) => curve.mul(params, point, 2n ** BigInt(times))));
    }
  });

  it('is safe where buckets meet equal points, opposite points and infinity in every round', () => {
    const G = params.generator;
    const minus = curve.neg(params, G)!;
    const pattern: (Affine | null)[] = [G, minus, null, G, G, curve.double(params, minus), null, minus];
    for (const count of [8, 9, 31, 64, 100]) {
      const bases = Array.from({ length: count }, (_, i) => pattern[(i * 5 + (i >> 3)) % pattern.length]!);
      const points = k.encodePoints(bases);
      for (const scalar of [1n, n - 1n, lambda, 2n ** 64n - 1n]) {
        const weight = bases.reduce((sum, base, i) => {
          const unit = !base ? 0n : base.x === G.x ? (base.y === G.y ? 1n : -1n) : -2n;
          return sum + unit * (i % 4 === 3 ? n - scalar : scalar);
        }, 0n);
        const scalars = bases.map((_, i) => (i % 4 === 3 ? n - scalar : scalar));
        expect(k.msm(points, full(scalars))).toEqual(curve.mul(params, G, weight));
      }
    }
  });
});

const single = {
  degree: 1,
  add: (p: Uint8Array, q: Uint8Array) =>
    engine.g1.encodePoints([curve.add(G1_PARAMS, engine.g1.decodePoints(p)[0]!, engine.g1.decodePoints(q)[0]!)]),
};

it('keeps no more tables of subset sums than allowed; bases written anew free theirs', () => {
  const { g1, fr } = engine;
  const tables = new BitTables(new PointSums(module, G1, single), 1);
  const points = g1.fixedBase(G1_PARAMS.generator, fr.encode(Array.from({ length: 2048 }, (_, i) => BigInt(i + 7))));
  const tabled = () => tables.parts(points).map(({ from, table }) => [from, table !== undefined]);
  expect([tabled(), tabled()]).toEqual([[[0, false]], [[0, false]]]);
  for (let use = 0; use < 2; use++) {
    expect(tabled()).toEqual([
      [0, true],
      [1024, false],
    ]);
  }
  points.set(points.slice(64, 128), 0);
  expect(tabled()).toEqual([
    [0, false],
    [1024, true],
  ]);
});

it('keeps no more stored multiples than allowed', () => {
  const points = engine.g1.fixedBase(
    G1_PARAMS.generator,
    engine.fr.encode(Array.from({ length: 1000 }, (_, i) => BigInt(i + 7))),
  );
  const tables = new MultipleTables(new PointSums(module, G1, single), 700 * 2 ** 10);
  const uses = (range: Uint8Array) => Array.from({ length: 5 }, () => tables.of(range) !== undefined);
  expect(uses(points.subarray(0, 64 * 255))).toEqual([false, false, false, false, false]);
  expect(uses(points.subarray(0, 64 * 300))).toEqual([false, false, true, true, true]);
  expect(uses(points.subarray(64, 64 * 301))).toEqual([false, false, false, false, false]);
  const few = new MultipleTables(new PointSums(module, G1, single));
  const halves = Array.from({ length: 6 }, () => few.of(points.subarray(0, 64 * 300), 0.5) !== undefined);
  expect(halves).toEqual([false, false, false, false, false, true]);
  points.set(points.slice(64, 128), 0);
  expect(uses(points.subarray(0, 64 * 300))).toEqual([false, false, true, true, true]);
});

it('sums products of the largest elements at every length around the carries and reductions', () => {
  for (const which of ['fr', 'fq'] as const) {
    const f = engine[which];
    const top = f.modulus - 1n;
    for (const length of [1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 126, 127, 128, 129, 130, 255, 256, 257, 300]) {
      const v = f.encode(new Array<bigint>(length).fill(top));
      expect(f.decode(f.dot(v, v))).toEqual([BigInt(length)]);
    }
  }
});
