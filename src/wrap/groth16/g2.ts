/**
 * Multiples of the generator of G2 where there is no WebAssembly SIMD for our own kernels (src/algebra/kernels/twist.ts, whose
 * twin this is): a WebAssembly module from wasmcurves' builders, and windows of fixed bases as in the engine's G1.
 *
 * Points come out as .zkey files hold them: x = x0 + x1 i and y, 32 bytes per part, little-endian Montgomery form
 * a 2^256 mod q; infinity is all zeros.
 */
import { bn254 } from '@noble/curves/bn254.js';
import { ModuleBuilder } from 'wasmbuilder';
import buildCurve from 'wasmcurves/src/build_curve_jacobian_a0.js';
import buildField from 'wasmcurves/src/build_f1m.js';
import buildQuadratic from 'wasmcurves/src/build_f2m.js';
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { Q } from '../../algebra/params.ts';
import { invariant } from '../../errors.ts';

export const G2_BYTES = 4 * FIELD_BYTES;
const JACOBIAN_BYTES = 6 * FIELD_BYTES;
const SCALAR_BITS = 254;
const MAX_WINDOW_BITS = 12;
/** Making one table entry costs about this many additions. */
const TABLE_ENTRY_COST = 1.5;
const PAGE_BYTES = 65536;
/** Points made per turn; bounds the module's memory. */
const TURN = 1 << 12;

type Fp2 = { readonly c0: bigint; readonly c1: bigint };

/** x, y as bytes in Montgomery form. */
export function encodeG2({ x, y }: { readonly x: Fp2; readonly y: Fp2 }): Uint8Array {
  const F = field(Q);
  return Buffer.concat([x.c0, x.c1, y.c0, y.c1].map((part) => F.toBytes(F.create(part << 256n))));
}

export class G2Multiples {
  readonly #exports: Record<string, unknown>;
  readonly #memory: WebAssembly.Memory;
  readonly #bits: number;
  readonly #windows: number;
  readonly #table: number;

  private constructor(exports: Record<string, unknown>, memory: WebAssembly.Memory, expected: number) {
    this.#exports = exports;
    this.#memory = memory;
    const cost = (bits: number) => Math.ceil(SCALAR_BITS / bits) * (expected + TABLE_ENTRY_COST * 2 ** bits);
    let bits = 1;
    for (let b = 2; b <= MAX_WINDOW_BITS; b++) if (cost(b) < cost(bits)) bits = b;
    this.#bits = bits;
    this.#windows = Math.ceil(SCALAR_BITS / bits);
    this.#table = this.#makeTable();
  }

  /** @param expected how many multiples will be asked for: the table is chosen for that */
  static async create(expected: number): Promise<G2Multiples> {
    const builder = new ModuleBuilder();
    const F = field(Q);
    buildField(builder, Q, 'f1m');
    buildQuadratic(builder, 'f1m_neg', 'f2m', 'f1m');
    // b of the twist: 3 / (9 + i), taken from noble, which has its source
    const { b } = bn254.G2.Point.CURVE() as unknown as { readonly b: Fp2 };
    const address = builder.alloc(Buffer.concat([b.c0, b.c1].map((part) => F.toBytes(F.create(part << 256n)))));
    buildCurve(builder, 'g2m', 'f2m', address);
    const pages = Math.ceil(builder.free / PAGE_BYTES);
    builder.setMemory(pages);
    const memory = new WebAssembly.Memory({ initial: pages });
    const { instance } = await WebAssembly.instantiate(builder.build(), { env: { memory } });
    return new G2Multiples(instance.exports, memory, expected);
  }

  /** scalars[i] times the generator, 128 bytes each; scalars are canonical, 32 bytes little-endian each. */
  multiply(scalars: Uint8Array): Uint8Array {
    const n = scalars.length / FIELD_BYTES;
    const out = new Uint8Array(n * G2_BYTES);
    for (let from = 0; from < n; from += TURN) {
      const count = Math.min(TURN, n - from);
      const part = scalars.subarray(from * FIELD_BYTES, (from + count) * FIELD_BYTES);
      this.#scratch(() => out.set(this.#turn(part, count), from * G2_BYTES));
    }
    return out;
  }

