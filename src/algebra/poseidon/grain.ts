/**
 * The pseudorandom bits from which Poseidon's constants are drawn (the paper's appendix E): a linear feedback register of 80
 * bits, b_(i+80) = b_(i+62) + b_(i+51) + b_(i+38) + b_(i+23) + b_(i+13) + b_i, that starts with the parameters of the
 * permutation. The first 160 bits are dropped; of each following pair the second bit is taken if the first one is 1.
 */

const REGISTER = 80;
const DROPPED = 160;
/** Bits made at once. */
const BLOCK = 4096;
const WORD = 32;

export interface GrainParameters {
  /** Length of the field's modulus in bits. */
  readonly fieldBits: number;
  readonly width: number;
  readonly fullRounds: number;
  readonly partialRounds: number;
}

export class GrainBits {
  /** A bit a byte: the register, then the block that follows it. */
  readonly #bits = new Uint8Array(REGISTER + BLOCK);
  #at = REGISTER + DROPPED;

  /** For a prime field and an S-box that is a power. */
  constructor({ fieldBits, width, fullRounds, partialRounds }: GrainParameters) {
    const parts = [
      [1, 2], // a prime field
      [0, 4], // x^alpha
      [fieldBits, 12],
      [width, 12],
      [fullRounds, 10],
      [partialRounds, 10],
    ] as const;
    const seed = parts.map(([value, bits]) => value.toString(2).padStart(bits, '0')).join('');
    this.#bits.set(Array.from(seed.padEnd(REGISTER, '1'), Number));
    this.#extend();
  }

  /** The next n bits as an integer, its highest bit first. */
  integer(n: number): bigint {
    let value = 0n;
    for (let rest = n; rest > 0; ) {
      const size = rest % WORD || WORD;
      let word = 0;
      for (let k = 0; k < size; k++) word = (word << 1) | this.#next();
      value = (value << BigInt(size)) | BigInt(word >>> 0);
      rest -= size;
    }
    return value;
  }

  #next(): number {
    for (;;) {
      // blocks and what is dropped have even lengths: a pair is never cut
      if (this.#at === REGISTER + BLOCK) {
        this.#bits.copyWithin(0, BLOCK);
        this.#extend();
        this.#at = REGISTER;
      }
      const [first, second] = [this.#bits[this.#at]!, this.#bits[this.#at + 1]!];
      this.#at += 2;
      if (first === 1) return second;
    }
  }

  #extend(): void {
    const b = this.#bits;
    for (let i = 0; i < BLOCK; i++) {
      b[i + REGISTER] = b[i + 62]! ^ b[i + 51]! ^ b[i + 38]! ^ b[i + 23]! ^ b[i + 13]! ^ b[i]!;
    }
  }
}
