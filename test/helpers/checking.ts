/** One more runner of circuits, for tests: every row is checked at once, with advice that a cheating prover may choose. */
import type { Engine } from '../../src/algebra/engine.ts';
import { R } from '../../src/algebra/params.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import type { Product } from '../../src/circuit/constraint-system.ts';
import { PlainSystem } from '../../src/circuit/plain-system.ts';

/** What a violated row throws. */
export class RowViolated extends Error {}

export class CheckingSystem extends PlainSystem {
  /** Names of the field allocations' scopes, in order. */
  readonly advice: string[] = [];
  readonly #cheat: (index: number, honest: bigint) => bigint;

  /** `cheat` may replace the value of field allocation number `index`. */
  constructor(engine: Engine, cheat: (index: number, honest: bigint) => bigint = (_index, honest) => honest) {
    super(nativeSponge(engine));
    this.#cheat = cheat;
  }
  override field(value: () => bigint): bigint {
    const index = this.advice.push(this.scopeName) - 1;
    return this.F.create(this.#cheat(index, this.F.create(value())));
  }
  override row(...products: readonly Product<bigint>[]): void {
    if (products.reduce((s, [a, b]) => s + a * b, 0n) % R !== 0n) throw new RowViolated(`in '${this.scopeName}'`);
  }
  /** A lie may be about the power too. */
  override fifthPower(l: bigint): bigint {
    return this.field(() => this.F.pow(l, 5n));
  }
}