  #turn(scalars: Uint8Array, n: number): Uint8Array {
    const sums = this.#alloc(n * JACOBIAN_BYTES);
    const [zero, addMixed] = [this.#fn('g2m_zero'), this.#fn('g2m_addMixed')];
    const entries = 2 ** this.#bits - 1;
    for (let i = 0; i < n; i++) {
      const sum = sums + i * JACOBIAN_BYTES;
      zero(sum);
      for (let w = 0; w < this.#windows; w++) {
        const digit = digitAt(scalars, i * FIELD_BYTES, w * this.#bits, entries);
        if (digit) addMixed(sum, this.#table + (w * entries + digit - 1) * G2_BYTES, sum);
      }
    }
    return this.#toAffine(sums, n);
  }

  /** Window after window the affine multiples 1 .. 2^bits - 1 of 2^(bits * window) times the generator. */
  #makeTable(): number {
    const entries = 2 ** this.#bits - 1;
    const table = this.#alloc(this.#windows * entries * G2_BYTES);
    this.#scratch(() => {
      const unit = this.#alloc(G2_BYTES);
      const multiples = this.#alloc((entries + 1) * JACOBIAN_BYTES);
      this.#write(unit, encodeG2(bn254.G2.Point.BASE.toAffine()));
      const addMixed = this.#fn('g2m_addMixed');
      for (let w = 0; w < this.#windows; w++) {
        this.#fn('g2m_toJacobian')(unit, multiples);
        for (let d = 1; d <= entries; d++) {
          addMixed(multiples + (d - 1) * JACOBIAN_BYTES, unit, multiples + d * JACOBIAN_BYTES);
        }
        const affine = this.#scratch(() => this.#toAffine(multiples, entries + 1));
        this.#write(table + w * entries * G2_BYTES, affine.subarray(0, entries * G2_BYTES));
        this.#write(unit, affine.subarray(entries * G2_BYTES));
      }
    });
    return table;
  }

  #toAffine(jacobian: number, n: number): Uint8Array {
    const affine = this.#alloc(n * G2_BYTES);
    // wasmcurves takes n inverses and n + 1 prefix products from the heap by itself
    this.#grow(this.#free + (2 * n + 1) * 2 * FIELD_BYTES);
    this.#fn('g2m_batchToAffine')(jacobian, n, affine);
    return new Uint8Array(this.#memory.buffer).slice(affine, affine + n * G2_BYTES);
  }

  #fn(name: string): (...args: number[]) => number {
    const found = this.#exports[name];
    invariant(typeof found === 'function', `no function ${name} in the module of G2`);
    return found as (...args: number[]) => number;
  }

  /** wasmcurves keeps the address of its first free byte at address 0. */
  get #free(): number {
    return new DataView(this.#memory.buffer).getUint32(0, true);
  }
  set #free(address: number) {
    new DataView(this.#memory.buffer).setUint32(0, address, true);
  }
  #alloc(bytes: number): number {
    const address = this.#free;
    this.#grow(address + bytes);
    this.#free = address + bytes;
    return address;
  }
  #grow(end: number): void {
    const missing = Math.ceil((end - this.#memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) this.#memory.grow(missing);
  }
  #scratch<T>(body: () => T): T {
    const mark = this.#free;
    const result = body();
    this.#free = mark;
    return result;
  }
  #write(address: number, bytes: Uint8Array): void {
    new Uint8Array(this.#memory.buffer).set(bytes, address);
  }
}

/** The bits of `mask` at bit `start` of the 32-byte scalar at `at`; bits beyond the scalar are 0. */
function digitAt(scalars: Uint8Array, at: number, start: number, mask: number): number {
  const byte = start >> 3;
  let word = 0;
  for (let k = 0; k < 3 && byte + k < FIELD_BYTES; k++) word |= scalars[at + byte + k]! << (8 * k);
  return (word >> (start & 7)) & mask;
}
