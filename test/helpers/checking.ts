/**
 * Two more runners of circuits for tests: `CheckingSystem` computes values and checks every row at once, with advice that
 * a cheating prover may choose; `CountingSystem` counts what a circuit costs as R1CS, in seconds at any size.
 */
import type { Engine } from '../../src/algebra/engine.ts';
import { R } from '../../src/algebra/params.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import type { ConstraintSystem, Product } from '../../src/circuit/constraint-system.ts';
import { ValueSystem } from '../../src/circuit/value-system.ts';
import { poseidonSboxes } from '../../src/circuit/witness.ts';

/** What a violated row throws. */
export class RowViolated extends Error {}

/** The full name of the scope under way. */
class ScopeName {
  now = '';

  within<T>(name: string, body: () => T): T {
    const outer = this.now;
    this.now = outer ? `${outer}/${name}` : name;
    try {
      return body();
    } finally {
      this.now = outer;
    }
  }
}

export class CheckingSystem extends ValueSystem {
  /** Names of the field allocations' scopes, in order. */
  readonly advice: string[] = [];
  readonly #permute: (state: readonly bigint[]) => bigint[];
  readonly #cheat: (index: number, honest: bigint) => bigint;
  readonly #scope = new ScopeName();

  /** `cheat` may replace the value of field allocation number `index`. */
  constructor(engine: Engine, cheat: (index: number, honest: bigint) => bigint = (_index, honest) => honest) {
    super(R);
    this.#permute = nativeSponge(engine).permute;
    this.#cheat = cheat;
  }
  publicInputs(values: () => readonly bigint[]): bigint[] {
    return [...values()];
  }
  bits(n: number, value: () => bigint): bigint[] {
    const v = value();
    return Array.from({ length: n }, (_, k) => (v >> BigInt(k)) & 1n);
  }
  field(value: () => bigint): bigint {
    const index = this.advice.push(this.#scope.now) - 1;
    return this.F.create(this.#cheat(index, this.F.create(value())));
  }
  row(...products: readonly Product<bigint>[]): void {
    if (products.reduce((s, [a, b]) => s + a * b, 0n) % R !== 0n) throw new RowViolated(`in '${this.#scope.now}'`);
  }
  permute(state: readonly bigint[]): bigint[] {
    return this.#permute(state);
  }
  override scope<T>(name: string, body: () => T): T {
    return this.#scope.within(name, body);
  }
}

/** An element is only whether it may vary. A row of k products of varying elements costs k constraints, at least 1. */
export class CountingSystem implements ConstraintSystem<boolean> {
  readonly modulus = R;
  readonly costs = new Map<string, number>();
  readonly #scope = new ScopeName();

  get total(): number {
    return [...this.costs.values()].reduce((s, n) => s + n, 0);
  }
  #pay(n: number): void {
    this.costs.set(this.#scope.now, (this.costs.get(this.#scope.now) ?? 0) + n);
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
    return this.#scope.within(name, body);
  }
}
