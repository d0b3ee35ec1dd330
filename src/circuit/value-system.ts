/**
 * What every run of a circuit for its witness shares: E is a value, rows need nothing, names of scopes neither.
 * WitnessWriter collects the fold's blocks, R1csWitness (src/wrap/r1cs) the signals of the final proof.
 */
import type { Engine, Vec } from '../algebra/engine.ts';
import { type Field, field } from '../algebra/field.ts';
import { invariant } from '../errors.ts';
import type { ConstraintSystem, Product } from './constraint-system.ts';

export abstract class ValueSystem implements ConstraintSystem<bigint> {
  readonly modulus: bigint;
  protected readonly F: Field;

  constructor(modulus: bigint) {
    this.modulus = modulus;
    this.F = field(modulus);
  }

  constant(k: bigint): bigint {
    return this.F.create(k);
  }
  add(a: bigint, b: bigint): bigint {
    return this.F.add(a, b);
  }
  sub(a: bigint, b: bigint): bigint {
    return this.F.sub(a, b);
  }
  scale(k: bigint, a: bigint): bigint {
    return this.F.create(k * a);
  }
  sum(terms: readonly (readonly [bigint, bigint])[]): bigint {
    let s = 0n;
    for (const [k, a] of terms) s += k * a;
    return this.F.create(s);
  }
  block(
    _count: number,
    build: () => readonly bigint[],
    _write: (engine: Engine, fields: Vec) => readonly bigint[],
  ): readonly bigint[] {
    return build();
  }
  value(e: bigint): bigint {
    return e;
  }
  scope<T>(_name: string, body: () => T): T {
    return body();
  }

  abstract publicInputs(values: () => readonly bigint[], count: number): bigint[];
  abstract bits(n: number, value: () => bigint): bigint[];
  abstract field(value: () => bigint): bigint;
  abstract row(...products: readonly Product<bigint>[]): void;
  abstract fifthPower(l: bigint): bigint;
  abstract permute(state: readonly bigint[]): bigint[];
}

/** @throws E_BUG when the value is negative or has more than n bits */
export function checkBits(value: bigint, n: number): void {
  invariant(value >= 0n && value >> BigInt(n) === 0n, `a value does not fit ${n} bits`);
}
