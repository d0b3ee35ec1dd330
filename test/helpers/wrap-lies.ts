/** A malicious prover against the wrap circuit: the witness is written from a lie, and some constraint must fail. */
import { expect } from 'vitest';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import type { PlannedSlots } from '../../src/api/plan.ts';
import { atOnce } from '../../src/turns.ts';
import { type WrapAdvice, wrapCircuit } from '../../src/wrap/circuit.ts';
import { firstUnsatisfied } from '../../src/wrap/r1cs/check.ts';
import type { R1cs } from '../../src/wrap/r1cs/r1cs.ts';
import { R1csWitness } from '../../src/wrap/r1cs/witness.ts';
import { publicInputsOf } from '../../src/wrap/signals.ts';

const F = field(R);

export function witnessOf({ engine, system, model }: PlannedSlots, r1cs: R1cs, advice: WrapAdvice): Uint8Array {
  const writer = new R1csWitness(engine, r1cs);
  atOnce(wrapCircuit(writer, { system, readout: model.plan.step.readout }, () => advice));
  return writer.finish();
}

/**
 * The list that the circuit publishes. The last variables of a witness are the products of Horner's rule, kappa times the sum so
 * far; a sum is the product before it and one signal, and the last sum is y.
 */
export function signalsIn(r1cs: R1cs, witness: Uint8Array): bigint[] {
  const at = (signal: number): bigint => F.fromBytes(witness.subarray(32 * signal, 32 * (signal + 1)));
  const length = r1cs.scopes.find(({ name }) => name === 'signals/combination')!.constraints;
  const products = Array.from({ length: length - 1 }, (_, k) => at(r1cs.signals - (length - 1) + k));
  const [kappa, y] = [at(2), at(3)];
  const sums = [...products.map((product) => F.mul(product, F.inv(kappa))), y];
  const list = sums.map((sum, k) => (k === 0 ? sum : F.sub(sum, products[k - 1]!))).reverse();
  expect(publicInputsOf(at(1), list)).toEqual([at(1), kappa, y]);
  return list;
}

/** Scope of the first constraint that fails; 'none' when all hold; 'cannot be written' when a value has no such bits. */
export function caughtBy(planned: PlannedSlots, r1cs: R1cs, advice: WrapAdvice): string {
  let witness: Uint8Array;
  try {
    witness = witnessOf(planned, r1cs, advice);
  } catch {
    return 'cannot be written';
  }
  return firstUnsatisfied(planned.engine, r1cs, witness)?.scope ?? 'none';
}
