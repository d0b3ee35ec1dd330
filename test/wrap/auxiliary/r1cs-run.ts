/**
 * A wrap circuit under test: its R1CS, honest witnesses, witnesses with chosen advice, and, by plain bigints, the signals
 * whose change nothing notices.
 */
import type { Engine } from '../../../src/algebra/engine.ts';
import { field } from '../../../src/algebra/field.ts';
import { R } from '../../../src/algebra/params.ts';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import { firstUnsatisfied } from '../../../src/wrap/r1cs/check.ts';
import type { R1cs, SparseMatrix } from '../../../src/wrap/r1cs/r1cs.ts';
import { R1csShape } from '../../../src/wrap/r1cs/shape.ts';
import { R1csWitness } from '../../../src/wrap/r1cs/witness.ts';
import { type Cheat, cheating, honestly } from '../../helpers/circuit.ts';

const F = field(R);

/** A circuit over data that only a witness has. */
export type CircuitOf<D> = <E>(cs: ConstraintSystem<E>, data: () => D) => void;

export class R1csUnderTest<D> {
  readonly engine: Engine;
  readonly r1cs: R1cs;
  readonly #circuit: CircuitOf<D>;

  constructor(engine: Engine, circuit: CircuitOf<D>) {
    const shape = new R1csShape();
    circuit(shape, () => {
      throw new Error('a shape has no data');
    });
    this.engine = engine;
    this.r1cs = shape.finish();
    this.#circuit = circuit;
  }

  /** Constraints of the scopes whose name starts like this. */
  constraints(scope = ''): number {
    return this.r1cs.scopes.filter((s) => s.name.startsWith(scope)).reduce((n, s) => n + s.constraints, 0);
  }

  witness(data: D, cheat: Cheat = honestly): Uint8Array {
    const writer = cheating(new R1csWitness(this.engine, this.r1cs), cheat);
    this.#circuit(writer, () => data);
    return writer.finish();
  }

  /** Scope of the first constraint that a run does not satisfy. */
  violated(data: D, cheat: Cheat = honestly): string | undefined {
    return firstUnsatisfied(this.engine, this.r1cs, this.witness(data, cheat))?.scope;
  }

  /** Scopes of all the constraints that a run does not satisfy, by bigints. */
  violatedScopes(data: D, cheat: Cheat = honestly): string[] {
    const plain = new PlainR1cs(this.r1cs, this.witness(data, cheat));
    const scopes = Array.from({ length: this.r1cs.constraints }, (_, j) => j)
      .filter((j) => !plain.holds(j))
      .map((j) => this.r1cs.scopes[this.r1cs.constraintScope[j]!]!.name);
    return [...new Set(scopes)];
  }

  /** Signals, but the constant, that can be changed by one in a satisfying witness without a violated constraint. */
  unnoticed(data: D): number[] {
    const plain = new PlainR1cs(this.r1cs, this.witness(data));
    const uses = plain.uses();
    return Array.from({ length: this.r1cs.signals - 1 }, (_, k) => k + 1).filter((signal) => {
      plain.w[signal]! += 1n;
      const seen = uses[signal]!.some((j) => !plain.holds(j));
      plain.w[signal]! -= 1n;
      return !seen;
    });
  }
}

/** Constraints and one witness as bigints. */
class PlainR1cs {
  readonly w: bigint[];
  readonly #r1cs: R1cs;
  readonly #coefficients: bigint[];

  constructor(r1cs: R1cs, witness: Uint8Array) {
    this.#r1cs = r1cs;
    this.w = elementsOf(witness);
    this.#coefficients = elementsOf(r1cs.coefficients);
  }
  #form({ start, signal, coef }: SparseMatrix, j: number): bigint {
    let sum = 0n;
    for (let k = start[j]!; k < start[j + 1]!; k++) sum += this.#coefficients[coef[k]!]! * this.w[signal[k]!]!;
    return sum;
  }
  holds(j: number): boolean {
    const { a, b, c } = this.#r1cs;
    return F.create(this.#form(a, j) * this.#form(b, j) - this.#form(c, j)) === 0n;
  }
  /** Constraints in which each signal stands. */
  uses(): number[][] {
    const out: number[][] = Array.from({ length: this.#r1cs.signals }, () => []);
    for (const { start, signal } of [this.#r1cs.a, this.#r1cs.b, this.#r1cs.c]) {
      for (let j = 0; j < this.#r1cs.constraints; j++) {
        for (let k = start[j]!; k < start[j + 1]!; k++) out[signal[k]!]!.push(j);
      }
    }
    return out;
  }
}

function elementsOf(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 32 }, (_, k) => F.fromBytes(bytes.subarray(32 * k, 32 * (k + 1))));
}
