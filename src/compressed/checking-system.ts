/** The circuits' texts as a native verifier: elements are values, and a row that does not hold rejects the proof. */
import type { Engine } from '../algebra/engine.ts';
import { nativeSponge, type SpongeArithmetic } from '../algebra/sponge.ts';
import type { Product } from '../circuit/constraint-system.ts';
import { ValueSystem } from '../circuit/value-system.ts';
import { invariant } from '../errors.ts';
import { rejected } from '../folding/verify-claim.ts';

export class CheckingSystem extends ValueSystem {
  readonly #sponge: SpongeArithmetic<bigint>;
  readonly #check: string;
  readonly #expected: string;

  /** @param check name of the check that these rows make, and what holds when they do */
  constructor(engine: Engine, check: string, expected: string) {
    super(engine.fr.modulus);
    this.#sponge = nativeSponge(engine);
    this.#check = check;
    this.#expected = expected;
  }

  bits(n: number, value: () => bigint): bigint[] {
    const v = value();
    if (v < 0n || v >> BigInt(n) !== 0n) throw rejected(this.#check, `a value of ${n} bits`);
    return Array.from({ length: n }, (_, k) => (v >> BigInt(k)) & 1n);
  }

  field(value: () => bigint): bigint {
    return this.F.create(value());
  }

  row(...products: readonly Product<bigint>[]): void {
    if (this.F.create(products.reduce((sum, [a, b]) => sum + a * b, 0n)) !== 0n)
      throw rejected(this.#check, this.#expected);
  }

  fifthPower(l: bigint): bigint {
    return this.F.pow(l, 5n);
  }

  permute(state: readonly bigint[]): bigint[] {
    return this.#sponge.permute(state);
  }

  publicInputs(): bigint[] {
    invariant(false, 'these circuits have no public inputs');
  }
}
