/**
 * Runs a circuit for its shape: E is a linear form, rows are recorded, nothing has a value.
 * `compile` (compile.ts) turns the result into the flat arrays that kernels sweep.
 */
import { R } from '../algebra/params.ts';
import { FoldError, invariant } from '../errors.ts';
import type { Product } from './constraint-system.ts';
import type { ReplicatedRows } from './families.ts';
import { FormSystem, type Term } from './form-system.ts';
import { type LinearForm, singleton, VAR_U, variable } from './linear-form.ts';
import { poseidonTemplate } from './poseidon-template.ts';

export type ShapeRow = readonly Product<LinearForm>[];

/** The row input^5 - output u^4. */
export interface ShapeBox {
  readonly input: LinearForm;
  /** A single variable of the field block. */
  readonly output: LinearForm;
}

/** Rows, S-boxes and variables of all blocks but the model's that one named scope made, nested scopes included in their own entries only. */
export interface ScopeSize {
  rows: number;
  boxes: number;
  bits: number;
  fields: number;
}

export class ShapeBuilder extends FormSystem {
  readonly rows: ShapeRow[] = [];
  /** Index into `scopes` for each row. */
  readonly rowScope: number[] = [];
  readonly boxes: ShapeBox[] = [];
  /** Index into `scopes` for each S-box. */
  readonly boxScope: number[] = [];
  readonly scopes: string[] = [''];
  readonly sizes: ScopeSize[] = [emptyScope()];
  /** Of the Poseidon permutations. */
  readonly widths = new Set<number>();
  readonly counts = { x: 0, model: 0, traceBits: 0, traceFields: 0, bits: 0, fields: 0 };
  /** Of `replicate`, in the order of their rows. */
  readonly families: ReplicatedRows[] = [];
  #scope = 0;
  #copy: Copy | undefined;

