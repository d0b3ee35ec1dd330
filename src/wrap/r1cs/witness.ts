/**
 * Runs a circuit for its R1CS witness: the signals are written into flat bytes in the order in which the
 * shape numbered them. The shape's R1CS says how many there are, and which products of a row have a signal.
 */
import type { Engine, Vec } from '../../algebra/engine.ts';
import { FIELD_BYTES } from '../../algebra/engine.ts';
import type { Product } from '../../circuit/constraint-system.ts';
import { checkBits, ValueSystem } from '../../circuit/value-system.ts';
import { poseidonSboxes } from '../../circuit/witness.ts';
import { invariant } from '../../errors.ts';
import type { R1cs } from './r1cs.ts';

const LIMBS = 4;
const LIMB_BITS = 64n;

export class R1csWitness extends ValueSystem {
  readonly #engine: Engine;
  readonly #r1cs: R1cs;
  readonly #bytes: Uint8Array;
  readonly #limbs: BigUint64Array;
  readonly #traces = new Map<number, Vec>();
  /** Signal to be written next. */
  #next: number;
  #rows = 0;
  #publicWritten = 0;

  /** @param r1cs what R1csShape made of the same circuit */
  constructor(engine: Engine, r1cs: R1cs) {
    super(r1cs.modulus);
    this.#engine = engine;
    this.#r1cs = r1cs;
    this.#bytes = new Uint8Array(FIELD_BYTES * r1cs.signals);
    this.#limbs = new BigUint64Array(this.#bytes.buffer);
    this.#limbs[0] = 1n;
    this.#next = 1 + r1cs.publicInputs;
  }

  publicInputs(values: () => readonly bigint[], count: number): bigint[] {
    const x = values().map((value) => this.F.create(value));
    invariant(x.length === count && count === this.#r1cs.publicInputs, 'number of public inputs');
    x.forEach((value, i) => {
      this.#write(1 + i, value);
    });
    this.#publicWritten = count;
    return x;
  }
  bits(n: number, value: () => bigint): bigint[] {
    const v = value();
    checkBits(v, n);
    return Array.from({ length: n }, (_, k) => this.#append((v >> BigInt(k)) & 1n));
  }
  field(value: () => bigint): bigint {
    return this.#append(this.F.create(value()));
  }
  #append(value: bigint): bigint {
    this.#write(this.#next++, value);
    return value;
  }
  #write(signal: number, value: bigint): void {
    invariant(signal < this.#r1cs.signals, 'the witness has more signals than the shape');
    // assigning to a BigUint64Array keeps the low 64 bits
    for (let at = LIMBS * signal, rest = value; rest > 0n; at++, rest >>= LIMB_BITS) this.#limbs[at] = rest;
  }

  row(...products: readonly Product<bigint>[]): void {
    const { start, product } = this.#r1cs.splits;
    const call = this.#rows++;
    for (let k = start[call]!; k < start[call + 1]!; k++) {
      const [a, b] = products[product[k]!]!;
      this.#append(this.F.mul(a, b));
    }
  }

  fifthPower(l: bigint): bigint {
    const square = this.#append(this.F.mul(l, l));
    return this.#append(this.F.mul(this.#append(this.F.mul(square, square)), l));
  }
  permute(state: readonly bigint[]): bigint[] {
    const { poseidon, fr } = this.#engine;
    const t = state.length;
    const count = 3 * poseidonSboxes(t);
    let trace = this.#traces.get(t);
    if (!trace) {
      trace = new Uint8Array(count * FIELD_BYTES);
      this.#traces.set(t, trace);
    }
    const out = poseidon.permutePowers(t, fr.encode(state), trace);
    invariant(this.#next + count <= this.#r1cs.signals, 'the witness has more signals than the shape');
    this.#bytes.set(fr.toCanonical(trace), this.#next * FIELD_BYTES);
    this.#next += count;
    return fr.decode(out);
  }

  /** Signals so far. */
  get written(): number {
    return this.#next;
  }

  /** All signals, 32-byte little-endian canonical each. Throws E_BUG when the circuit did not write every one. */
  finish(): Uint8Array {
    const { signals, publicInputs, splits } = this.#r1cs;
    invariant(this.#next === signals, `witness has ${this.#next} of ${signals} signals`);
    invariant(this.#publicWritten === publicInputs, 'public inputs were not written');
    invariant(this.#rows === splits.start.length - 1, 'the witness has met other rows than the shape');
    return this.#bytes;
  }
}
