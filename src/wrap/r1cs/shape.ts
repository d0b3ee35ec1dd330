/**
 * Runs a circuit for its R1CS: E is a linear form, every row becomes constraints in flat arrays as it comes.
 *
 * A row with k products of two non-constant forms becomes k constraints: k - 1 products get signals of their own, the
 * last one is set against them and the linear rest. Equal products of one row are counted, not repeated. A row without
 * such a product is one constraint, a bit is one constraint, an S-box of Poseidon is three.
 */
import { R } from '../../algebra/params.ts';
import type { Product } from '../../circuit/constraint-system.ts';
import { FormSystem, type Term } from '../../circuit/form-system.ts';
import { BLOCK, type LinearForm, singleton, VAR_U, variable, ZERO_FORM } from '../../circuit/linear-form.ts';
import { type LocalForm, poseidonTemplate } from '../../circuit/poseidon-template.ts';
import { FoldError, invariant } from '../../errors.ts';
import { Coefficients, MatrixBuilder, WordList } from './flat.ts';
import type { R1cs } from './r1cs.ts';

/** A product of two non-constant forms and how often the row has it; `at` is its place among the row's products. */
interface Counted {
  readonly a: LinearForm;
  readonly b: LinearForm;
  readonly at: number;
  count: bigint;
}

const ONE = singleton(VAR_U);
/** Coefficients of b - 1. */
const MINUS_ONE: readonly bigint[] = [R - 1n, 1n];

export class R1csShape extends FormSystem {
  readonly #coefficients = new Coefficients();
  readonly #a = new MatrixBuilder(this.#coefficients);
  readonly #b = new MatrixBuilder(this.#coefficients);
  readonly #c = new MatrixBuilder(this.#coefficients);
  readonly #splitStart = new WordList();
  readonly #splitProduct = new WordList();
  readonly #constraintScope = new WordList();
  readonly #scopes = [{ name: '', constraints: 0, signals: 0, coefficients: 0 }];
  readonly #scopeOf = new Map([['', 0]]);
  #scope = 0;
  #private = 0;
  #public = 0;

  constructor() {
    super(R);
    this.#splitStart.push(0);
  }

