/** A malicious prover against the wrap circuit: the witness is written from a lie, and some constraint must fail. */
import type { PlannedModel } from '../../src/api/plan.ts';
import { atOnce } from '../../src/pieces.ts';
import { type WrapAdvice, wrapCircuit } from '../../src/wrap/circuit.ts';
import { firstUnsatisfied } from '../../src/wrap/r1cs/check.ts';
import type { R1cs } from '../../src/wrap/r1cs/r1cs.ts';
import { R1csWitness } from '../../src/wrap/r1cs/witness.ts';

export function witnessOf({ engine, system, model }: PlannedModel, r1cs: R1cs, advice: WrapAdvice): Uint8Array {
  const writer = new R1csWitness(engine, r1cs);
  atOnce(wrapCircuit(writer, { system, readout: model.plan.step.readout }, () => advice));
  return writer.finish();
}

/** Scope of the first constraint that fails; 'none' when all hold; 'cannot be written' when a value has no such bits. */
export function caughtBy(planned: PlannedModel, r1cs: R1cs, advice: WrapAdvice): string {
  let witness: Uint8Array;
  try {
    witness = witnessOf(planned, r1cs, advice);
  } catch {
    return 'cannot be written';
  }
  return firstUnsatisfied(planned.engine, r1cs, witness)?.scope ?? 'none';
}
