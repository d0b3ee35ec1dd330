/**
 * Two more runners of circuits for tests: `CheckingSystem` computes values and checks every row at once, with advice that
 * a cheating prover may choose; `CountingSystem` counts what a circuit costs as R1CS, in seconds at any size.
 */
import type { Engine } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import type { ConstraintSystem, Product } from '../../src/circuit/constraint-system.ts';
import { poseidonSboxes } from '../../src/circuit/witness.ts';

const F = field(R);

/** What a violated row throws. */
export class RowViolated extends Error {}

export class CheckingSystem implements ConstraintSystem<bigint> {
  readonly modulus = R;
  /** Names of the field allocations' scopes, in order. */
  readonly advice: string[] = [];
  readonly #permute: (state: readonly bigint[]) => bigint[];
  readonly #cheat: (index: number, honest: bigint) => bigint;
  #scope = '';

  /** `cheat` may replace the value of field allocation number `index`. */
  constructor(engine: Engine, cheat: (index: number, honest: bigint) => bigint = (_index, honest) => honest) {
    this.#permute = nativeSponge(engine).permute;
    this.#cheat = cheat;
  }
  constant(k: bigint): bigint {
    return F.create(k);
  }
  add(a: bigint, b: bigint): bigint {
    return F.add(a, b);
  }
  sub(a: bigint, b: bigint): bigint {
    return F.sub(a, b);
  }
  scale(k: bigint, a: bigint): bigint {
    return F.create(k * a);
  }
  sum(terms: readonly (readonly [bigint, bigint])[]): bigint {
    return F.create(terms.reduce((s, [k, a]) => s + k * a, 0n));
  }
  publicInputs(values: () => readonly bigint[]): bigint[] {
    return [...values()];
  }
  bits(n: number, value: () => bigint): bigint[] {
    const v = value();
    return Array.from({ length: n }, (_, k) => (v >> BigInt(k)) & 1n);
  }
  field(value: () => bigint): bigint {
    const index = this.advice.push(this.#scope) - 1;
    return F.create(this.#cheat(index, F.create(value())));
  }
  row(...products: readonly Product<bigint>[]): void {
    if (products.reduce((s, [a, b]) => s + a * b, 0n) % R !== 0n) throw new RowViolated(`in '${this.#scope}'`);
  }
  permute(state: readonly bigint[]): bigint[] {
    return this.#permute(state);
  }
  value(e: bigint): bigint {
    return e;
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

/** An element is only whether it may vary. A row of k products of varying elements costs k constraints, at least 1. */
export class CountingSystem implements ConstraintSystem<boolean> {
  readonly modulus = R;
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
  row(...products: readonly Product<boolean>[]): void {
    this.#pay(Math.max(1, products.filter(([a, b]) => a && b).length));
  }
  permute(state: readonly boolean[]): boolean[] {
    this.#pay(3 * poseidonSboxes(state.length));
    return state.map(() => true);
  }
  value(): bigint {
    throw new Error('a count has no values');
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