  /** The signals 1..count, whenever the circuit asks for them. */
  publicInputs(_values: () => readonly bigint[], count: number): LinearForm[] {
    invariant(this.#public === 0, 'public inputs are allocated once');
    this.#public = count;
    this.#scopes[this.#scope]!.signals += count;
    return Array.from({ length: count }, (_, i) => singleton(variable('x', i)));
  }
  bits(n: number): LinearForm[] {
    return Array.from({ length: n }, () => {
      const bit = this.field();
      const minusOne: LinearForm = { vars: [VAR_U, bit.vars[0]!], coefs: MINUS_ONE };
      this.#constrain(bit, minusOne, ZERO_FORM, 'append', 'appendTemplate');
      return bit;
    });
  }
  field(): LinearForm {
    invariant(this.#private < BLOCK, 'more signals than a circuit may have');
    this.#scopes[this.#scope]!.signals += 1;
    return singleton(variable('fields', this.#private++));
  }
  #fields(n: number): LinearForm[] {
    return Array.from({ length: n }, () => this.field());
  }

  row(...products: readonly Product<LinearForm>[]): void {
    const linear: Term[] = [];
    const counted = this.#sort(products, linear);
    const last = counted.pop();
    for (const { a, b, at, count } of counted) {
      const product = this.field();
      this.#constrain(a, b, product);
      this.#splitProduct.push(at);
      linear.push([count, product]);
    }
    this.#splitStart.push(this.#splitProduct.length);
    if (last) {
      this.#constrain(this.scale(last.count, last.a), last.b, this.sum(linear.map(([k, form]) => [-k, form])));
      return;
    }
    const form = this.sum(linear);
    if (form.vars.length === 0) throw new FoldError('E_BUG', `an empty row in ${this.#scopes[this.#scope]!.name}`);
    this.#constrain(form, ONE, ZERO_FORM);
  }

  /** Products of two non-constant forms, equal ones counted; everything else goes to `linear`. */
  #sort(products: readonly Product<LinearForm>[], linear: Term[]): Counted[] {
    const found: Counted[] = [];
    for (const { a, b, at } of this.properProducts(products, linear)) {
      const same = found.find((p) => (equal(p.a, a) && equal(p.b, b)) || (equal(p.a, b) && equal(p.b, a)));
      if (same) same.count += 1n;
      else found.push({ a, b, at, count: 1n });
    }
    return found;
  }

  permute(state: readonly LinearForm[]): LinearForm[] {
    const { sboxes, outputs, width } = poseidonTemplate(state.length);
    const powers: LinearForm[] = [];
    const local = (v: number): LinearForm => (v === 0 ? ONE : v <= width ? state[v - 1]! : powers[v - 1 - width]!);
    /** Beyond the first round forms are over u and x^5 variables, in order: no terms meet, nothing is to be added up. */
    const form = (f: LocalForm): LinearForm =>
      f.vars.some((v) => v > 0 && v <= width)
        ? this.sum(f.vars.map((v, k) => [f.coefs[k]!, local(v)] as const))
        : { vars: f.vars.map((v) => local(v).vars[0]!), coefs: f.coefs };
    const [squares, fourths, fifths] = [
      this.#fields(sboxes.length),
      this.#fields(sboxes.length),
      this.#fields(sboxes.length),
    ];
    sboxes.forEach((box, k) => {
      const x = form(box);
      const append = x.coefs === box.coefs ? 'appendTemplate' : 'append';
      powers.push(this.#sbox(x, [squares[k]!, fourths[k]!, fifths[k]!], append));
    });
    return outputs.map(form);
  }
  fifthPower(x: LinearForm): LinearForm {
    return this.#sbox(x, [this.field(), this.field(), this.field()]);
  }
  /** Constraints that the signals are x^2, x^4 and x^5; the last of them. */
  #sbox(
    x: LinearForm,
    [x2, x4, x5]: readonly [LinearForm, LinearForm, LinearForm],
    append: 'append' | 'appendTemplate' = 'append',
  ): LinearForm {
    this.#constrain(x, x, x2, append, append);
    this.#constrain(x2, x2, x4);
    this.#constrain(x4, x, x5, 'append', append);
    return x5;
  }

  /** Appends a b = c. */
  #constrain(
    a: LinearForm,
    b: LinearForm,
    c: LinearForm,
    appendA: 'append' | 'appendTemplate' = 'append',
    appendB: 'append' | 'appendTemplate' = 'append',
  ): void {
    this.#a[appendA](a);
    this.#b[appendB](b);
    this.#c.append(c);
    this.#constraintScope.push(this.#scope);
    const cost = this.#scopes[this.#scope]!;
    cost.constraints += 1;
    cost.coefficients += a.vars.length + b.vars.length + c.vars.length;
  }

  scope<T>(name: string, body: () => T): T {
    const outer = this.#scope;
    const outerName = this.#scopes[outer]!.name;
    const full = outerName ? `${outerName}/${name}` : name;
    let index = this.#scopeOf.get(full);
    if (index === undefined) {
      index = this.#scopes.push({ name: full, constraints: 0, signals: 0, coefficients: 0 }) - 1;
      this.#scopeOf.set(full, index);
    }
    this.#scope = index;
    try {
      return body();
    } finally {
      this.#scope = outer;
    }
  }

  /** Constraints so far. */
  get constraints(): number {
    return this.#constraintScope.length;
  }

  /** The finished system; the shape is not used afterwards. */
  finish(): R1cs {
    return {
      modulus: R,
      signals: 1 + this.#public + this.#private,
      publicInputs: this.#public,
      constraints: this.#constraintScope.length,
      a: this.#a.finish(this.#public),
      b: this.#b.finish(this.#public),
      c: this.#c.finish(this.#public),
      coefficients: this.#coefficients.finish(),
      splits: { start: this.#splitStart.finish(), product: this.#splitProduct.finish() },
      constraintScope: this.#constraintScope.finish(),
      scopes: this.#scopes,
    };
  }
}

function equal(f: LinearForm, g: LinearForm): boolean {
  if (f === g) return true;
  const n = f.vars.length;
  if (n !== g.vars.length) return false;
  for (let i = 0; i < n; i++) if (f.vars[i] !== g.vars[i] || f.coefs[i] !== g.coefs[i]) return false;
  return true;
}
