/** FieldKernels on the module's sweeps: copies operands in, runs one kernel, copies the result out. */
import { FoldError, invariant } from '../../errors.ts';
import type { FieldKernels, RowKernels, RowMatrix, Vec } from '../engine.ts';
import { FIELD_BYTES } from '../engine.ts';
import { field } from '../field.ts';
import type { WasmFunction, WasmModule } from './instance.ts';
import { WasmRows } from './rows.ts';

const LIMBS = 4;
const LIMB_BITS = 64n;

export class WasmField implements FieldKernels {
  readonly modulus: bigint;
  private readonly module: WasmModule;
  private readonly prefix: string;
  private readonly kernels = new WeakMap<RowMatrix, RowKernels>();

  constructor(module: WasmModule, prefix: string, modulus: bigint) {
    this.module = module;
    this.prefix = prefix;
    this.modulus = modulus;
  }

  /** Any integers, taken modulo the field's modulus. */
  encode(values: readonly bigint[]): Vec {
    const F = field(this.modulus);
    const limbs = new BigUint64Array(LIMBS * values.length);
    values.forEach((value, i) => {
      let rest = F.create(value);
      for (let limb = 0; limb < LIMBS; limb++, rest >>= LIMB_BITS) limbs[LIMBS * i + limb] = rest;
    });
    return this.fromCanonical(new Uint8Array(limbs.buffer));
  }

  decode(v: Vec): bigint[] {
    const limbs = new BigUint64Array(this.toCanonical(v).buffer);
    return Array.from({ length: count(v) }, (_, i) => {
      let value = 0n;
      for (let limb = LIMBS - 1; limb >= 0; limb--) value = (value << LIMB_BITS) | limbs[LIMBS * i + limb]!;
      return value;
    });
  }

  fromCanonical(bytes: Uint8Array): Vec {
    const { arena } = this.module;
    if (bytes.length % FIELD_BYTES !== 0) {
      throw new FoldError('E_FORMAT', 'Field elements have a wrong total length.', {
        expected: `a multiple of ${FIELD_BYTES} bytes`,
        got: `${bytes.length} bytes`,
      });
    }
    return arena.scratch(() => {
      const n = count(bytes);
      const address = arena.put(bytes);
      const good = this.fn('vec_canonical')(address, n);
      if (good !== n) {
        throw new FoldError('E_FORMAT', `Field element ${good} is not canonical.`, {
          expected: `a value below ${this.modulus}`,
        });
      }
      this.fn('batchToMontgomery')(address, n, address);
      return arena.take(address, bytes.length);
    });
  }

  toCanonical(v: Vec): Uint8Array {
    const n = count(v);
    return this.unary(v, (address) => this.fn('batchFromMontgomery')(address, n, address));
  }

