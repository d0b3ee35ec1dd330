/** Multiplication on doubles and what is stored of it, at the limits that the range arguments allow. */
import './relaxed-simd.ts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { Assembler } from '../../../src/algebra/kernels/assembly/assembler.ts';
import { f64x2 } from '../../../src/algebra/kernels/assembly/code.ts';
import { choose, multipliesExactly } from '../../../src/algebra/kernels/field/fma-choice.ts';
import { DOUBLE_SLOT_BYTES, FmaField } from '../../../src/algebra/kernels/field/fma-field.ts';
import { DOUBLE_MONTGOMERY, doubleLimbs, MASK } from '../../../src/algebra/kernels/field/fma-multiplication.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import { Random } from '../random.ts';

const exact = await multipliesExactly();

afterEach(() => vi.restoreAllMocks());

it.runIf(exact)('refuses a machine that rounds twice', async () => {
  vi.spyOn(f64x2, 'relaxedMadd').mockImplementation((a, b, c) => f64x2.add(f64x2.mul(a, b), c));
  expect(await multipliesExactly()).toBe(false);
});

it('is used where it is exact and fast, or wished for', async () => {
  expect(await choose(undefined, 13)).toBe(exact);
  expect(await choose(undefined, 12)).toBe(false);
  expect(await choose('fma', 11)).toBe(exact);
  expect(await choose('simd', 13)).toBe(false);
  await expect(choose('avx', 13)).rejects.toThrow(expect.objectContaining({ code: 'E_USAGE' }));
});

async function harness(modulus: bigint) {
  const asm = new Assembler();
  new FmaField(asm, 'f', modulus);
  const slots = [0, 1, 2, 3].map(() => asm.reserve(DOUBLE_SLOT_BYTES));
  const packed = [asm.reserve(32), asm.reserve(32)];
  const memory = new WebAssembly.Memory({ initial: 1 });
  asm.initialize(new Uint8Array(memory.buffer));
  const { instance } = await WebAssembly.instantiate(asm.build(), { env: { memory } });
  const limbs = (slot: number) => new Float64Array(memory.buffer, slots[slot]!, 10);
  const bytes = (at: number) => Buffer.from(memory.buffer, packed[at]!, 32);
  const call = (kernel: string, ...at: number[]) =>
    (instance.exports[`f_double_${kernel}`] as (...at: number[]) => void)(...at);
  return {
    F: field(modulus),
    /** Any integer as limbs, the sign in the last one; the two lanes hold x and y. */
    write: (slot: number, ...values: [bigint, bigint]) => {
      values.forEach((value, lane) => {
        doubleLimbs(value).forEach((limb, i) => {
          limbs(slot)[2 * i + lane] = Number(limb);
        });
      });
    },
    read: (slot: number) =>
      [0, 1].map((lane) =>
        [0, 1, 2, 3, 4].reduce((sum, i) => sum + (BigInt(limbs(slot)[2 * i + lane]!) << (51n * BigInt(i))), 0n),
      ),
    limbs,
    call: (kernel: string, ...of: number[]) => call(kernel, ...of.map((slot) => slots[slot]!)),
    /** Stores and reads back as integers. */
    store: (kernel: string, ...of: number[]) => {
      call(kernel, ...of.map((slot) => slots[slot]!), ...packed);
      return [0, 1].map((at) => BigInt(`0x${Buffer.from(bytes(at)).reverse().toString('hex')}`));
    },
    load: (slot: number, ...values: [bigint, bigint]) => {
      values.forEach((value, at) => {
        bytes(at).set(field(modulus).toBytes(value));
      });
      call('load', ...packed, slots[slot]!);
    },
  };
}