  publicInputs(_values: () => readonly bigint[], count: number): LinearForm[] {
    invariant(this.counts.x === 0, 'public inputs are allocated once');
    return this.#allocate('x', count);
  }
  /** n variables of the model block, in the order in which a step's model values are given. */
  model(n: number): LinearForm[] {
    return this.#allocate('model', n);
  }
  /** n bits of the trace block; each has an implied row, as those of the bit block have. */
  traceBits(n: number): LinearForm[] {
    this.sizes[this.#scope]!.bits += n;
    return this.#allocate('traceBits', n);
  }
  /** n other variables of the trace block, in the order in which a step's trace is given. */
  trace(n: number): LinearForm[] {
    this.sizes[this.#scope]!.fields += n;
    return this.#allocate('traceFields', n);
  }
  bits(n: number): LinearForm[] {
    this.sizes[this.#scope]!.bits += n;
    return this.#allocate('bits', n);
  }
  field(): LinearForm {
    this.sizes[this.#scope]!.fields += 1;
    return this.#allocate('fields', 1)[0]!;
  }
  #allocate(block: Part, n: number): LinearForm[] {
    if (this.#copy) return this.#copy.allocate(this.counts, block, n);
    const start = this.counts[block];
    this.counts[block] += n;
    return Array.from({ length: n }, (_, i) => singleton(variable(block, start + i)));
  }

  /**
   * Runs `body` for 2^log copies of one pattern, which become a family of rows (families.ts). Its variables stand as arrays, one for each
   * variable of the pattern: variable i of copy c has the index base + i 2^log + c, base the block's next multiple of 2^log.
   * Rows of families come before all others in the compiled list. No S-boxes, no nesting.
   * @throws E_BUG where the copies differ; `compile` throws it where they are not copies of one pattern
   */
  replicate<T>(log: number, body: (copy: number) => T): T[] {
    invariant(!this.#copy, 'replicated patterns do not nest');
    const from = this.rows.length;
    const copy = new Copy(2 ** log);
    this.#copy = copy;
    try {
      const out = Array.from({ length: 2 ** log }, (_, c) => {
        copy.begin(c);
        return body(c);
      });
      copy.end(this.counts);
      const to = this.rows.length;
      invariant((to - from) % 2 ** log === 0, 'replicated patterns differ in their number of rows');
      if (to > from && log > 0) this.families.push({ log, from, to });
      return out;
    } finally {
      this.#copy = undefined;
    }
  }

  row(...products: readonly Product<LinearForm>[]): void {
    this.rows.push(this.#tidy(products));
    this.rowScope.push(this.#scope);
    this.sizes[this.#scope]!.rows += 1;
  }

  /** Drops products with zero and gathers every linear term into one product with u. */
  #tidy(products: readonly Product<LinearForm>[]): ShapeRow {
    const linear: Term[] = [];
    const out = this.properProducts(products, linear).map(({ a, b }): Product<LinearForm> => [a, b]);
    const gathered = this.sum(linear);
    if (gathered.vars.length > 0) out.push([gathered, singleton(VAR_U)]);
    if (out.length === 0) throw new FoldError('E_BUG', `an empty row in ${this.scopes[this.#scope]}`);
    return out;
  }

  fifthPower(input: LinearForm): LinearForm {
    invariant(!this.#copy, 'replicated patterns have no S-boxes');
    const output = this.field();
    this.boxes.push({ input, output });
    this.boxScope.push(this.#scope);
    this.sizes[this.#scope]!.boxes += 1;
    return output;
  }

  permute(state: readonly LinearForm[]): LinearForm[] {
    invariant(this.modulus === R, 'Poseidon is over Fr');
    const { sboxes, outputs, width } = poseidonTemplate(state.length);
    this.widths.add(width);
    const locals: LinearForm[] = [singleton(VAR_U), ...state];
    const form = (f: { vars: readonly number[]; coefs: readonly bigint[] }): LinearForm =>
      this.sum(f.vars.map((v, k) => [f.coefs[k]!, locals[v]!] as const));
    for (const box of sboxes) locals.push(this.fifthPower(form(box)));
    invariant(locals.length === 1 + width + sboxes.length, 'Poseidon template');
    return outputs.map(form);
  }

  scope<T>(name: string, body: () => T): T {
    const outer = this.#scope;
    const full = this.scopes[outer] ? `${this.scopes[outer]}/${name}` : name;
    let index = this.scopes.indexOf(full);
    if (index < 0) {
      index = this.scopes.push(full) - 1;
      this.sizes.push(emptyScope());
    }
    this.#scope = index;
    try {
      return body();
    } finally {
      this.#scope = outer;
    }
  }
}

type Part = keyof ShapeBuilder['counts'];

/** Variables of replicated patterns. */
class Copy {
  readonly #copies: number;
  readonly #bases = new Map<Part, number>();
  /** Variables of a copy; those of the first one say how many there are. */
  readonly #used = new Map<Part, number>();
  #sizes = '';
  #copy = 0;

  constructor(copies: number) {
    this.#copies = copies;
  }

  begin(copy: number): void {
    if (copy > 0) this.#compare(copy === 1);
    this.#used.clear();
    this.#copy = copy;
  }

  allocate(counts: Readonly<Record<Part, number>>, block: Part, n: number): LinearForm[] {
    const base = this.#bases.get(block) ?? Math.ceil(counts[block] / this.#copies) * this.#copies;
    this.#bases.set(block, base);
    const used = this.#used.get(block) ?? 0;
    this.#used.set(block, used + n);
    const at = (i: number): number => base + (used + i) * this.#copies + this.#copy;
    return Array.from({ length: n }, (_, i) => singleton(variable(block, at(i))));
  }

  end(counts: Record<Part, number>): void {
    this.#compare(this.#copies === 1);
    for (const [block, base] of this.#bases) counts[block] = base + this.#used.get(block)! * this.#copies;
  }

  #compare(first: boolean): void {
    const sizes = JSON.stringify([...this.#used]);
    if (first) this.#sizes = sizes;
    invariant(sizes === this.#sizes, 'replicated patterns differ in their variables');
  }
}

const emptyScope = (): ScopeSize => ({ rows: 0, boxes: 0, bits: 0, fields: 0 });
