/** Growing flat arrays for a constraint system that is being built. */
import { R } from '../../algebra/params.ts';
import { BLOCK, type LinearForm, variable } from '../../circuit/linear-form.ts';
import { invariant } from '../../errors.ts';
import type { SparseMatrix } from './r1cs.ts';

const FIRST_CAPACITY = 1 << 12;
const LIMB_BITS = 64n;
const LIMBS = 4;

/** A list of 32-bit words that doubles its room when it is full. */
export class WordList {
  length = 0;
  #words = new Uint32Array(FIRST_CAPACITY);

  push(word: number): void {
    if (this.length === this.#words.length) {
      const wider = new Uint32Array(2 * this.length);
      wider.set(this.#words);
      this.#words = wider;
    }
    this.#words[this.length++] = word;
  }

  /** The words in shared memory, each passed through `map`. */
  finish(map?: (word: number) => number): Uint32Array {
    const out = new Uint32Array(new SharedArrayBuffer(4 * this.length));
    if (!map) out.set(this.#words.subarray(0, this.length));
    else for (let i = 0; i < this.length; i++) out[i] = map(this.#words[i]!);
    return out;
  }
}

/** The table of distinct coefficients. */
export class Coefficients {
  readonly #values: bigint[] = [];
  readonly #indices = new Map<bigint, number>();
  /** Forms that a template uses again and again share one coefficient array: looked up once. */
  readonly #templates = new WeakMap<readonly bigint[], Uint32Array>();

  constructor() {
    this.index(1n);
    this.index(R - 1n);
  }

  index(value: bigint): number {
    let index = this.#indices.get(value);
    if (index === undefined) {
      index = this.#values.push(value) - 1;
      this.#indices.set(value, index);
    }
    return index;
  }

  template(coefs: readonly bigint[]): Uint32Array {
    let indices = this.#templates.get(coefs);
    if (!indices) {
      indices = Uint32Array.from(coefs, (c) => this.index(c));
      this.#templates.set(coefs, indices);
    }
    return indices;
  }

  finish(): Uint8Array {
    const limbs = new BigUint64Array(new SharedArrayBuffer(8 * LIMBS * this.#values.length));
    this.#values.forEach((value, i) => {
      for (let k = 0, rest = value; rest > 0n; k++, rest >>= LIMB_BITS) limbs[LIMBS * i + k] = rest;
    });
    return new Uint8Array(limbs.buffer);
  }
}

/** One of the matrices A, B, C while constraints come; signals are tagged variables (circuit/linear-form.ts). */
export class MatrixBuilder {
  readonly #start = new WordList();
  readonly #signal = new WordList();
  readonly #coef = new WordList();
  readonly #coefficients: Coefficients;

  constructor(coefficients: Coefficients) {
    this.#coefficients = coefficients;
    this.#start.push(0);
  }

  get entries(): number {
    return this.#signal.length;
  }

  append({ vars, coefs }: LinearForm): void {
    for (let i = 0; i < vars.length; i++) {
      this.#signal.push(vars[i]!);
      this.#coef.push(this.#coefficients.index(coefs[i]!));
    }
    this.#start.push(this.#signal.length);
  }

  /** Like `append`, for a form whose coefficient array belongs to a template. */
  appendTemplate({ vars, coefs }: LinearForm): void {
    const indices = this.#coefficients.template(coefs);
    for (let i = 0; i < vars.length; i++) {
      this.#signal.push(vars[i]!);
      this.#coef.push(indices[i]!);
    }
    this.#start.push(this.#signal.length);
  }

  finish(publicInputs: number): SparseMatrix {
    const firstPublic = variable('x', 0);
    const firstPrivate = variable('fields', 0);
    const position = (v: number): number => {
      if (v >= firstPrivate) return 1 + publicInputs + (v - firstPrivate);
      invariant(v === 0 || (v >= firstPublic && v < firstPublic + BLOCK), 'a wrap has signals of two kinds only');
      return v === 0 ? 0 : 1 + (v - firstPublic);
    };
    return { start: this.#start.finish(), signal: this.#signal.finish(position), coef: this.#coef.finish() };
  }
}
