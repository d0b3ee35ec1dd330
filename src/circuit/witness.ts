/**
 * Runs a circuit for its witness: the bit and field blocks are filled in order.
 *
 * Bits are bytes 0/1; field values are collected and encoded once at the end; Poseidon's S-box values and the parts that come
 * as a `block` (whole ladders) are written by the engine straight into the field block. Rows are not evaluated here: `violations`
 * (check.ts) does that on the finished witness, where a check may be asked for.
 */
import type { Engine, Vec } from '../algebra/engine.ts';
import { FIELD_BYTES } from '../algebra/engine.ts';
import { R } from '../algebra/params.ts';
import { FULL_ROUNDS, partialRounds } from '../algebra/poseidon/constants.ts';
import { invariant } from '../errors.ts';
import type { Product } from './constraint-system.ts';
import { checkBits, ValueSystem } from './value-system.ts';

export interface Witness {
  readonly x: readonly bigint[];
  readonly bits: Uint8Array;
  /** Field block, internal form. */
  readonly fields: Vec;
}

/** S-boxes of one permutation of width t, a field variable each. */
export function poseidonSboxes(t: number): number {
  return FULL_ROUNDS * t + partialRounds(t);
}

export class WitnessWriter extends ValueSystem {
  readonly #engine: Engine;
  readonly #field: Engine['fr'];
  readonly #bits: Uint8Array;
  readonly #fields: Vec;
  readonly #positions: number[] = [];
  readonly #values: bigint[] = [];
  #bitCount = 0;
  #fieldCount = 0;
  #x: readonly bigint[] = [];

  /** @param sizes number of bits and field variables that the circuit allocates */
  constructor(engine: Engine, field: 'fr' | 'fq', sizes: { bits: number; fields: number }) {
    super(engine[field].modulus);
    this.#engine = engine;
    this.#field = engine[field];
    this.#bits = new Uint8Array(sizes.bits);
    this.#fields = new Uint8Array(sizes.fields * FIELD_BYTES);
  }

  publicInputs(values: () => readonly bigint[], count: number): bigint[] {
    this.#x = values();
    invariant(this.#x.length === count, 'number of public inputs');
    return [...this.#x];
  }
  bits(n: number, value: () => bigint): bigint[] {
    const v = value();
    checkBits(v, n);
    const out: bigint[] = new Array(n);
    let rest = v;
    for (let base = 0; base < n; base += 30) {
      let word = Number(rest & 0x3fffffffn);
      rest >>= 30n;
      for (let k = base; k < Math.min(n, base + 30); k++) {
        this.#bits[this.#bitCount + k] = word & 1;
        out[k] = word & 1 ? 1n : 0n;
        word >>>= 1;
      }
    }
    this.#bitCount += n;
    return out;
  }
  field(value: () => bigint): bigint {
    const v = this.F.create(value());
    this.#positions.push(this.#fieldCount++);
    this.#values.push(v);
    return v;
  }

  override block(
    count: number,
    _build: () => readonly bigint[],
    write: (engine: Engine, fields: Vec) => readonly bigint[],
  ): readonly bigint[] {
    const at = this.#fieldCount * FIELD_BYTES;
    this.#fieldCount += count;
    return write(this.#engine, this.#fields.subarray(at, at + count * FIELD_BYTES));
  }

  row(..._products: readonly Product<bigint>[]): void {}

  fifthPower(l: bigint): bigint {
    return this.field(() => this.F.pow(l, 5n));
  }
  permute(state: readonly bigint[]): bigint[] {
    const t = state.length;
    invariant(this.modulus === R, 'Poseidon is over Fr');
    const { poseidon, fr } = this.#engine;
    const out = poseidon.permuteTraced(t, fr.encode(state), this.#fields, this.#fieldCount);
    this.#fieldCount += poseidonSboxes(t);
    return fr.decode(out);
  }

  /** The finished blocks. Throws E_BUG when the circuit did not fill them exactly. */
  finish(): Witness {
    invariant(this.#bitCount === this.#bits.length, `witness has ${this.#bitCount} of ${this.#bits.length} bits`);
    const fields = this.#fields.length / FIELD_BYTES;
    invariant(this.#fieldCount === fields, `witness has ${this.#fieldCount} of ${fields} field values`);
    const encoded = this.#field.encode(this.#values);
    this.#positions.forEach((at, k) => {
      this.#fields.set(encoded.subarray(k * FIELD_BYTES, (k + 1) * FIELD_BYTES), at * FIELD_BYTES);
    });
    return { x: this.#x, bits: this.#bits, fields: this.#fields };
  }
}
