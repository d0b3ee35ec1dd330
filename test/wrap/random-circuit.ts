/** Small circuits for tests of the wrap's tools: written over the language, with all kinds of rows and every allocation. */
import type { Engine } from '../../src/algebra/engine.ts';
import { type ConstraintSystem, multiply, sumOfProducts } from '../../src/circuit/constraint-system.ts';
import type { R1cs } from '../../src/wrap/r1cs/r1cs.ts';
import { R1csShape } from '../../src/wrap/r1cs/shape.ts';
import { R1csWitness } from '../../src/wrap/r1cs/witness.ts';

export type Circuit = <E>(cs: ConstraintSystem<E>) => void;

export interface Built {
  readonly r1cs: R1cs;
  readonly witness: (circuit?: Circuit) => Uint8Array;
}

export function build(engine: Engine, circuit: Circuit): Built {
  const shape = new R1csShape();
  circuit(shape);
  const r1cs = shape.finish();
  return {
    r1cs,
    witness: (other = circuit) => {
      const writer = new R1csWitness(engine, r1cs);
      other(writer);
      return writer.finish();
    },
  };
}

/** Makes `rounds` rounds of products, bits and sums from two secrets; the public inputs come in the middle. */
export const mixed =
  (secrets: readonly [bigint, bigint], rounds: number): Circuit =>
  <E>(cs: ConstraintSystem<E>): void => {
    let [a, b] = secrets.map((value) => cs.field(() => value)) as [E, E];
    for (let k = 0; k < rounds; k++) {
      cs.scope(`round ${k % 2}`, () => {
        const c = multiply(cs, cs.add(a, cs.constant(BigInt(k))), b);
        const low = cs.bits(5, () => cs.value(c) & 31n);
        const rest = cs.field(() => cs.value(c) >> 5n);
        cs.row([
          cs.sub(c, cs.sum([[32n, rest], ...low.map((bit, i) => [1n << BigInt(i), bit] as const)])),
          cs.constant(1n),
        ]);
        const d = sumOfProducts(cs, [
          [a, b],
          [b, a],
          [c, c],
          [cs.constant(3n), rest],
          [a, b],
          [cs.sub(a, c), cs.sum([])],
        ]);
        [a, b] = [cs.sub(d, low[0]!), c];
      });
      if (k === 0) {
        const outputs = cs.publicInputs(() => [cs.value(a), cs.value(b)], 2);
        cs.row([cs.sub(outputs[0]!, a), cs.constant(1n)]);
        cs.row([cs.sub(outputs[1]!, b), cs.constant(7n)]);
      }
    }
  };
