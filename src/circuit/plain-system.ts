/**
 * Runs a circuit on values and checks every row at once, without a shape: a verifier's circuit is then a native verifier, and
 * a prover computes with a circuit's own text what it has to match. Nothing is recorded.
 */
import { R } from '../algebra/params.ts';
import type { SpongeArithmetic } from '../algebra/sponge.ts';
import { FoldError, invariant } from '../errors.ts';
import type { Product } from './constraint-system.ts';
import { checkBits, ValueSystem } from './value-system.ts';

export class PlainSystem extends ValueSystem {
  readonly #permute: SpongeArithmetic<bigint>['permute'];
  /** Of the rows that are being checked; nested by '/'. */
  protected scopeName = '';

  /** Over Fr. @param permute Poseidon, by an engine or without one */
  constructor({ permute }: Pick<SpongeArithmetic<bigint>, 'permute'>) {
    super(R);
    this.#permute = permute;
  }
  publicInputs(values: () => readonly bigint[], count: number): bigint[] {
    const x = [...values()];
    invariant(x.length === count, 'number of public inputs');
    return x;
  }
  bits(n: number, value: () => bigint): bigint[] {
    const v = value();
    checkBits(v, n);
    return Array.from({ length: n }, (_, k) => (v >> BigInt(k)) & 1n);
  }
  field(value: () => bigint): bigint {
    return this.F.create(value());
  }
  /** @throws E_REJECTED naming the scope of a row that does not hold */
  row(...products: readonly Product<bigint>[]): void {
    if (products.reduce((s, [a, b]) => s + a * b, 0n) % R !== 0n)
      throw new FoldError('E_REJECTED', `A row of "${this.scopeName}" does not hold.`);
  }
  fifthPower(l: bigint): bigint {
    return this.F.pow(l, 5n);
  }
  permute(state: readonly bigint[]): bigint[] {
    return this.#permute(state);
  }
  override scope<T>(name: string, body: () => T): T {
    const outer = this.scopeName;
    this.scopeName = outer ? `${outer}/${name}` : name;
    try {
      return body();
    } finally {
      this.scopeName = outer;
    }
  }
}
