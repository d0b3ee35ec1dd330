/** One more runner of circuits, for tests: it computes values and checks every row at once, with advice that a cheating prover may choose. */
import type { Engine } from '../../src/algebra/engine.ts';
import { R } from '../../src/algebra/params.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import type { Product } from '../../src/circuit/constraint-system.ts';
import { ValueSystem } from '../../src/circuit/value-system.ts';

/** What a violated row throws. */
export class RowViolated extends Error {}

export class CheckingSystem extends ValueSystem {
  /** Names of the field allocations' scopes, in order. */
  readonly advice: string[] = [];
  readonly #permute: (state: readonly bigint[]) => bigint[];
  readonly #cheat: (index: number, honest: bigint) => bigint;
  #scope = '';

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
    const index = this.advice.push(this.#scope) - 1;
    return this.F.create(this.#cheat(index, this.F.create(value())));
  }
  row(...products: readonly Product<bigint>[]): void {
    if (products.reduce((s, [a, b]) => s + a * b, 0n) % R !== 0n) throw new RowViolated(`in '${this.#scope}'`);
  }
  fifthPower(l: bigint): bigint {
    return this.field(() => this.F.pow(l, 5n));
  }
  permute(state: readonly bigint[]): bigint[] {
    return this.#permute(state);
  }
  override scope<T>(name: string, body: () => T): T {
    const outer = this.#scope;
    this.#scope = outer ? `${outer}/${name}` : name;
    try {
      return body();
    } finally {
      this.#scope = outer;
    }
  }
}
