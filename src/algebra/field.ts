/**
 * A prime field on bigints: the plain twin of the engine's kernels, and the arithmetic of everything that handles
 * few elements (challenges, instances, gadget twins). Elements are canonical integers in [0, modulus).
 * Not for sweeps: a multiplication costs about 300 ns and an allocation.
 */
import { FoldError, invariant } from '../errors.ts';
import { Q, R } from './params.ts';

export class Field {
  constructor(readonly modulus: bigint) {}

  /** The canonical representative of any integer. */
  create(x: bigint): bigint {
    const m = x % this.modulus;
    return m < 0n ? m + this.modulus : m;
  }

  add(a: bigint, b: bigint): bigint {
    const s = a + b;
    return s >= this.modulus ? s - this.modulus : s;
  }

  sub(a: bigint, b: bigint): bigint {
    return a >= b ? a - b : a - b + this.modulus;
  }

  neg(a: bigint): bigint {
    return a === 0n ? 0n : this.modulus - a;
  }

  mul(a: bigint, b: bigint): bigint {
    return (a * b) % this.modulus;
  }

  /** a^e for e >= 0. */
  pow(a: bigint, e: bigint): bigint {
    invariant(e >= 0n, 'Field.pow takes no negative exponent');
    let result = 1n;
    for (let base = a, rest = e; rest > 0n; rest >>= 1n) {
      if (rest & 1n) result = this.mul(result, base);
      base = this.mul(base, base);
    }
    return result;
  }

  /** 1/a by the extended Euclidean algorithm; zero has no inverse and is our bug. */
  inv(a: bigint): bigint {
    invariant(a !== 0n, 'inverse of zero');
    let [r0, r1, t0, t1] = [this.modulus, a, 0n, 1n];
    while (r1 !== 0n) {
      const quotient = r0 / r1;
      [r0, r1] = [r1, r0 - quotient * r1];
      [t0, t1] = [t1, t0 - quotient * t1];
    }
    return this.create(t0);
  }

  /** Inverses of all (none zero) with one inversion and 3 multiplications each (Montgomery's trick). */
  batchInv(values: readonly bigint[]): bigint[] {
    const prefix = [1n];
    for (const v of values) prefix.push(this.mul(prefix[prefix.length - 1]!, v));
    const out: bigint[] = new Array(values.length);
    let rest = this.inv(prefix[values.length]!);
    for (let i = values.length - 1; i >= 0; i--) {
      out[i] = this.mul(rest, prefix[i]!);
      rest = this.mul(rest, values[i]!);
    }
    return out;
  }

  /** 32 bytes, little-endian. */
  toBytes(x: bigint): Uint8Array {
    const bytes = new Uint8Array(32);
    const view = new DataView(bytes.buffer);
    for (let limb = 0; limb < 4; limb++) view.setBigUint64(8 * limb, BigInt.asUintN(64, x >> BigInt(64 * limb)), true);
    return bytes;
  }

  /** 32 bytes little-endian to an element; throws E_FORMAT on another length or a value >= modulus. */
  fromBytes(bytes: Uint8Array): bigint {
    if (bytes.length !== 32) {
      throw new FoldError('E_FORMAT', 'A field element has a wrong length.', {
        expected: '32 bytes',
        got: `${bytes.length} bytes`,
      });
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, 32);
    let x = 0n;
    for (let limb = 3; limb >= 0; limb--) x = (x << 64n) | view.getBigUint64(8 * limb, true);
    if (x >= this.modulus) {
      throw new FoldError('E_FORMAT', 'A field element is not canonical.', {
        expected: `a value below ${this.modulus}`,
        got: x.toString(),
      });
    }
    return x;
  }
}

const fields = new Map([R, Q].map((modulus) => [modulus, new Field(modulus)]));

/** The field of that modulus; Fr and Fq are shared objects. */
export function field(modulus: bigint): Field {
  return fields.get(modulus) ?? new Field(modulus);
}