  fromSmall(values: Float64Array, into?: Vec): Vec {
    checkSmall(values);
    const { arena } = this.module;
    const write = (out: number): void => {
      const address = arena.put(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      this.fn('from_small')(address, out, values.length);
    };
    return this.produce(values.length, write, into);
  }

  fromBits(bits: Uint8Array, into?: Vec): Vec {
    const write = (out: number): number => this.fn('from_bits')(this.module.arena.put(bits), out, bits.length);
    return this.produce(bits.length, write, into);
  }

  add(a: Vec, b: Vec): Vec {
    return this.binary('vec_add', a, b);
  }

  sub(a: Vec, b: Vec): Vec {
    return this.binary('vec_sub', a, b);
  }

  mul(a: Vec, b: Vec): Vec {
    return this.binary('vec_mul', a, b);
  }

  inverse(v: Vec): Vec {
    const n = count(v);
    if (n === 0) return new Uint8Array(0);
    return this.unary(v, (address) => {
      // The kernel keeps n + 1 prefix products in free memory.
      this.module.arena.reserve((n + 1) * FIELD_BYTES);
      this.fn('vec_inverse')(address, n);
    });
  }

  axpy(y: Vec, k: Vec, x: Vec): void {
    sameLength(y, x);
    this.update(y, (address) => {
      const { arena } = this.module;
      this.fn('axpy')(address, arena.put(single(k)), arena.put(x), count(x));
    });
  }

  axpyBits(y: Vec, k: Vec, bits: Uint8Array): void {
    invariant(bits.length === count(y), 'axpyBits: one bit per element');
    this.update(y, (address) => {
      const { arena } = this.module;
      this.fn('axpy_bits')(address, arena.put(single(k)), arena.put(bits), bits.length);
    });
  }

  dot(a: Vec, b: Vec): Vec {
    sameLength(a, b);
    const { arena } = this.module;
    return this.produce(1, (out) => this.fn('dot')(arena.put(a), arena.put(b), out, count(a)));
  }

  bitRows(b: Vec, u: Vec): Vec {
    const { arena } = this.module;
    return this.produce(count(b), (out) => this.fn('bit_rows')(arena.put(b), arena.put(single(u)), out, count(b)));
  }

  bitCross(b1: Vec, u1: Vec, bits2: Uint8Array, into?: Vec): Vec {
    invariant(bits2.length === count(b1), 'bitCross: one bit per element');
    const { arena } = this.module;
    const write = (out: number): number =>
      this.fn('bit_cross')(arena.put(b1), arena.put(single(u1)), arena.put(bits2), out, bits2.length);
    return this.produce(bits2.length, write, into);
  }

  eqTable(point: Vec): Vec {
    const { arena } = this.module;
    const n = count(point);
    return this.produce(2 ** n, (out) => {
      const coordinates = arena.put(point);
      this.fn('one')(out);
      for (let j = 0; j < n; j++) {
        this.fn('eq_level')(out, out + FIELD_BYTES * 2 ** j, coordinates + FIELD_BYTES * j, 2 ** j);
      }
    });
  }

  linePolynomial(values: Vec, rho: Vec, delta: Vec): Vec {
    sameLength(rho, delta);
    const n = count(rho);
    invariant(n > 0 && count(values) === 2 ** n, `linePolynomial: ${count(values)} values for ${n} coordinates`);
    const { arena } = this.module;
    return arena.scratch(() => {
      const [table, from, by] = [arena.put(values), arena.put(rho), arena.put(delta)];
      const differences = arena.alloc(n * FIELD_BYTES);
      for (let j = 0; j < n; j++) {
        const coordinate = FIELD_BYTES * j;
        this.fn('line_level')(table, 2 ** (n - 1 - j), j + 1, from + coordinate, by + coordinate, differences);
      }
      return arena.take(table, (n + 1) * FIELD_BYTES);
    });
  }

  /** One copy of the matrix stays in the module's memory for as long as the engine lives. */
  rows(matrix: RowMatrix): RowKernels {
    let kernels = this.kernels.get(matrix);
    if (!kernels) {
      const coefficients = this.fromCanonical(matrix.coefficients);
      const units = this.encode([1n, -1n]);
      invariant(
        units.every((byte, i) => byte === coefficients[i]),
        'a RowMatrix starts its coefficients with 1 and -1',
      );
      kernels = new WasmRows(this.module, this.prefix, matrix, coefficients);
      this.kernels.set(matrix, kernels);
    }
    return kernels;
  }

  private fn(name: string): WasmFunction {
    return this.module.fn(`${this.prefix}_${name}`);
  }

  /** A Vec of n elements that `fill` writes at the given address: a new one, or `into`. */
  private produce(n: number, fill: (out: number) => void, into?: Vec): Vec {
    const { arena } = this.module;
    return arena.scratch(() => {
      const out = arena.alloc(n * FIELD_BYTES);
      fill(out);
      return arena.takeInto(out, n * FIELD_BYTES, into);
    });
  }

  /** A copy of v, changed by `run` at the given address. */
  private unary(v: Vec, run: (address: number) => void): Vec {
    const { arena } = this.module;
    return arena.scratch(() => {
      const address = arena.put(v);
      run(address);
      return arena.take(address, v.length);
    });
  }

  private binary(kernel: string, a: Vec, b: Vec): Vec {
    sameLength(a, b);
    return this.unary(a, (address) => this.fn(kernel)(address, this.module.arena.put(b), address, count(a)));
  }

  private update(y: Vec, run: (address: number) => void): void {
    const { arena } = this.module;
    arena.scratch(() => {
      const address = arena.put(y);
      run(address);
      arena.view(address, y.length, (view) => y.set(view));
    });
  }
}

/** Number of elements of a Vec. */
export function count(v: Vec): number {
  invariant(v.length % FIELD_BYTES === 0, `a Vec of ${v.length} bytes`);
  return v.length / FIELD_BYTES;
}

/** Refuses what is not an integer within +-2^53. */
export function checkSmall(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    // the message of a good value is not even made: it would cost more than all the rest
    if (!(Number.isInteger(v) && Math.abs(v) <= 2 ** 53)) invariant(false, `value ${i} is not an exact integer: ${v}`);
  }
}

function single(v: Vec): Vec {
  invariant(v.length === FIELD_BYTES, `one element expected, got ${v.length} bytes`);
  return v;
}

function sameLength(a: Vec, b: Vec): void {
  invariant(a.length === b.length, `operands of ${a.length} and ${b.length} bytes`);
}
