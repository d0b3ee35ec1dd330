/**
 * One more runner of circuits: it records every row as it is written in the source, with the values of one witness beside it,
 * and where in the source the row stands. From such recordings mutants are made (rows.ts, terms.ts), without a row's number:
 * a row is known by its scope and by the chain of functions that made it.
 *
 * E is a linear form over tagged variables, as in ShapeBuilder; a value stands beside every variable.
 */
import type { Product } from '../../src/circuit/constraint-system.ts';
import { BLOCK, BLOCK_NAMES, type LinearForm, variable } from '../../src/circuit/linear-form.ts';
import { ShapeBuilder } from '../../src/circuit/shape.ts';
import { type Cheat, honestly } from '../helpers/circuit.ts';
import { type CallChain, callChain } from './call-chain.ts';

export interface RecordedRow {
  readonly scope: string;
  readonly chain: CallChain;
  /** sum of a b, homogenised by nothing: u is 1 in a recording. */
  readonly products: readonly Product<LinearForm>[];
  /** For an S-box: input and output of out = l^5; `products` is empty then. */
  readonly sbox?: readonly [LinearForm, LinearForm];
}

export interface Allocation {
  readonly kind: 'bits' | 'field';
  readonly index: number;
  readonly bit: number;
}

/** Values for parts of a circuit that exist as a shape only (the layers of a step), in the order of their allocation. */
export interface Supply {
  readonly model?: readonly bigint[];
  readonly bits?: readonly bigint[];
  readonly fields?: readonly bigint[];
}

export class Recorder extends ShapeBuilder {
  readonly recorded: RecordedRow[] = [];
  /** Values by block (linear-form.ts) and index. */
  readonly values: readonly bigint[][] = BLOCK_NAMES.map((name) => (name === 'u' ? [1n] : []));
  /** Where a variable was allocated, as a `Cheat` counts: the how many-th group of bits or field variable; the bit in it. */
  readonly allocations = new Map<number, Allocation>();
  readonly #asked = { bits: 0, field: 0 };
  readonly #supply: Required<Supply>;
  readonly #used = { model: 0, bits: 0, fields: 0 };
  readonly #cheat: Cheat;
  #scopeName = '';
  /** Where the permutation under way is asked for: that of all its S-boxes. */
  #permutation: CallChain | undefined;

  constructor(modulus: bigint, supply: Supply = {}, cheat: Cheat = honestly) {
    super(modulus);
    this.#cheat = cheat;
    this.#supply = { model: [], bits: [], fields: [], ...supply };
  }

  override publicInputs(values: () => readonly bigint[], count: number): LinearForm[] {
    const given = values();
    return super.publicInputs(values, count).map((form, k) => this.#set(form, given[k]!));
  }
  override model(n: number): LinearForm[] {
    return super.model(n).map((form) => this.#set(form, this.#next('model')));
  }
  override bits(n: number, value?: () => bigint): LinearForm[] {
    const index = this.#asked.bits;
    const v = value && this.#cheat('bits', this.#asked.bits++, value);
    return super.bits(n).map((form, bit) => {
      if (v === undefined) return this.#set(form, this.#next('bits'));
      this.allocations.set(form.vars[0]!, { kind: 'bits', index, bit });
      return this.#set(form, (v >> BigInt(bit)) & 1n);
    });
  }
  override field(value?: () => bigint): LinearForm {
    const form = super.field();
    if (!value) return this.#set(form, this.#next('fields'));
    this.allocations.set(form.vars[0]!, { kind: 'field', index: this.#asked.field, bit: 0 });
    return this.#set(form, this.#cheat('field', this.#asked.field++, value));
  }
  #next(block: keyof Supply): bigint {
    const value = this.#supply[block][this.#used[block]++];
    if (value === undefined) throw new Error(`no value for a variable of the block ${block}`);
    return value;
  }
  #set(form: LinearForm, value: bigint): LinearForm {
    const v = form.vars[0]!;
    this.values[Math.floor(v / BLOCK)]![v % BLOCK] = ((value % this.modulus) + this.modulus) % this.modulus;
    return form;
  }

  override row(...products: readonly Product<LinearForm>[]): void {
    this.recorded.push({ scope: this.#scopeName, chain: this.#chain(), products });
  }

  /** Forged runs are compared with the honest one, which knows it. */
  #chain(): CallChain {
    return this.#cheat === honestly ? callChain() : [];
  }

  override fifthPower(input: LinearForm): LinearForm {
    const output = this.#set(super.field(), this.value(input) ** 5n);
    const chain = this.#permutation ?? this.#chain();
    this.recorded.push({ scope: this.#scopeName, chain, products: [], sbox: [input, output] });
    return output;
  }
  override permute(state: readonly LinearForm[]): LinearForm[] {
    this.#permutation = this.#chain();
    try {
      return super.permute(state);
    } finally {
      this.#permutation = undefined;
    }
  }

  override value(form?: LinearForm): bigint {
    const { vars, coefs } = form!;
    let sum = 0n;
    for (let k = 0; k < vars.length; k++) sum += coefs[k]! * this.valueAt(vars[k]!);
    return sum % this.modulus;
  }
  /** Value of a tagged variable. */
  valueAt(v: number): bigint {
    return this.values[Math.floor(v / BLOCK)]![v % BLOCK]!;
  }

  setAt(v: number, value: bigint): void {
    this.values[Math.floor(v / BLOCK)]![v % BLOCK] = value % this.modulus;
  }

  override scope<T>(name: string, body: () => T): T {
    const outer = this.#scopeName;
    this.#scopeName = outer ? `${outer}/${name}` : name;
    try {
      return super.scope(name, body);
    } finally {
      this.#scopeName = outer;
    }
  }
}

/** What a row evaluates to. */
export function rowValue(recorder: Recorder, { products, sbox }: Pick<RecordedRow, 'products' | 'sbox'>): bigint {
  const p = recorder.modulus;
  if (sbox) return (recorder.value(sbox[0]) ** 5n - recorder.value(sbox[1])) % p;
  return products.reduce((sum, [a, b]) => sum + recorder.value(a) * recorder.value(b), 0n) % p;
}

export const isBit = (v: number): boolean => v >= variable('bits', 0) && v < variable('bits', 0) + BLOCK;