describe.runIf(exact).each([
  ['Fr', R],
  ['Fq', Q],
])('%s', (_, p) => {
  const random = new Random(`doubles ${p}`);
  const [ones, half] = [2n ** 255n - 1n, p / 2n];
  const edges = [
    0n,
    1n,
    p - 1n,
    p,
    p + 1n,
    half,
    2n * p,
    (5n * p) / 2n,
    ones,
    MASK,
    MASK << 51n,
    MASK << 153n,
    2n ** 204n,
  ];
  const signed = [
    ...edges,
    ...edges.map((v) => -v),
    ...random.elements(p, 20),
    ...random.elements(p, 10).map((v) => -v),
  ];

  it('multiplies whatever is within the limits, of either sign, into the range that is said', async () => {
    const h = await harness(p);
    const scale = h.F.inv(h.F.create(DOUBLE_MONTGOMERY));
    for (const x of signed) {
      for (const y of signed) {
        // The product's own limit: 4.2 p^2.
        const fits = [x * y, y * y].every((product) => 10n * (product < 0n ? -product : product) < 42n * p * p);
        if (!fits) continue;
        h.write(0, x, y);
        h.write(1, y, y);
        h.call('mul', 0, 1, 2);
        for (const [lane, product] of h.read(2).entries()) {
          const [a, b] = lane === 0 ? [x, y] : [y, y];
          expect(h.F.create(product)).toBe(h.F.mul(h.F.create(a * b), scale));
          expect(
            product * DOUBLE_MONTGOMERY >= a * b && product * DOUBLE_MONTGOMERY < a * b + p * DOUBLE_MONTGOMERY,
          ).toBe(true);
        }
        expect([...h.limbs(2)].slice(0, 8).every((limb) => limb >= 0 && limb < 2 ** 51)).toBe(true);
      }
    }
  });

  it('loads and subtracts limb by limb', async () => {
    const h = await harness(p);
    const values = [0n, 1n, p - 1n, half, MASK, ...random.elements(p, 20)];
    for (const a of values) {
      for (const b of values) {
        h.load(0, a, b);
        h.load(1, b, a);
        expect(h.read(0)).toEqual([a, b]);
        h.call('sub', 0, 1, 2);
        expect(h.read(2)).toEqual([a - b, b - a]);
      }
    }
  });

  it('stores canonical values, also where the quotient is in doubt and where the result is 0 or p - 1', async () => {
    const h = await harness(p);
    const near = (k: bigint) => [k * p - 1n, k * p, k * p + 1n, k * p + 2n ** 203n, k * p - 2n ** 200n];
    const values = [-2n, -1n, 0n, 1n, 2n].flatMap(near).concat(signed.filter((v) => v < 2n * p && v > -2n * p));
    // Top limbs like p's own, the rest above or below.
    const top = (p >> 204n) << 204n;
    values.push(top, top + 1n, top - 1n, top + 2n ** 204n - 1n, -top);
    for (const v of values) {
      h.write(0, v, -v);
      expect(h.store('store', 0)).toEqual([h.F.create(v), h.F.create(-v)]);
    }
  });

  it('stores differences of products and canonical elements', async () => {
    const h = await harness(p);
    const elements = [0n, 1n, p - 1n, p - 2n, half, MASK, ...random.elements(p, 4)];
    const products = [
      0n,
      1n,
      p,
      2n * p,
      2n * p + p / 4n,
      half,
      ...random.elements(p, 4),
      ...elements.map((a) => a + p),
    ];
    for (const x of products) {
      for (const y of elements) {
        for (const z of elements) {
          h.write(0, x, x);
          h.write(1, y, z);
          h.write(2, z, z);
          expect(h.store('store_difference', 0, 1, 2)).toEqual([h.F.create(x - y - z), h.F.create(x - z - z)]);
        }
      }
    }
  });

  it('stores eighths of products less canonical elements', async () => {
    const h = await harness(p);
    const eighth = h.F.inv(8n);
    const elements = [0n, 1n, p - 1n, p - 2n, half, MASK, ...random.elements(p, 6)];
    const products = [
      0n,
      1n,
      7n,
      8n,
      p - 1n,
      p,
      p + half,
      2n * p - 1n,
      -1n,
      -7n,
      -half,
      1n - p,
      ...random.elements(p, 6),
    ];
    for (const x of [...products, ...elements.map((y) => 8n * y - 8n * p).filter((v) => v > -p)]) {
      for (const y of elements) {
        h.write(0, x, x + 1n);
        h.write(1, y, y);
        const expected = [x, x + 1n].map((v) => h.F.sub(h.F.mul(h.F.create(v), eighth), y));
        expect(h.store('store_eighth', 0, 1)).toEqual(expected);
      }
    }
  });
});
