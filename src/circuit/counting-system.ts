/**
 * Runs a circuit for what it costs as R1CS, in a fraction of the time that building one takes: an element is only whether it
 * may vary, and a row of k products of varying elements is k constraints, at least one. The count is that of R1csShape
 * (src/wrap/r1cs) unless a row has equal products.
 */
import { R } from '../algebra/params.ts';
import { FoldError } from '../errors.ts';
import type { ConstraintSystem, Product } from './constraint-system.ts';
import { poseidonSboxes } from './witness.ts';

export class CountingSystem implements ConstraintSystem<boolean> {
  readonly modulus = R;
  /** Constraints by the full name of their scope. */
  readonly costs = new Map<string, number>();
  #scope = '';

  get total(): number {
    return [...this.costs.values()].reduce((s, n) => s + n, 0);
  }
  #pay(n: number): void {
    this.costs.set(this.#scope, (this.costs.get(this.#scope) ?? 0) + n);
  }

  constant(): boolean {
    return false;
  }
  add(a: boolean, b: boolean): boolean {
    return a || b;
  }
  sub(a: boolean, b: boolean): boolean {
    return a || b;
  }
  scale(_k: bigint, a: boolean): boolean {
    return a;
  }
  sum(terms: readonly (readonly [bigint, boolean])[]): boolean {
    return terms.some(([, a]) => a);
  }
  publicInputs(_values: () => readonly bigint[], count: number): boolean[] {
    return new Array(count).fill(true);
  }
  bits(n: number): boolean[] {
    this.#pay(n);
    return new Array(n).fill(true);
  }
  field(): boolean {
    return true;
  }
  block(_count: number, build: () => readonly boolean[]): readonly boolean[] {
    return build();
  }
  row(...products: readonly Product<boolean>[]): void {
    this.#pay(Math.max(1, products.filter(([a, b]) => a && b).length));
  }
  fifthPower(): boolean {
    this.#pay(3);
    return true;
  }
  permute(state: readonly boolean[]): boolean[] {
    this.#pay(3 * poseidonSboxes(state.length));
    return state.map(() => true);
  }
  value(): bigint {
    throw new FoldError('E_BUG', 'a count has no values');
  }
  scope<T>(name: string, body: () => T): T {
    const outer = this.#scope;
    this.#scope = outer ? `${outer}/${name}` : name;
    try {
      return body();
    } finally {
      this.#scope = outer;
    }
  }
}
